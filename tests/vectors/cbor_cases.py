"""Family cbor: one item each, `decoded` in the typed form of README.md."""

from collections.abc import Iterator
from typing import Any

from civicroot_wire.cbor import DecimalFraction, Tag, encode

from tests.vectors.case import Case, invalid, valid
from tests.wire.runtime.jsonform import typed

LIMIT = 2048  # input limit that a case is decoded under, unless it says another


def cbor_cases() -> Iterator[Case]:
    """Every head width, every allowed type, and every way to miss the deterministic encoding."""
    for name, value in _values():
        yield valid(name, encode(value), typed(value), limit=LIMIT)
    yield valid("exactly at the limit", b"\x43abc", typed(b"abc"), limit=4)
    for name, reason, data in _flaws():
        yield invalid(name, reason, bytes.fromhex(data), limit=LIMIT)
    yield invalid("over the limit by one byte", "too-large", b"\x43abc", limit=3)


def _values() -> Iterator[tuple[str, Any]]:
    edges = [0, 1, 23, 24, 255, 256, 65535, 65536, (1 << 32) - 1, 1 << 32, (1 << 53) + 1, (1 << 64) - 1]
    for number in edges:
        yield f"integer {number}", number
        yield f"integer {-1 - number}", -1 - number
    for size in (0, 1, 23, 24, 255, 256):
        yield f"byte string of {size}", bytes(size)
        yield f"text of {size}", "a" * size
        yield f"array of {size}", [0] * size
    yield "text with two, three and four byte characters", "bäume €1 🌳"
    yield "text at the edges of UTF-8", "\x00\x7f\x80߿ࠀ퟿\uffff𐀀\U0010ffff"
    yield "empty map", {}
    yield "map keys by encoded bytes", {0: 1, 23: 2, 24: 3, 256: 4, -1: 5, -25: 6, "": 7, "b": 8, "aa": 9}
    yield "map of 24", dict.fromkeys(range(24))
    for simple in (False, True, None):
        yield f"simple {simple}".lower(), simple
    for exponent, mantissa in ((-1, 215), (-2, 2150), (-12, -1), (-1, (1 << 64) - 1), (-1, -(1 << 64)), (-3, 0)):
        yield f"decimal fraction {mantissa}e{exponent}", DecimalFraction(exponent, mantissa)
    yield "tag 18", Tag(18, [b"", {}, b"", b""])
    yield "tag 98", Tag(98, [])
    yield "nested eight deep", [[[[[[[0]]]]]]]
    yield "mixed", {1: [b"\x01", "x", {-2: False}], "t": Tag(18, [DecimalFraction(-1, 5)])}


def _flaws() -> Iterator[tuple[str, str, str]]:
    yield "empty input", "truncated", ""
    for head, size in (("18", 1), ("19", 2), ("1a", 4), ("1b", 8), ("38", 1), ("58", 1), ("79", 2)):
        yield f"head {head} cut", "truncated", head + "ff" * (size - 1)
    yield "byte string cut", "truncated", "42 01"
    yield "text cut", "truncated", "63 6162"
    yield "array cut", "truncated", "82 01"
    yield "array of 2^64-1", "truncated", "9bffffffffffffffff"
    yield "byte string of 2^64-1", "truncated", "5bffffffffffffffff00"
    yield "map without its last value", "truncated", "a101"
    yield "map of 2^32-1", "truncated", "baffffffff"
    yield "tag without content", "truncated", "c4"
    yield "two items", "trailing-bytes", "0000"
    yield "item and break", "trailing-bytes", "00ff"
    yield from _not_deterministic()
    yield from _forbidden()
    yield from _bad_text()
    yield "nested nine deep", "too-deep", "81" * 8 + "00"
    yield "maps nested nine deep", "too-deep", "a100" * 8 + "00"
    yield "tags count as nesting", "too-deep", "81" * 6 + "d2" * 2 + "00"
    yield "decimal fraction in the eighth level", "too-deep", "81" * 7 + "c4820100"
    yield "decimal fraction of one element", "wrong-type", "c48120"
    yield "decimal fraction of three elements", "wrong-type", "c483200102"
    yield "decimal fraction over an integer", "wrong-type", "c401"
    yield "decimal fraction with text", "wrong-type", "c482206131"
    yield "decimal fraction with a boolean mantissa", "wrong-type", "c48220f5"
    yield "decimal exponent 0", "out-of-range", "c4820001"
    yield "decimal exponent 1", "out-of-range", "c4820101"
    yield "decimal exponent -13", "out-of-range", "c4822c01"


def _not_deterministic() -> Iterator[tuple[str, str, str]]:
    long_forms = ("1817", "1900ff", "1a0000ffff", "1b00000000ffffffff", "3817", "3900ff", "580100", "78016100")
    for data in (*long_forms, "980100", "b8010000", "d80482 2001", "1b0000000000000000"):
        yield f"long form {data.replace(' ', '')}", "not-deterministic", data
    yield "map keys out of order", "not-deterministic", "a20201 0102"
    yield "map key twice", "not-deterministic", "a20101 0102"
    yield "map keys length first (RFC 7049)", "not-deterministic", "a220001818 00".replace(" ", "")
    yield "text before integer key", "not-deterministic", "a261610001 00"
    yield "text keys out of order", "not-deterministic", "a26162006161 00"
    yield "inner map out of order", "not-deterministic", "81a202000100"
    yield "indefinite array", "not-deterministic", "9f01ff"
    yield "indefinite map", "not-deterministic", "bf0102ff"
    yield "indefinite byte string", "not-deterministic", "5f4101ff"
    yield "indefinite text", "not-deterministic", "7f6161ff"
    yield "lone break", "not-deterministic", "ff"


def _forbidden() -> Iterator[tuple[str, str, str]]:
    yield "half float 1.0", "forbidden-item", "f93c00"
    yield "single float", "forbidden-item", "fa3f800000"
    yield "double float", "forbidden-item", "fb3ff0000000000000"
    yield "half float NaN", "forbidden-item", "f97e00"
    yield "undefined", "forbidden-item", "f7"
    yield "simple 0", "forbidden-item", "e0"
    yield "simple 19", "forbidden-item", "f3"
    yield "simple 32", "forbidden-item", "f820"
    yield "reserved head 28", "forbidden-item", "1c"
    yield "reserved head in an array", "forbidden-item", "9d"
    for tag, data in ((0, "c0"), (1, "c1"), (2, "c24101"), (3, "c34101"), (5, "c5822001"), (24, "d8184100")):
        yield f"tag {tag}", "forbidden-item", data + "00" * (len(data) == 2)
    yield "tag 55799 (self-described)", "forbidden-item", "d9d9f700"
    yield "byte string as map key", "forbidden-item", "a1410000"
    yield "array as map key", "forbidden-item", "a1800000".replace("0000", "00")
    yield "boolean as map key", "forbidden-item", "a1f500"
    yield "null as map key", "forbidden-item", "a1f600"
    yield "decimal fraction as map key", "forbidden-item", "a1c482200100"


def _bad_text() -> Iterator[tuple[str, str, str]]:
    yield "lone continuation byte", "bad-text", "6180"
    yield "overlong two bytes", "bad-text", "62c080"
    yield "overlong slash", "bad-text", "62c0af"
    yield "overlong three bytes", "bad-text", "63e08080"
    yield "overlong four bytes", "bad-text", "64f0808080"
    yield "surrogate", "bad-text", "63eda080"
    yield "surrogate pair (CESU-8)", "bad-text", "66eda081edb080"
    yield "over U+10FFFF", "bad-text", "64f4908080"
    yield "byte F5", "bad-text", "64f5808080"
    yield "byte FF", "bad-text", "61ff"
    yield "character cut", "bad-text", "62e282"
    yield "continuation missing", "bad-text", "63e28261"
    yield "bad text as map key", "bad-text", "a161ff00"
