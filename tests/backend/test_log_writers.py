"""A log that shows two trees is worthless: second writers, old copies and damaged tiles are refused."""

import shutil
from pathlib import Path

import pytest
from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import checkpoints
from civicroot_backend.errors import LogDamaged, LogForked, SwapRefused
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.log.publish import CHECKPOINT, Publisher
from civicroot_backend.log.sequencer import Sequencer
from civicroot_backend.store.directory import DirectoryStore
from civicroot_wire.note import VerifierKey
from civicroot_wire.sodium import Signer
from sqlalchemy import select

ORIGIN = "test.example/log"
SIGNER = Signer(bytes(31) + b"\x01")
KEY = VerifierKey(ORIGIN, SIGNER.public)


class Machine:
    """A database and a store in a folder, and logs opened over them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.database = Database(f"sqlite:///{folder}/log.db")
        self.store = DirectoryStore(folder / "public")

    def log(self) -> CityLog:
        """A log as a new process opens it."""
        made = CityLog(self.database, self.store, KEY, SIGNER, lambda: 1.0)
        made.recover()
        return made

    def commit(self, *entries: bytes) -> None:
        """Commit entries."""
        with self.database.write() as connection:
            sequencer = Sequencer(connection)
            for entry in entries:
                sequencer.append("statement", entry)

    def close(self) -> None:
        self.database.close()
        self.store.close()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def test_second_writer_is_refused_by_compare_and_swap(machine: Machine) -> None:
    first, second = machine.log(), machine.log()
    machine.commit(b"a")
    assert first.advance() is not None
    with pytest.raises(SwapRefused):
        second.advance()
    assert machine.store.get(CHECKPOINT) == first.published.note.encode()  # type: ignore[union-attr]
    machine.commit(b"b")
    assert first.advance() is not None
    with pytest.raises(SwapRefused):
        second.advance()
    machine.close()


def test_writers_on_two_databases_and_one_store_are_refused(machine: Machine, tmp_path: Path) -> None:
    other = Database(f"sqlite:///{tmp_path}/other.db")
    machine.commit(b"a")
    first = machine.log()
    first.advance()
    with pytest.raises(LogForked):
        CityLog(other, machine.store, KEY, SIGNER, lambda: 1.0).recover()
    other.close()
    machine.close()


def test_an_old_copy_of_the_database_is_refused(machine: Machine) -> None:
    machine.commit(b"a", b"b")
    machine.log().advance()
    machine.database.close()
    shutil.copy(machine.folder / "log.db", machine.folder / "old.db")
    machine.commit(b"c")
    machine.log().advance()
    machine.close()
    shutil.copy(machine.folder / "old.db", machine.folder / "log.db")
    for leftover in machine.folder.glob("log.db-*"):
        leftover.unlink()
    restored = Machine(machine.folder)
    with pytest.raises(LogForked, match="not in the database"):
        restored.log()
    restored.commit(b"another c")
    with pytest.raises(LogForked):
        restored.log()
    restored.close()


def test_a_database_that_loses_entries_while_running_is_refused(machine: Machine, tmp_path: Path) -> None:
    machine.commit(b"a", b"b")
    log = machine.log()
    log.advance()
    (tmp_path / "empty").mkdir()
    empty = Machine(tmp_path / "empty")
    log._database = empty.database
    with pytest.raises(LogForked):
        log.advance()
    empty.close()
    machine.close()


def test_a_signed_checkpoint_that_was_not_published_is_published_at_the_next_start(machine: Machine) -> None:
    machine.commit(b"a")
    machine.log().advance()
    machine.commit(b"b", b"c")
    crashed = machine.log()
    crashed._integrate(1, 3)
    recorded = crashed._publisher._record(3, crashed._tiles.root(3))
    machine.commit(b"d")
    recovered = machine.log()
    assert recovered.published == recorded
    assert machine.store.get(CHECKPOINT) == recorded.note.encode()
    again = recovered.advance()
    assert again is not None
    assert again.size == 4
    machine.close()


def test_a_lost_store_is_rebuilt_to_the_very_checkpoint_that_was_published(machine: Machine) -> None:
    machine.commit(*(b"%d" % index for index in range(600)))
    machine.log().advance()
    content = machine.store.get(CHECKPOINT)
    machine.store.close()
    shutil.rmtree(machine.folder / "public")
    machine.store = DirectoryStore(machine.folder / "public")
    machine.log()
    assert machine.store.get(CHECKPOINT) == content
    machine.close()


def test_size_that_was_signed_is_never_signed_with_another_root(machine: Machine) -> None:
    publisher = Publisher(machine.database, machine.store, KEY, SIGNER, lambda: 1.0)
    publisher._record(5, bytes(32))
    with pytest.raises(LogForked, match="another root"):
        publisher.publish(5, b"\x01" * 32)
    assert machine.store.get(CHECKPOINT) is None
    machine.close()


def test_nothing_below_the_published_size_is_signed(machine: Machine) -> None:
    publisher = Publisher(machine.database, machine.store, KEY, SIGNER, lambda: 1.0)
    publisher.publish(5, bytes(32))
    for size in (4, 5):
        with pytest.raises(LogForked):
            publisher.publish(size, bytes(32))
    with machine.database.read() as connection:
        assert connection.execute(select(checkpoints.c.size)).scalars().all() == [5]
    machine.close()


def test_a_checkpoint_seen_outside_that_the_database_does_not_know_is_a_second_history(
    machine: Machine, tmp_path: Path
) -> None:
    machine.commit(b"a")
    mine = machine.log()
    mine.advance()
    shutil.copytree(machine.folder, tmp_path / "copy")
    other = Machine(tmp_path / "copy")
    theirs = other.log()
    seen = theirs.published
    assert seen is not None
    mine.compare(seen.note.encode())  # the same history so far
    other.commit(b"b")
    further = theirs.advance()
    assert further is not None
    with pytest.raises(LogForked):
        mine.compare(further.note.encode())
    machine.commit(b"c")
    mine.advance()
    with pytest.raises(LogForked):
        mine.compare(further.note.encode())
    for nonsense in (b"", b"\xff", further.note.replace(ORIGIN, "other.example/log").encode()):
        mine.compare(nonsense)  # anybody may say anything
    other.close()
    machine.close()


def test_another_logs_checkpoint_in_the_store_is_refused(machine: Machine) -> None:
    machine.store.swap(CHECKPOINT, None, b"not a note")
    with pytest.raises(LogForked):
        machine.log()
    machine.close()


@pytest.mark.parametrize("fault", ["missing", "cut", "changed"])
def test_nothing_is_signed_over_damaged_tiles(machine: Machine, fault: str) -> None:
    machine.commit(*(b"%d" % index for index in range(300)))
    machine.log().advance()
    tile = machine.folder / "public/log/tile/0/001.p/44"
    content = tile.read_bytes()
    if fault == "missing":
        tile.unlink()
    else:
        tile.write_bytes(content[:-1] if fault == "cut" else b"\x00" + content[1:])
    with pytest.raises(LogDamaged):
        machine.log()
    machine.close()


def test_a_missing_tile_gives_an_error_and_no_path(machine: Machine) -> None:
    machine.commit(*(b"%d" % index for index in range(300)))
    machine.log().advance()
    (machine.folder / "public/log/tile/0/000").unlink()
    log = machine.log()
    assert log.published is not None
    with pytest.raises(LogDamaged):
        log.logged(5, log.published)
    machine.close()
