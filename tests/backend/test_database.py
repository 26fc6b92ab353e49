"""The database: migrations make what tables.py says, writers take turns, commits are durable."""

import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from civicroot_backend import completeness
from civicroot_backend.database import tables
from civicroot_backend.database.connection import Database
from civicroot_backend.errors import ConfigurationError
from civicroot_backend.log.sequencer import Sequencer, size
from civicroot_wire import enrolment
from civicroot_wire.sodium import Signer
from sqlalchemy import Engine, MetaData, create_engine, delete, func, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from tests.backend.city import City, signed_record


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


def at_version(url: str, version: str) -> Engine:
    """An engine on a database with the schema as it was at `version`."""
    engine = create_engine(url)
    configuration = Config()
    configuration.set_main_option("script_location", "civicroot_backend.database:migrations")
    with engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, version)
    return engine


def fill_first_version(engine: Engine, city: City, device: Signer, count: int) -> None:
    """What a backend of the first version would have written: two enrolments, a batch, and records that thin."""
    first = MetaData()
    first.reflect(engine)
    listed = [city.enrolment(device, "bin/12", "device", status=(7, city.status_uri))]
    listed += [city.enrolment(city.key(), "gateway/1", "gateway"), b"a header"]
    thinned = [[(10 * seq - 5, 10 * seq - 3)] if seq else None for seq in range(count)]
    encoded = [signed_record(device, 10 * seq, thinned=ranges) for seq, ranges in enumerate(thinned)]
    with engine.begin() as connection:
        for index, (kind, data) in enumerate(zip(("enrolment", "enrolment", "batch"), listed, strict=True)):
            row = {"index": index, "kind": kind, "entry": data, "leaf_hash": bytes([index]) * 32}
            connection.execute(insert(first.tables["log_entries"]), row)
            if kind == "enrolment":
                found = enrolment.decode(data)
                known = {"kid": found.kid, "public": found.public, "subject": found.subject, "role": found.role}
                row = {"log_index": index, "simulated": False, "logged": 0, **known}
                connection.execute(insert(first.tables["enrolments"]), row)
        header = {"log_index": 2, "root": bytes(32), "gateway": bytes(8), "seq": 0, "size": 1, "opened": 0, "closed": 0}
        connection.execute(insert(first.tables["batches"]), header | {"received": 0, "content_digest": bytes(32)})
        fixed = {"kid": device.kid, "content_digest": bytes(32), "log_index": 2}
        rows = [fixed | {"seq": 10 * at, "batch_index": at, "encoded": data} for at, data in enumerate(encoded)]
        connection.execute(insert(first.tables["records"]), rows)


def test_first_version_is_carried_over(tmp_path: Path) -> None:
    """What the new tables say of old entries and records is read from their exact bytes."""
    url, city = f"sqlite:///{tmp_path}/old.db", City(tmp_path / "city")
    device = city.key()
    engine = at_version(url, "0001")
    fill_first_version(engine, city, device, 2500)  # more than the migration holds at once
    with engine.connect() as connection:
        before = connection.execute(text("SELECT position, seq, encoded FROM records ORDER BY position")).all()
    engine.dispose()
    database = Database(url)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
        assert connection.execute(text("SELECT position, seq, encoded FROM records ORDER BY position")).all() == before
        said = connection.execute(select(tables.statements).order_by(tables.statements.c.log_index)).all()
        listed = select(tables.enrolments.c.status_index, tables.enrolments.c.status_uri)
        status = connection.execute(listed.order_by(tables.enrolments.c.log_index)).all()
        thinned = connection.execute(select(tables.thinned.c.kid, tables.thinned.c.first, tables.thinned.c.last)).all()
        account = completeness.of_device(connection, device.kid)
    assert [(row.log_index, row.kid, row.subject, row.issuer, row.detached) for row in said] == [
        (0, city.registrar.kid, "bin/12", "the registrar", False),
        (1, city.registrar.kid, "gateway/1", "the registrar", False),
    ]
    assert status == [(7, city.status_uri), (None, None)]
    assert thinned == [(device.kid, 10 * seq - 5, 10 * seq - 3) for seq in range(1, 2500)]
    assert (account.received.count, account.thinned.count) == (2500, 3 * 2499)
    database.close()


def test_position_is_never_used_twice_after_the_migration(tmp_path: Path) -> None:
    """Projections follow positions: one that came again would never be projected."""
    url, city = f"sqlite:///{tmp_path}/old.db", City(tmp_path / "city")
    engine = at_version(url, "0001")
    fill_first_version(engine, city, city.key(), 10)
    engine.dispose()
    database = Database(url)
    with database.write() as connection:
        connection.execute(delete(tables.records).where(tables.records.c.position == 10))
        row = {"kid": bytes(8), "seq": 0, "content_digest": bytes(32), "log_index": 2, "batch_index": 0}
        connection.execute(insert(tables.records), row)
        assert connection.execute(select(func.max(tables.records.c.position))).scalar_one() == 11
    database.close()


@pytest.mark.parametrize("url", ["", "nothing", "sqlite"])
def test_urls_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        Database(url)
