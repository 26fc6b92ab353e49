"""Publishing with witnesses: quorum met or not, both rules below it, and a crash at every step between."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from civicroot_backend.announce.announcer import Announcer
from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import publications
from civicroot_backend.errors import DatabaseFailed, LogForked, StoreError
from civicroot_backend.log.below_quorum import PUBLISH
from civicroot_backend.log.cosigning import FIRST_PAUSE, LAST_PAUSE
from civicroot_backend.log.publish import Published
from civicroot_backend.store.store import BlobStore
from civicroot_wire import checkpoint, note
from sqlalchemy import Connection, select

from tests.backend.engines import Engine
from tests.backend.log_machine import ORIGIN
from tests.backend.witness_server import NOW, Reply, WitnessServer, three_witnesses
from tests.backend.witnessed_machine import WitnessedMachine, quorum_of, witnessed
from tests.backend.wrapped_store import WrappedStore


@pytest.fixture
def machine(tmp_path: Path, engine: Engine) -> Iterator[WitnessedMachine]:
    """Three witnesses, two of which are the quorum."""
    with three_witnesses() as witnesses, witnessed(tmp_path / "machine", engine, witnesses) as made:
        yield made


def down(*witnesses: WitnessServer) -> None:
    for witness in witnesses:
        witness.lie = lambda _asked: Reply(500)


def up(*witnesses: WitnessServer) -> None:
    for witness in witnesses:
        witness.lie = None


def cosigned(published: Published | None) -> list[str]:
    assert published is not None
    return [name for name, _ in published.cosigned]


def asked(machine: WitnessedMachine) -> list[int]:
    return [len(witness.requests) for witness in machine.witnesses]


def rows(machine: WitnessedMachine) -> list[tuple[int, bool]]:
    with machine.database.read() as connection:
        found = connection.execute(select(publications.c.size, publications.c.met).order_by(publications.c.id))
        return [(row.size, row.met) for row in found]


def test_a_checkpoint_is_published_with_the_cosignatures_of_the_quorum(machine: WitnessedMachine) -> None:
    log = machine.log()
    for entries in ([b"a"], [b"b", b"c"]):
        machine.commit(*entries)
        published = log.advance()
        assert published is not None
        assert published.met
        assert len(published.cosigned) >= 2
        assert machine.checkpoint() == published.note.encode()
        assert log.witnessed is published
        assert len(machine.quorum.counted(published.note, published.size)) == len(published.cosigned)
    assert machine.check() == [b"a", b"b", b"c"]
    assert rows(machine) == [(1, True), (3, True)]
    # A new process knows all of it, and asks nobody.
    before = asked(machine)
    again = machine.log()
    assert (again.published, again.witnessed) == (published, published)
    assert again.advance() is None
    assert asked(machine) == before


def test_witnesses_see_only_what_is_recorded(machine: WitnessedMachine) -> None:
    machine.commit(b"a")
    seen: list[int] = []
    first = machine.witnesses[0]

    def look(asked: object) -> Reply:
        seen.append(len(machine.notes()))
        assert machine.checkpoint() is None, "published before the witnesses answered"
        return Reply(500)

    first.lie = look
    assert machine.log().advance() is not None
    assert seen == [1]


def test_below_the_quorum_nothing_is_published_until_it_is_met(machine: WitnessedMachine) -> None:
    log = machine.log()
    machine.commit(b"a")
    log.advance()
    old = machine.checkpoint()
    down(*machine.witnesses[1:])
    machine.commit(b"b")
    assert log.advance() is None
    assert machine.checkpoint() == old
    assert log.waiting is not None
    assert log.waiting.size == 2
    # Entries are committed meanwhile, and nobody is asked before it is time.
    machine.commit(b"c")
    before = asked(machine)
    assert log.again_in == FIRST_PAUSE
    assert log.advance() is None
    assert asked(machine) == before
    # Then again and again, less and less often; the one that cosigned is not asked again.
    for _ in range(10):
        machine.later()
        assert log.advance() is None
    assert log.again_in == LAST_PAUSE
    assert asked(machine)[0] == before[0]
    up(machine.witnesses[2])
    machine.later()
    assert cosigned(log.advance()) == ["w1.example", "w3.example"]
    assert log.published is not None
    assert log.published.size == 2, "what was signed first is published first"
    assert cosigned(log.advance()) == ["w1.example", "w3.example"]
    assert machine.check() == [b"a", b"b", b"c"]
    assert log.again_in is None
    assert rows(machine) == [(1, True), (2, True), (3, True)]


def test_published_below_the_quorum_where_allowed_and_raised_later(machine: WitnessedMachine) -> None:
    machine.below = PUBLISH
    down(*machine.witnesses[1:])
    log = machine.log()
    machine.commit(b"a")
    published = log.advance()
    assert cosigned(published) == ["w1.example"]
    assert published is not None
    assert (published.met, published.quorum) == (False, 2)
    assert machine.checkpoint() == published.note.encode()
    assert log.witnessed is None
    # Nothing new: nothing is published again, however often they are asked.
    machine.later()
    assert log.advance() is None
    assert log.again_in is not None
    # A later answer raises the same checkpoint.
    up(machine.witnesses[1])
    machine.later()
    raised = log.advance()
    assert cosigned(raised) == ["w1.example", "w2.example"]
    assert raised is not None
    assert (raised.size, raised.root, raised.met) == (published.size, published.root, True)
    assert machine.checkpoint() == raised.note.encode()
    assert log.witnessed == raised
    assert log.again_in is None
    assert rows(machine) == [(1, False), (1, True)]


def test_below_the_quorum_the_log_goes_on_and_the_last_witnessed_stays(machine: WitnessedMachine) -> None:
    machine.below = PUBLISH
    log = machine.log()
    machine.commit(b"a")
    first = log.advance()
    down(*machine.witnesses)
    machine.commit(b"b")
    second = log.advance()
    assert cosigned(second) == []
    for opened in (log, machine.log()):
        assert opened.published == second
        assert opened.witnessed == first
        assert opened.covering(0) == first, "a proof is made at a checkpoint that met the quorum, if it can be"
        assert opened.covering(1) == second
        assert opened.covering(2) is None
    up(*machine.witnesses)
    machine.commit(b"c")
    third = log.advance()
    assert third is not None
    assert third.met
    assert log.witnessed == third
    assert machine.check() == [b"a", b"b", b"c"]


def test_gateways_are_told_only_of_checkpoints_that_met_the_quorum(machine: WitnessedMachine) -> None:
    machine.below = PUBLISH
    down(*machine.witnesses)
    log = machine.log()
    announcer = Announcer(machine.database, log, lambda: 0.0)
    machine.commit(b"a")
    assert log.advance() is not None
    assert announcer.next() is None
    assert announcer._told is None
    up(*machine.witnesses)
    machine.later()
    raised = log.advance()
    assert announcer.next() is None  # there is no gateway, but now there is something to tell
    assert announcer._told == raised


def test_without_any_witness_to_ask_it_says_that_nobody_cosigned(tmp_path: Path, engine: Engine) -> None:
    with three_witnesses() as witnesses, witnessed(tmp_path / "machine", engine, []) as machine:
        machine.quorum = quorum_of(witnesses, 2)
        machine.below = PUBLISH
        machine.commit(b"a")
        published = machine.log().advance()
        assert published is not None
        assert (published.met, published.cosigned) == (False, ())


def test_a_quorum_of_none_takes_what_cosignatures_there_are(tmp_path: Path, engine: Engine) -> None:
    with three_witnesses() as witnesses, witnessed(tmp_path / "machine", engine, witnesses, 0) as machine:
        machine.commit(b"a")
        down(*witnesses)
        log = machine.log()
        published = log.advance()
        assert published is not None
        assert (published.met, log.witnessed) == (True, published)


def test_a_policy_that_asks_for_more_raises_what_is_published(machine: WitnessedMachine) -> None:
    down(machine.witnesses[2])
    log = machine.log()
    machine.commit(b"a")
    published = log.advance()
    assert published is not None
    up(machine.witnesses[2])
    machine.quorum = quorum_of(machine.witnesses, 3)
    stricter = machine.log()
    assert stricter.published is not None
    assert not stricter.published.met
    assert stricter.witnessed is None
    assert cosigned(stricter.advance()) == ["w1.example", "w2.example", "w3.example"]
    assert stricter.witnessed == stricter.published


def test_a_note_with_cosignatures_that_was_never_recorded_is_another_writers(machine: WitnessedMachine) -> None:
    log = machine.log()
    machine.commit(b"a")
    published = log.advance()
    assert published is not None
    lines = note.parse(published.note)
    lines.lines.pop()
    machine.store.swap("log/checkpoint", published.note.encode(), note.render(lines).encode())
    with pytest.raises(LogForked, match="not in the database"):
        machine.log()


def test_one_lying_witness_neither_stops_nor_spoils_the_log(machine: WitnessedMachine) -> None:
    liar = machine.witnesses[0]
    liar.lie = lambda _asked: Reply(409, b"999999\n")
    log = machine.log()
    machine.commit(b"a")
    assert cosigned(log.advance()) == ["w2.example", "w3.example"]
    assert [item.alarm is not None for item in machine.panels[0].standings()] == [True, False, False]


# A crash at every step

COSIGN, SWAP = "the cosignatures are recorded", "the store publishes"
BEFORE, AFTER = "failed before", "happened, and the answer was lost"


class Fault:
    """Fails one step, once, when `armed`."""

    def __init__(self) -> None:
        self.armed: tuple[str, str] | None = None
        self.rows = 0  # that were there before

    def strike(self, step: str, how: str) -> bool:
        if self.armed != (step, how):
            return False
        self.armed = None
        return True


class FailingStore(WrappedStore):
    def __init__(self, inner: BlobStore, fault: Fault) -> None:
        super().__init__(inner)
        self._fault = fault

    def swap(self, name: str, expected: bytes | None, content: bytes) -> None:
        if self._fault.strike(SWAP, BEFORE):
            raise StoreError("injected")
        super().swap(name, expected, content)
        if self._fault.strike(SWAP, AFTER):
            raise StoreError("injected")


@pytest.fixture
def fault(machine: WitnessedMachine, monkeypatch: pytest.MonkeyPatch) -> Fault:
    made = Fault()
    write = Database.write

    @contextmanager
    def failing(self: Database) -> Iterator[Connection]:
        with write(self) as connection:
            yield connection
            happens = len(connection.execute(select(publications.c.id)).all()) > made.rows
            if happens and made.strike(COSIGN, BEFORE):
                raise DatabaseFailed("injected")
        if happens and made.strike(COSIGN, AFTER):
            raise DatabaseFailed("injected")

    monkeypatch.setattr(Database, "write", failing)
    machine.store = FailingStore(machine.store, made)
    return made


STEPS = [(step, how) for step in (COSIGN, SWAP) for how in (BEFORE, AFTER)]


@pytest.mark.parametrize("again", ["the same process", "a new process"])
@pytest.mark.parametrize(("step", "how"), STEPS)
def test_recovery_publishes_what_was_recorded_and_asks_only_for_what_was_not(
    machine: WitnessedMachine, fault: Fault, step: str, how: str, again: str
) -> None:
    log = machine.log()
    machine.commit(b"a")
    fault.armed = (step, how)
    with pytest.raises((StoreError, DatabaseFailed), match="injected"):
        log.advance()
    recorded = (step, how) != (COSIGN, BEFORE)
    assert rows(machine) == ([(1, True)] if recorded else [])
    if recorded:
        down(*machine.witnesses)  # they are not needed any more
    if again == "a new process":
        log = machine.log()
    else:
        log.advance()
    published = log.published
    assert published is not None
    assert (published.size, published.met) == (1, True)
    assert machine.checkpoint() == published.note.encode()
    assert rows(machine) == [(1, True)]
    if recorded:
        assert max(asked(machine)) == 1, "nobody again; a witness beyond the quorum may still be at its first answer"
    assert len(machine.notes()) == 1, "the tree was signed once"
    up(*machine.witnesses)
    machine.commit(b"b")
    assert log.advance() is not None
    assert machine.check() == [b"a", b"b"]


@pytest.mark.parametrize("again", ["the same process", "a new process"])
@pytest.mark.parametrize(("step", "how"), STEPS)
def test_raising_to_the_quorum_is_recovered_from(
    machine: WitnessedMachine, fault: Fault, step: str, how: str, again: str
) -> None:
    machine.below = PUBLISH
    down(*machine.witnesses[1:])
    log = machine.log()
    machine.commit(b"a")
    assert log.advance() is not None
    fault.rows = len(rows(machine))
    up(*machine.witnesses)
    machine.later()
    fault.armed = (step, how)
    with pytest.raises((StoreError, DatabaseFailed), match="injected"):
        log.advance()
    if again == "a new process":
        log = machine.log()
    for _ in range(2):
        machine.later()
        log.advance()
    assert log.published is not None
    assert log.published.met
    assert log.witnessed == log.published
    assert machine.checkpoint() == log.published.note.encode()
    assert rows(machine) == [(1, False), (1, True)]


def test_signed_and_not_cosigned_the_same_size_is_asked_for_again(machine: WitnessedMachine) -> None:
    """The process ended while the witnesses were asked; some had cosigned already."""
    down(*machine.witnesses[1:])
    log = machine.log()
    machine.commit(b"a")
    assert log.advance() is None  # w1 has cosigned size 1, and nobody knows of it but w1
    machine.commit(b"b", b"c")
    up(*machine.witnesses)
    restarted = machine.log()
    assert restarted.published is not None
    assert (restarted.published.size, restarted.published.met) == (1, True)
    assert [item.size for item in machine.witnesses[0].requests] == [1, 1, 1]  # by way of the size that it says
    assert restarted.advance() is not None
    assert machine.check() == [b"a", b"b", b"c"]


def test_waiting_survives_a_restart_and_signs_nothing_beyond(machine: WitnessedMachine) -> None:
    down(*machine.witnesses)
    machine.commit(b"a")
    log = machine.log()
    assert log.advance() is None
    machine.commit(b"b")
    restarted = machine.log()
    assert restarted.waiting is not None
    assert restarted.waiting.size == 1
    machine.later()
    assert restarted.advance() is None
    assert len(machine.notes()) == 1
    assert machine.checkpoint() is None


def test_closing_below_the_quorum_publishes_nothing(machine: WitnessedMachine) -> None:
    machine.below = PUBLISH
    log = machine.log()
    machine.commit(b"a")
    machine.panels[0].close()
    assert log.advance() is None
    assert machine.checkpoint() is None


def test_every_note_that_is_published_is_a_note_of_the_log_for_others(machine: WitnessedMachine) -> None:
    log = machine.log()
    machine.commit(b"a")
    published = log.advance()
    assert published is not None
    found = note.parse(published.note)
    assert checkpoint.parse_body(found.body).origin == ORIGIN
    assert found.lines[0].name == ORIGIN
    assert dict(published.cosigned) == {line.name: NOW for line in found.lines[1:]}
