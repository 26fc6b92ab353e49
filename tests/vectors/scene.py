"""One reading and everything that proves it; any part can be spoilt before the log grows over it."""

from dataclasses import dataclass, field
from typing import Any

from civicroot_wire import batch, cose, keys, policy, record
from civicroot_wire.cbor import encode
from civicroot_wire.sequence import Sequence

from tests.vectors import city, citylog
from tests.vectors.batch_cases import CLOSED, GATEWAY, OPENED, records
from tests.vectors.citylog import WITNESSES, Log, beacon_of, cosigned
from tests.vectors.enrolment_cases import enrolment_kind
from tests.vectors.envelope import Kind
from tests.vectors.record_cases import THREE, Pack
from tests.vectors.statement_cases import deflated, statement_kind

DEVICE = city.key("bin/12")
A, B, C = WITNESSES
DEVICE_STATUS, GATEWAY_STATUS = 9, 1
BEACON_TIME, HEAD_TIME = city.NOW - 600, city.NOW + 60
BATCH_INDEX = 2  # where the record stands among five


def status_entry(
    bits: bytes = bytes(2), lst: bytes | None = None, signer: str = "registrar/1", uri: str = city.STATUS_URI
) -> bytes:
    """A status list as a log entry."""
    fields = {2: uri, 6: city.NOW, 65533: {"bits": 1, "lst": deflated(bits) if lst is None else lst}}
    kind = statement_kind(city.key(signer), "application/statuslist+cwt", uri, encode(fields))
    return kind.signed()


def enrolment(subject: str, role: str, index: int | None, **how: Any) -> bytes:
    """An enrolment as a log entry: `key` names the key, `signer` the registrar, `realm` the city."""
    more = {65535: {"status_list": {"idx": index, "uri": city.STATUS_URI}}} if index is not None else {}
    kind = enrolment_kind(subject, role, how.get("key", subject), more)
    if "realm" in how:
        return kind.with_header(cose.CWT_CLAIMS, {1: city.ISSUER, 2: subject, 3: how["realm"]})
    signer = city.key(how.get("signer", "registrar/1"))
    return kind.signed(headers={**kind.headers, cose.KID: signer.kid}, signer=signer)


def withdrawal(subject: str, reason: int = 2, last_seq: int | None = None, **how: Any) -> bytes:
    """A revocation as a log entry: `key` names the withdrawn key, `signer` the registrar."""
    thumbprint = keys.thumbprint(city.key(how.get("key", subject)).public)
    fields: dict[int, Any] = {8: {5: thumbprint}, -65540: reason}
    if last_seq is not None:
        fields |= {-65539: last_seq, -65541: bytes(32)}
    signer = city.key(how.get("signer", "registrar/1"))
    return statement_kind(signer, "application/civicroot-revocation+cwt", subject, encode(fields)).signed()


def signed_record(beacon: bytes | None, signer: Any = DEVICE, realm: str = city.REALM) -> bytes:
    """The record; its kid is always the device's."""
    fields = {cose.ALG: cose.ED25519, cose.KID: DEVICE.kid, cose.SEQUENCE: Sequence(70, 0, beacon).header()}
    kind = Kind(DEVICE, fields, _pack(), record.KIND)
    return kind.signed(signer=signer, external=cose.aad(record.KIND, realm))


def _pack() -> bytes:
    whole = record.sign(DEVICE.kid, Sequence(0), Pack(THREE, city.NOW), city.REALM, DEVICE)
    return cose.parse(whole, record.MAX_RECORD_BYTES).payload


@dataclass
class Scene:
    """Replace any part; None leaves the default."""

    gateway_entry: bytes = field(default_factory=lambda: enrolment("gateway/1", "gateway", GATEWAY_STATUS))
    device_entry: bytes = field(default_factory=lambda: enrolment("bin/12", "device", DEVICE_STATUS))
    record: bytes | None = None
    with_beacon: bool = True
    beacon_witnesses: tuple[str, ...] = (A, B)
    witnesses: tuple[str, ...] = (A, B)
    header: bytes | None = None
    header_signer: Any = GATEWAY
    header_realm: str = city.REALM
    alone: bool = False
    status: bytes = field(default_factory=status_entry)
    late_enrolments: bool = False
    status_first: bool = False
    revoked: tuple[bytes, ...] = ()  # logged between the batch and the status list
    revoked_first: tuple[bytes, ...] = ()  # logged before the batch
    revoked_last: tuple[bytes, ...] = ()  # logged after the status list

    def __post_init__(self) -> None:
        self.log = Log([policy.to_entry(citylog.signed_policy(citylog.model()))])
        self.status_index = self.log.append(self.status) if self.status_first else -1
        if not self.late_enrolments:
            self._enrol()
        self.log.append(b"an entry of some other kind")
        self.beacon_note = cosigned(self.log.head(), *self.beacon_witnesses, time=BEACON_TIME)
        self.revocation_index = len(self.log.entries)
        for entry in self.revoked_first:
            self.log.append(entry)
        self._batch()
        if self.revoked:
            self.revocation_index = len(self.log.entries)
        for entry in self.revoked:
            self.log.append(entry)
        if self.late_enrolments:
            self._enrol()
        if not self.status_first:
            self.status_index = self.log.append(self.status)
        if self.revoked_last:
            self.revocation_index = len(self.log.entries)
        for entry in self.revoked_last:
            self.log.append(entry)
        self.log.append(b"and another")
        self.note = cosigned(self.log.head(), *self.witnesses, time=HEAD_TIME)

    def _enrol(self) -> None:
        self.gateway_index = self.log.append(self.gateway_entry)
        self.device_index = self.log.append(self.device_entry)

    def _batch(self) -> None:
        beacon = beacon_of(self.beacon_note, *WITNESSES) if self.with_beacon else None
        self.record = signed_record(beacon) if self.record is None else self.record
        others = records(4, "bin/13")
        self.items = [self.record] if self.alone else [*others[:2], self.record, *others[2:]]
        fields = {1: len(self.items), 2: batch.root_of(self.items), 3: OPENED, 4: CLOSED}
        headers = {cose.ALG: cose.ED25519, cose.KID: GATEWAY.kid, cose.SEQUENCE: [7]}
        kind = Kind(GATEWAY, headers, encode(fields), batch.KIND)
        signed = kind.signed(signer=self.header_signer, external=cose.aad(batch.KIND, self.header_realm))
        self.header_index = self.log.append(self.header or signed)

    def parts(self, **changes: Any) -> dict[int, Any]:
        """The bundle's map; changes are given as `_3=…`, `_9=None` leaves a part out."""
        index = 0 if self.alone else BATCH_INDEX
        place = Log(self.items).path(index)
        whole: dict[int, Any] = {
            1: "civicroot/proof/v1",
            2: city.REALM,
            3: self.record,
            4: [index, place],
            5: self.log.logged(self.header_index),
            6: self.note,
            7: self.log.logged(self.device_index),
            8: self.log.logged(self.gateway_index),
            9: self.log.logged(self.status_index),
            10: self.beacon_note if self.with_beacon else None,
        }
        whole.update({int(label[1:]): value for label, value in changes.items()})
        return {label: value for label, value in whole.items() if value is not None}

    def proof(self, **changes: Any) -> bytes:
        """The bundle's bytes; the hashes are those that the changed parts need."""
        return encode(self.log.bundled(self.parts(**changes)))

    def bundle(self, **changes: Any) -> bytes:
        """The bundle's bytes with parts of the finished map changed."""
        whole = self.log.bundled(self.parts())
        whole.update({int(label[1:]): value for label, value in changes.items()})
        return encode({label: value for label, value in whole.items() if value is not None})


def kid_of(name: str) -> str:
    """A key's identifier in hex."""
    return keys.kid(city.key(name).public).hex()
