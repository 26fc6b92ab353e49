"""Family entry_proof: bundles for entries that are no readings, and for each step of SPEC.md §7.3 the ways to fail."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from civicroot_wire import batch, cose, policy
from civicroot_wire.cbor import encode

from tests.vectors import anchor_cases, city, citylog, sighting_cases
from tests.vectors.case import Case, invalid, valid
from tests.vectors.citylog import Log, cosigned
from tests.vectors.envelope import Kind
from tests.vectors.note_cases import flip
from tests.vectors.scene import HEAD_TIME, A, B, enrolment, status_entry, withdrawal
from tests.vectors.statement_cases import statement_kind

STEPS = ("format", "realm", "checkpoint", "witnesses", "entry-log", "issuer", "signature", "revocation", "anchors")
ZOO = "organisation/zoo"
ZOO_STATUS, ZOO_OUT = 3, b"\x08"
ZOO_TYP = "application/example+json"
_Fault = tuple[str, str, bytes]


def zoo_statement(issuer: str = ZOO, realm: str = city.REALM, key: str = ZOO) -> bytes:
    """An organisation's statement as a log entry."""
    kind = statement_kind(city.key(key), ZOO_TYP, "contract/2026-1", b"The zoo empties its own bins.")
    return kind.with_header(cose.CWT_CLAIMS, {1: issuer, 2: "contract/2026-1", 3: realm})


def batch_header(signer: str = "gateway/1") -> bytes:
    """A batch header as a log entry."""
    key = city.key(signer)
    fields = {1: 1, 2: bytes(32), 3: city.NOW, 4: city.NOW}
    headers = {cose.ALG: cose.ED25519, cose.KID: key.kid, cose.SEQUENCE: [7]}
    return Kind(key, headers, encode(fields), batch.KIND).signed()


@dataclass
class Desk:
    """A log with one entry to be proved, the enrolment of who signed it, and a status list after it."""

    entry: bytes = field(default_factory=zoo_statement)
    signer: bytes = field(default_factory=lambda: enrolment(ZOO, "organisation", ZOO_STATUS))
    status: bytes = field(default_factory=lambda: status_entry(bytes(2)))
    revoked_first: tuple[bytes, ...] = ()
    revoked: tuple[bytes, ...] = ()
    witnesses: tuple[str, ...] = (A, B)
    signer_last: bool = False

    def __post_init__(self) -> None:
        self.log = Log([policy.to_entry(citylog.signed_policy(citylog.model()))])
        if not self.signer_last:
            self.signer_index = self.log.append(self.signer)
        for item in self.revoked_first:
            self.revocation_index = self.log.append(item)
        self.index = self.log.append(self.entry)
        for item in self.revoked:
            self.revocation_index = self.log.append(item)
        self.status_index = self.log.append(self.status)
        if self.signer_last:
            self.signer_index = self.log.append(self.signer)
        self.note = cosigned(self.log.head(), *self.witnesses, time=HEAD_TIME)

    def parts(self, **changes: Any) -> dict[int, Any]:
        """The bundle's map with paths written out; changes are given as `_5=…`, None leaves a part out."""
        whole: dict[int, Any] = {
            1: "civicroot/entry-proof/v1",
            2: city.REALM,
            5: self.log.logged(self.index),
            6: self.note,
            7: self.log.logged(self.signer_index),
            9: self.log.logged(self.status_index),
        }
        whole.update({int(label[1:]): value for label, value in changes.items()})
        return {label: value for label, value in whole.items() if value is not None}

    def proof(self, **changes: Any) -> bytes:
        """The bundle's bytes."""
        return encode(self.log.bundled(self.parts(**changes)))

    def withdrawn(self, **changes: Any) -> bytes:
        """The bundle's bytes with the revocation."""
        return self.proof(_13=self.log.logged(self.revocation_index), **changes)


def _document(**changes: Any) -> dict[str, object]:
    return policy.to_document(citylog.signed_policy(citylog.model(**changes)))


def entry_proof_cases() -> Iterator[Case]:
    """What holds, then the faults in the order of the steps."""
    yield from _good()
    trusted = _document(anchors=anchor_cases.EVERY)
    for step, faults in (
        ("format", _format()),
        ("realm", _realm()),
        ("checkpoint", _checkpoint()),
        ("witnesses", _witnesses()),
        ("entry-log", _entry_log()),
        ("issuer", _issuer()),
        ("signature", _signature()),
        ("revocation", _revocation()),
        ("anchors", _anchors()),
    ):
        for name, reason, data in faults:
            yield {**invalid(f"{step}: {name}", reason, data, policy=trusted), "step": step}
    third = {"roots": {"threshold": 1, "keys": citylog.model()["roots"]["keys"][2:]}}
    others = policy.to_document(citylog.signed_policy(citylog.model(**third), citylog.ROOTS[2]))
    fault = invalid("signature: a policy that the roots did not sign", "quorum-missed", _policy_proof(), policy=others)
    yield {**fault, "step": "signature"}


def _good() -> Iterator[Case]:
    yield _valid("a statement", Desk().proof(), "statement", ZOO, "contract/2026-1")
    bare = Desk().proof(_9=None)
    yield _valid("a statement without status list", bare, "statement", ZOO, "contract/2026-1", "revocation")
    later = Desk(status=status_entry(ZOO_OUT), revoked=(withdrawal(ZOO),))
    yield _valid("signer withdrawn later", later.withdrawn(), "statement", ZOO, "contract/2026-1")
    tree = Desk(entry=enrolment("tree/5", "device", 7))
    yield _valid("an enrolment", tree.proof(_7=None), "enrolment", "registrar", "tree/5")
    lone = tree.proof(_7=None, _9=None)
    yield _valid("an enrolment without status list", lone, "enrolment", "registrar", "tree/5", "revocation")
    gone = Desk(
        entry=enrolment("tree/5", "device", ZOO_STATUS), status=status_entry(ZOO_OUT), revoked=(withdrawal("tree/5"),)
    )
    yield _valid("an enrolment of a key withdrawn later", gone.withdrawn(_7=None), "enrolment", "registrar", "tree/5")
    out = Desk(entry=withdrawal("tree/5"))
    yield _valid("a revocation", out.proof(_7=None, _9=None), "revocation", "registrar", "tree/5", "revocation")
    listed = Desk(entry=status_entry(bytes(3)))
    fields = ("status-list", "registrar", city.STATUS_URI, "revocation")
    yield _valid("a status list", listed.proof(_7=None, _9=None), *fields)
    gateway = enrolment("gateway/1", "gateway", 1)
    header = Desk(entry=batch_header(), signer=gateway)
    yield _valid("a batch header", header.proof(), "batch", "gateway/1", None)
    yield _valid("a policy", _policy_proof(), "policy", "roots", None, "revocation")
    yield from _good_anchors()


def _policy_proof() -> bytes:
    return Desk(entry=policy.to_entry(citylog.signed_policy(citylog.model(version=2)))).proof(_7=None, _9=None)


def _good_anchors() -> Iterator[Case]:
    desk = Desk()
    for name, part, shown in anchor_cases.good_anchors(desk.log, desk.index):
        yield _valid(name, desk.proof(_11=part), "statement", ZOO, "contract/2026-1", anchored=shown)
    for name, part, latest in sighting_cases.good_sightings(desk.log, desk.index, HEAD_TIME + 1):
        yield _valid(name, desk.proof(_15=part), "statement", ZOO, "contract/2026-1", latest=latest)


def _valid(
    name: str,
    data: bytes,
    kind: str,
    issuer: str,
    subject: str | None,
    missing: str = "",
    anchored: Sequence[list[Any]] = (),
    latest: int = HEAD_TIME + 1,
) -> Case:
    unchecked = missing.split() + ([] if any(status == "checked" for _, _, status, _ in anchored) else ["anchors"])
    decoded = {
        "steps": [[step, "not-checked" if step in unchecked else "checked"] for step in STEPS],
        "kind": kind,
        "issuer": issuer,
        "subject": subject,
        "not_after": latest,
        "anchored": list(anchored),
    }
    return valid(name, data, decoded, policy=_document(anchors=anchor_cases.EVERY))


def _anchors() -> Iterator[_Fault]:
    desk = Desk()
    for name, reason, part in anchor_cases.failing_anchors(desk.log, desk.index):
        yield name, reason, desk.proof(_11=part)


def _format() -> Iterator[_Fault]:
    desk = Desk()
    good = desk.proof()
    yield "empty", "truncated", b""
    yield "one byte more", "trailing-bytes", good + b"\x00"
    yield "a reading's format", "wrong-kind", desk.proof(_1="civicroot/proof/v1")
    yield "unknown part", "unknown-key", desk.proof(_3=b"")
    for name, reason, part in anchor_cases.malformed_anchors(desk.log, desk.index):
        yield name, reason, desk.proof(_11=part)
    for name, reason, part in sighting_cases.malformed_sightings(desk.log, desk.index):
        yield name, reason, desk.proof(_15=part)
    for label in (1, 2, 5, 6):
        yield f"without part {label}", "missing-key", desk.proof(**{f"_{label}": None})
    yield "hashes that no entry needs", "bad-path", desk.proof(_12=bytes(32 * 99))
    yield "entry empty", "out-of-range", desk.proof(_5=[b"", 1, []])
    yield "checkpoint is not a note", "malformed", desk.proof(_6="checkpoint")
    yield "index beyond the log", "out-of-range", desk.proof(_5=[b"x", len(desk.log.entries), []])


def _realm() -> Iterator[_Fault]:
    yield "another city's", "wrong-realm", Desk().proof(_2=city.OTHER_REALM)


def _checkpoint() -> Iterator[_Fault]:
    desk = Desk()
    yield "signed by another key", "untrusted", desk.proof(_6=desk.log.head(key=city.key("somebody else")))


def _witnesses() -> Iterator[_Fault]:
    yield "one of two", "quorum-missed", Desk(witnesses=(B,)).proof()
    desk = Desk()
    for name, reason, part in sighting_cases.failing_sightings(desk.log, desk.index):
        yield name, reason, desk.proof(_15=part)


def _entry_log() -> Iterator[_Fault]:
    desk = Desk()
    index = desk.index
    yield "never logged", "bad-path", desk.proof(_5=[zoo_statement(ZOO + "x"), index, []])
    yield "neighbour's index", "bad-path", desk.proof(_5=[desk.entry, 0, []])
    enrolled = desk.signer + b"\x00"
    yield "signer's enrolment never logged", "bad-path", desk.proof(_7=[enrolled, desk.signer_index, []])
    yield "not CBOR", "truncated", Desk(entry=b"\x9b").proof()
    yield "an array", "wrong-type", Desk(entry=b"\x80").proof()
    claimless = Kind(city.key(ZOO), {cose.ALG: cose.ED25519, cose.KID: city.key(ZOO).kid}, b"", "claim")
    yield "no kind of the log", "wrong-kind", Desk(entry=claimless.signed()).proof()


def _issuer() -> Iterator[_Fault]:
    tree = enrolment("tree/5", "device", 7)
    yield "statement without its signer's enrolment", "missing-key", Desk().proof(_7=None)
    yield "enrolment with a signer's enrolment", "unknown-key", Desk(entry=tree).proof()
    listed = Desk(entry=status_entry(bytes(3)), revoked=(withdrawal("tree/5"),))
    yield "status list with a revocation", "unknown-key", listed.withdrawn(_7=None, _9=None)
    stranger = Desk(entry=enrolment("tree/5", "device", 7, signer="registrar/2"))
    yield "enrolment by an unknown registrar", "untrusted", stranger.proof(_7=None)
    yield "signer enrolled as a device", "wrong-role", Desk(signer=enrolment(ZOO, "device", 3)).proof()
    other = enrolment(ZOO, "organisation", ZOO_STATUS, key="another key")
    yield "another key's enrolment", "key-mismatch", Desk(signer=other).proof()
    yield "signer enrolled later", "wrong-order", Desk(signer_last=True).proof()
    yield "signed as somebody else", "untrusted", Desk(entry=zoo_statement("organisation/museum")).proof()
    unknown = enrolment(ZOO, "organisation", ZOO_STATUS, signer="registrar/2")
    yield "signer enrolled by an unknown registrar", "untrusted", Desk(signer=unknown).proof()


def _signature() -> Iterator[_Fault]:
    yield "broken", "bad-signature", Desk(entry=flip(zoo_statement())).proof()
    yield "for another realm", "wrong-realm", Desk(entry=zoo_statement(realm=city.OTHER_REALM)).proof()
    tree = enrolment("tree/5", "device", 7, realm=city.OTHER_REALM)
    yield "an enrolment of another city", "wrong-realm", Desk(entry=tree).proof(_7=None)


def _revocation() -> Iterator[_Fault]:
    out = status_entry(ZOO_OUT)
    yield "signer withdrawn", "revoked", Desk(status=out).proof()
    before = Desk(status=out, revoked_first=(withdrawal(ZOO),))
    yield "signer withdrawn before", "revoked", before.withdrawn()
    yield "revocation without status list", "missing-key", before.withdrawn(_9=None)
    rotated = Desk(status=out, revoked_first=(withdrawal(ZOO, 1, 5),))
    yield "signer rotated before", "revoked", rotated.withdrawn()
    tree = Desk(entry=enrolment("tree/5", "device", 3), status=out)
    yield "enrolled key withdrawn", "revoked", tree.proof(_7=None)
    again = Desk(entry=enrolment("tree/5", "device", 3), status=out, revoked_first=(withdrawal("tree/5"),))
    yield "key enrolled although withdrawn before", "revoked", again.withdrawn(_7=None)
    needless = Desk(entry=withdrawal("tree/5")).proof(_7=None)
    yield "a status list that nothing needs", "unknown-key", needless
    elsewhere = status_entry(uri="https://elsewhere.example/1")
    yield "list at another place", "untrusted", Desk(status=elsewhere).proof()
