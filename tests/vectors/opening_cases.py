"""Families opening and claim_notice (SPEC.md §8)."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from civicroot_wire.cbor import encode

from tests.vectors import city
from tests.vectors.case import Case, invalid, valid

BIN = city.key("bin/12")
SALT = city.bytes_of("salt", 16)
CODE = bytes([0, 3, 1, 1, 2, 0])
_LAST = (1 << 32) - 1
_INPUTS = {"realm": city.REALM, "kid": BIN.kid}


def commitment(name: str, value: bytes, realm: str = city.REALM, kid: bytes = BIN.kid, salt: bytes = SALT) -> bytes:
    """As the text defines it."""
    return sha256(encode(["civicroot/opening/v1", realm, kid, name, salt, value])).digest()


def opening_cases() -> Iterator[Case]:
    """What a record commits to, and openings of something else."""
    for name, seq, kind, value in (
        ("a code", 41, "led", CODE),
        ("a card", 42, "scan", b"CITY-CARD 8812"),
        ("the longest", _LAST, "scan", bytes(256)),
        ("the shortest", 0, "scan", b"\x00"),
    ):
        decoded = {"seq": seq, "name": kind, "salt": SALT.hex(), "value": value.hex()}
        yield valid(name, _bytes(seq, kind, value), decoded, commitment=commitment(kind, value), **_INPUTS)
    for name, committed in (
        ("another code", commitment("led", CODE[::-1])),
        ("the code of another bin", commitment("led", CODE, kid=city.key("bin/13").kid)),
        ("the code of another city", commitment("led", CODE, realm=city.OTHER_REALM)),
        ("another salt", commitment("led", CODE, salt=bytes(16))),
        ("the code as a card", commitment("scan", CODE)),
        ("half of the commitment", commitment("led", CODE)[:16]),
    ):
        yield invalid(name, "wrong-opening", _bytes(41, "led", CODE), commitment=committed, **_INPUTS)
    for name, reason, data in _malformed():
        yield invalid(name, reason, data, commitment=commitment("led", CODE), **_INPUTS)


def _bytes(seq: int, name: str, value: bytes) -> bytes:
    return encode({1: seq, 2: name, 3: SALT, 4: value})


def _malformed() -> Iterator[tuple[str, str, bytes]]:
    good: dict[int, Any] = {1: 41, 2: "led", 3: SALT, 4: CODE}
    for name, reason, fields in (
        ("a measurement that commits to nothing", "out-of-range", good | {2: "fill"}),
        ("name empty", "out-of-range", good | {2: ""}),
        ("salt of 15 bytes", "bad-length", good | {3: bytes(15)}),
        ("no value", "out-of-range", good | {4: b""}),
        ("value of 257 bytes", "out-of-range", good | {4: bytes(257)}),
        ("value in text", "wrong-type", good | {4: "CITY-CARD"}),
        ("seq over 32 bits", "out-of-range", good | {1: 1 << 32}),
        ("one field more", "unknown-key", good | {5: 0}),
        ("without salt", "missing-key", {1: 41, 2: "led", 4: CODE}),
        ("over the limit", "too-large", good | {4: bytes(300)}),
    ):
        yield name, reason, encode(fields)
    yield "cut", "truncated", encode(good)[:-1]


def claim_notice_cases() -> Iterator[Case]:
    """What became of a claim."""
    for name, seq, status in (("kept", 0, 0), ("claimed", 41, 1), ("closed", _LAST, 2)):
        yield valid(name, encode({1: seq, 2: status}), {"seq": seq, "status": status})
    for name, reason, fields in (
        ("another status", "out-of-range", {1: 41, 2: 3}),
        ("status is true", "wrong-type", {1: 41, 2: True}),
        ("seq over 32 bits", "out-of-range", {1: 1 << 32, 2: 0}),
        ("negative seq", "out-of-range", {1: -1, 2: 0}),
        ("without status", "missing-key", {1: 41}),
        ("an array", "wrong-type", [41, 1]),
        ("one field more", "unknown-key", {1: 41, 2: 1, 3: 0}),
    ):
        yield invalid(name, reason, encode(fields))
    yield invalid("over 16 bytes", "too-large", encode({1: 41, 2: bytes(16)}))
