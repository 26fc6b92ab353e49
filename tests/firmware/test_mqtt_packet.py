"""MQTT 3.1.1 packets: examples of the standard, round trips, any fragmentation, any garbage; on both runtimes."""

import itertools
from typing import Any

import pytest
from civicroot_device.mqtt import packet as mqtt
from civicroot_device.mqtt.errors import MalformedPacket, MqttBusy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.micropython import MicroPython, MicroPythonError

# Topics as MQTT-1.5.3 and §4.7 allow them in PUBLISH: no surrogate, NUL or wildcard, at least one character.
TOPICS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00#+"), min_size=1, max_size=40)
PUBLISHES = st.builds(
    lambda topic, payload, qos, retain, dup, packet_id: mqtt.Publish(
        topic, payload, qos, retain, dup and qos == 1, packet_id if qos else 0
    ),
    TOPICS,
    st.binary(max_size=300),
    st.sampled_from([0, 1]),
    st.booleans(),
    st.booleans(),
    st.integers(1, 65535),
)
# Bytes that only a broker sends, written down from the standard: (packet, bytes).
FROM_BROKER: list[tuple[Any, bytes]] = [
    (mqtt.ConnAck(False, 0), b"\x20\x02\x00\x00"),
    (mqtt.ConnAck(True, 0), b"\x20\x02\x01\x00"),
    (mqtt.ConnAck(False, 5), b"\x20\x02\x00\x05"),
    (mqtt.PubAck(10), b"\x40\x02\x00\x0a"),
    (mqtt.SubAck(10, b"\x00\x01\x80"), b"\x90\x05\x00\x0a\x00\x01\x80"),
    (mqtt.PingResp(), b"\xd0\x00"),
    (mqtt.Publish("a/b", b"", 0, False, False, 0), b"\x30\x05\x00\x03a/b"),
    (mqtt.Publish("a/b", b"x", 1, True, True, 10), b"\x3b\x08\x00\x03a/b\x00\x0ax"),
    (mqtt.Publish("A\U0002a6d4", b"", 0, False, False, 0), b"\x30\x07\x00\x05\x41\xf0\xaa\x9b\x94"),  # §1.5.3.1
    (mqtt.PubAck(10), b"\x40\x82\x00\x00\x0a"),  # §2.2.3 does not ask for the shortest length
]
STREAMS = st.lists(
    st.one_of(
        PUBLISHES.map(lambda packet: (packet, encoded(packet))),
        st.sampled_from(FROM_BROKER),
    ),
    max_size=8,
)
# (bytes, what the reason says)
MALFORMED = [
    ("00", "packet type 0"),
    ("1000", "packet type 1 "),  # CONNECT, from a broker
    ("5002000a", "packet type 5"),  # PUBREC belongs to QoS 2
    ("8202000a", "packet type 8"),
    ("e000", "packet type 14"),
    ("f000", "packet type 15"),
    ("2102 0000", "reserved flags"),
    ("4202 000a", "reserved flags"),
    ("d100", "reserved flags"),
    ("2003 000000", "length 3"),
    ("2001 00", "length 1"),
    ("2002 0200", "reserved CONNACK"),
    ("2002 0006", "return code"),
    ("2002 0105", "with a session"),
    ("4002 0000", "packet id is zero"),
    ("4003 000a00", "length 3"),
    ("9002 000a", "length 2"),
    ("9003 000000", "packet id is zero"),
    ("9003 000a02", "QoS that was not asked for"),
    ("9003 000a81", "QoS that was not asked for"),
    ("9043" + "00" * 67, "length 67"),
    ("d001 00", "length 1"),
    ("30 00", "without a topic"),
    ("30 01 00", "without a topic"),
    ("30 02 0000", "empty topic"),
    ("30 04 0003 612f", "longer than its packet"),
    ("32 05 0003 612f62", "packet id is missing"),
    ("32 06 0003 612f62 00", "packet id is missing"),
    ("32 07 0003 612f62 0000", "packet id is zero"),
    ("34 07 0003 612f62 000a", "QoS that was not asked for"),
    ("36 07 0003 612f62 000a", "QoS that was not asked for"),
    ("38 05 0003 612f62", "duplicate flag"),
    ("30 04 0002 612b", "wildcard"),
    ("30 04 0002 612f 23".replace("04 0002", "05 0003"), "wildcard"),
    ("30 04 0002 6100", "NUL"),
    ("30 04 0002 61ff", "UTF-8"),
    ("30 03 0001 80", "UTF-8"),
    ("30 03 0001 c3", "UTF-8"),
    ("30 04 0002 c080", "UTF-8"),  # NUL in two bytes
    ("30 04 0002 c3c3", "UTF-8"),
    ("30 05 0003 e08080", "UTF-8"),
    ("30 05 0003 eda080", "UTF-8"),  # a surrogate
    ("30 06 0004 f0808080", "UTF-8"),
    ("30 06 0004 f4908080", "UTF-8"),  # above U+10FFFF
    ("30 ff ff ff ff", "more than four bytes"),
    ("30 81 82 03", "above the limit"),  # 49,409
    ("d0 ff ff ff 7f", "above the limit"),
]


def encoded(packet: Any) -> bytes:
    """The bytes of a Publish."""
    data: bytes = mqtt.encode_publish(
        packet.topic,
        packet.payload,
        qos=packet.qos,
        retain=packet.retain,
        packet_id=packet.packet_id,
        dup=packet.dup,
    )
    return data


def decoded(fragments: list[bytes]) -> tuple[list[Any], str | None]:
    """(packets, reason of the error that ended the stream or None) of bytes in these fragments."""
    decoder, packets = mqtt.Decoder(), []
    try:
        for fragment in fragments:
            decoder.feed(fragment)
            while (packet := decoder.next()) is not None:
                packets.append(packet)
    except MalformedPacket as error:
        return packets, error.reason
    return packets, None


def fragments_of(data: bytes, cuts: list[int]) -> list[bytes]:
    """`data` cut at these places."""
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[begin:end] for begin, end in itertools.pairwise(places)]


def same(packets: list[Any], expected: list[Any]) -> bool:
    """Equal, and of equal classes (a namedtuple equals any tuple with the same fields)."""
    return packets == expected and [type(p) for p in packets] == [type(e) for e in expected]


def test_connect_is_the_example_of_the_standard() -> None:
    data = mqtt.encode_connect("", 10, username="", password=b"", will=("w", b"gone", 1, False))
    assert data[2:12].hex(" ") == "00 04 4d 51 54 54 04 ce 00 0a"  # §3.1.2, Figure 3.6
    assert data[12:] == b"\x00\x00" + b"\x00\x01w" + b"\x00\x04gone" + b"\x00\x00" + b"\x00\x00"
    assert data[:2] == bytes([0x10, len(data) - 2])


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        ({}, 0x02),
        ({"clean_session": False}, 0x00),
        ({"will": ("w", b"", 0, False)}, 0x06),
        ({"will": ("w", b"", 0, True)}, 0x26),
        ({"will": ("w", b"", 1, True)}, 0x2E),
        ({"username": "u"}, 0x82),
        ({"username": "u", "password": b"p"}, 0xC2),
    ],
)
def test_connect_flags_are_those_of_figure_3_4(arguments: dict[str, Any], flags: int) -> None:
    assert mqtt.encode_connect("c", 60, **arguments)[9] == flags


def test_other_packets_are_the_examples_of_the_standard() -> None:
    assert mqtt.encode_publish("a/b", b"", qos=1, packet_id=10).hex() == "3207" + "0003612f62000a"  # Figure 3.11
    assert mqtt.encode_puback(10).hex() == "4002000a"
    assert mqtt.encode_subscribe(10, [("a/b", 1), ("c/d", 0)]).hex() == "820e" + "000a" + "0003612f6201" + (
        "0003632f6400"
    )  # §3.8.3, Figure 3.23 with QoS 0 in place of 2
    assert (mqtt.PINGREQ.hex(), mqtt.DISCONNECT.hex()) == ("c000", "e000")


@pytest.mark.parametrize(
    ("length", "field"),  # §2.2.3, Table 2.4
    [
        (127, "7f"),
        (128, "8001"),
        (16_383, "ff7f"),
        (16_384, "808001"),
        (2_097_151, "ffff7f"),
        (2_097_152, "80808001"),
    ],
)
def test_remaining_length_is_that_of_table_2_4(length: int, field: str) -> None:
    data = mqtt.encode_publish("t", bytes(length - 3))
    assert data[1 : 1 + len(field) // 2].hex() == field
    assert len(data) == 1 + len(field) // 2 + length


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: mqtt.encode_connect("c", 0),
        lambda: mqtt.encode_connect("c", 65_536),
        lambda: mqtt.encode_connect("", 10, clean_session=False),
        lambda: mqtt.encode_connect("c", 10, password=b"p"),
        lambda: mqtt.encode_connect("c\x00", 10),
        lambda: mqtt.encode_connect("c", 10, will=("a/#", b"", 0, False)),
        lambda: mqtt.encode_connect("c", 10, will=("a", b"", 2, False)),
        lambda: mqtt.encode_connect("c", 10, will=("a", bytes(65_536), 0, False)),
        lambda: mqtt.encode_publish("", b""),
        lambda: mqtt.encode_publish("a/+", b""),
        lambda: mqtt.encode_publish("a", b"", qos=2, packet_id=1),
        lambda: mqtt.encode_publish("a", b"", qos=1),
        lambda: mqtt.encode_publish("a", b"", qos=1, packet_id=65_536),
        lambda: mqtt.encode_publish("a", b"", dup=True),
        lambda: mqtt.encode_publish("\ud800", b""),
        lambda: mqtt.encode_publish("a" * 65_536, b""),
        lambda: mqtt.encode_puback(0),
        lambda: mqtt.encode_subscribe(1, []),
        lambda: mqtt.encode_subscribe(0, [("a", 0)]),
        lambda: mqtt.encode_subscribe(1, [("a", 2)]),
        lambda: mqtt.encode_subscribe(1, [("", 0)]),
        lambda: mqtt.encode_subscribe(1, [("a#", 0)]),
        lambda: mqtt.encode_subscribe(1, [("#/a", 0)]),
        lambda: mqtt.encode_subscribe(1, [("a+/b", 0)]),
    ],
)
def test_wrong_argument_is_a_value_error(wrong: Any) -> None:
    with pytest.raises(ValueError):
        wrong()


@pytest.mark.parametrize("right", ["#", "+", "a/#", "+/a/+", "/", "a//b", "$SYS/#"])
def test_filter_with_wildcards_in_their_places_is_taken(right: str) -> None:
    assert mqtt.check_filter(right) == right


@given(PUBLISHES)
def test_publish_survives_the_round_trip(packet: Any) -> None:
    packets, error = decoded([encoded(packet)])
    assert same(packets, [packet])
    assert error is None


@given(STREAMS, st.lists(st.integers(0, 5000), max_size=12))
def test_any_fragmentation_gives_the_same_packets(stream: list[tuple[Any, bytes]], cuts: list[int]) -> None:
    data = b"".join(part for _, part in stream)
    packets, error = decoded(fragments_of(data, cuts))
    assert same(packets, [packet for packet, _ in stream])
    assert error is None


@given(STREAMS, st.binary(max_size=60), st.lists(st.integers(0, 5000), max_size=12))
def test_garbage_after_good_packets_is_refused_alike_in_any_fragmentation(
    stream: list[tuple[Any, bytes]], garbage: bytes, cuts: list[int]
) -> None:
    data = b"".join(part for _, part in stream) + garbage
    whole = decoded([data])
    assert same(whole[0][: len(stream)], [packet for packet, _ in stream])
    assert decoded(fragments_of(data, cuts)) == whole
    assert decoded([bytes([byte]) for byte in data]) == whole


@given(st.sampled_from(FROM_BROKER), st.integers(0, 200), st.integers(0, 7))
def test_flipped_bit_gives_another_packet_or_a_named_error(case: tuple[Any, bytes], position: int, bit: int) -> None:
    data = bytearray(case[1])
    data[position % len(data)] ^= 1 << bit
    packets, error = decoded([bytes(data)])
    assert error is not None or not same(packets, [case[0]])


@pytest.mark.parametrize(("data", "reason"), MALFORMED)
def test_malformed_bytes_are_refused_by_name_and_the_decoder_stays_refused(data: str, reason: str) -> None:
    decoder = mqtt.Decoder()
    decoder.feed(bytes.fromhex(data))
    with pytest.raises(MalformedPacket) as caught:
        decoder.next()
    assert reason in caught.value.reason
    decoder.feed(b"\xd0\x00")
    with pytest.raises(MalformedPacket) as again:
        decoder.next()
    assert again.value.reason == caught.value.reason


def test_largest_packet_is_taken_and_one_byte_more_is_refused_before_it_is_buffered() -> None:
    fitting = mqtt.encode_publish("t", bytes(mqtt.MAX_INCOMING - 3))
    packets, error = decoded([fitting])
    assert (len(packets), error) == (1, None)
    decoder = mqtt.Decoder()
    decoder.feed(mqtt.encode_publish("t", bytes(mqtt.MAX_INCOMING - 2))[:4])
    with pytest.raises(MalformedPacket, match="above the limit"):
        decoder.next()


def test_packet_ids_wrap_and_pass_over_those_in_flight() -> None:
    ids, in_flight = mqtt.PacketIds(), {5, 6, 65_535}
    taken = [ids.take(in_flight) for _ in range(2 * 65_535)]
    assert set(taken) == set(range(1, 65_536)) - in_flight
    assert taken[:5] == [1, 2, 3, 4, 7]
    assert taken[65_532:65_534] == [1, 2]  # 65,535 − 3 ids were free


def test_packet_ids_that_are_all_in_flight_are_refused() -> None:
    with pytest.raises(MqttBusy):
        mqtt.PacketIds().take(range(1, 65_536))


DECODE = """
    from civicroot_device.mqtt.errors import MalformedPacket
    from civicroot_device.mqtt.packet import Decoder
    result = []
    for stream in streams:
        decoder, packets, reason = Decoder(), [], None
        try:
            for fragment in stream:
                decoder.feed(fragment)
                while True:
                    packet = decoder.next()
                    if packet is None:
                        break
                    packets.append((type(packet).__name__,) + tuple(packet))
        except MalformedPacket as error:
            reason = error.reason
        result.append((packets, reason))
"""


def named(outcome: tuple[list[Any], str | None]) -> tuple[list[Any], str | None]:
    return [(type(packet).__name__, *packet) for packet in outcome[0]], outcome[1]


def test_micropython_decodes_every_fixed_case_as_cpython_does(micropython: MicroPython) -> None:
    cases = [data for _, data in FROM_BROKER] + [bytes.fromhex(data) for data, _ in MALFORMED]
    streams = [[data] for data in cases] + [[bytes([byte]) for byte in data] for data in cases]
    assert micropython.run(DECODE, streams=streams) == [named(decoded(stream)) for stream in streams]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the process keeps no state of a call
@given(stream=STREAMS, garbage=st.binary(max_size=30), cuts=st.lists(st.integers(0, 2000), max_size=6))
def test_micropython_decodes_any_stream_as_cpython_does(
    micropython: MicroPython, stream: list[tuple[Any, bytes]], garbage: bytes, cuts: list[int]
) -> None:
    data = fragments_of(b"".join(part for _, part in stream) + garbage, cuts)
    assert micropython.run(DECODE, streams=[data]) == [named(decoded(data))]


def test_micropython_encodes_as_cpython_does(micropython: MicroPython) -> None:
    module = "civicroot_device.mqtt.packet."
    will = ("é/w", b"gone", 1, True)
    assert micropython.call(
        module + "encode_connect", "c", 300, username="ü", password=b"\xff", will=will
    ) == mqtt.encode_connect("c", 300, username="ü", password=b"\xff", will=will)
    assert micropython.call(
        module + "encode_publish", "a/é", bytes(20_000), qos=1, packet_id=65_535
    ) == mqtt.encode_publish("a/é", bytes(20_000), qos=1, packet_id=65_535)
    filters = [("a/+/b", 1), ("#", 0)]
    assert micropython.call(module + "encode_subscribe", 300, filters) == mqtt.encode_subscribe(300, filters)
    with pytest.raises(MicroPythonError, match="ValueError"):
        micropython.call(module + "encode_publish", "a/#", b"")


def test_micropython_wraps_its_packet_ids_after_65535_publishes(micropython: MicroPython) -> None:
    source = """
        from civicroot_device.mqtt.packet import PacketIds
        ids = PacketIds()
        taken = [ids.take({3: None}) for _ in range(65_600)]
        result = (taken[:4], taken[65_533:65_536], min(taken), max(taken))
    """
    assert micropython.run(source) == ([1, 2, 4, 5], [65_535, 1, 2], 1, 65_535)
