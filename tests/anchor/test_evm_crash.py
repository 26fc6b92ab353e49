"""The runner with its database and an EVM anchor on a real chain, ended before and after every step that lasts.

A process here is a runner whose every object is new; what ends it is raised where a kill would strike. The chain, the
database on the disk and the store are what remain.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from civicroot_anchor import evm as verifier
from civicroot_anchor.evm_blocks import Rpc
from civicroot_backend.anchor.book import CONFIRMED, Book
from civicroot_backend.anchor.evm_node import Node
from civicroot_backend.anchor.open import Opened
from civicroot_backend.anchor.runner import Pace, Runner, name_of
from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import anchorings, checkpoints
from civicroot_backend.log.publish import Published
from civicroot_backend.store.directory import DirectoryStore
from civicroot_wire.finding import CHECKED
from sqlalchemy import insert, select

from tests.anchor.evm_world import CONFIRMATIONS, ORIGIN, World, tree, world

LASTING = (
    (Book, ("begin", "go_on", "proved", "confirmed")),
    (Node, ("send",)),
    (DirectoryStore, ("put",)),
)
POINTS = 12  # at least: before and after two tickets, a transaction, evidence, its publication, and the end
STEPS = 30  # more than any anchoring takes
AT_ONCE = Pace(0, 0, 0, 0)


class Killed(BaseException):
    """The process ended here: nothing catches this."""


class Killer:
    """Ends the process at point number `at`, counting from 1; 0: not at all."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = self.passed = 0
        for owner, names in LASTING:
            for name in names:
                monkeypatch.setattr(owner, name, self._around(getattr(owner, name)))

    def _around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **named: Any) -> Any:
            self._point()
            found = function(*arguments, **named)
            self._point()
            return found

        return watched

    def _point(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise Killed


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "chain") as found:
        yield found


def process(here: World, folder: Path, size: int, done: int) -> bool:
    """One life of the backend's anchoring: whether it got to the end, `done` in all, before it was killed."""
    what = tree(size)
    newest = Published(what.size, what.root, "", 0)
    trusted = here.trusted
    opened = Opened(here.anchor_of(), 1, trusted, partial(verifier.check, blocks=Rpc(here.chain.url, CONFIRMATIONS)))
    database = Database(f"sqlite:///{folder}/log.db")
    try:
        with database.write() as connection:
            if connection.execute(select(checkpoints.c.size).where(checkpoints.c.size == size)).first() is None:
                connection.execute(insert(checkpoints).values(size=size, root=what.root, note=b"", time=0))
        book = Book(database, ORIGIN)
        runner = Runner(
            opened,
            book,
            DirectoryStore(folder / "public"),
            lambda: newest,
            ORIGIN,
            lambda _: None,
            here.clock,
            AT_ONCE,
        )
        for _ in range(STEPS):
            runner.step()
            if book.counts().get((opened.anchor.name, CONFIRMED)) == done:
                return True
            here.chain.mine()
        raise AssertionError(f"never confirmed: {runner.trouble()}")
    except Killed:
        return False
    finally:
        database.close()


@pytest.mark.parametrize("dearer", [False, True], ids=["at once", "after the fee was raised"])
def test_killed_before_and_after_every_step_pays_once(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dearer: bool
) -> None:
    killer = Killer(monkeypatch)
    for point in range(1, 100):
        size = 1000 + point
        here.clock.now += 2  # more than the interval
        killer.at, killer.passed = point, 0
        finished = process(here, tmp_path, size, point)
        if not finished:
            here.clock.now += 1000 if dearer else 1  # long enough that the next life raises the fee
            killer.at = 0
            assert process(here, tmp_path, size, point)
        # One more transaction, event and row; and the evidence that was published holds.
        assert here.count(here.writer, "pending") == here.count(here.writer) == len(here.events()) == point
        evidence = (tmp_path / "public" / name_of("chain.example", size)).read_bytes()
        found = verifier.check(evidence, tree(size), here.trusted, Rpc(here.chain.url, CONFIRMATIONS))
        assert found.status == CHECKED
        assert rows(tmp_path) == [CONFIRMED] * point
        if finished:
            assert point > POINTS
            return
    raise AssertionError("it is killed for ever")


def rows(folder: Path) -> list[str]:
    """The states of all anchorings in a database."""
    database = Database(f"sqlite:///{folder}/log.db")
    try:
        with database.read() as connection:
            return list(connection.execute(select(anchorings.c.state)).scalars())
    finally:
        database.close()
