"""A reading's bundle, from wire/SPEC.md §7 in its order."""

import zlib
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tests.conformance import independent_anchors as anchors
from tests.conformance import independent_cbor as cbor
from tests.conformance import independent_cose as cose
from tests.conformance import independent_merkle as merkle
from tests.conformance import independent_note as notes
from tests.conformance.independent_refusal import Refused, require

SEQUENCE, POSSESSION, ROLE, LAST_SEQ, REASON = -65537, -65538, -65537, -65539, -65540
ROTATED = 1
STATUS_BYTES = 1 << 20


@dataclass(frozen=True)
class Trusted:
    """A key for a range of log indices."""

    key: Any
    first: int
    last: int

    def at(self, index: int) -> bool:
        """Whether it is trusted there."""
        return self.first <= index <= self.last


class Policy:
    """What a verifier trusts (§6), from the model in policy.json; its own signatures are checked elsewhere."""

    def __init__(self, model: dict[str, Any]) -> None:
        self.realm: str = model["realm"]
        self.quorum: int = model["quorum"]
        self.anchors: list[dict[str, Any]] = model["anchors"]
        self.logs = [_trusted(item, notes.verifier_key(item["vkey"])) for item in model["logs"]]
        self.witnesses = [_trusted(item, notes.verifier_key(item["vkey"])) for item in model["witnesses"]]
        self.registrars = [_trusted(item, notes.unbase64(item["key"])) for item in model["registrars"]]

    def head(self, text: str) -> "Head":
        """A checkpoint by the log with nothing but known witnesses' lines beside (§7, steps 3 and 4)."""
        note = notes.parse(text)
        at = max(notes.checkpoint(note.text).size - 1, 0)
        origin = notes.checkpoint(note.text).origin
        log = [item.key for item in self.logs if item.at(at) and item.key.name == origin]
        require(len(log) == 1, "no such log")
        witnesses = [item.key for item in self.witnesses if item.at(at)]
        known = {(key.name, key.key_id) for key in [*log, *witnesses]}
        require(all((name, key_id) in known for name, key_id, _ in note.signatures), "a line by an unknown key")
        head = Head(note, notes.verify_by_log(note, log[0]), notes.cosigned(note, witnesses), witnesses)
        require(len(head.times) >= self.quorum, "too few witnesses")
        return head

    def sighting(self, item: Any, main: "Logged", later: "Head") -> "Head":
        """§7.6."""
        size, path, lines = item
        require(isinstance(path, list) and len(path) <= 63 and all(len(step) == 32 for step in path), "a path")
        require(isinstance(size, int) and main.index < size < later.checkpoint.size, "an earlier tree with the entry")
        root = merkle.root_of(merkle.leaf_hash(main.entry), main.index, size, path)
        text = f"{later.checkpoint.origin}\n{size}\n{b64encode(root).decode()}\n"
        note = notes.parse(text + "\n" + lines)
        require(note.text == text, "lines alone")
        witnesses = [item.key for item in self.witnesses if item.at(size - 1)]
        known = {(key.name, key.key_id) for key in witnesses}
        require(all((name, key_id) in known for name, key_id, _ in note.signatures), "a line by an unknown key")
        seen = Head(note, later.checkpoint, notes.cosigned(note, witnesses), witnesses)
        require(len(seen.times) >= self.quorum, "too few witnesses")
        return seen

    def by_registrar(self, message: cose.Sign1, index: int) -> dict[Any, Any]:
        """The claims of a registrar's statement logged at `index`."""
        keys = [item.key for item in self.registrars if item.at(index)]
        key = next((key for key in keys if cose.thumbprint(key)[:8] == message.headers.get(cose.KID)), None)
        if key is None:
            raise Refused("no such registrar")
        require(not message.unprotected, "unprotected header is empty")
        require(message.headers[cose.CWT_CLAIMS][cose.AUD] == self.realm, "for another city")
        claims = cbor.read(cose.verify(message, key))
        require(isinstance(claims, dict), "claims are a map")
        return dict(claims)


@dataclass(frozen=True)
class Head:
    """A verified checkpoint."""

    note: notes.Note
    checkpoint: notes.Checkpoint
    times: dict[str, int]
    witnesses: list[notes.VerifierKey]

    def seen_by(self, quorum: int) -> int | None:
        """§7.2: the m-th smallest time."""
        return sorted(self.times.values())[quorum - 1] if quorum else None

    def check_all(self, entries: dict[int, bytes], table: bytes) -> None:
        """§7.1: the entries at these indexes, and the hashes beside them, make up the tree."""
        require(len(table) % 32 == 0, "a hash has 32 bytes")
        require(all(0 <= index < self.checkpoint.size for index in entries), "an entry beyond the tree")
        hashes = [table[at : at + 32] for at in range(0, len(table), 32)]
        root = merkle.root_with(entries, 0, self.checkpoint.size, hashes)
        require(root == self.checkpoint.root and not hashes, "the entries lead to another root")

    def beacon(self) -> bytes:
        """§5.4."""
        known = {(key.name, key.key_id) for key in self.witnesses}
        blobs = sorted(key_id + blob for name, key_id, blob in self.note.signatures if (name, key_id) in known)
        return sha256(self.note.text.encode() + b"".join(blobs)).digest()[:8]


@dataclass(frozen=True)
class Logged:
    """An entry and its place in the log."""

    entry: bytes
    index: int


def _trusted(item: dict[str, Any], key: Any) -> Trusted:
    return Trusted(key, item["first"], item.get("last", 1 << 63))


@dataclass(frozen=True)
class Reading:
    """What was proved."""

    device: str
    gateway: str
    kid: bytes
    seq: int
    record: bytes
    index: int
    size: int
    revocation_checked: bool
    beacon_checked: bool
    anchored: list[anchors.Shown]
    not_after: int | None


def verify(data: bytes, policy: Policy, judges: dict[str, anchors.Judge] | None = None) -> Reading:
    """§7: what a bundle proves under a policy; `judges` know the evidence of anchors, by kind."""
    try:
        return _verify(data, policy, judges or {})
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise Refused(f"not a bundle: {error!r}") from error


def _verify(data: bytes, policy: Policy, judges: dict[str, anchors.Judge]) -> Reading:
    # 1, 2: form and realm.
    bundle = cbor.read(data)
    require(set(bundle) <= {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, "a label that is not listed")
    require(bundle[1] == "civicroot/proof/v1" and bundle[2] == policy.realm, "another format or realm")
    require(all(isinstance(bundle[label], str) for label in (6, 10) if label in bundle), "a note is text")
    place, place_path = bundle[4]
    parts = {label: Logged(*bundle[label]) for label in (5, 7, 8, 9, 13, 14) if label in bundle}
    entries = {part.index: part.entry for part in parts.values()}
    require(len(entries) == len(parts), "an entry stands there twice")
    # 3, 4: the checkpoint and its witnesses.
    head = policy.head(bundle[6])
    # 4, sighting: the quorum had seen an earlier tree with the header.
    not_after = head.seen_by(policy.quorum)
    if 15 in bundle:
        earlier = policy.sighting(bundle[15], parts[5], head).seen_by(policy.quorum)
        not_after = min(not_after, earlier) if not_after is not None and earlier is not None else not_after
    # 5: the header is in the log, and so is every other entry.
    head.check_all(entries, bundle[12])
    header_at = parts[5].index
    header = cose.sign1(parts[5].entry)
    fields = cbor.read(header.payload or b"")
    # 6, 7: by an enrolled gateway.
    gateway = _enrolled(policy, parts[8], "gateway", header, header_at)
    cose.verify(header, gateway["key"], f"civicroot/batch/v1/{policy.realm}".encode())
    # 8: the record is in the batch.
    record_bytes: bytes = bundle[3]
    root = merkle.root_of(merkle.leaf_hash(record_bytes), place, fields[1], place_path)
    require(root == fields[2], "the record is not in the batch")
    # 9, 10: by an enrolled device.
    record = cose.sign1(record_bytes)
    device = _enrolled(policy, parts[7], "device", record, header_at)
    cose.verify(record, device["key"], f"civicroot/record/v1/{policy.realm}".encode())
    # 11: neither key was withdrawn before.
    sequence = record.headers[SEQUENCE]
    revocation_checked = 9 in parts
    if revocation_checked:
        bits, uri = _status(policy, parts[9], header_at)
        for who, withdrawal, seq in (
            (device, parts.get(13), sequence[0]),
            (gateway, parts.get(14), header.headers[SEQUENCE][0]),
        ):
            _standing(policy, who, bits, uri, withdrawal, parts[9].index, header_at, seq)
    require(revocation_checked or not {13, 14} & set(parts), "a revocation without a status list")
    # 12: the beacon.
    beacon_checked = 10 in bundle
    if beacon_checked:
        told = policy.head(bundle[10])
        require(len(sequence) > 2 and sequence[2] == told.beacon(), "another beacon")
        require(told.checkpoint.size <= header_at, "the beacon is younger than the batch")
    # 13: each anchor holds for a tree with the header.
    anchored = []
    if 11 in bundle:
        origin = head.checkpoint.origin
        anchored = anchors.read(bundle[11], parts[5].entry, header_at, origin, policy.anchors, judges)
    return Reading(
        device["sub"],
        gateway["sub"],
        record.headers[cose.KID],
        sequence[0],
        record_bytes,
        header_at,
        head.checkpoint.size,
        revocation_checked,
        beacon_checked and policy.quorum > 0,
        anchored,
        not_after,
    )


def _enrolled(policy: Policy, logged: Logged, role: str, message: cose.Sign1, before: int) -> dict[str, Any]:
    enrolment = cose.sign1(logged.entry)
    require(enrolment.headers.get(cose.TYP) == "application/civicroot-enrolment+cwt", "not an enrolment")
    claims = policy.by_registrar(enrolment, logged.index)
    key = claims[8][1]
    require(key[1] == 1 and key[-1] == 6 and len(key) == 3, "an Ed25519 key")
    public: bytes = key[-2]
    subject = enrolment.headers[cose.CWT_CLAIMS][cose.SUB]
    possession = cose.sign1(claims[POSSESSION])
    asked = cbor.read(cose.verify(possession, public, f"civicroot/possession/v1/{policy.realm}".encode()))
    require(possession.headers[cose.KID] == cose.thumbprint(public)[:8], "possession by another key")
    require((asked[2], asked[ROLE]) == (subject, role) and claims[ROLE] == role, "enrolled as something else")
    require(message.headers[cose.KID] == cose.thumbprint(public)[:8], "enrolment of another key")
    require(not message.unprotected, "unprotected header is empty")
    require(logged.index < before, "enrolled after what it signed")
    status = claims.get(65535)
    return {"sub": subject, "key": public, "status": status["status_list"] if status else None}


def _status(policy: Policy, logged: Logged, after: int) -> tuple[bytes, str]:
    message = cose.sign1(logged.entry)
    require(message.headers.get(cose.TYP) == "application/statuslist+cwt", "not a status list")
    claims = policy.by_registrar(message, logged.index)
    require(logged.index >= after, "status list is older than the batch")
    require(claims[65533]["bits"] == 1 and claims[2] == message.headers[cose.CWT_CLAIMS][cose.SUB], "one bit a key")
    stream = zlib.decompressobj()
    try:
        bits = stream.decompress(claims[65533]["lst"], STATUS_BYTES)
    except zlib.error as error:
        raise Refused("not zlib") from error
    require(stream.eof and not stream.unused_data, "zlib stream is cut or goes on")
    return bits, claims[2]


def _standing(
    policy: Policy,
    who: dict[str, Any],
    bits: bytes,
    uri: str,
    withdrawal: Logged | None,
    listed_at: int,
    signed_at: int,
    seq: int,
) -> None:
    require(who["status"] is not None and who["status"]["uri"] == uri, "another status list")
    index = who["status"]["idx"]
    require(index < 8 * len(bits), "beyond the status list")
    if not bits[index // 8] >> (index % 8) & 1:
        require(withdrawal is None, "the list does not know of the revocation")
        return
    if withdrawal is None:
        raise Refused("revoked")
    message = cose.sign1(withdrawal.entry)
    require(message.headers.get(cose.TYP) == "application/civicroot-revocation+cwt", "not a revocation")
    claims = policy.by_registrar(message, withdrawal.index)
    require(claims[8][5] == cose.thumbprint(who["key"]), "revocation of another key")
    require(withdrawal.index < listed_at, "revocation is younger than the list")
    rotated = claims[REASON] == ROTATED and seq <= claims[LAST_SEQ]
    require(signed_at < withdrawal.index or rotated, "revoked")
