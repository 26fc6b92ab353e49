"""The audit trail: written with what it is about, chained, in the city log by hash alone; every change of it shows."""

import dataclasses
import json
from collections.abc import Callable, Iterator

import pytest
from civicroot_backend import keyfile
from civicroot_backend.audit_trail import batch, batches, publisher, trail, verifying
from civicroot_backend.audit_trail.act import Act, Actor
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.audit_trail.publisher import BATCH_SECONDS, RETRY_SECONDS
from civicroot_backend.audit_trail.row import START, Row
from civicroot_backend.audit_trail.verifying import Result
from civicroot_backend.entries.organisation import Author
from civicroot_backend.errors import BackendError
from civicroot_backend.log import sequencer
from civicroot_backend.service import Backend
from civicroot_cli.main import main
from civicroot_wire import cbor, statement
from civicroot_wire.sodium import Signer
from sqlalchemy import Connection, text

from tests.backend.city import City

ISSUER = "organisation/city"
KEY_FILE = "organisation.key"


class Hall:
    """A city whose organisation signs batches; `actions` of somebody fill the trail."""

    def __init__(self, city: City, backend: Backend, signer: Signer) -> None:
        self.city, self.backend, self.signer = city, backend, signer

    def act(self, number: int = 1, name: str = "mina.lee") -> None:
        """So many rows, in a transaction each."""
        for at in range(number):
            with self.backend.database.write() as connection:
                Act(connection, self.city.now, Actor(1, name)).record(Action.ROLES_CHANGED, f"account/{at}", note="x")

    def batch(self) -> int:
        """Time goes by, and what is due is logged."""
        self.city.now += BATCH_SECONDS
        return self.backend.batch_trail()

    def logged(self) -> dict[int, bytes]:
        """Statements about the trail in the log."""
        with self.backend.database.read() as connection:
            entries = sequencer.entries(connection, 0, sequencer.size(connection))
        return verifying.about_trail(enumerate(entries))

    def verify(self, logged: dict[int, bytes] | None = None) -> Result:
        """What the command finds."""
        with self.backend.database.read() as connection:
            return verifying.verify(connection, self.city.realm, {ISSUER}, self.logged() if logged is None else logged)

    def change(self, query: str) -> None:
        """What somebody with the database's file does."""
        with self.backend.database.write() as connection:
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            connection.execute(text(query))


@pytest.fixture
def hall(city: City) -> Iterator[Hall]:
    """The key is enrolled."""
    signer = city.key()
    keyfile.create(city.folder / KEY_FILE, signer)
    with city.backend(organisation_key_file=city.folder / KEY_FILE) as backend:
        backend.submit(city.enrolment(signer, ISSUER, statement.ROLE))
        yield Hall(city, backend, signer)


def test_what_is_undone_leaves_no_row_and_what_is_done_leaves_one(hall: Hall) -> None:
    def fail(connection: Connection) -> None:
        Act(connection, 1, Actor(1, "x")).record(Action.INVITED, "account/1")
        raise BackendError("it does not work")

    with pytest.raises(BackendError), hall.backend.database.write() as connection:
        fail(connection)
    hall.act(2)
    with hall.backend.database.read() as connection:
        assert [row.position for row, _ in trail.rows(connection)] == [0, 1]


def test_the_chain_is_what_its_description_says() -> None:
    row = Row(0, 5, None, "command line", "invited", "city", "account/1", "{}")
    import hashlib  # noqa: PLC0415

    fields = [0, 5, None, "command line", "invited", "city", "account/1", "{}"]
    assert row.chain(START) == hashlib.sha256(bytes(32) + cbor.encode(fields)).digest()
    for change in ({"position": 1}, {"time": 6}, {"actor": 0}, {"name": ""}, {"action": "x"}, {"detail": "{} "}):
        assert dataclasses.replace(row, **change).chain(START) != row.chain(START)
    assert row.chain(bytes([1]) * 32) != row.chain(START)


def test_rows_go_to_the_log_in_batches_as_hashes_alone(hall: Hall) -> None:
    hall.act(3)
    assert hall.backend.batch_trail() == 0, "rows wait for others"
    assert hall.batch() == 1
    assert hall.batch() == 0
    hall.act(1, "somebody else")
    assert hall.batch() == 1
    ((_, first), (_, second)) = sorted(hall.logged().items())
    found = statement.decode(first)
    assert (found.claims.typ, found.claims.issuer, found.claims.subject) == (
        "application/vnd.civicroot.audit-trail",
        ISSUER,
        "trail/0-3",
    )
    assert statement.decode(second).claims.subject == "trail/3-4"
    assert found.detached
    headers = found.message.headers
    assert headers[statement.PAYLOAD_HASH_ALG] == statement.SHA_256
    assert headers[statement.PREIMAGE_CONTENT_TYPE] == "application/cbor"
    assert headers[statement.PAYLOAD_LOCATION] == f"{hall.city.config.public_url}/api/v1/districts/city/audit-trail"
    for entry in (first, second):
        for said in (b"mina.lee", b"somebody", b"account/", b"roles-changed"):
            assert said not in entry
    assert hall.verify() == Result(4, 2, 4, [])


def test_the_same_deeds_are_another_hash_with_another_salt() -> None:
    one = batch.Batch(0, 1, START, bytes(32), bytes(32))
    assert one.digest("a.example") != dataclasses.replace(one, salt=bytes([1]) * 32).digest("a.example")
    assert one.digest("a.example") != one.digest("b.example")


def test_a_full_batch_does_not_wait(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "MOST_ROWS", 4)
    hall.act(9)
    assert hall.backend.batch_trail() == 2
    assert hall.verify() == Result(9, 2, 8, [])


def drop_batch(hall: Hall) -> None:
    hall.change("DELETE FROM audit_batches WHERE first = 3")


CHANGES: dict[str, tuple[str | Callable[[Hall], None], str]] = {
    "another word": ("UPDATE audit_trail SET detail = '{}' WHERE position = 1", "row 1, or one before it, is not what"),
    "another name": ("UPDATE audit_trail SET name = 'kim' WHERE position = 4", "row 4, or one before it, is not what"),
    "another hash": ("UPDATE audit_trail SET chain = zeroblob(32) WHERE position = 2", "row 2, or one before it"),
    "a row less": ("DELETE FROM audit_trail WHERE position = 1", "rows 1 to 1 are missing"),
    "the last row less": ("DELETE FROM audit_trail WHERE position = 5", "rows 3 to 5 has rows that are missing"),
    "another salt": ("UPDATE audit_batches SET salt = zeroblob(32) WHERE first = 3", "is not what its statement says"),
    "a batch less": (drop_batch, "is about rows that the database has lost"),
    "another place": ("UPDATE audit_batches SET log_index = 0 WHERE first = 0", "is not at 0 in the public log"),
    "a batch over less": ("UPDATE audit_batches SET first = 4 WHERE first = 3", "rows 3 to 3 are in no batch"),
}


@pytest.mark.parametrize(("change", "says"), CHANGES.values(), ids=CHANGES)
def test_every_change_shows(hall: Hall, change: str | Callable[[Hall], None], says: str) -> None:
    for _ in range(2):
        hall.act(3)
        assert hall.batch() == 1
    assert hall.verify().findings == []
    if callable(change):
        change(hall)
    else:
        hall.change(change)
    findings = hall.verify().findings
    assert any(says in finding for finding in findings), findings


def test_a_chain_that_was_made_anew_is_not_the_one_in_the_log(hall: Hall) -> None:
    """Somebody who rewrites a row, all hashes after it, and the batches: the log has the old ones."""
    hall.act(4)
    hall.batch()
    before = hall.logged()
    with hall.backend.database.write() as connection:
        connection.execute(text("UPDATE audit_trail SET name = 'kim' WHERE position = 1"))
        chain = START
        for row, _ in list(trail.rows(connection)):
            chain = row.chain(chain)
            connection.execute(
                text("UPDATE audit_trail SET chain = :chain WHERE position = :at"), {"chain": chain, "at": row.position}
            )
    assert hall.verify().findings == ["the batch of rows 0 to 3 is not what its statement says"]
    author = Author(hall.signer, ISSUER, hall.city.realm)
    with hall.backend.database.write() as connection:
        forged = batch.sign(author, batches.cut(connection, 0, 4, bytes(32)), "https://x.example")
        connection.execute(text("UPDATE audit_batches SET salt = zeroblob(32), statement = :to"), {"to": forged})
    (index,) = before
    assert hall.verify().findings == [f"the batch of rows 0 to 3 is not at {index} in the public log"]


def test_a_statement_of_somebody_else_is_none_of_the_city(hall: Hall) -> None:
    hall.act(1)
    hall.batch()
    stranger = hall.city.enrolled(hall.backend, "organisation/fund", statement.ROLE)
    author = Author(stranger, "organisation/fund", hall.city.realm)
    hall.backend.submit(batch.sign(author, batch.Batch(5, 6, START, START, bytes(32)), "x"))
    assert hall.verify().findings == []
    with hall.backend.database.read() as connection:
        result = verifying.verify(connection, hall.city.realm, {"organisation/fund"}, hall.logged())
    assert [finding.rpartition(" by ")[2] for finding in result.findings if " by " in finding] == [
        "organisation/city, who does not speak for the city"
    ]
    assert any("database has lost" in finding for finding in result.findings)


def test_until_the_key_is_enrolled_batches_wait(city: City) -> None:
    signer = city.key()
    keyfile.create(city.folder / KEY_FILE, signer)
    with city.backend(organisation_key_file=city.folder / KEY_FILE) as backend:
        hall = Hall(city, backend, signer)
        hall.act(2)
        assert hall.batch() == 0
        backend.submit(city.enrolment(signer, ISSUER, statement.ROLE))
        assert backend.batch_trail() == 0, "not before some minutes"
        city.now += RETRY_SECONDS
        assert backend.batch_trail() == 1
        assert hall.verify() == Result(2, 1, 2, [])


def test_what_was_signed_before_a_crash_is_logged_once_after_it(city: City) -> None:
    signer = city.key()
    keyfile.create(city.folder / KEY_FILE, signer)
    key = {"organisation_key_file": city.folder / KEY_FILE}
    with city.backend(**key) as backend:
        backend.submit(city.enrolment(signer, ISSUER, statement.ROLE))
        hall = Hall(city, backend, signer)
        hall.act(2)
        author = Author(signer, ISSUER, city.realm)
        with backend.database.write() as connection:
            made = batches.cut(connection, 0, 10, bytes(32))
            batches.keep(connection, made, batch.sign(author, made, "x"))
        # Here it crashes: once before the log has it, and once after.
        with backend.database.read() as connection:
            kept = batches.unlogged(connection)
        assert kept is not None
        backend.submit(kept.statement)
    with city.backend(**key) as backend:
        hall = Hall(city, backend, signer)
        assert backend.batch_trail() == 1
        assert hall.verify() == Result(2, 1, 2, [])
        assert len(hall.logged()) == 1


def test_what_a_withdrawn_key_signed_is_signed_by_its_successor(city: City) -> None:
    old, new = city.key(), city.key()
    keyfile.create(city.folder / KEY_FILE, old)
    keyfile.create(city.folder / "new.key", new)
    with city.backend(organisation_key_file=city.folder / KEY_FILE) as backend:
        backend.submit(city.enrolment(old, ISSUER, statement.ROLE))
        hall = Hall(city, backend, old)
        hall.act(2)
        backend.submit(city.revocation(old, ISSUER))
        assert hall.batch() == 0
    with city.backend(organisation_key_file=city.folder / "new.key") as backend:
        backend.submit(city.enrolment(new, ISSUER, statement.ROLE))
        hall = Hall(city, backend, new)
        assert hall.batch() == 1
        assert hall.verify() == Result(2, 1, 2, [])


def civicroot(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code and both outputs of the command."""
    code = main([*map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_commands_from_the_key_to_the_check(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    """A key, an account, a batch, the published log: everything holds, until somebody edits the database."""
    config = city.config_file
    lines = config.read_text()
    config.write_text(lines.replace('broker_url = "', f'organisation_key_file = "{KEY_FILE}"\nbroker_url = "', 1))
    at = ("--config", config)
    code, out, err = civicroot(capsys, "backend", "audit-trail", "key", *at)
    assert code == 0, err
    asked, signer = json.loads(out), keyfile.load(city.folder / KEY_FILE)
    assert (asked["public"], asked["subject"], asked["role"]) == (signer.public.hex(), ISSUER, "organisation")
    assert civicroot(capsys, "backend", "audit-trail", "key", *at)[0] != 0, "a key is never overwritten"
    account = ("backend", "account")
    code, link, err = civicroot(capsys, *account, "add", "Mina", "--name", "Mina", "--role", "operator", *at)
    assert link.startswith("http://localhost:8080/sign-in#invitation="), err
    with city.backend() as backend:
        backend.submit(city.enrolment(signer, ISSUER, statement.ROLE))
        city.now = 1 << 40  # the account was made by the machine's clock
        assert backend.batch_trail() == 1
        backend.publish_pending()
    check = ("backend", "audit-trail", "verify", "--url", city.folder / "data/public", *at)
    code, out, err = civicroot(capsys, *check)
    assert (code, out) == (0, ""), err
    assert err == "3 rows, 3 of them in 1 batches, 0 not in a batch yet: everything holds\n"
    assert json.loads(civicroot(capsys, *account, "list", *at)[1]) == {
        "login": "mina",
        "name": "Mina",
        "active": True,
        "roles": ["operator@city"],
    }
    code, again, _ = civicroot(capsys, *account, "invite", "mina", *at)
    assert (code, again != link) == (0, True)
    code, _, err = civicroot(capsys, *account, "end", "mina", *at)
    assert (code, "active operator" in err) == (1, True)
    with city.backend() as backend, backend.database.write() as connection:
        connection.execute(text("UPDATE audit_trail SET name = 'nobody' WHERE position = 0"))
    code, out, _ = civicroot(capsys, *check)
    assert code == 1
    assert "row 0, or one before it, is not what was written" in out
