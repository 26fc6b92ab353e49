"""The database: migrations make what tables.py says, writers take turns, commits are durable."""

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from civicroot_backend.database import tables
from civicroot_backend.database.connection import Database
from civicroot_backend.errors import ConfigurationError
from civicroot_backend.log.sequencer import Sequencer, size
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path}/test.db")


def test_migrations_make_the_tables(database: Database) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*tables.metadata.tables, "alembic_version"}
    database.close()


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        database = Database(f"sqlite:///{tmp_path}/test.db")
        with database.write() as connection:
            Sequencer(connection).append("statement", b"x")
            assert size(connection) == 1
        database.close()


def test_commits_survive_power_cuts_and_references_are_checked(database: Database) -> None:
    with database.read() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(tables.dispositions.insert(), {"log_index": 7, "batch_index": 0, "status": "rejected"})
    database.close()


def test_writers_in_many_threads_take_turns(database: Database) -> None:
    def write(number: int) -> None:
        for at in range(25):
            with database.write() as connection:
                Sequencer(connection).append("statement", b"%d-%d" % (number, at))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        indices = connection.execute(select(tables.log_entries.c.index).order_by(tables.log_entries.c.index)).scalars()
        assert list(indices) == list(range(100))
    database.close()


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    with database.read() as reader:
        assert size(reader) == 0
        with database.write() as connection:
            Sequencer(connection).append("statement", b"x")
        assert size(reader) == 0
    with database.read() as reader:
        assert size(reader) == 1
    database.close()


@pytest.mark.parametrize("url", ["", "nothing", "sqlite"])
def test_urls_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        Database(url)
