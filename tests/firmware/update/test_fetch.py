"""Pieces that are lost, late, repeated, in another order, spoiled or lies: what is installed is what was signed."""

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fuzz import fuzz_examples

sys.path.insert(0, str(Path(__file__).parents[1] / "device_side"))

from civicroot_device.update.fetch import ANSWER_MS, LATER_MS, LONGEST_MS, PIECE_BYTES, REFUSED_MS, Fetch, Pauses
from civicroot_wire import piece
from civicroot_wire.piece import Piece, Want
from simulated_flash import SimulatedFlash
from update_world import OLD, World, digest, files_of

NEW = (0, 3, 0)
CONTENT = bytes(range(250)) * 20  # three pieces
DIGEST = digest(CONTENT)
# What happens to an answer.
LOST, TWICE, LATE, SPOILED, SHORT, OTHER_SIZE, NOT_YET, UNKNOWN, RUBBISH, OTHER = range(10)
FAULTS = st.lists(st.one_of(st.none(), st.integers(0, 9)), max_size=40)


def fetch(counts: dict[str, int] | None = None, have: int = 0, random: float = 1.0) -> Fetch:
    return Fetch(DIGEST, len(CONTENT), have, Pauses(lambda: random), 0, {} if counts is None else counts)


def answer(want: bytes) -> Piece:
    asked = piece.decode_want(want)
    return Piece(asked.digest, asked.offset, CONTENT[asked.offset : asked.offset + asked.length], len(CONTENT))


def test_a_content_is_asked_for_piece_by_piece() -> None:
    pull, got = fetch(), b""
    while len(got) < len(CONTENT):
        want = pull.poll(0)
        assert want is not None
        assert pull.poll(0) is None  # one question under way
        got += pull.take(answer(want), 0)
    assert got == CONTENT


def test_it_goes_on_where_it_was() -> None:
    want = fetch(have=4096).poll(0)
    assert want is not None
    found = piece.decode_want(want)
    assert (found.offset, found.length) == (4096, len(CONTENT) - 4096)


def test_what_does_not_come_is_asked_for_again_with_a_pause_that_grows() -> None:
    counts: dict[str, int] = {}
    pull, now, waits = fetch(counts), 0, []
    for _ in range(12):
        assert pull.poll(now) is not None
        waits.append(pull.wait_ms(now))
        now += waits[-1]
    assert waits[:3] == [ANSWER_MS, 2 * ANSWER_MS, 3 * ANSWER_MS]
    assert waits == sorted(waits)
    assert waits[-1] == ANSWER_MS + LONGEST_MS
    assert counts == {"unanswered": 11}


@pytest.mark.parametrize(("reason", "pause"), [(piece.NOT_YET, LATER_MS), (piece.UNKNOWN, REFUSED_MS)])
def test_a_gateway_that_has_it_not_is_asked_later(reason: str, pause: int) -> None:
    counts: dict[str, int] = {}
    pull = fetch(counts)
    for number in range(3):
        pull.poll(10**9)
        pull.take(Piece(DIGEST, reason=reason), 0)
        assert pull.wait_ms(0) == pause << number
    assert counts == {reason: 3}


def test_a_pause_is_the_first_again_once_it_went_on() -> None:
    pull = fetch()
    for _ in range(3):
        pull.poll(10**9)
        pull.take(Piece(DIGEST, reason=piece.NOT_YET), 0)
    want = pull.poll(10**9)
    assert want is not None
    pull.take(answer(want), 0)
    pull.poll(10**9)
    pull.take(Piece(DIGEST, reason=piece.NOT_YET), 0)
    assert pull.wait_ms(0) == LATER_MS


def test_pauses_are_spread() -> None:
    assert Pauses(lambda: 0.0).next(1000) == 500
    assert Pauses(lambda: 0.999).next(1000) == 999


def test_a_gateway_that_says_another_size_is_not_believed() -> None:
    counts: dict[str, int] = {}
    pull = fetch(counts)
    pull.poll(0)
    assert pull.take(Piece(DIGEST, 0, CONTENT[:10], 10), 0) == b""
    assert counts == {"size-mismatch": 1}
    assert pull.wait_ms(0) == REFUSED_MS


def test_what_answers_nothing_is_only_counted() -> None:
    counts: dict[str, int] = {}
    pull = fetch(counts)
    first = Piece(DIGEST, 0, CONTENT[:PIECE_BYTES], len(CONTENT))
    assert pull.take(first, 0) == b""  # nobody asked
    pull.poll(0)
    assert pull.take(Piece(bytes(32), 0, b"x", 1), 0) == b""
    assert pull.take(Piece(DIGEST, 2048, CONTENT[2048:4096], len(CONTENT)), 0) == b""
    assert pull.take(Piece(DIGEST, 0, CONTENT[:2049], len(CONTENT)), 0) == b""
    assert pull.take(first, 0) == CONTENT[:PIECE_BYTES]
    assert pull.take(first, 0) == b""
    assert counts == {"stray": 5, "pieces": 1}


# --- in a device's life


@pytest.fixture
def world() -> World:
    world = World(SimulatedFlash())
    world.offer(NEW)
    return world


def test_one_corrupt_piece_costs_its_file_again_and_not_the_update(world: World) -> None:
    spoiled = []

    def spoil(want: Want, octets: bytes) -> bytes:
        if want.offset == 2048 and not spoiled:
            spoiled.append(want.digest)
            return bytes([octets[0] ^ 1]) + octets[1:]
        return octets

    world.gateway.spoil = spoil
    world.boot()
    assert world.serve(0) >= REFUSED_MS // 2
    assert world.updates.counts["damaged"] == 1
    assert world.gateway.wants == 5 + 3
    assert world.live() == NEW


def test_a_corrupt_gateway_is_asked_more_and_more_seldom_and_nothing_of_it_is_started(world: World) -> None:
    world.gateway.spoil = lambda _want, octets: bytes(len(octets))
    world.boot()
    now = world.serve(0)
    damaged = world.updates.counts["damaged"]
    assert damaged > 10
    assert now > (damaged - 5) * LONGEST_MS // 2
    assert not world.updates.restart_wanted
    assert world.state() is None


def test_it_resumes_after_a_restart_at_the_piece_where_it_was(world: World) -> None:
    world.boot()
    updates = world.updates
    updates.on_command(world.offered[0], 0)
    seen = []
    world.gateway.spoil = lambda want, octets: seen.append(want.offset) or octets
    while seen[-1:] != [2048]:
        want = updates.poll(0)
        for message in world.gateway.answer(want) if want else []:
            updates.on_piece(message, 0)
    world.boot()  # the power went away
    world.offered = []
    world.serve(0)
    assert seen.count(0) + seen.count(2048) + seen.count(4096) == len(seen) == 5
    assert world.live() == NEW


def test_a_restart_looks_at_every_file_again(world: World) -> None:
    """What the flash lost or turned meanwhile is noticed before it is tried."""
    world.boot()
    world.gateway.spoil = lambda want, octets: octets if want.offset < 4096 else None
    world.serve(0)
    name = "a/lib/civicroot_device/same.py"
    world.flash.files[name] = b"N" + world.flash.files[name][1:]
    world.gateway.spoil = lambda want, octets: octets
    world.boot()
    world.serve(0)
    assert world.updates.counts["replaced"] == 1
    assert world.live() == NEW


def test_a_shorter_file_of_an_older_release_is_not_taken_for_a_beginning(world: World) -> None:
    world.live()
    world.offer((0, 4, 0))
    world.live()  # slot b; slot a, where the next one goes, has 0.3.0
    name = "a/lib/civicroot_device/update/large.py"
    world.flash.files[name] = world.flash.files[name][:-1]
    world.offer((0, 5, 0))
    world.serve(0)
    assert "damaged" not in world.updates.counts
    assert world.live() == (0, 5, 0)


class Network:
    """Answers through the faults of a list; when it is used up, all goes well."""

    def __init__(self, world: World, faults: list[int | None]) -> None:
        self._gateway = world.gateway
        self._answer = world.gateway.answer
        self._faults = faults
        self._late: list[bytes] = []
        self.wants = 0
        world.gateway.answer = self.answer

    def answer(self, data: bytes) -> list[bytes]:
        self.wants += 1
        fault = self._faults.pop(0) if self._faults else None
        (good,) = self._answer(data)
        found = piece.decode(good)
        before, self._late = self._late, []
        if fault == LATE:
            self._late = [good]
        kinds: dict[int | None, list[bytes]] = {
            None: [good],
            LOST: [],
            TWICE: [good, good],
            LATE: [],
            SPOILED: [piece.encode(Piece(found.digest, found.offset, bytes(len(found.octets)), found.size))],
            SHORT: [piece.encode(Piece(found.digest, found.offset, found.octets[:1], found.size))],
            OTHER_SIZE: [piece.encode(Piece(found.digest, found.offset, found.octets, found.size + 1))],
            NOT_YET: [piece.encode(Piece(found.digest, reason=piece.NOT_YET))],
            UNKNOWN: [piece.encode(Piece(found.digest, reason=piece.UNKNOWN))],
            RUBBISH: [b"\xff" + good],
            OTHER: [piece.encode(Piece(bytes(32), found.offset, found.octets, found.size)), good],
        }
        return before + kinds[fault]


@settings(deadline=None, max_examples=fuzz_examples(120))
@given(faults=FAULTS, restarts=st.lists(st.integers(1, 30), max_size=3))
def test_whatever_the_network_does_the_release_arrives_as_it_was_signed(
    faults: list[int | None], restarts: list[int]
) -> None:
    world = World(SimulatedFlash())
    world.offer(NEW)
    network = Network(world, list(faults))
    now = 0
    for steps in restarts:  # the power goes away after so many steps
        world.boot()
        if world.version != OLD:
            break
        world.updates.on_command(world.offered[0], now)
        for _ in range(steps):
            if world.updates.restart_wanted:
                break
            want = world.updates.poll(now)
            for message in network.answer(want) if want else []:
                world.updates.on_piece(message, now)
            now += world.updates.wait_ms(now) or 0
    for _ in range(4):
        world.boot()
        world.updates.on_command(world.offered[0], now)
        while not world.updates.restart_wanted and world.updates.wait_ms(now) is not None:
            want = world.updates.poll(now)
            for message in network.answer(want) if want else []:
                world.updates.on_piece(message, now)
            now += world.updates.wait_ms(now) or 0
        world.updates.delivered(world.seq)
    assert world.version == NEW
    assert world.content("a") == files_of(NEW)
    assert network.wants <= 5 + 3 * (len(faults) + len(restarts)) + 5
