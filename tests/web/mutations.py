"""Vectors with something changed in them: bytes, an item of the CBOR (signed again where the key is known), or text."""

import json
import random
from collections.abc import Sequence
from typing import Any

from civicroot_wire import cose, merkle, receipt
from civicroot_wire.cbor import DecimalFraction, Tag, decode, encode
from civicroot_wire.errors import WireError

from tests.vectors import city
from tests.vectors.citylog import LOG

Case = dict[str, Any]

LIMIT = 1 << 20  # over every vector
# Numbers and lengths at the edges of the format's ranges, and items of every type.
ODD_ITEMS: Sequence[object] = (
    *(0, 1, -1, 23, 24, 255, (1 << 32) - 1, 1 << 32, 1 << 53, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, -(1 << 64)),
    *(True, False, None, b"", bytes(8), b"\1" * 32, b"x" * 64, b"y" * 65),
    *("", "a", "a" * 64, "a" * 65, "a" * 129, "é", "\x85", "\ufeff", "\x7f", "\x00", "bin/1"),
    *([], [1], [[0, 1]], {}, {1: 2}, {"a": 1}, DecimalFraction(-1, 5), DecimalFraction(-12, (1 << 64) - 1), Tag(18, 1)),
)
ODD_JSON: Sequence[object] = (0, -1, (1 << 32) - 1, 1 << 32, 1 << 53, True, None, 1.5, "", "\x85", "a" * 200, [], {})
ODD_LETTERS = (
    *("", "x", " ", "\n", "\n\n", "+", "/", "=", "0", "1", "A", "\r", "\t", "\x00", "\x7f", "\x85", "\xa0", "é"),
    *("\u1680", "\u2003", "\u2028", "\u202f", "\u205f", "\u3000", "\u200b", "\ufeff", "\u2014 ", "🌳"),
)
NOTES = ("note", "checkpoint", "cosignature", "beacon", "head")
PLAIN_KINDS = {
    "batch_header": "batch",
    **{kind: kind for kind in ("record", "claim", "possession", "transaction", "verdict")},
}
STATEMENTS = ("enrolment", "revocation", "status_list", "configuration", "release", "statement", "pruning")
SIGNERS = {
    key.kid: key
    for key in map(city.key, ("bin/12", "bin/13", "tree/3", "gateway/1", "backend/1", "registrar/1", "operator/1"))
}


class Mutator:
    """Changes cases by a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def case(self, family: str, cases: list[Case]) -> Case:
        """One of the cases with one part of it changed; its verdict is nobody's word."""
        good = [case for case in cases if case["valid"]]
        found = dict(self._random.choice(good if self._often(0.7) else cases))
        if family == "policy_file":
            found["text"] = self._json(found["text"])
        elif "input" in found:
            self._anchored(found)
        elif "text" in found:
            found["text"] = self._text(found["text"])
        elif "bytes" in found:
            found["bytes"] = self._bytes(family, bytes.fromhex(found["bytes"]), found).hex()
        else:
            self._input(found)
        return found

    def _often(self, share: float) -> bool:
        return self._random.random() < share

    def _text(self, content: str) -> str:
        at = self._random.randrange(len(content) + 1)
        return content[:at] + self._random.choice(ODD_LETTERS) + content[at + self._random.choice((0, 1, 1, 2, 44)) :]

    def _json(self, content: str) -> str:
        try:
            document = json.loads(content)
        except ValueError:
            return self._text(content)
        return json.dumps(self._inside(document, ODD_JSON)) if self._often(0.8) else self._text(content)

    def _bytes(self, family: str, data: bytes, case: Case) -> bytes:
        try:
            if family in NOTES:
                return self._text(data.decode()).encode()
            changed = encode(self._inside(decode(data, LIMIT), ODD_ITEMS))
        except (WireError, UnicodeDecodeError):
            return self._flipped(data)
        if self._often(0.2):
            return self._flipped(data)
        if family == "receipt" and self._often(0.7):
            return receipt_again(changed, bytes.fromhex(case["entry"]))
        return signed_again(family, changed) if self._often(0.7) else changed

    def _flipped(self, data: bytes) -> bytes:
        """One bit flipped, sometimes cut after it."""
        if not data:
            return b"\x00"
        at = self._random.randrange(len(data))
        flipped = data[:at] + bytes([data[at] ^ 1 << self._random.randrange(8)]) + data[at + 1 :]
        return flipped[: at + 1] if self._often(0.3) else flipped

    def _anchored(self, case: Case) -> None:
        """An anchor's evidence, the tree that it is of, or what the policy says of it."""
        what = self._random.random()
        if what < 0.8:
            case["input"] = self._bytes("", bytes.fromhex(case["input"]), case).hex()
        elif what < 0.9:
            case["trusted"] = self._inside(case["trusted"], ODD_JSON)
        else:
            size, root = case["tree"]["size"] + self._random.choice((-1, 0, 1)), bytes.fromhex(case["tree"]["root"])
            case["tree"] = {**case["tree"], "size": size, "root": self._flipped(root)[:32].ljust(32, b"\0").hex()}

    def _input(self, case: Case) -> None:
        """An argument of a case that has no message: a hash, a key, a number, a path."""
        name = self._random.choice([key for key in case if key not in {"name", "valid", "reason", "decoded"}])
        value = case[name]
        if isinstance(value, str):
            case[name] = self._flipped(bytes.fromhex(value)).hex()
        elif isinstance(value, int):
            case[name] = max(0, value + self._random.choice((-1, 1, 2)))
        elif value:
            at = self._random.randrange(len(value))
            case[name] = value[:at] + value[at + 1 :] if self._often(0.5) else [value[at], *value]

    def _inside(self, value: Any, odd: Sequence[object]) -> Any:
        """Something inside the item changed, also in byte strings that are CBOR themselves."""
        if isinstance(value, Tag):
            return Tag(value.number, self._inside(value.value, odd))
        if isinstance(value, (list, dict)) and value and self._often(0.93):
            return self._in_list(value, odd) if isinstance(value, list) else self._in_map(value, odd)
        if isinstance(value, bytes) and len(value) > 2 and self._often(0.85):
            try:
                return encode(self._inside(decode(value, LIMIT), odd))
            except WireError:
                return self._flipped(value)
        if type(value) is int and self._often(0.4):
            return min(max(value + self._random.choice((-1, 1, 256, -65536)), -(1 << 64)), (1 << 64) - 1)
        if isinstance(value, str) and self._often(0.5):
            return self._text(value)
        return self._random.choice(odd)

    def _in_list(self, value: list[Any], odd: Sequence[object]) -> list[Any]:
        at, what = self._random.randrange(len(value)), self._random.random()
        if what < 0.1:
            return value[:at] + value[at + 1 :]
        if what < 0.25:
            return [*value[:at], value[at] if what < 0.2 else self._random.choice(odd), *value[at:]]
        return [*value[:at], self._inside(value[at], odd), *value[at + 1 :]]

    def _in_map(self, value: dict[Any, Any], odd: Sequence[object]) -> dict[Any, Any]:
        key, what = self._random.choice(list(value)), self._random.random()
        if what < 0.1:
            return {other: item for other, item in value.items() if other != key}
        if what < 0.2:
            labels = (
                (*range(15), -3, 15, 16, 258, 259, 260, 394, 395, 396, -65537, -65540)
                if isinstance(key, int)
                else ("x", "last")
            )
            return {**value, self._random.choice(labels): self._random.choice(odd)}
        return {**value, key: self._inside(value[key], odd)}


def signed_again(family: str, data: bytes) -> bytes:
    """The message with a signature that holds, if the key is known: so what comes after the signature is reached."""
    if family not in PLAIN_KINDS and family not in STATEMENTS:
        return data
    try:
        message = cose.parse(data, LIMIT)
    except WireError:
        return data
    kid = message.headers.get(cose.KID)
    signer = SIGNERS.get(kid) if isinstance(kid, bytes) else None
    if signer is None:
        return data
    external = cose.aad(PLAIN_KINDS[family], city.REALM) if family in PLAIN_KINDS else b""
    signature = signer(cose.sig_structure(message.protected, message.payload, external))
    return encode(Tag(cose.SIGN1_TAG, [message.protected, message.unprotected, message.payload, signature]))


def receipt_again(data: bytes, entry: bytes) -> bytes:
    """The receipt with the log's signature over the root that it leads to, if it leads to one."""
    try:
        found = receipt.decode(data)
        root = merkle.root_of_path(merkle.leaf_hash(entry), found.index, found.size, found.path)
    except WireError:
        return data
    return receipt.sign(found, root, LOG)
