"""The pure parts of a link: packets, back-off, keep-alive, and when a group is committed. Simulated time."""

import itertools
import random

import pytest
from civicroot_gateway.mqtt.back_off import FIRST_PAUSE, LONGEST_AFTER_UP, LONGEST_PAUSE, STABLE, BackOff
from civicroot_gateway.mqtt.framing import MAX_PACKET, PacketReader, ProtocolFault, Publication, puback, publish
from civicroot_gateway.mqtt.keep_alive import KEEP_ALIVE, PING_DEADLINE, KeepAlive, Look
from civicroot_gateway.pacing import COMMITS_PER_SECOND, LONGEST, QUIET, STALLED, WINDOW, Pacing
from hypothesis import given
from hypothesis import strategies as st

HOURS = 3600.0
CONNACK, PINGRESP, SUBACK = b"\x20\x02\x00\x00", b"\xd0\x00", b"\x90\x03\x00\x01\x01"


def _packet(first: int, body: bytes) -> bytes:
    head, length = bytearray([first]), len(body)
    while length > 127:
        head.append(length & 127 | 128)
        length >>= 7
    return bytes(head) + bytes([length]) + body


def _message(topic: bytes, payload: bytes, packet: int) -> bytes:
    identifier = packet.to_bytes(2, "big") if packet else b""
    return _packet(0x32 if packet else 0x30, len(topic).to_bytes(2, "big") + topic + identifier + payload)


def _read(*pieces: bytes) -> tuple[list[Publication], bytes]:
    reader, found = PacketReader(), list[Publication]()
    for piece in pieces:
        reader.feed(piece, found)
    return found, bytes(reader.control)


@given(
    st.lists(st.tuples(st.text("abc/é", min_size=1, max_size=9), st.binary(max_size=300), st.integers(0, 65535))),
    st.lists(st.integers(1, 400), min_size=1),
)
def test_messages_come_out_whole_however_the_stream_is_cut(
    wanted: list[tuple[str, bytes, int]], sizes: list[int]
) -> None:
    stream = CONNACK + b"".join(_message(t.encode(), p, i) + PINGRESP for t, p, i in wanted) + SUBACK
    pieces, position = list[bytes](), 0
    while position < len(stream):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(stream[position : position + size])
        position += size
    assert _read(*pieces) == ([Publication(*one) for one in wanted], CONNACK + SUBACK)


def test_own_packets_are_as_the_standard_has_them() -> None:
    assert puback(0x1234) == b"\x40\x02\x12\x34"
    found, rest = _read(publish("a/b", bytes(20_000)))
    assert (found, rest) == ([Publication("a/b", bytes(20_000), 0)], b"")


def test_overlong_message_is_handed_on_cut_short_and_the_stream_goes_on() -> None:
    huge = _message(b"a", bytes(3 * MAX_PACKET), 7) + _message(b"b", b"next", 8)
    found, _ = _read(*(huge[at : at + 65536] for at in range(0, len(huge), 65536)))
    assert [(one.topic, one.packet) for one in found] == [("a", 7), ("b", 8)]
    assert MAX_PACKET - 100 < len(found[0].payload) < MAX_PACKET + 65536
    assert found[1].payload == b"next"


@pytest.mark.parametrize(
    "data",
    [
        _packet(0x34, b"\x00\x01a\x00\x01"),  # QoS 2, which nobody asked for
        _packet(0x36, b"\x00\x01a\x00\x01"),  # QoS 3
        _packet(0x32, b"\x00\x01a\x00\x00"),  # packet identifier 0
        _packet(0x32, b"\x00\x01a\x00"),  # ends in the identifier
        _packet(0x30, b"\x00\x05a"),  # ends in the topic
        _packet(0x30, b"\x00"),  # no topic
        b"\x30\xff\xff\xff\xff\x01",  # a length of five bytes
        b"\x20\xff\xff\xff\x7f" + bytes(MAX_PACKET),  # a CONNACK of 256 MiB
    ],
)
def test_what_is_no_mqtt_is_a_fault(data: bytes) -> None:
    with pytest.raises(ProtocolFault):
        _read(data)


def test_topic_that_is_no_text_becomes_none_of_ours() -> None:
    assert _read(_message(b"\xff\xfe", b"x", 1))[0] == [Publication("", b"x", 1)]


# Back-off


def _attempts(back_off: BackOff, seconds: float) -> list[float]:
    """When a broker is tried that refuses at once, for so long."""
    times, now = [], 0.0
    while now < seconds:
        times.append(now)
        now = back_off.failed(now)
    return times


def test_six_hours_without_a_broker_cost_few_attempts_and_never_a_long_pause() -> None:
    times = _attempts(BackOff(random.Random(1).random), 6 * HOURS)
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert max(pauses) <= 1.5 * LONGEST_PAUSE
    assert 600 < len(times) < 1000
    assert times[3] < 10 * FIRST_PAUSE  # a short cut is over soon


def test_thousand_gateways_do_not_come_back_at_once() -> None:
    seconds = [int(BackOff(random.Random(seed).random).failed(0) * 20) for seed in range(1000)]
    assert max(seconds.count(one) for one in set(seconds)) < 200  # of half a second in twentieths


def test_connection_that_dies_at_once_does_not_reset_the_pause() -> None:
    back_off, now = BackOff(lambda: 0.5), 0.0
    for _ in range(10):
        now = back_off.failed(now)
        back_off.came_up(now)
        now += STABLE - 1
    assert back_off.failed(now) - now == LONGEST_AFTER_UP
    back_off.came_up(now)
    now += STABLE
    assert back_off.failed(now) - now == FIRST_PAUSE


# Keep-alive


def test_silent_broker_is_asked_once_and_given_up_after_the_deadline() -> None:
    keep = KeepAlive(0.0)
    assert keep.look(KEEP_ALIVE - 0.1, 0) is Look.WELL
    assert keep.look(KEEP_ALIVE, 0) is Look.PING
    assert keep.look(KEEP_ALIVE + PING_DEADLINE - 0.1, 2) is Look.WELL
    assert keep.look(KEEP_ALIVE + PING_DEADLINE, 2) is Look.DEAD


def test_answer_ends_the_question_and_the_next_comes_in_time() -> None:
    keep, now = KeepAlive(0.0), 0.0
    for _ in range(100):
        now += KEEP_ALIVE
        assert keep.look(now, 0) is Look.PING
        keep.said(now)
        keep.heard(now + 0.2)
        assert keep.look(now + 0.5, 0) is Look.WELL


def test_who_only_listens_says_something_all_the_same() -> None:
    keep = KeepAlive(0.0)
    for second in range(KEEP_ALIVE):
        keep.heard(float(second))
    assert keep.look(float(KEEP_ALIVE), 0) is Look.PING


def test_slow_line_that_takes_output_is_not_given_up() -> None:
    keep = KeepAlive(0.0)
    assert keep.look(KEEP_ALIVE, 256_000) is Look.PING
    for second in range(60):  # 4 kB/s: the PINGREQ waits behind a batch for a minute
        assert keep.look(KEEP_ALIVE + second, 256_000 - 4_000 * second) is Look.WELL
    assert keep.look(KEEP_ALIVE + 59 + PING_DEADLINE, 20_000) is Look.DEAD


# Pacing of commits


class _Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _commits(rate: float, seconds: float) -> tuple[int, float]:
    """(commits, longest wait of a message) at `rate` single messages per second."""
    time = _Time()
    pacing, commits, longest, first = Pacing(time), 0, 0.0, None
    arrivals = iter([number / rate for number in range(int(rate * seconds))])
    arrival = next(arrivals, None)
    while arrival is not None or first is not None:
        due = time.now + pacing.due_in()
        if arrival is not None and arrival < due:
            time.now, arrival = arrival, next(arrivals, None)
            pacing.took_in(1)
            first = time.now if first is None else first
        else:
            time.now = due
            assert first is not None
            longest, first = max(longest, time.now - first), None
            pacing.committed()
            commits += 1
    return commits, longest


def test_lone_message_is_committed_at_once() -> None:
    commits, longest = _commits(rate=1, seconds=60)
    assert commits == 60 and longest <= QUIET + 1e-9


def test_steady_traffic_is_committed_in_groups_that_spare_the_card() -> None:
    commits, longest = _commits(rate=50, seconds=60)
    assert commits <= 60 * COMMITS_PER_SECOND + 20  # not 3,000
    assert longest <= LONGEST + 1e-9


def test_full_window_of_the_broker_is_committed_when_nothing_more_comes() -> None:
    time = _Time()
    pacing = Pacing(time)
    for _ in range(1000):
        pacing.took_in(WINDOW)
        assert pacing.due_in() <= STALLED + 1e-9
        time.now += pacing.due_in() + 1e-9
        pacing.committed()
    assert pacing.due_in() == float("inf")
