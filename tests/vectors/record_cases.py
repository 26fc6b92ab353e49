"""Family record (SPEC.md §3.1)."""

import hashlib
from collections.abc import Iterator
from typing import Any

from civicroot_wire import cose, record
from civicroot_wire.cbor import DecimalFraction, encode
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence

from tests.vectors import city
from tests.vectors.case import Case, invalid, valid
from tests.vectors.envelope import Kind, faults
from tests.wire.runtime.jsonform import typed

BEACON = city.bytes_of("beacon", 8)
DEVICE = city.key("bin/12")
_INPUTS = {"realm": city.REALM, "public_key": DEVICE.public}
FILL = Measurement("fill", DecimalFraction(-2, 62), "/", update_time=900)
THREE = [
    FILL,
    Measurement("temp", DecimalFraction(-1, 215), "Cel"),
    Measurement("battery", 87, "%EL"),
]
_PAYLOAD = [{-3: city.NOW, 0: "fill", 1: "/", 2: DecimalFraction(-2, 62), 7: 900}]


def record_cases() -> Iterator[Case]:
    """Records of every shape, flaws of the envelope, of the sequence header and of the pack."""
    for name, sequence, pack in _good():
        yield _valid(name, sequence, pack)
    kind = _kind()
    yield from faults(kind)
    for name, reason, header in _bad_sequences():
        yield invalid(name, reason, kind.with_header(cose.SEQUENCE, header), **_INPUTS)
    for name, reason, payload in _bad_packs():
        yield invalid(name, reason, kind.signed(payload=encode(payload)), **_INPUTS)
    yield invalid("no sequence", "missing-key", kind.without_header(cose.SEQUENCE), **_INPUTS)
    floats = bytes.fromhex("81a300") + encode("fill") + bytes.fromhex("01612f02fb3fe3d70a3d70a3d7")
    yield invalid("value as a float", "forbidden-item", kind.signed(payload=floats), **_INPUTS)
    big = [{0: f"name-of-thirty-two-characters-{i:02}", 2: 1} for i in range(12)]
    yield invalid("record over 512 bytes", "too-large", kind.signed(payload=encode(big)), **_INPUTS)


def _kind() -> Kind:
    headers = {cose.ALG: cose.ED25519, cose.KID: DEVICE.kid, cose.SEQUENCE: [40]}
    return Kind(DEVICE, headers, encode(_PAYLOAD), record.KIND, _INPUTS)


def _valid(name: str, sequence: Sequence, pack: Pack) -> Case:
    data = record.sign(DEVICE.kid, sequence, pack, city.REALM, DEVICE)
    message = cose.parse(data, record.MAX_RECORD_BYTES)
    signed = cose.sig_structure(message.protected, message.payload, cose.aad(record.KIND, city.REALM))
    decoded = {
        "kid": DEVICE.kid.hex(),
        "seq": sequence.seq,
        "skip": sequence.skip,
        "beacon": sequence.beacon.hex() if sequence.beacon else None,
        "thinned": [list(pair) for pair in sequence.thinned],
        "base_time": pack.base_time,
        "measurements": [_measurement(item) for item in pack.measurements],
        "content_digest": hashlib.sha256(signed).hexdigest(),
    }
    return valid(name, data, decoded, **_INPUTS)


def _measurement(item: Measurement) -> dict[str, Any]:
    return {
        "name": item.name,
        "unit": item.unit,
        "value": typed(item.value),
        "time": item.time,
        "update_time": item.update_time,
    }


def _good() -> Iterator[tuple[str, Sequence, Pack]]:
    one = Pack([FILL], city.NOW)
    yield "one measurement", Sequence(40), one
    yield "three measurements with beacon", Sequence(70_000, 0, BEACON), Pack(THREE, city.NOW)
    yield "first record, clock not set", Sequence(0), Pack([FILL])
    yield "highest seq", Sequence((1 << 32) - 1), one
    yield "skip of a whole block", Sequence(64, 64), one
    yield "thinned without skip or beacon", Sequence(40, 0, None, [(3, 3), (5, 39)]), one
    sixteen = [(4 * i, 4 * i + 2) for i in range(16)]
    yield "sixteen thinned ranges, skip and beacon", Sequence(1000, 5, BEACON, sixteen), one
    yield "every kind of value", Sequence(41), Pack(_every_kind(), city.NOW)
    yield "earlier and later than base time", Sequence(42), Pack(_at_times(), city.NOW)
    yield "resolution is kept", Sequence(43), Pack([Measurement("temp", DecimalFraction(-2, 2150), "Cel")], city.NOW)
    named = [Measurement("a", 1), Measurement("9" + "z" * 31, 2, "u" * 64), Measurement("fault", "x" * 64)]
    yield "shortest and longest names, unit and text", Sequence(46), Pack(named)
    spread = [Measurement("fill", 1, "/", 1 << 28, 1 << 28), Measurement("fill", 1, "/", -(1 << 28), 0)]
    yield "widest times", Sequence(47), Pack(spread, city.NOW)
    yield "smallest base time", Sequence(44), Pack([FILL], 1 << 28)
    yield "sixteen measurements", Sequence(45), Pack([Measurement(f"m{i}", i) for i in range(16)])


def _every_kind() -> list[Measurement]:
    return [
        Measurement("lid", True),
        Measurement("weight", DecimalFraction(-3, -1500), "kg"),
        Measurement("deposit", (1 << 64) - 1, "kg"),
        Measurement("led", b"\x00\xff", None),
        Measurement("fault", "temp tilt"),
        Measurement("note.x_y-1", "é", update_time=0),
    ]


def _at_times() -> list[Measurement]:
    return [Measurement("fill", 0, "/", time=-60), Measurement("fill", 1, "/", time=60), Measurement("lid", False)]


def _bad_sequences() -> Iterator[tuple[str, str, Any]]:
    yield "sequence is an integer", "wrong-type", 40
    yield "sequence is empty", "out-of-range", []
    yield "sequence of five elements", "out-of-range", [40, 1, BEACON, [[1, 2]], 0]
    yield "seq negative", "out-of-range", [-1]
    yield "seq 2^32", "out-of-range", [1 << 32]
    yield "seq is text", "wrong-type", ["40"]
    yield "seq is a boolean", "wrong-type", [True]
    yield "skip over a block", "out-of-range", [100, 65]
    yield "skip over seq", "out-of-range", [3, 4]
    yield "skip given as 0", "not-deterministic", [40, 0]
    yield "beacon given as null", "not-deterministic", [40, 2, None]
    yield "beacon of 7 bytes", "bad-length", [40, 0, BEACON[:7]]
    yield "beacon of 9 bytes", "bad-length", [40, 0, BEACON + b"\x00"]
    yield "beacon is text", "wrong-type", [40, 0, "beacon"]
    yield "thinned empty", "out-of-range", [40, 0, BEACON, []]
    yield "thinned null", "wrong-type", [40, 0, BEACON, None]
    yield "thinned of 17 ranges", "out-of-range", [400, 0, None, [[4 * i, 4 * i] for i in range(17)]]
    yield "thinned ranges overlap", "out-of-range", [40, 0, None, [[1, 5], [5, 8]]]
    yield "thinned ranges adjacent", "out-of-range", [40, 0, None, [[1, 5], [6, 8]]]
    yield "thinned ranges descend", "out-of-range", [40, 0, None, [[10, 12], [1, 5]]]
    yield "thinned range backwards", "out-of-range", [40, 0, None, [[5, 4]]]
    yield "thinned range reaches seq", "out-of-range", [40, 0, None, [[30, 40]]]
    yield "thinned range of one number", "out-of-range", [40, 0, None, [[30]]]
    yield "thinned range is an integer", "wrong-type", [40, 0, None, [30]]


def _bad_packs() -> Iterator[tuple[str, str, Any]]:
    yield "pack is a map", "wrong-type", _PAYLOAD[0]
    yield "pack is empty", "out-of-range", []
    yield "pack of 17", "out-of-range", [{0: "a", 2: 1}] * 17
    yield "SenML record is an array", "wrong-type", [[0, "fill"]]
    yield "base name sent", "unknown-key", [{-2: "x/", 0: "fill", 2: 1}]
    yield "base unit sent", "unknown-key", [{-4: "kg", 0: "fill", 2: 1}]
    yield "base version sent", "unknown-key", [{-1: 10, 0: "fill", 2: 1}]
    yield "base time in the second", "unknown-key", [{0: "a", 2: 1}, {-3: city.NOW, 0: "b", 2: 1}]
    yield "sum sent", "unknown-key", [{0: "fill", 2: 1, 5: 1}]
    yield "unknown SenML label", "unknown-key", [{0: "fill", 2: 1, 9: 1}]
    yield "text label in SenML", "unknown-key", [{0: "fill", 2: 1, "ct": "x"}]
    yield "base time relative", "out-of-range", [{-3: (1 << 28) - 1, 0: "fill", 2: 1}]
    yield "base time is a decimal fraction", "wrong-type", [{-3: DecimalFraction(-1, 1), 0: "fill", 2: 1}]
    yield "time is a decimal fraction", "wrong-type", [{0: "fill", 2: 1, 6: DecimalFraction(-1, 5)}]
    yield "unit of 65 bytes", "out-of-range", [{0: "fill", 1: "u" * 65, 2: 1}]
    yield "string value of 65 bytes", "out-of-range", [{0: "fault", 3: "x" * 65}]
    yield "data value of 65 bytes", "out-of-range", [{0: "led", 8: bytes(65)}]
    yield "time over 2^28", "out-of-range", [{0: "fill", 2: 1, 6: (1 << 28) + 1}]
    yield "time under -2^28", "out-of-range", [{0: "fill", 2: 1, 6: -(1 << 28) - 1}]
    yield "update time over 2^28", "out-of-range", [{0: "fill", 2: 1, 7: (1 << 28) + 1}]
    yield "update time negative", "out-of-range", [{0: "fill", 2: 1, 7: -1}]
    yield "no name", "missing-key", [{2: 1}]
    yield "no value", "missing-key", [{0: "fill"}]
    yield "two values", "unknown-key", [{0: "fill", 2: 1, 4: True}]
    yield "value is text", "wrong-type", [{0: "fill", 2: "1"}]
    yield "value is null", "wrong-type", [{0: "fill", 2: None}]
    yield "boolean value is 1", "wrong-type", [{0: "lid", 4: 1}]
    yield "string value is bytes", "wrong-type", [{0: "fault", 3: b"x"}]
    yield "data value is text", "wrong-type", [{0: "led", 8: "x"}]
    yield "name with a capital", "bad-text", [{0: "Fill", 2: 1}]
    yield "name with a colon", "bad-text", [{0: "a:b", 2: 1}]
    yield "name begins with a dash", "bad-text", [{0: "-a", 2: 1}]
    yield "name of 33 characters", "bad-text", [{0: "a" * 33, 2: 1}]
    yield "name empty", "out-of-range", [{0: "", 2: 1}]
    yield "unit empty", "out-of-range", [{0: "fill", 1: "", 2: 1}]
