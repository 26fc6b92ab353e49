"""Crashes at chosen points: every durable step of a backend counts, and one of them raises instead.

What was done before the crash stays done, what comes after is never done, and the next backend starts on what is left:
as after SIGKILL, but at every point in turn.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from civicroot_backend import service
from civicroot_backend.database.connection import Database
from civicroot_backend.store.open import open_store
from civicroot_backend.store.store import BlobStore
from civicroot_backend.telemetry.duckdb_store import DuckDbStore
from civicroot_backend.telemetry.store import Appended, Reading
from sqlalchemy import Connection

from tests.backend.wrapped_store import WrappedStore


class Crash(BaseException):
    """The process ended here. Not an Exception: nothing may handle it."""


class Steps:
    """Counts durable steps and crashes at number `fatal`; `seen` names those that were reached."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.fatal: int | None = None

    def reach(self, name: str) -> None:
        self.seen.append(name)
        if len(self.seen) == self.fatal:
            raise Crash(name)


class CrashingStore(WrappedStore):
    """A store that may crash before, between and after what it makes durable."""

    def __init__(self, store: BlobStore, steps: Steps) -> None:
        super().__init__(store)
        self._steps = steps

    def put(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        super().put(self._counted(blobs))
        self._steps.reach("after put")

    def swap(self, name: str, expected: bytes | None, content: bytes) -> None:
        self._steps.reach("before swap")
        super().swap(name, expected, content)
        self._steps.reach("after swap")

    def delete(self, names: Iterable[str]) -> None:
        for name in names:
            self._steps.reach("before delete")
            super().delete([name])
        self._steps.reach("after delete")

    def _counted(self, blobs: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
        for name, content in blobs:
            self._steps.reach(f"before blob {name.partition('/')[2].partition('/')[0]}")
            yield name, content


def install(monkeypatch: pytest.MonkeyPatch, steps: Steps) -> None:
    """Make every backend that is opened from now on count its durable steps."""
    write, append = Database.write, DuckDbStore.append

    @contextmanager
    def crashing_write(self: Database) -> Iterator[Connection]:
        with write(self) as connection:
            yield connection
            steps.reach("before commit")
        steps.reach("after commit")

    def crashing_append(self: DuckDbStore, readings: list[Reading], cursor: int) -> Appended:
        steps.reach("before append")
        appended = append(self, readings, cursor)
        steps.reach("after append")
        return appended

    monkeypatch.setattr(Database, "write", crashing_write)
    monkeypatch.setattr(DuckDbStore, "append", crashing_append)
    monkeypatch.setattr(service, "open_store", lambda url: CrashingStore(open_store(url), steps))
