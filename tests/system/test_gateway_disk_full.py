"""A disk that is really full: the gateway acknowledges nothing that is not on it, says so, and goes on by itself."""

import random
from pathlib import Path

import pytest

from tests.support.brokers import MosquittoBroker
from tests.support.small_disk import fill, free_bytes, make_room, small_disk
from tests.system.gateway_faults.world import SOAK, World, seed

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600 if SOAK else 300)]

DISK = 96 << 20  # bytes; the gateway keeps a reserve of some ten MiB, for deleting
ROUNDS = 40 if SOAK else 4
ALARMS = {"disk-full", "spool-failing"}
LEFT = [0, 4096, 64 << 10, 1 << 20, 4 << 20, 8 << 20, 16 << 20]  # bytes that somebody else leaves


def _says_full(world: World) -> bool:
    """In its state for the backend, its status for people, and its log."""
    state = bool(world.kept.states) and bool(ALARMS & set(world.kept.states[-1].alarms))
    status = bool(ALARMS & world.gateway.alarms())
    return state and status and any("full" in str(event) for event in world.gateway.events())


def test_it_says_so_keeps_what_it_has_delivers_it_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    (tmp_path / "gateway").mkdir()
    with (
        MosquittoBroker(tmp_path) as broker,
        small_disk(tmp_path / "gateway" / "data", DISK) as disk,
        World(tmp_path / "gateway", broker, max_records=10) as world,
    ):
        world.start()
        world.backend.answering = False
        world.street.report(20)
        world.until(lambda: not world.street.waiting, "acknowledgements")
        held = world.signed - world.kept.records
        fill(disk, 2 << 20)
        told = world.street.acknowledged
        world.street.report(5)
        world.until(lambda: _says_full(world), "it says that the disk is full")
        assert world.street.acknowledged == told, "acknowledged what it has no room for"
        assert world.gateway.status()["records_spooled"] == held
        world.backend.answering = True
        world.until(lambda: world.kept.records == told, "what it has is delivered although the disk is full")
        assert world.street.waiting == 15
        make_room(disk)
        world.audit()
        world.until(lambda: not ALARMS & world.gateway.alarms(), "all clear")
        assert world.gateway.lives == 1


@pytest.mark.parametrize("start", [seed()], ids=lambda number: f"seed-{number}")
def test_full_to_the_last_byte_again_and_again_also_at_a_start(start: int, tmp_path: Path) -> None:
    chance = random.Random(start)
    (tmp_path / "gateway").mkdir()
    with (
        MosquittoBroker(tmp_path) as broker,
        small_disk(tmp_path / "gateway" / "data", DISK) as disk,
        World(tmp_path / "gateway", broker, max_records=5) as world,
    ):
        world.start()
        for number in range(ROUNDS):
            world.backend.answering = chance.random() < 0.5
            world.street.report(10)
            wanted = world.street.heard + chance.randrange(1, 4)
            world.until(lambda wanted=wanted: world.street.heard >= wanted, "progress")  # type: ignore[misc]
            left = 0 if number % 2 == 0 else chance.choice(LEFT)
            fill(disk, left)
            print("round", number, "left", left)
            lines = len(world.gateway.events())
            world.street.report(10)
            world.until(lambda lines=lines: len(world.gateway.events()) > lines, "it says something")  # type: ignore[misc]
            if chance.random() < 0.5:  # it dies, and starts on the full disk
                world.gateway.kill()
                world.gateway.start()
                world.until(lambda lines=lines: len(world.gateway.events()) > lines + 2, "more")  # type: ignore[misc]
            make_room(disk)
            world.backend.answering = True
            world.supervising = True  # a process that could not start on a full disk is started again
            world.settle()
            world.supervising = False
        world.audit()
        assert free_bytes(disk) > DISK // 2
