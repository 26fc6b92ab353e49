"""The fast reading of records against the strict one: the same verdict, reason and values for any bytes."""

import json
from itertools import permutations
from typing import Any

import pytest
from civicroot_wire import cbor, cose, record, record_grammar
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.errors import WireError
from civicroot_wire.record import Record
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fuzz import fuzz_examples
from tests.vectors.generate import path_of
from tests.wire import strategies

REALM = "test.example"
EXTERNAL = cbor.encode(cose.aad(record.KIND, REALM))
KID = bytes(range(8))
NOW = 1_790_000_000
FILL = Measurement("fill", DecimalFraction(-2, 62), "/", update_time=600)
# What devices send: each must go the fast way.
USUAL = {
    "two measurements": (Sequence(70_000, 0, KID), [FILL, Measurement("temp", DecimalFraction(-1, -215), "Cel")]),
    "first of a key": (Sequence(0), [Measurement("lid", True)]),
    "after a restart": (Sequence(64, 64), [FILL, Measurement("battery", 88, "%EL", time=-300)]),
    "deposit": (Sequence((1 << 32) - 1, 3, KID), [Measurement("deposit", DecimalFraction(-3, 1250), "kg", time=60),
                                                  Measurement("led", b"\x01\x02\x03\x04")]),
    "sixteen": (Sequence(9), [Measurement("a", number) for number in range(16)]),
}  # fmt: skip


def signed(sequence: Sequence, pack: Pack) -> bytes:
    """Both readers look only at the signature's length."""
    return record.sign(KID, sequence, pack, REALM, lambda message: (message * 2)[:64])


def values(found: Record) -> Any:
    """All that is read from a record."""
    sequence = found.sequence
    measurements = [
        (item.name, type(item.value), item.value, item.unit, item.time, item.update_time)
        for item in found.pack.measurements
    ]
    return (
        (found.encoded, found.kid, found.signature, found.sig_structure(EXTERNAL)),
        (sequence.seq, sequence.skip, sequence.beacon, sequence.thinned),
        (found.pack.base_time, measurements),
    )


def strictly(data: bytes) -> Any:
    """What `record.decode` says: a reason, or the values, each derived without the short cuts of Record."""
    try:
        found = record.decode(data)
    except WireError as error:
        return error.reason
    structure = cose.sig_structure(found.message.protected, found.message.payload, cose.aad(record.KIND, REALM))
    assert (found.sig_structure(EXTERNAL), found.signature) == (structure, found.message.signature)
    return values(found)


def fast(data: bytes) -> Any:
    try:
        return values(record_grammar.decode(data))
    except WireError as error:
        return error.reason


def check(data: bytes) -> bool:
    """Compare; whether the data went the fast way."""
    assert fast(data) == strictly(data)
    return record_grammar.scan(data, 0) is not None


@pytest.mark.parametrize("name", USUAL)
def test_what_devices_send_goes_the_fast_way(name: str) -> None:
    sequence, measurements = USUAL[name]
    assert check(signed(sequence, Pack(measurements, NOW)))
    assert check(signed(sequence, Pack(measurements)))


@pytest.mark.parametrize("name", USUAL)
def test_any_byte_changed_removed_or_added(name: str) -> None:
    """Every single change. What is not taken goes to the strict reader, so only what is taken need be compared."""
    sequence, measurements = USUAL[name]
    data = signed(sequence, Pack(measurements[:4], NOW))
    for at in range(len(data) - cose.SIGNATURE_BYTES + 1):
        others = [data[:at] + data[at + 1 :], data[:at] + b"\x00" + data[at:], data[:at]]
        others += [data[:at] + bytes([other]) + data[at + 1 :] for other in range(256)]
        for other in others:
            if record_grammar.scan(other, 0) is not None:
                check(other)


def test_vectors_have_the_same_verdict() -> None:
    cases = json.loads(path_of("record").read_text(encoding="utf-8"))
    taken = [check(bytes.fromhex(case["bytes"])) for case in cases]
    assert any(taken) and not all(taken)


@settings(max_examples=fuzz_examples(150), deadline=None)
@given(strategies.sequences(), strategies.packs)
def test_any_record(sequence: Sequence, pack: Pack) -> None:
    check(signed(sequence, pack))


@settings(max_examples=fuzz_examples(400), deadline=None)
@given(strategies.spoilt([signed(sequence, Pack(items, NOW)) for sequence, items in USUAL.values()]))
def test_spoilt_records(data: bytes) -> None:
    check(data)


@settings(max_examples=fuzz_examples(60), deadline=None)
@given(strategies.packs, st.binary(max_size=80), st.integers(0, 40))
def test_record_within_a_message_ends_where_its_item_ends(pack: Pack, behind: bytes, before: int) -> None:
    data = signed(Sequence(before), pack)
    found = record_grammar.scan(bytes(before) + data + behind, before)
    assert found is None or found.encoded == data
    assert (found is None) == (record_grammar.scan(data, 0) is None)


# The integers at each edge of a form, where one byte more or less would be another form.
EDGES = [number + off for bits in (0, 5, 8, 16, 32) for number in (1 << bits, 24, 64) for off in (-2, -1, 0, 1)]


@pytest.mark.parametrize("number", sorted(set(EDGES)))
def test_numbers_at_the_edges_of_their_forms(number: int) -> None:
    for value in (number, -number, DecimalFraction(-1, number), DecimalFraction(-12, -number)):
        check(
            signed(Sequence(7), Pack([Measurement("fill", value, "/", -number % (1 << 28), abs(number) % (1 << 28))]))
        )
    if 0 <= number < 1 << 32:
        check(signed(Sequence(number, min(number, 64), None), Pack([FILL], (1 << 28) + number)))
    for kept in (Sequence(0, 0, None), Sequence(3, 4, None), Sequence(3, 0, KID)):
        check(signed(kept, Pack([FILL])))


HEADERS = ["8100", "820500", "820505", "82051840", "82051841", "830500f6", "8405004800", "8118ff", "811805"]


@pytest.mark.parametrize("header", [*HEADERS, "83050048" + "11" * 8, "820548" + "11" * 8, "82051801"])
def test_sequence_headers_that_are_and_are_not_in_their_shortest_form(header: str) -> None:
    protected = bytes.fromhex("a3013204480001020304050607" + "3a00010000" + header)
    payload = cbor.encode([{0: "fill", 2: 1}])
    check(b"\xd2\x84" + cbor.encode(protected) + b"\xa0" + cbor.encode(payload) + cbor.encode(bytes(64)))


PREFIX = b"\xd2\x84" + cbor.encode(bytes.fromhex("a3013204480001020304050607" + "3a00010000" + "8105")) + b"\xa0"
# Each label of a measurement with a value of its type; the last is the base time, the only one below zero.
FIELDS = ["006466696c6c", "01612f", "0201", "036161", "04f5", "0501", "0601", "0701", "084101", "221a60000000"]


def test_fields_of_a_measurement_in_any_order() -> None:
    """All sets of up to five fields, in all orders, as a record's first and as its second measurement."""
    first = cbor.encode({0: "fill", 2: 1})
    taken = 0
    for count in range(1, 6):
        for fields in permutations(FIELDS, count):
            item = bytes([0xA0 + count]) + bytes.fromhex("".join(fields))
            for payload in (b"\x81" + item, b"\x82" + first + item):
                data = PREFIX + cbor.encode(payload) + cbor.encode(bytes(64))
                if record_grammar.scan(data, 0) is not None:
                    taken += 1
                    check(data)
    assert taken
