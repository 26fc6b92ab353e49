"""The log as the C2SP texts describe it, read back from its files by an implementation that shares no code with it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import log_entries
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.log.sequencer import Sequencer
from civicroot_wire import merkle
from civicroot_wire.errors import MalformedError
from sqlalchemy import insert

from tests.backend.engines import Engine
from tests.backend.log_machine import ORIGIN, SIGNER, Machine, running
from tests.backend.outside_log import OutsideReader, tree_hash

SIZES = [1, 2, 3, 255, 256, 257, 300, 511, 512, 700, 70_000]  # after each, a checkpoint; the last needs three levels


def entry(index: int) -> bytes:
    return f"entry {index}".encode() * (1 + index % 3)


def grow(database: Database, log: CityLog, size: int) -> None:
    """Commit entries up to `size` and publish them."""
    with database.write() as connection:
        rows = [
            {"index": index, "leaf_hash": merkle.leaf_hash(entry(index)), "kind": "statement", "entry": entry(index)}
            for index in range(Sequencer(connection).next_index, size)
        ]
        connection.execute(insert(log_entries), rows)
    while log.advance() is not None:
        pass


@pytest.fixture
def machine(tmp_path: Path, engine: Engine) -> Iterator[Machine]:
    with running(tmp_path / "machine", engine) as made:
        yield made


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/log.db")
    yield made
    made.close()


def test_outside_reader_finds_every_published_tree(machine: Machine) -> None:
    log = machine.log()
    for size in SIZES:
        grow(machine.database, log, size)
        content = machine.engine.snapshot()
        reader = OutsideReader(content.__getitem__, ORIGIN, (SIGNER.public, 0))
        head = reader.checkpoint()
        assert head.size == size
        leaves = reader.hashes(0, size)
        assert leaves == [hashlib.sha256(b"\x00" + item).digest() for item in reader.entries(size)]
        assert reader.entries(size) == [entry(index) for index in range(size)]
        assert head.root == tree_hash(leaves)
        for level in (1, 2):
            span = 256**level
            above = [tree_hash(leaves[at : at + span]) for at in range(0, size // span * span, span)]
            assert reader.hashes(level, size) == above


def test_published_tiles_never_change(machine: Machine) -> None:
    log = machine.log()
    seen: dict[str, bytes] = {}
    for size in SIZES[:-1]:
        grow(machine.database, log, size)
        content = machine.engine.snapshot()
        assert content.items() >= seen.items()
        seen = {name: data for name, data in content.items() if name.startswith("log/tile/")}
    assert all(0 < len(data) <= 8192 for name, data in seen.items() if "entries" not in name)


def test_paths_lead_to_the_root_from_every_leaf(machine: Machine) -> None:
    log = machine.log()
    for size in (1, 2, 5, 256, 300, 513):
        grow(machine.database, log, size)
        published = log.published
        assert published is not None
        for index in range(size):
            logged = log.logged(index, published)
            assert logged.entry == entry(index)
            leaf = hashlib.sha256(b"\x00" + logged.entry).digest()
            merkle.verify_inclusion(leaf, index, size, logged.path, published.root)


def test_paths_of_a_newly_opened_log_are_the_same(machine: Machine) -> None:
    """One that has grown knows its newest tiles; one that was opened reads them."""
    log = machine.log()
    for size in (200, 300, 520):
        grow(machine.database, log, size)
    published = log.published
    assert published is not None
    opened = machine.log()
    for index in (0, 199, 255, 256, 299, 511, 519):
        assert opened.logged(index, published).path == log.logged(index, published).path


def test_path_at_an_earlier_checkpoint_leads_to_its_root(machine: Machine) -> None:
    log = machine.log()
    grow(machine.database, log, 300)
    earlier = log.published
    assert earlier is not None
    grow(machine.database, log, 1000)
    logged = log.logged(299, earlier)
    merkle.verify_inclusion(merkle.leaf_hash(logged.entry), 299, 300, logged.path, earlier.root)


def test_the_same_entry_submitted_twice_has_one_index(database: Database) -> None:
    with database.write() as connection:
        sequencer = Sequencer(connection)
        assert [sequencer.append("statement", item) for item in (b"a", b"b", b"a", b"c")] == [0, 1, 0, 2]
    with database.write() as connection:
        assert Sequencer(connection).append("statement", b"b") == 1
        assert Sequencer(connection).append("statement", b"d") == 3


def test_entries_submitted_together_have_the_indices_that_they_would_have_one_by_one(database: Database) -> None:
    entries = [b"%d" % (index % 700) for index in range(1500)]
    with database.write() as connection:
        assert Sequencer(connection).append_all("statement", entries[:3] + entries[:3]) == [0, 1, 2, 0, 1, 2]
        sequencer = Sequencer(connection)
        assert sequencer.append("statement", b"single") == 3
        expected = [index if index < 3 else index + 1 for index in range(700)]
        assert sequencer.append_all("statement", entries) == [expected[index % 700] for index in range(1500)]
        assert sequencer.append_all("statement", []) == []
        assert sequencer.append("statement", b"next") == 701 == Sequencer(connection).next_index - 1
    with database.write() as connection, pytest.raises(MalformedError):
        Sequencer(connection).append_all("statement", [b"good", bytes(65536)])


def test_a_transaction_that_is_undone_gives_its_indices_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        Sequencer(connection).append("statement", b"lost")
        raise ZeroDivisionError
    with database.write() as connection:
        assert Sequencer(connection).append("statement", b"kept") == 0
