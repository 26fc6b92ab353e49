"""Proof bundle: everything needed to check one reading offline (SPEC.md §7)."""

from . import anchors as bundled_anchors
from . import checkpoint, multiproof, note, shape
from . import sighting as sightings
from .cbor import decode as decode_cbor
from .cbor import encode as encode_cbor
from .errors import MalformedError
from .logged import Logged
from .merkle import MAX_PATH
from .names import realm as check_realm
from .record import MAX_RECORD_BYTES

FORMAT = "civicroot/proof/v1"
MAX_PROOF_BYTES = 64 * 1024  # typical 2–5 KiB, and each anchor a few more
_FORMAT, _REALM, _RECORD, _PLACE, _HEADER, _CHECKPOINT, _DEVICE, _GATEWAY, _STATUS, _BEACON, _ANCHORS = range(1, 12)
_HASHES, _DEVICE_REVOCATION, _GATEWAY_REVOCATION, _SIGHTING = range(12, 16)
_REQUIRED = (_FORMAT, _REALM, _RECORD, _PLACE, _HEADER, _CHECKPOINT, _DEVICE, _GATEWAY, _HASHES)
_OPTIONAL = (_STATUS, _BEACON, _ANCHORS, _DEVICE_REVOCATION, _GATEWAY_REVOCATION, _SIGHTING)
_LOGGED = (
    (_HEADER, "header"),
    (_DEVICE, "device enrolment"),
    (_GATEWAY, "gateway enrolment"),
    (_STATUS, "status list"),
    (_DEVICE_REVOCATION, "device revocation"),
    (_GATEWAY_REVOCATION, "gateway revocation"),
)


class Proof:
    """The parts of a bundle; nothing in it is verified.

    `record` exact bytes at `index` of its batch with `path`; `header`, `device` and `gateway` enrolments logged
    under `checkpoint` (a signed note); optionally a logged `status_list`, the `beacon` note, and the logged revocation
    of a key that was withdrawn later. `anchors`: trees with the header that somebody outside fixed in time;
    `sighting`: a smaller tree with it that the quorum of witnesses had seen.
    """

    __slots__ = (
        "anchors", "beacon", "checkpoint", "device", "device_revocation", "gateway", "gateway_revocation", "header",
        "index", "path", "realm", "record", "sighting", "status_list",
    )  # fmt: skip

    def __init__(
        self,
        realm: str,
        record: bytes,
        index: int,
        path: "list[bytes]",
        header: Logged,
        checkpoint: str,
        device: Logged,
        gateway: Logged,
        status_list: "Logged | None" = None,
        beacon: "str | None" = None,
        device_revocation: "Logged | None" = None,
        gateway_revocation: "Logged | None" = None,
        anchors: "list[bundled_anchors.Anchored] | None" = None,
        sighting: "sightings.Sighting | None" = None,
    ) -> None:
        self.realm = realm
        self.record = record
        self.index = index
        self.path = path
        self.header = header
        self.checkpoint = checkpoint
        self.device = device
        self.gateway = gateway
        self.status_list = status_list
        self.beacon = beacon
        self.device_revocation = device_revocation
        self.gateway_revocation = gateway_revocation
        self.anchors = anchors or []
        self.sighting = sighting

    @property
    def main(self) -> Logged:
        """The entry that anchors and sightings are of: the batch header."""
        return self.header


def encode(proof: Proof) -> bytes:
    """The bundle's bytes."""
    fields: "dict[int, object]" = {
        _FORMAT: FORMAT,
        _REALM: proof.realm,
        _RECORD: proof.record,
        _PLACE: [proof.index, proof.path],
        _CHECKPOINT: proof.checkpoint,
    }
    entries = []
    for label, part in (
        (_HEADER, proof.header),
        (_DEVICE, proof.device),
        (_GATEWAY, proof.gateway),
        (_STATUS, proof.status_list),
        (_DEVICE_REVOCATION, proof.device_revocation),
        (_GATEWAY_REVOCATION, proof.gateway_revocation),
    ):
        if part is not None:
            fields[label] = [part.entry, part.index]
            entries.append(part)
    if proof.beacon is not None:
        fields[_BEACON] = proof.beacon
    if proof.anchors:
        fields[_ANCHORS] = bundled_anchors.to_item(proof.anchors)
    if proof.sighting is not None:
        fields[_SIGHTING] = proof.sighting.as_item()
    fields[_HASHES] = multiproof.gather(entries, checkpoint.size_in(proof.checkpoint))
    return encode_cbor(fields)


def decode(data: bytes) -> Proof:
    """Decode strictly; nothing is verified yet. Raises MalformedError, MerkleError."""
    fields = shape.mapping(decode_cbor(data, MAX_PROOF_BYTES), "proof", _REQUIRED, _OPTIONAL)
    if fields[_FORMAT] != FORMAT:
        raise MalformedError("wrong-kind", "format is not " + FORMAT)
    index, path = shape.array(fields[_PLACE], "place in the batch", 2, 2)
    logged = {label: multiproof.placed(fields[label], what) for label, what in _LOGGED if label in fields}
    found = Proof(
        check_realm(shape.text(fields[_REALM], "realm")),
        shape.octets(fields[_RECORD], "record", 1, MAX_RECORD_BYTES),
        shape.integer(index, "index in the batch", 0, shape.UINT32),
        shape.hashes(path, "batch path", MAX_PATH),
        logged[_HEADER],
        note.text_of(fields[_CHECKPOINT], "checkpoint"),
        logged[_DEVICE],
        logged[_GATEWAY],
        logged.get(_STATUS),
        note.text_of(fields[_BEACON], "beacon") if _BEACON in fields else None,
        logged.get(_DEVICE_REVOCATION),
        logged.get(_GATEWAY_REVOCATION),
        bundled_anchors.from_item(fields[_ANCHORS]) if _ANCHORS in fields else None,
        sightings.from_item(fields[_SIGHTING]) if _SIGHTING in fields else None,
    )
    multiproof.spread(fields[_HASHES], list(logged.values()), checkpoint.size_in(found.checkpoint))
    return found
