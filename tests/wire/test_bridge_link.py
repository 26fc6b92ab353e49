"""The serial line between bridge and gateway: any bytes, any losses, a reset of either end (SPEC.md §8.2)."""

import random
import zlib
from collections.abc import Iterator

import pytest
from civicroot_wire import bridge_frame, bridge_message
from civicroot_wire.bridge_frame import MAX_CONTENT, Decoder
from civicroot_wire.bridge_link import MAX_BODY, WINDOW, BridgeLink
from civicroot_wire.errors import MalformedError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython

contents = st.binary(min_size=1, max_size=MAX_CONTENT) | st.integers(1, MAX_CONTENT).map(bytes)
STEP_MS = 20


def independent_cobs(data: bytes) -> bytes:
    """Cheshire and Baker's algorithm, byte by byte; a full run at the end needs no further code."""
    out, block = bytearray(), bytearray()
    for byte in data:
        if byte:
            block.append(byte)
        if not byte or len(block) == 254:
            out += bytes([len(block) + 1]) + block
            block = bytearray()
    last_run = len(data.rpartition(b"\0")[2])
    if last_run and last_run % 254 == 0:
        return bytes(out)
    return bytes(out + bytes([len(block) + 1]) + block)


@given(contents)
@example(bytes(range(1, 255)))
@example(bytes([1]) * 250 + b"\0" * 4 + bytes([7]) * 60)
def test_a_frame_has_zeros_at_its_ends_alone_and_is_cobs(content: bytes) -> None:
    frame = bridge_frame.encode(content)
    assert frame[0] == frame[-1] == 0 and 0 not in frame[1:-1]
    assert len(frame) <= len(content) + 4 + 2 + 2
    assert frame[1:-1] == independent_cobs(content + zlib.crc32(content).to_bytes(4, "little"))
    assert Decoder().feed(frame) == [content]


@given(st.lists(contents, max_size=6), st.integers(1, 40))
def test_frames_are_found_however_the_stream_is_cut(sent: list[bytes], piece: int) -> None:
    stream = b"".join(map(bridge_frame.encode, sent))
    decoder = Decoder()
    found = [content for at in range(0, len(stream), piece) for content in decoder.feed(stream[at : at + piece])]
    assert found == sent and decoder.damaged == 0


@settings(max_examples=fuzz_examples(300))
@given(st.lists(st.binary(max_size=400) | contents.map(bridge_frame.encode), max_size=8), contents)
def test_any_bytes_may_come_and_the_next_frame_is_found(noise: list[bytes], content: bytes) -> None:
    decoder = Decoder()
    for part in noise:
        decoder.feed(part)
    assert decoder.feed(bridge_frame.encode(content))[-1] == content


@settings(max_examples=fuzz_examples(300))
@given(contents, st.integers(0, 1 << 12), st.integers(1, 255), st.sampled_from(["change", "drop", "insert", "cut"]))
def test_a_damaged_frame_is_never_delivered_as_another(content: bytes, place: int, byte: int, how: str) -> None:
    frame = bytearray(bridge_frame.encode(content))
    at = place % len(frame)
    if how == "change":
        frame[at] ^= byte
    elif how == "drop":
        del frame[at]
    elif how == "insert":
        frame.insert(at, byte)
    else:
        del frame[at:]
    assert set(Decoder().feed(bytes(frame) + b"\0")) <= {content}


def test_a_line_without_zeros_takes_no_memory() -> None:
    decoder = Decoder()
    for _ in range(1000):
        assert decoder.feed(b"x" * 1000) == []
    assert len(decoder._pending) == 0
    assert decoder.feed(bridge_frame.encode(b"after")) == [b"after"] and decoder.damaged == 1


class Line:
    """Two ends and the wire between them; `damage` may spoil what each end writes. Time goes in steps."""

    def __init__(self, chance: random.Random, loss: float = 0.0) -> None:
        self.now = 0
        self.chance = chance
        self.loss = loss
        self.ends = [self.new_end(), self.new_end()]
        self.arrived: list[list[bytes]] = [[], []]
        self.sent: list[list[bytes]] = [[], []]

    def new_end(self) -> BridgeLink:
        return BridgeLink(self.chance.randbytes(3) + b"\1", self.now)

    def damaged(self, data: bytes) -> bytes:
        if not data or self.chance.random() >= self.loss:
            return data
        how, at = self.chance.randrange(4), self.chance.randrange(len(data))
        if how == 0:
            return b""
        if how == 1:
            return data[:at] + bytes([data[at] ^ 1 << self.chance.randrange(8)]) + data[at + 1 :]
        if how == 2:
            return data[:at]
        return data[:at] + self.chance.randbytes(self.chance.randrange(60)) + data[at:]

    def step(self) -> None:
        self.now += STEP_MS
        out = [end.output(self.now) for end in self.ends]
        for at, end in enumerate(self.ends):
            self.arrived[at] += end.feed(self.damaged(out[1 - at]), self.now)

    def send(self, at: int, body: bytes) -> None:
        if self.ends[at].room():
            self.ends[at].send(body)
            self.sent[at].append(body)

    def until(self, condition: object, limit_ms: int = 120_000) -> None:
        assert callable(condition)
        while not condition():
            assert self.now < limit_ms, [end.counters for end in self.ends]
            self.step()


def numbered(first: int, count: int) -> Iterator[bytes]:
    return (b"%d" % number for number in range(first, first + count))


def test_a_session_is_up_within_a_round_and_delivers_both_ways() -> None:
    line = Line(random.Random(1))
    line.until(lambda: all(end.up for end in line.ends), 200)
    for body in numbered(0, 1000):
        line.until(lambda: all(end.room() for end in line.ends))
        line.send(0, body)
        line.send(1, b"down " + body)
    line.until(lambda: [len(found) for found in line.arrived] == [1000, 1000])
    assert line.arrived[1] == line.sent[0] and line.arrived[0] == line.sent[1]
    assert line.ends[0].counters == {"damaged": 0, "resent": 0, "repeated": 0, "sessions": 1}


@pytest.mark.parametrize("seed", range(8))
def test_a_bad_line_delivers_everything_once_and_in_order(seed: int) -> None:
    line = Line(random.Random(seed), loss=0.15)
    for body in numbered(0, 300):
        line.until(lambda: line.ends[0].room() and line.ends[1].room())
        line.send(seed % 2, body)
    line.until(lambda: len(line.arrived[1 - seed % 2]) >= 300)
    assert line.arrived[1 - seed % 2] == list(numbered(0, 300))
    assert line.ends[seed % 2].counters["resent"] > 0


@pytest.mark.parametrize("seed", range(8))
def test_a_reset_of_either_end_loses_only_what_died_with_it(seed: int) -> None:
    """What the sender still has arrives, in order, perhaps twice; what the receiver had taken in is its owner's."""
    chance = random.Random(seed)
    line = Line(chance, loss=0.05)
    lost: set[bytes] = set()
    for number in range(400):
        line.until(line.ends[0].room)
        line.send(0, b"%d" % number)
        if chance.random() < 0.05:
            at = chance.randrange(2)
            if at == 0:
                lost |= set(line.ends[0]._queue)
            line.ends[at] = line.new_end()
        if chance.random() < 0.02:
            line.ends[chance.randrange(2)].reset()
    line.until(lambda: not line.ends[0]._queue)
    arrived = [int(body) for body in line.arrived[1]]
    assert set(range(400)) - set(arrived) <= {int(body) for body in lost}
    firsts = list(dict.fromkeys(arrived))
    assert firsts == sorted(firsts)


def test_a_peer_that_is_gone_is_noticed_and_its_return_as_well() -> None:
    line = Line(random.Random(3))
    line.until(lambda: all(end.up for end in line.ends))
    line.send(0, b"kept")
    start, alone = line.now, line.ends[0]
    while alone.up:
        line.now += STEP_MS
        alone.output(line.now)
    assert 5_000 < line.now - start < 20_000
    line.until(lambda: line.arrived[1] == [b"kept"], line.now + 2_000)


def test_another_version_never_comes_up_and_is_named() -> None:
    line = Line(random.Random(4))
    hello = bytearray(Decoder().feed(line.ends[1].output(0))[0])
    hello[1] = 9
    assert line.ends[0].feed(bridge_frame.encode(bytes(hello)), 0) == []
    assert line.ends[0].other_version == 9 and not line.ends[0].up


def test_the_window_is_the_limit() -> None:
    link = BridgeLink(b"abcd", 0)
    for _ in range(WINDOW):
        link.send(b"x" * MAX_BODY)
    assert link.room() == 0
    with pytest.raises(ValueError, match="no room"):
        link.send(b"x")


@given(st.lists(st.binary(min_size=1, max_size=14).map(bridge_frame.encode) | st.binary(max_size=40), max_size=30))
def test_no_frame_of_a_mad_peer_raises_or_takes_memory(frames: list[bytes]) -> None:
    line = Line(random.Random(5))
    line.until(lambda: all(end.up for end in line.ends))
    for frame in frames:
        line.ends[0].feed(frame, line.now)
        assert len(line.ends[0].output(line.now)) < 5_000


MESSAGES = (
    bridge_message.heard(0, bytes(6), -71, b"x" * 250),
    bridge_message.heard(1, b"", -120, b"x" * 222),
    bridge_message.statistics({f"{i:016}": 1 << 63 for i in range(bridge_message.MAX_COUNTS)}),
    bridge_message.line("ü" * 300),
    bridge_message.send(0, bytes(8), b"x" * 250),
    bridge_message.settings(bridge_message.Settings(6, ("EU868", 868_100_000, 9, 14))),
    bridge_message.settings(bridge_message.Settings()),
)


@pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
def test_every_message_fits_a_frame_and_is_read_alike_on_both_runtimes(message: bytes, device: MicroPython) -> None:
    assert len(message) <= MAX_BODY
    here = bridge_message.decode(message)
    there = device.run(
        """
        from civicroot_wire import bridge_message
        found = bridge_message.decode(message)
        result = [found.kind, found.radio, found.address, found.rssi, found.payload, found.counts, found.text,
                  found.settings.channel, found.settings.lora]
        """,
        message=message,
    )
    said = here.settings
    assert there[:7] == [here.kind, here.radio, here.address, here.rssi, here.payload, here.counts, here.text]
    assert there[7:] == [said.channel, said.lora]


@given(
    st.binary(max_size=60) | st.sampled_from(MESSAGES).flatmap(lambda known: st.binary(max_size=3).map(known.__add__))
)
def test_other_messages_are_refused_by_name(data: bytes) -> None:
    try:
        bridge_message.decode(data)
    except MalformedError as error:
        assert error.reason


def test_the_link_runs_on_micropython_as_here(device: MicroPython) -> None:
    """The same random line gives the same bytes, frame for frame."""
    chance = random.Random(6)
    here = BridgeLink(b"here", 0)
    device.run(
        "from civicroot_wire.bridge_link import BridgeLink\nimport civicroot_wire as w\nw.end = BridgeLink(b'here', 0)"
    )
    other = BridgeLink(b"peer", 0)
    now = 0
    for number in range(120):
        now += STEP_MS
        data = other.output(now)
        if chance.random() < 0.2:
            data = data[: chance.randrange(len(data) + 1)] + chance.randbytes(5)
        bodies = [b"body %d" % number] if here.room() else []
        for body in bodies:
            here.send(body)
        if other.room():
            other.send(bytes([number]) * 40)
        arrived = here.feed(data, now)
        written = here.output(now)
        there = device.run(
            """
            import civicroot_wire
            end = civicroot_wire.end
            for body in bodies:
                end.send(body)
            arrived = end.feed(data, now)
            result = [arrived, end.output(now), end.up, end.wait_ms(now)]
            """,
            bodies=bodies,
            data=data,
            now=now,
        )
        assert there == [arrived, written, here.up, here.wait_ms(now)]
        other.feed(written, now)
    assert here.up and here.counters["damaged"] > 0
