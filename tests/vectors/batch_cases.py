"""Families batch_header and batch_message (SPEC.md §4), and verdict (§4.2)."""

import hashlib
from collections.abc import Iterator
from typing import Any

from civicroot_wire import batch, cose, record, verdict
from civicroot_wire.cbor import encode
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence
from civicroot_wire.verdict import Verdict

from tests.vectors import city
from tests.vectors.case import Case, invalid, valid
from tests.vectors.envelope import Kind, faults

GATEWAY = city.key("gateway/1")
BACKEND = city.key("backend/1")
OPENED, CLOSED = city.NOW, city.NOW + 30
_INPUTS = {"realm": city.REALM, "public_key": GATEWAY.public}
_BY_BACKEND = {"realm": city.REALM, "public_key": BACKEND.public}


def records(count: int, device: str = "bin/12") -> list[bytes]:
    """The first `count` records of a device."""
    signer = city.key(device)
    packs = [Pack([Measurement("battery", 100 - seq % 100, "%EL")], city.NOW + seq) for seq in range(count)]
    return [record.sign(signer.kid, Sequence(seq), pack, city.REALM, signer) for seq, pack in enumerate(packs)]


def header(items: list[bytes], seq: int = 7, skip: int = 0, **changes: Any) -> bytes:
    """The gateway's header over `items`; size, root, opened, closed can be given wrong."""
    fields = {1: len(items), 2: batch.root_of(items), 3: OPENED, 4: CLOSED}
    names = {"size": 1, "root": 2, "opened": 3, "closed": 4}
    fields.update({names[name]: value for name, value in changes.items()})
    return _kind(Sequence(seq, skip), fields).signed()


def _kind(sequence: Sequence, fields: dict[int, Any]) -> Kind:
    headers = {cose.ALG: cose.ED25519, cose.KID: GATEWAY.kid, cose.SEQUENCE: sequence.header()}
    return Kind(GATEWAY, headers, encode(fields), batch.KIND, _INPUTS)


def batch_header_cases() -> Iterator[Case]:
    """Headers over one, three and 1,024 records, and every flaw."""
    for name, seq, skip, size in (("one record", 0, 0, 1), ("skipped numbers", 64, 64, 3), ("full", 9, 0, 1024)):
        root = batch.root_of(records(size)) if size < 1024 else city.bytes_of("root of 1024")
        fields = {1: size, 2: root, 3: OPENED, 4: CLOSED}
        decoded = {
            "kid": GATEWAY.kid.hex(),
            "seq": seq,
            "skip": skip,
            "size": size,
            "root": root.hex(),
            "opened": OPENED,
            "closed": CLOSED,
        }
        yield valid(name, _kind(Sequence(seq, skip), fields).signed(), decoded, **_INPUTS)
    good = {1: 3, 2: city.bytes_of("root"), 3: OPENED, 4: CLOSED}
    kind = _kind(Sequence(7), good)
    yield from faults(kind)
    for name, reason, sequence in _bad_sequences():
        yield invalid(name, reason, kind.with_header(cose.SEQUENCE, sequence), **_INPUTS)
    yield invalid("no sequence", "missing-key", kind.without_header(cose.SEQUENCE), **_INPUTS)
    for name, reason, fields in _bad_fields(good):
        yield invalid(name, reason, kind.signed(payload=encode(fields)), **_INPUTS)
    long_header = kind.signed(payload=encode({**good, 5: bytes(120)}))
    yield invalid("header over 256 bytes", "too-large", long_header, **_INPUTS)


def _bad_sequences() -> Iterator[tuple[str, str, Any]]:
    yield "sequence with a beacon", "out-of-range", [7, 1, city.bytes_of("beacon", 8)]
    yield "skip given as 0", "not-deterministic", [7, 0]
    yield "skip over seq", "out-of-range", [7, 8]
    yield "skip over a block", "out-of-range", [700, 65]
    yield "seq 2^32", "out-of-range", [1 << 32]
    yield "sequence is an integer", "wrong-type", 7


def _bad_fields(good: dict[int, Any]) -> Iterator[tuple[str, str, Any]]:
    yield "payload is an array", "wrong-type", list(good.values())
    yield "unknown field", "unknown-key", {**good, 5: 0}
    for label in good:
        yield f"no field {label}", "missing-key", {key: value for key, value in good.items() if key != label}
    yield "size 0", "out-of-range", {**good, 1: 0}
    yield "size 1025", "out-of-range", {**good, 1: 1025}
    yield "root of 31 bytes", "bad-length", {**good, 2: bytes(31)}
    yield "root is text", "wrong-type", {**good, 2: "root"}
    yield "opened negative", "out-of-range", {**good, 3: -1}
    yield "closed before opened", "out-of-range", {**good, 4: OPENED - 1}


def batch_message_cases() -> Iterator[Case]:
    """Messages whose header verifies and commits to the records, and such that do not."""
    for count in (1, 2, 3, 7):
        items = records(count)
        decoded = {
            "header": header(items).hex(),
            "records": [item.hex() for item in items],
            "digest": hashlib.sha256(batch.encode_message(header(items), items)).hexdigest(),
        }
        yield valid(f"{count} records", batch.encode_message(header(items), items), decoded, **_INPUTS)
    broken = [b"\xff", records(1)[0], b""]
    decoded = {"header": header(broken).hex(), "records": [item.hex() for item in broken]}
    decoded["digest"] = hashlib.sha256(batch.encode_message(header(broken), broken)).hexdigest()
    message = batch.encode_message(header(broken), broken)
    yield valid("malformed records harm no other", message, decoded, **_INPUTS)
    for name, reason, data in _bad_messages():
        yield invalid(name, reason, data, **_INPUTS)


def _bad_messages() -> Iterator[tuple[str, str, bytes]]:
    items = records(3)
    head = header(items)
    good = batch.encode_message(head, items)
    yield "empty input", "truncated", b""
    yield "cut by one byte", "truncated", good[:-1]
    yield "one byte more", "trailing-bytes", good + b"\xf6"
    yield (
        "indefinite list of records",
        "not-deterministic",
        b"\x82" + encode(head) + b"\x9f" + encode(items)[1:] + b"\xff",
    )
    yield "header is null", "wrong-type", encode([None, items])
    yield "header not wrapped", "wrong-type", b"\x82" + head + encode(items)
    yield "header empty", "out-of-range", encode([b"", items])
    yield "header over 256 bytes", "out-of-range", encode([head + bytes(200), items])
    yield "only the header", "out-of-range", encode([head])
    yield "three elements", "out-of-range", encode([head, items, None])
    yield "records are a map", "wrong-type", encode([head, {0: items[0]}])
    yield "no record", "out-of-range", encode([header([]), []])
    yield "a record not wrapped", "wrong-type", b"\x82" + encode(head) + b"\x83" + items[0] + encode(items[1]) * 2
    yield "1,025 records", "out-of-range", encode([head, [b""] * 1025])
    yield "header says 2 of 3", "size-mismatch", encode([header(items, size=2), items])
    yield "one record left out", "size-mismatch", encode([head, items[:2]])
    yield "records in another order", "root-mismatch", encode([head, items[::-1]])
    yield "a record exchanged", "root-mismatch", encode([head, [*items[:2], records(4)[3]]])
    yield "header's root is another", "root-mismatch", encode([header(items, root=bytes(32)), items])
    yield (
        "header signature broken",
        "bad-signature",
        encode([head[:-1] + bytes([head[-1] & 0xF0 | ~head[-1] & 1]), items]),
    )


def verdict_cases() -> Iterator[Case]:
    """Committed whole, committed in part, refused; and flaws."""
    digest = city.bytes_of("batch message")
    for name, said in (
        ("committed", Verdict(digest, 12)),
        ("committed but for two", Verdict(digest, 0, [(0, "bad-signature"), (1023, "equivocation")])),
        ("refused", Verdict(digest, reason="unknown-key-id")),
    ):
        decoded = {
            "kid": BACKEND.kid.hex(),
            "digest": digest.hex(),
            "committed": said.committed,
            "index": said.index,
            "rejected": [list(pair) for pair in said.rejected],
            "reason": said.reason,
        }
        data = verdict.sign(said, BACKEND.kid, city.REALM, BACKEND)
        yield valid(name, data, decoded, **_BY_BACKEND)
    good = {1: digest, 2: 0, 3: 12}
    headers = {cose.ALG: cose.ED25519, cose.KID: BACKEND.kid}
    kind = Kind(BACKEND, headers, encode(good), verdict.KIND, _BY_BACKEND)
    yield from faults(kind)
    for name, reason, fields in _bad_verdicts(digest):
        yield invalid(name, reason, kind.signed(payload=encode(fields)), **_BY_BACKEND)


def _bad_verdicts(digest: bytes) -> Iterator[tuple[str, str, Any]]:
    yield "status 2", "out-of-range", {1: digest, 2: 2}
    yield "committed without index", "missing-key", {1: digest, 2: 0}
    yield "committed with a reason", "unknown-key", {1: digest, 2: 0, 3: 1, 5: "malformed"}
    yield "refused with an index", "unknown-key", {1: digest, 2: 1, 3: 1, 5: "malformed"}
    yield "refused without reason", "missing-key", {1: digest, 2: 1}
    yield "unknown field", "unknown-key", {1: digest, 2: 0, 3: 1, 6: 0}
    yield "digest of 31 bytes", "bad-length", {1: digest[:31], 2: 0, 3: 1}
    yield "rejected empty", "out-of-range", {1: digest, 2: 0, 3: 1, 4: []}
    yield "rejected descending", "not-deterministic", {1: digest, 2: 0, 3: 1, 4: [[2, "revoked"], [1, "revoked"]]}
    yield "rejected twice", "not-deterministic", {1: digest, 2: 0, 3: 1, 4: [[2, "revoked"], [2, "revoked"]]}
    yield "rejected index 1024", "out-of-range", {1: digest, 2: 0, 3: 1, 4: [[1024, "revoked"]]}
    yield "rejected without reason", "out-of-range", {1: digest, 2: 0, 3: 1, 4: [[2]]}
    yield "rejected reason a number", "wrong-type", {1: digest, 2: 0, 3: 1, 4: [[2, 7]]}
