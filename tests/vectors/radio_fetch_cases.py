"""Families radio_up and radio_part: what a device asks by radio, and what it gets (SPEC.md §8.1)."""

from collections.abc import Iterator
from typing import Any

from civicroot_wire import mac0, radio_fetch
from civicroot_wire.cbor import encode
from civicroot_wire.radio_fetch import DOWN, UP

from tests.vectors import city
from tests.vectors.case import Case, invalid, valid
from tests.vectors.radio_cases import DEVICE, GATEWAY, KEY

HEAD = city.bytes_of("a manifest", 8)
NUMBERS = [city.NOW << 10, 7]
_STATE = encode({1: True, 2: "1.2.3", 3: 0, 6: 4})
_LAST = (1 << 20) - 1


def radio_up_cases() -> Iterator[Case]:
    """Frames of the device that the gateway judges; which numbers are fresh is a matter of what came before."""
    for name, items, numbers in (
        ("a question", [0, HEAD, 0, 2048], NUMBERS),
        ("for the last byte", [0, HEAD, _LAST, 1], NUMBERS),
        ("for the most", [0, HEAD, 0, 4096], [0, 0]),
        ("at the highest numbers", [0, HEAD, 0, 1], [mac0.MAX_NUMBER, mac0.MAX_NUMBER]),
        ("how it stands", [1, _STATE, [HEAD, HEAD[::-1]]], NUMBERS),
        ("nothing settled", [1, _STATE, []], NUMBERS),
    ):
        yield valid(name, _frame(UP, encode(items), numbers), _said(items, numbers), **_inputs())
    for name, reason, items in (
        ("a third kind", "out-of-range", [2, HEAD, 0]),
        ("a question without length", "out-of-range", [0, HEAD, 0]),
        ("a state with a length", "out-of-range", [1, _STATE, [], 0]),
        ("head of 7 bytes", "bad-length", [0, HEAD[1:], 0, 1]),
        ("offset beyond any content", "out-of-range", [0, HEAD, _LAST + 1, 1]),
        ("nothing asked", "out-of-range", [0, HEAD, 0, 0]),
        ("over 4,096 bytes", "out-of-range", [0, HEAD, 0, 4097]),
        ("three settled", "out-of-range", [1, _STATE, [HEAD] * 3]),
        ("a state that is none", "missing-key", [1, encode({}), []]),
        ("state as a map", "wrong-type", [1, {1: True}, []]),
        ("a map", "wrong-type", {0: HEAD}),
    ):
        yield invalid(name, reason, _frame(UP, encode(items)), **_inputs())
    good = _frame(UP, encode([0, HEAD, 0, 2048]))
    yield invalid("of a part's kind", "bad-mac", _frame(DOWN, encode([0, HEAD, 0, 2048])), **_inputs())
    yield invalid("under another key", "bad-mac", good, **_inputs() | {"key": city.bytes_of("another link key")})
    yield invalid("in another realm", "bad-mac", good, **_inputs() | {"realm": city.OTHER_REALM})
    yield from _misshapen(good)


def radio_part_cases() -> Iterator[Case]:
    """Frames that answer question `number` after answer `counter` of the device."""
    for name, items, most in (
        ("a part", [0, b"content"], 222),
        ("a reason", ["not-yet"], 222),
        ("the longest by LoRa", [_LAST, bytes(167)], 222),
        ("the longest by ESP-NOW", [_LAST, bytes(195)], 250),
    ):
        found = {"offset": 0 if len(items) == 1 else items[0], "octets": "" if len(items) == 1 else items[1].hex()}
        decoded = found | {"reason": items[0] if len(items) == 1 else None}
        yield valid(name, _frame(DOWN, encode(items)), decoded, **_asked(most))
    for name, reason, items in (
        ("nothing", "out-of-range", []),
        ("three items", "out-of-range", [0, b"content", 7]),
        ("no octets", "out-of-range", [0, b""]),
        ("octets as text", "wrong-type", [0, "content"]),
        ("offset beyond any content", "out-of-range", [_LAST + 1, b"x"]),
        ("reason empty", "out-of-range", [""]),
        ("reason of 33 bytes", "out-of-range", ["r" * 33]),
    ):
        yield invalid(name, reason, _frame(DOWN, encode(items)), **_asked())
    good = _frame(DOWN, encode([0, b"content"]))
    another = mac0.protect(DOWN, GATEWAY.kid, NUMBERS, encode([0, b"content"]), city.REALM, KEY, 250)
    yield invalid("for another device", "key-mismatch", another, **_asked())
    yield invalid("of another question", "old-counter", good, **_asked() | {"number": NUMBERS[1] + 1})
    yield invalid("after another answer", "old-counter", good, **_asked() | {"counter": NUMBERS[0] + 1})
    yield invalid("of a question's kind", "bad-mac", _frame(UP, encode([0, b"content"])), **_asked())
    changed = bytearray(good)
    changed[-12] ^= 1
    yield invalid("octets altered", "bad-mac", bytes(changed), **_asked())
    long = _frame(DOWN, encode([_LAST, bytes(195)]))
    yield invalid("longer than LoRa's frames", "too-large", long, **_asked())
    yield invalid("over 250 bytes", "too-large", long + bytes(30), **_asked(250))
    yield invalid("one number", "out-of-range", _frame(DOWN, encode([0, b"x"]), NUMBERS[:1]), **_asked())


def _misshapen(good: bytes) -> Iterator[Case]:
    for name, reason, data in (
        ("empty", "truncated", b""),
        ("cut", "truncated", good[:-1]),
        ("one byte more", "trailing-bytes", good + b"\x00"),
        ("over 222 bytes", "too-large", good + bytes(222)),
        ("a COSE_Sign1's tag", "wrong-type", b"\xd2" + good[1:]),
        ("one number", "out-of-range", _frame(UP, encode([0, HEAD, 0, 1]), NUMBERS[:1])),
        ("three numbers", "out-of-range", _frame(UP, encode([0, HEAD, 0, 1]), [1, 2, 3])),
    ):
        yield invalid(name, reason, data, **_inputs())


def _frame(kind: str, payload: bytes, numbers: list[int] | None = None) -> bytes:
    return mac0.protect(kind, DEVICE.kid, NUMBERS if numbers is None else numbers, payload, city.REALM, KEY, 999)


def _inputs() -> dict[str, Any]:
    return {"realm": city.REALM, "key": KEY}


def _asked(most: int = 222) -> dict[str, Any]:
    return {**_inputs(), "kid": DEVICE.kid, "counter": NUMBERS[0], "number": NUMBERS[1], "most": most}


def _said(items: list[Any], numbers: list[int]) -> dict[str, Any]:
    found: dict[str, Any] = {"kid": DEVICE.kid.hex(), "numbers": numbers}
    if items[0] == 0:
        return found | {"head": items[1].hex(), "offset": items[2], "length": items[3]}
    return found | {"state": items[1].hex(), "settled": [head.hex() for head in items[2]]}


assert radio_fetch.PART_OVERHEAD == 55
