"""Connections and transactions: one writer at a time, readers beside it.

Log indices and record positions must appear in the order in which they are given out: whoever reads up to a number must
never find a smaller one later. So writers are serialised: on SQLite by BEGIN IMMEDIATE, on PostgreSQL by an advisory
lock that ends with the transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from civicroot_backend.errors import ConfigurationError, NotErased

BUSY_MILLISECONDS = 30_000  # how long a writer waits for another process's transaction
WRITER_LOCK = 0x63697669  # "civi": PostgreSQL's advisory lock of whoever gives out indices
_WRITES = "civicroot_writes"


class Database:
    """An engine with its schema at the newest version. Its threads may use it at the same time."""

    def __init__(self, url: str) -> None:
        """Connect and migrate. Raises ConfigurationError for a URL that is none."""
        try:
            self.engine = create_engine(make_url(url))
        except ArgumentError as error:
            raise ConfigurationError(f"database URL: {error}") from error
        self._sqlite = self.engine.dialect.name == "sqlite"
        if self._sqlite:
            _prepare_sqlite(self.engine)
        # SQLite's writers sleep and try again, some for seconds when many write; those of one process take turns.
        self._turn = Lock()
        self._writer = self.engine.execution_options(**{_WRITES: True})
        self._migrate()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and writes nothing."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The only writing transaction; durable when the block ends, undone when it raises."""
        with self._turn, self._writer.begin() as connection:
            if not self._sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
            yield connection

    def erase_deleted(self) -> None:
        """Leave nothing of what was deleted in the write-ahead log. Raises NotErased if a reader takes too long.

        On SQLite; the log's pages are otherwise overwritten when it is used again. A PostgreSQL keeps old versions of
        rows until its VACUUM, and its log as long as its administrator says.
        """
        if not self._sqlite:
            return
        connection = self.engine.raw_connection()
        try:
            (busy, *_) = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.close()
        if busy:
            raise NotErased("deleted, but the database is too busy to erase it from its log; run it again")

    def close(self) -> None:
        """Give up the connections."""
        self.engine.dispose()

    def _migrate(self) -> None:
        configuration = Config()
        configuration.set_main_option("script_location", "civicroot_backend.database:migrations")
        with self.write() as connection:
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver would begin transactions by itself, and too late
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {BUSY_MILLISECONDS}",
            "journal_mode = WAL",
            "synchronous = FULL",  # a commit survives a power cut
            "foreign_keys = ON",
            "secure_delete = ON",  # a citizen's card that is deleted is overwritten
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
