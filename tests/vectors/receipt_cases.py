"""Families receipt, transparent and tlog_proof: other forms of the log's word for an entry (SPEC.md §5.6, §7.4)."""

from collections.abc import Iterator
from typing import Any

from civicroot_wire import base64, cose
from civicroot_wire.cbor import Tag, encode

from tests.vectors import city
from tests.vectors.case import Case, invalid, valid
from tests.vectors.citylog import LOG, Log
from tests.vectors.entry_proof_cases import zoo_statement

SUBJECT = "contract/2026-1"
INDEX = 4


def _log() -> Log:
    return Log([f"entry {number}".encode() for number in range(INDEX)] + [zoo_statement(), b"one more"])


class Receipt:
    """A receipt to be spoilt: protected headers, inclusion proof, root that was signed."""

    def __init__(self, log: Log) -> None:
        self.entry = log.entries[INDEX]
        self.headers: dict[int, Any] = {1: -19, 4: LOG.kid, 15: {1: city.ORIGIN, 2: SUBJECT}, 395: 1}
        self.proof: list[Any] = [len(log.entries), INDEX, log.path(INDEX)]
        self.root = log.root()

    def bytes(self, **changes: Any) -> bytes:
        """The message, signed; changes replace headers, proof, root, unprotected, payload, signature or signer."""
        protected = changes.get("protected", encode(changes.get("headers", self.headers)))
        signed = cose.sig_structure(protected, changes.get("root", self.root), b"")
        unprotected = changes.get("unprotected", {396: {-1: [encode(changes.get("proof", self.proof))]}})
        signature = changes.get("signature", changes.get("signer", LOG)(signed))
        return encode(Tag(18, [protected, unprotected, changes.get("payload"), signature]))


def receipt_cases() -> Iterator[Case]:
    """COSE receipts (RFC 9942)."""
    good = Receipt(_log())
    inputs = {"entry": good.entry, "public_key": LOG.public}
    decoded = {
        "kid": LOG.kid.hex(),
        "issuer": city.ORIGIN,
        "subject": SUBJECT,
        "size": INDEX + 2,
        "index": INDEX,
        "path": [item.hex() for item in good.proof[2]],
    }
    yield valid("an entry's receipt", good.bytes(), decoded, **inputs)
    alone = Log([good.entry])
    lone = good.bytes(proof=[1, 0, []], root=alone.root())
    yield valid("a log of one entry", lone, {**decoded, "size": 1, "index": 0, "path": []}, **inputs)
    for name, reason, data in _faults(good):
        yield invalid(name, reason, data, **inputs)
    yield invalid("another entry", "bad-signature", good.bytes(), **{**inputs, "entry": b"another"})
    stranger = city.key("somebody else").public
    yield invalid("another log's key", "key-mismatch", good.bytes(), **{**inputs, "public_key": stranger})


def _faults(good: Receipt) -> Iterator[tuple[str, str, bytes]]:
    whole = good.bytes()
    size, index, path = good.proof
    without = {label: {key: value for key, value in good.headers.items() if key != label} for label in good.headers}
    yield "empty", "truncated", b""
    yield "one byte more", "trailing-bytes", whole + b"\x00"
    yield "no tag", "wrong-type", whole[1:]
    yield "payload in place", "wrong-type", good.bytes(payload=good.root)
    yield "alg -8", "wrong-algorithm", good.bytes(headers={**good.headers, 1: -8})
    yield "no kid", "missing-key", good.bytes(headers=without[4])
    yield "no claims", "missing-key", good.bytes(headers=without[15])
    yield "claims without sub", "missing-key", good.bytes(headers={**good.headers, 15: {1: city.ORIGIN}})
    yield "no data structure", "missing-key", good.bytes(headers=without[395])
    yield "another data structure", "out-of-range", good.bytes(headers={**good.headers, 395: 2})
    yield "unknown header", "unknown-key", good.bytes(headers={**good.headers, 16: "x"})
    yield "iss empty", "out-of-range", good.bytes(headers={**good.headers, 15: {1: "", 2: SUBJECT}})
    yield "no proof", "missing-key", good.bytes(unprotected={})
    yield "consistency proof", "unknown-key", good.bytes(unprotected={396: {-2: [encode(good.proof)]}})
    yield "two proofs", "out-of-range", good.bytes(unprotected={396: {-1: [encode(good.proof)] * 2}})
    yield "proof not wrapped", "wrong-type", good.bytes(unprotected={396: {-1: [good.proof]}})
    yield "proof goes on", "trailing-bytes", good.bytes(unprotected={396: {-1: [encode(good.proof) + b"\x00"]}})
    yield (
        "more in the unprotected header",
        "unknown-key",
        good.bytes(unprotected={4: LOG.kid, 396: {-1: [encode(good.proof)]}}),
    )
    yield "size 0", "out-of-range", good.bytes(proof=[0, 0, []])
    yield "index beyond the tree", "out-of-range", good.bytes(proof=[size, size, path])
    yield "path too short", "bad-path", good.bytes(proof=[size, index, path[:-1]])
    yield "path too long", "bad-path", good.bytes(proof=[size, index, [*path, bytes(32)]])
    yield "hash of 31 bytes", "bad-length", good.bytes(proof=[size, index, [bytes(31), *path[1:]]])
    yield "path of 64 hashes", "out-of-range", good.bytes(proof=[size, index, [bytes(32)] * 64])
    yield "another path", "bad-signature", good.bytes(proof=[size, index, [bytes(32), *path[1:]]])
    yield "another root was signed", "bad-signature", good.bytes(root=bytes(32))
    yield "signed by another key", "bad-signature", good.bytes(signer=city.key("somebody else"))
    yield "signature of 63 bytes", "bad-length", good.bytes(signature=bytes(63))
    yield "over 4096 bytes", "too-large", good.bytes(headers={**good.headers, 15: {1: "x" * 4096, 2: SUBJECT}})


def transparent_cases() -> Iterator[Case]:
    """Transparent statements (RFC 9943): a signed statement with its receipts in header 394."""
    receipt = Receipt(_log()).bytes()
    statement = zoo_statement()
    message = cose.parse(statement, 65535)
    parts = [message.protected, {394: [receipt]}, message.payload, message.signature]

    def changed(unprotected: Any) -> bytes:
        return encode(Tag(18, [parts[0], unprotected, parts[2], parts[3]]))

    decoded = {"statement": statement.hex(), "receipts": [receipt.hex()]}
    yield valid("one receipt", encode(Tag(18, parts)), decoded)
    yield valid("two receipts", changed({394: [receipt, receipt]}), {**decoded, "receipts": [receipt.hex()] * 2})
    yield invalid("no receipt", "out-of-range", changed({394: []}))
    yield invalid("no header 394", "missing-key", changed({}))
    yield invalid("another header", "unknown-key", changed({394: [receipt], 4: b"kid"}))
    yield invalid("receipt not wrapped", "wrong-type", changed({394: [None]}))
    yield invalid("17 receipts", "out-of-range", changed({394: [b"x"] * 17}))
    yield invalid("one byte more", "trailing-bytes", encode(Tag(18, parts)) + b"\x00")


def tlog_proof_cases() -> Iterator[Case]:
    """c2sp.org/tlog-proof@v1."""
    log = _log()
    note = log.head()
    path = [base64.encode(item) for item in log.path(INDEX)]
    entry = base64.encode(log.entries[INDEX])
    head = ["c2sp.org/tlog-proof@v1", "extra " + entry, f"index {INDEX}", *path]

    def text(lines: list[str], rest: str = note) -> str:
        return "\n".join(lines) + "\n\n" + rest

    decoded = {
        "index": INDEX,
        "path": [item.hex() for item in log.path(INDEX)],
        "checkpoint": note,
        "extra": log.entries[INDEX].hex(),
    }
    yield valid("with the entry as extra data", None, decoded, text=text(head))
    yield valid("without extra data", None, {**decoded, "extra": None}, text=text([head[0], *head[2:]]))
    lone = Log([b"alone"]).head()
    single = {"index": 0, "path": [], "checkpoint": lone, "extra": None}
    yield valid("a log of one entry", None, single, text=text([head[0], "index 0"], lone))
    many = text([*head[:3], *["A" * 43 + "="] * 63])
    yield valid("63 hashes", None, {**decoded, "path": ["00" * 32] * 63}, text=many)
    yield valid("extra data empty", None, {**decoded, "extra": ""}, text=text([head[0], "extra ", *head[2:]]))
    for name, reason, content in (
        ("empty", "malformed", ""),
        ("another version", "malformed", text(["c2sp.org/tlog-proof@v2", *head[1:]])),
        ("no index", "malformed", text([head[0], head[1]])),
        ("path before the index", "malformed", text([*head[:2], path[0], head[2]])),
        ("index with a leading zero", "malformed", text([*head[:2], "index 04", *path])),
        ("index negative", "malformed", text([*head[:2], "index -4", *path])),
        ("index too big", "malformed", text([*head[:2], f"index {1 << 63}", *path])),
        ("index in other digits", "malformed", text([*head[:2], "index \u0664", *path])),
        ("hash of 31 bytes", "bad-length", text([*head[:3], base64.encode(bytes(31))])),
        ("hash in base64 that is not canonical", "malformed", text([*head[:3], "A" * 42 + "B="])),
        ("64 hashes", "out-of-range", text([*head[:3], *["A" * 43 + "="] * 64])),
        ("extra data twice", "malformed", text([*head[:2], *head[1:]])),
        ("extra data not base64", "malformed", text([head[0], "extra *", *head[2:]])),
        ("no checkpoint", "malformed", "\n".join(head) + "\n"),
        ("checkpoint is no note", "malformed", text(head, "checkpoint")),
        ("carriage returns", "malformed", text(head).replace("\n", "\r\n")),
    ):
        yield invalid(name, reason, text=content)
