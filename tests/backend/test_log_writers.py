"""Two writers never publish two histories: on one store, on copies, interleaved at every step; exactly one goes on."""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import checkpoints
from civicroot_backend.errors import LogError, LogForked, StoreError, SwapRefused
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.log.publish import CHECKPOINT, Publisher
from civicroot_backend.store.store import BlobStore
from civicroot_backend.witnesses.quorum import Quorum
from sqlalchemy import select

from tests.backend.engines import DirectoryEngine, Engine
from tests.backend.log_machine import KEYS, ORIGIN, SIGNER, Machine, running
from tests.backend.outside_log import OutsideReader
from tests.backend.wrapped_store import WrappedStore


@pytest.fixture
def machine(tmp_path: Path, engine: Engine) -> Iterator[Machine]:
    with running(tmp_path / "machine", engine) as made:
        yield made


def test_second_writer_is_refused_by_compare_and_swap(machine: Machine) -> None:
    first, second = machine.log(), machine.log()
    machine.commit(b"a")
    assert first.advance() is not None
    for _ in range(2):  # it does not come round: another process is alive
        with pytest.raises(SwapRefused):
            second.advance()
    assert machine.store.get(CHECKPOINT) == first.published.note.encode()  # type: ignore[union-attr]
    machine.commit(b"b")
    assert first.advance() is not None
    with pytest.raises(SwapRefused):
        second.advance()
    assert machine.check() == [b"a", b"b"]


def test_writers_on_two_databases_and_one_store_are_refused(machine: Machine, tmp_path: Path) -> None:
    other = Database(f"sqlite:///{tmp_path}/other.db")
    machine.commit(b"a")
    machine.log().advance()
    with pytest.raises(LogForked):
        CityLog(other, machine.store, KEYS, lambda: 1.0).recover()
    other.close()


class PausingStore(WrappedStore):
    """A store that runs something before its n-th write: another writer comes in between."""

    def __init__(self, store: BlobStore) -> None:
        super().__init__(store)
        self.writes = 0
        self.interruptions: dict[int, Writer] = {}

    def put(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        for blob in blobs:  # one by one: in between each is a step too
            self._pause()
            super().put([blob])

    def swap(self, name: str, expected: bytes | None, content: bytes) -> None:
        self._pause()
        super().swap(name, expected, content)

    def _pause(self) -> None:
        self.writes += 1
        if (other := self.interruptions.pop(self.writes, None)) is not None:
            other.step()


class Writer:
    """A machine whose log goes on by one checkpoint a step, until it is refused."""

    def __init__(self, machine: Machine, log: CityLog, name: bytes) -> None:
        self.machine = machine
        self.log = log
        self.name = name
        self.refusal: Exception | None = None
        self.published: list[bytes] = []

    def step(self) -> None:
        """Commit an entry of its own and publish it, as a process that ends at its first error."""
        if self.refusal is not None:
            return
        self.machine.commit(b"%s %d" % (self.name, len(self.published)))
        try:
            done = self.log.advance()
        except (LogError, StoreError) as error:
            self.refusal = error
            return
        assert done is not None
        self.published.append(done.note.encode())


WRITES = 12  # of three checkpoints of one writer: bundle, tile, checkpoint (more where a tile gets full)
SOAK = bool(os.environ.get("CIVICROOT_SOAK"))


@pytest.mark.parametrize(
    ("kind", "common"), [("directory", 0), ("directory", 254), ("s3", 254), *([("directory", 2), ("s3", 0)] * SOAK)]
)
def test_interleaved_at_every_step_exactly_one_goes_on(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str, common: int
) -> None:
    """Both have the same history of `common` entries; then each commits its own, the other's steps in between."""
    at_once = [(step,) for step in range(1, WRITES + 1)] + list(combinations(range(1, WRITES), 2)) * SOAK
    for number, steps in enumerate(at_once):
        engine: Engine = (
            DirectoryEngine(tmp_path / f"public-{number}")
            if kind == "directory"
            else request.getfixturevalue("objects").engine()
        )
        with ExitStack() as stack:
            first, second = (
                stack.enter_context(running(tmp_path / f"{name}-{number}", engine)) for name in ("first", "second")
            )
            seed(first, second, common)
            store = PausingStore(first.store)
            a = Writer(first, CityLog(first.database, store, KEYS, lambda: 1.0), b"a")
            a.log.recover()
            b = Writer(second, second.log(), b"b")
            store.writes = 0
            store.interruptions = dict.fromkeys(steps, b)
            for _ in range(3):
                a.step()
            b.step()
            judge(engine, a, b)


def seed(first: Machine, second: Machine, common: int) -> None:
    """One published history in both databases."""
    if common:
        first.commit(*(b"common %d" % index for index in range(common)))
        first.log().advance()
        second.restore_database(first.saved_database())


def judge(engine: Engine, a: Writer, b: Writer) -> None:
    """One went on, the other was refused, and everything that was ever visible is of one tree."""
    going_on, refused = (a, b) if a.refusal is None else (b, a)
    assert going_on.refusal is None
    assert refused.refusal is not None
    content = engine.snapshot()
    reader = OutsideReader(content.__getitem__, ORIGIN, (SIGNER.public, 0))
    entries = reader.check(a.published + b.published)
    assert [entry for entry in entries if not entry.startswith(b"common")][-1].startswith(going_on.name)
    with pytest.raises((LogForked, StoreError)):
        refused.machine.log()  # and it stays refused after a restart


def test_size_that_was_signed_is_never_signed_with_another_root(machine: Machine) -> None:
    publisher = Publisher(machine.database, machine.store, KEYS, Quorum([], 0), lambda: 1.0)
    publisher.sign(5, bytes(32))
    with pytest.raises(LogForked, match="another root"):
        publisher.sign(5, b"\x01" * 32)
    assert machine.store.get(CHECKPOINT) is None


def test_nothing_below_the_published_size_is_signed(machine: Machine) -> None:
    publisher = Publisher(machine.database, machine.store, KEYS, Quorum([], 0), lambda: 1.0)
    older, published = publisher.sign(4, bytes(32)), publisher.publish(publisher.sign(5, bytes(32)))
    for size in (4, 5):
        with pytest.raises(LogForked):
            publisher.sign(size, bytes(32))
    for found in (older, replace(published, root=b"\x01" * 32)):
        with pytest.raises(LogForked):
            publisher.publish(found)
    with machine.database.read() as connection:
        assert connection.execute(select(checkpoints.c.size)).scalars().all() == [4, 5]


def test_another_logs_checkpoint_in_the_store_is_refused(machine: Machine) -> None:
    machine.store.swap(CHECKPOINT, None, b"not a note")
    with pytest.raises(LogForked):
        machine.log()
