"""Each durable step fails before it happened, or it happened and the answer was lost; recovery starts from the truth.

The steps of publishing a group: entries and tiles are put, the checkpoint is recorded, the store publishes it. The
table says how far the log has got when a step failed; from there the same process and a new one go the same way.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from civicroot_backend.database.connection import Database
from civicroot_backend.errors import DatabaseFailed, StoreError
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.store.store import BlobStore
from sqlalchemy import Connection

from tests.backend.engines import Engine
from tests.backend.log_machine import Machine, running
from tests.backend.wrapped_store import WrappedStore

BEFORE, HALF, AFTER = "failed before it was written", "was written in part", "was written but the answer was lost"
INTEGRATE, RECORD, PUBLISH = "integrate", "record", "publish"
OLD, NEW = 3, 300  # sizes: of what is published before, of what is committed when the step fails

# (step, how it fails): the size that is published, and the largest that is signed, before anything is recovered.
TABLE = {
    (INTEGRATE, BEFORE): (OLD, OLD),
    (INTEGRATE, HALF): (OLD, OLD),
    (INTEGRATE, AFTER): (OLD, OLD),
    (RECORD, BEFORE): (OLD, OLD),
    (RECORD, AFTER): (OLD, NEW),
    (PUBLISH, BEFORE): (OLD, NEW),
    (PUBLISH, AFTER): (NEW, NEW),
}


class Fault:
    """Fails one step, once, when `armed`."""

    def __init__(self) -> None:
        self.armed: tuple[str, str] | None = None

    def strike(self, step: str, how: str) -> bool:
        """Whether it fails now."""
        if self.armed != (step, how):
            return False
        self.armed = None
        return True


class FailingStore(WrappedStore):
    """A store whose put or swap fails as the fault says."""

    def __init__(self, inner: BlobStore, fault: Fault) -> None:
        super().__init__(inner)
        self._fault = fault

    def put(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        listed = list(blobs)
        if self._fault.strike(INTEGRATE, BEFORE):
            raise StoreError("injected")
        if self._fault.strike(INTEGRATE, HALF):
            super().put(listed[: len(listed) // 2])
            raise StoreError("injected")
        super().put(listed)
        if self._fault.strike(INTEGRATE, AFTER):
            raise StoreError("injected")

    def swap(self, name: str, expected: bytes | None, content: bytes) -> None:
        if self._fault.strike(PUBLISH, BEFORE):
            raise StoreError("injected")
        super().swap(name, expected, content)
        if self._fault.strike(PUBLISH, AFTER):
            raise StoreError("injected")


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> Fault:
    """A fault that also reaches the database."""
    made = Fault()
    write = Database.write

    @contextmanager
    def failing(self: Database) -> Iterator[Connection]:
        with write(self) as connection:
            yield connection
            if made.strike(RECORD, BEFORE):
                raise DatabaseFailed("injected")
        if made.strike(RECORD, AFTER):
            raise DatabaseFailed("injected")

    monkeypatch.setattr(Database, "write", failing)
    return made


@pytest.fixture
def machine(tmp_path: Path, engine: Engine, fault: Fault) -> Iterator[Machine]:
    with running(tmp_path / "machine", engine) as made:
        made.store = FailingStore(made.store, fault)
        yield made


def entries(first: int, end: int) -> list[bytes]:
    return [b"entry %d" % index for index in range(first, end)]


@pytest.mark.parametrize("again", ["the same process", "a new process"])
@pytest.mark.parametrize(("step", "how"), TABLE)
def test_recovery_goes_on_from_what_is_durable(machine: Machine, fault: Fault, step: str, how: str, again: str) -> None:
    # 1. Something is published, more is committed, and the step fails.
    log = failed(machine, fault, step, how)
    # 2. What an outsider sees, and what is signed, is what the table says; all of it is one tree.
    published, signed = TABLE[step, how]
    assert machine.outside().checkpoint().size == published
    assert machine.outside().open(machine.notes()[-1]).size == signed
    assert machine.outside().check(machine.notes()[: 1 if published == OLD else None]) == entries(0, published)
    # 3. Meanwhile another entry is committed. The next attempt recovers first, and publishes what was signed.
    machine.commit(b"later")
    if again == "a new process":
        log = machine.log()
        assert log.published is not None
        assert log.published.size == signed
    else:
        first = log.advance()
        assert first is not None
        assert first.size == (NEW if signed == NEW else NEW + 1)
    # 4. Then it goes on to the end, as if nothing had been.
    while log.advance() is not None:
        pass
    assert machine.check() == [*entries(0, NEW), b"later"]
    assert sizes(machine) == ([OLD, NEW, NEW + 1] if signed == NEW else [OLD, NEW + 1])


@pytest.mark.parametrize(("step", "how"), [key for key in TABLE if key[1] != HALF])
def test_failing_while_recovering_is_recovered_from(machine: Machine, fault: Fault, step: str, how: str) -> None:
    for wounded in (RECORD, AFTER), (PUBLISH, BEFORE):
        log = failed(machine, fault, *wounded)
        fault.armed = (step, how)
        for _ in range(4):
            try:
                if log.advance() is None:
                    break
            except (StoreError, DatabaseFailed):
                continue
        else:
            pytest.fail("it does not come to an end")
        fault.armed = None  # what is recorded is not recorded again
        machine.check()
        assert machine.outside().checkpoint().size == machine.outside().open(machine.notes()[-1]).size


def test_the_first_checkpoint_may_fail_at_every_step_too(machine: Machine, fault: Fault) -> None:
    machine.commit(b"first")
    log = machine.log()
    for step, how in TABLE:
        fault.armed = (step, how)
        try:
            log.advance()
        except (StoreError, DatabaseFailed):
            continue
    fault.armed = None
    log.advance()
    assert machine.check() == [b"first"]
    assert sizes(machine) == [1]


def failed(machine: Machine, fault: Fault, step: str, how: str) -> CityLog:
    """A log that has just failed to publish more entries."""
    before = len(machine.check()) if machine.notes() else 0
    log = machine.log()
    if before == 0:
        machine.commit(*entries(0, OLD))
        log.advance()
        before = OLD
    machine.commit(*(entries(before, NEW) if before == OLD else [b"more %d" % before]))
    fault.armed = (step, how)
    with pytest.raises((StoreError, DatabaseFailed), match="injected"):
        log.advance()
    assert fault.armed is None
    return log


def sizes(machine: Machine) -> list[int]:
    """Of everything that was signed."""
    return [machine.outside().open(note).size for note in machine.notes()]
