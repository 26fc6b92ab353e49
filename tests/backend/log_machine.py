"""A machine that runs a city log and nothing else: a database in a folder, a store, and logs opened over them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import checkpoints
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.log.log_keys import LogKeys
from civicroot_backend.log.sequencer import Sequencer
from civicroot_backend.store.store import BlobStore
from civicroot_wire.note import VerifierKey
from civicroot_wire.sodium import Signer
from sqlalchemy import select

from tests.backend import schema
from tests.backend.engines import Engine
from tests.backend.outside_log import OutsideReader

ORIGIN = "test.example/log"
SIGNER = Signer(bytes(31) + b"\x01")
KEY = VerifierKey(ORIGIN, SIGNER.public)
KEYS = LogKeys.of_one(KEY, SIGNER)


class Machine:
    """`store` may be replaced by one that fails."""

    def __init__(self, folder: Path, engine: Engine, keys: LogKeys = KEYS) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.engine = engine
        self.keys = keys
        self._database_file = folder / "log.db"
        url = f"sqlite:///{self._database_file}"
        schema.lay(url)
        self.database = Database(url)
        self.store: BlobStore = engine.open()

    def log(self) -> CityLog:
        """A log as a new process opens it."""
        made = CityLog(self.database, self.store, self.keys, lambda: 1.0)
        made.recover()
        return made

    def commit(self, *entries: bytes) -> None:
        """Commit entries."""
        with self.database.write() as connection:
            sequencer = Sequencer(connection)
            for entry in entries:
                sequencer.append("statement", entry)

    def notes(self) -> list[bytes]:
        """Every checkpoint that this machine signed."""
        with self.database.read() as connection:
            return list(connection.execute(select(checkpoints.c.note).order_by(checkpoints.c.size)).scalars())

    def outside(self) -> OutsideReader:
        """Somebody who reads what the store holds now."""
        return OutsideReader(self.engine.snapshot().__getitem__, ORIGIN, (SIGNER.public, 0))

    def check(self) -> list[bytes]:
        """The log from outside: its entries, if it is sound and extends all that was ever signed."""
        return self.outside().check(self.notes())

    def saved_database(self) -> bytes:
        """A backup of the database."""
        with self.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return self._database_file.read_bytes()

    def restore_database(self, backup: bytes) -> None:
        """Go back to a backup, as after a restart."""
        self.database.close()
        for leftover in self.folder.glob("log.db-*"):
            leftover.unlink()
        self._database_file.write_bytes(backup)
        self.database = Database(f"sqlite:///{self._database_file}")

    def close(self) -> None:
        """Give everything up."""
        self.database.close()
        self.store.close()


@contextmanager
def running(folder: Path, engine: Engine, keys: LogKeys = KEYS) -> Iterator[Machine]:
    """A machine for the length of the block."""
    made = Machine(folder, engine, keys)
    try:
        yield made
    finally:
        made.close()
