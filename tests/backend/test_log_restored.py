"""What was lost, damaged or brought back from a backup: the log heals to the very same, or refuses; it never forks."""

import os
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from civicroot_backend.errors import LogDamaged, LogError, LogForked, StoreError
from civicroot_backend.log import kinds
from civicroot_backend.log.publish import CHECKPOINT
from civicroot_backend.log.sequencer import Sequencer
from civicroot_backend.store.store import BlobStore
from civicroot_wire import batch

from tests.backend.city import batch_message, signed_record
from tests.backend.engines import Engine
from tests.backend.log_machine import ORIGIN, SIGNER, Machine, running
from tests.backend.wrapped_store import WrappedStore

SOAK = bool(os.environ.get("CIVICROOT_SOAK"))
GATEWAY = SIGNER  # any key signs the batch headers of these logs: nobody verifies them here


@pytest.fixture
def machine(tmp_path: Path, engine: Engine) -> Iterator[Machine]:
    with running(tmp_path / "machine", engine) as made:
        yield made


def entries(first: int, end: int) -> list[bytes]:
    return [b"%d" % index for index in range(first, end)]


def test_an_old_copy_of_the_database_is_refused(machine: Machine) -> None:
    machine.commit(b"a", b"b")
    machine.log().advance()
    backup = machine.saved_database()
    machine.commit(b"c")
    machine.log().advance()
    machine.restore_database(backup)
    with pytest.raises(LogForked, match="not in the database"):
        machine.log()
    machine.commit(b"another c")
    with pytest.raises(LogForked):
        machine.log()


def test_a_database_that_loses_entries_while_running_is_refused(machine: Machine, tmp_path: Path) -> None:
    machine.commit(b"a", b"b")
    log = machine.log()
    log.advance()
    with running(tmp_path / "empty", machine.engine) as empty:
        log._database = empty.database
        with pytest.raises(LogForked):
            log.advance()


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
    assert machine.check() == [b"a", b"b", b"c", b"d"]


def test_a_lost_store_is_rebuilt_to_the_very_checkpoint_that_was_published(machine: Machine) -> None:
    machine.commit(*entries(0, 600))
    machine.log().advance()
    before = machine.engine.snapshot()
    machine.engine.restore({})
    machine.log()
    assert machine.engine.snapshot() == before


def test_an_old_copy_of_the_store_is_brought_up_to_what_was_published(machine: Machine) -> None:
    log = machine.log()
    backups = []
    for end in (3, 256, 300, 513):
        machine.commit(*entries(log.published.size if log.published else 0, end))
        log.advance()
        backups.append(machine.engine.snapshot())
    for backup in backups[:-1]:
        machine.engine.restore(backup)
        assert machine.log().published == log.published
        assert machine.check() == entries(0, 513)


class Journal(WrappedStore):
    """A store that keeps what each write replaced, so that the newest can be lost."""

    def __init__(self, store: BlobStore) -> None:
        super().__init__(store)
        self.written: list[tuple[str, bytes | None]] = []  # (name, what lay there before), in order

    def put(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        listed = list(blobs)
        super().put(listed)
        self.written += [(name, None) for name, _ in listed]

    def swap(self, name: str, expected: bytes | None, content: bytes) -> None:
        super().swap(name, expected, content)
        self.written.append((name, expected))


def test_a_store_that_loses_its_newest_objects_is_healed_to_the_same_tree(machine: Machine) -> None:
    journal = Journal(machine.store)
    machine.store = journal
    log = machine.log()
    for end in (2, 255, 256, 258, 600):
        machine.commit(*entries(log.published.size if log.published else 0, end))
        log.advance()
    whole, written = machine.engine.snapshot(), list(journal.written)
    for count in range(1, len(written) + 1, 1 if SOAK else 3):
        for name, before in reversed(written[len(written) - count :]):  # the newest writes never happened
            if before is None:
                machine.engine.remove(name)
            else:
                machine.engine.write(name, before)
        recovered = machine.log()
        assert recovered.published == log.published
        assert machine.check() == entries(0, 600)
        assert whole.items() >= machine.engine.snapshot().items()
        machine.engine.restore(whole)


def test_a_store_that_loses_the_batches_of_unpublished_entries_is_refused(machine: Machine) -> None:
    messages = [batch_message(GATEWAY, seq, [signed_record(GATEWAY, seq)]) for seq in range(3)]
    names = []
    for message in messages:
        names.append(commit_batch(machine, message))
    log = machine.log()
    log.advance()
    older = machine.engine.snapshot()
    newest = commit_batch(machine, batch_message(GATEWAY, 3, [signed_record(GATEWAY, 3)]))
    log.advance()
    machine.engine.restore(older)  # tiles, checkpoint and the batch of the last entry are gone
    with pytest.raises(LogDamaged, match=newest):
        machine.log()
    assert machine.engine.snapshot() == older
    message = batch_message(GATEWAY, 3, [signed_record(GATEWAY, 3)])
    machine.engine.write(newest, message)  # the gateway or a backup has it
    assert machine.log().published == log.published


def test_pruned_batches_are_not_taken_for_lost_ones(machine: Machine) -> None:
    names = [commit_batch(machine, batch_message(GATEWAY, seq, [signed_record(GATEWAY, seq)])) for seq in range(3)]
    machine.store.swap("log/batch-minimum-index", None, b"2")
    machine.store.delete(names[:2])
    machine.log().advance()
    assert len(machine.check()) == 3


def test_a_damaged_minimum_index_is_named(machine: Machine) -> None:
    machine.commit(b"a")
    machine.engine.write("log/batch-minimum-index", b"-1")
    with pytest.raises(LogDamaged, match="batch-minimum-index"):
        machine.log()


def test_old_copies_of_both_look_like_the_original_until_something_outside_shows_more(machine: Machine) -> None:
    machine.commit(b"a")
    log = machine.log()
    log.advance()
    database, store = machine.saved_database(), machine.engine.snapshot()
    machine.commit(b"b")
    log.advance()
    retained = machine.store.get(CHECKPOINT)
    assert retained is not None
    machine.restore_database(database)
    machine.engine.restore(store)
    restored = machine.log()
    with pytest.raises(LogForked, match="old copy"):
        restored.compare(retained)
    machine.commit(b"another b")
    restored = machine.log()
    with pytest.raises(LogForked, match="old copy"):
        restored.compare(retained)
    with pytest.raises(LogForked, match="old copy"):
        restored.advance()  # what was seen is not forgotten
    assert machine.engine.snapshot() == store


def test_a_checkpoint_seen_outside_that_the_database_does_not_know_is_a_second_history(machine: Machine) -> None:
    machine.commit(b"a")
    machine.log().advance()
    database, store = machine.saved_database(), machine.engine.snapshot()
    mine = machine.log()
    assert mine.published is not None
    mine.compare(mine.published.note.encode())  # the same history so far
    machine.commit(b"b")
    further = mine.advance()
    assert further is not None
    machine.restore_database(database)
    machine.engine.restore(store)
    machine.commit(b"c")
    other = machine.log()
    other.advance()
    for nonsense in (b"", b"\xff", further.note.replace(ORIGIN, "other.example/log").encode()):
        other.compare(nonsense)  # anybody may say anything
    with pytest.raises(LogForked):
        other.compare(further.note.encode())


@pytest.mark.parametrize("fault", ["missing", "cut", "changed"])
def test_nothing_is_signed_over_damaged_tiles(machine: Machine, fault: str) -> None:
    machine.commit(*entries(0, 300))
    machine.log().advance()
    name = "log/tile/0/001.p/44"
    content = machine.engine.snapshot()[name]
    if fault == "missing":
        machine.engine.remove(name)
    else:
        machine.engine.write(name, content[:-1] if fault == "cut" else b"\x00" + content[1:])
    with pytest.raises(LogDamaged):
        machine.log()


def test_a_missing_tile_gives_an_error_and_no_path(machine: Machine) -> None:
    machine.commit(*entries(0, 300))
    machine.log().advance()
    machine.engine.remove("log/tile/0/000")
    log = machine.log()
    assert log.published is not None
    with pytest.raises(LogDamaged):
        log.logged(5, log.published)


def test_random_losses_are_healed_or_refused_and_never_fork(machine: Machine) -> None:
    """Any single object gone, or cut: either the log comes back as it was, or nothing is signed."""
    chance = random.Random(2026)
    log = machine.log()
    for end in (2, 255, 258, 600):
        machine.commit(*entries(log.published.size if log.published else 0, end))
        log.advance()
    whole = machine.engine.snapshot()
    machine.commit(b"next")
    signed = machine.notes()
    outcomes = set()
    database = machine.saved_database()
    for name in sorted(whole):
        machine.engine.remove(name)
        if chance.random() < 0.5:
            machine.engine.write(name, whole[name][:-1])
        try:
            machine.log().advance()
            outcomes.add("went on")
        except (LogError, StoreError):
            outcomes.add("refused")
            assert machine.notes() == signed
        machine.restore_database(database)
        machine.engine.restore(whole)
    assert outcomes == {"went on", "refused"}


def commit_batch(machine: Machine, message: bytes) -> str:
    """Store a batch and log its header, as ingest does; the blob's name."""
    header = batch.decode_message(message)[0]
    name = "log/batch/" + batch.decode_header(header).root.hex()
    machine.store.put([(name, message)])
    with machine.database.write() as connection:
        Sequencer(connection).append(kinds.BATCH, header)
    return name
