"""The ceremony: what it leaves, what it refuses, and that it goes on after an interruption at any step."""

import dataclasses
import json
import os
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from civicroot_backend import config, keyfile
from civicroot_backend.ceremony import plan as plans
from civicroot_backend.ceremony import protocol
from civicroot_backend.ceremony.errors import (
    CeremonyError,
    ClockError,
    MediumAbsent,
    MediumTaken,
    PlanError,
    SameMedium,
    WeakPassphrase,
    WrongPassphrase,
)
from civicroot_backend.ceremony.founding import Ceremony
from civicroot_backend.ceremony.sealed_key import SUFFIX
from civicroot_backend.desk import register
from civicroot_backend.service import Backend
from civicroot_wire import enrolment, entry, sodium
from civicroot_wire.enrolment import Enrolment

from tests.backend.ceremony.table import NOW, REALM, Table
from tests.cli.conftest import Civicroot


def three(table: Table) -> Path:
    """Two of three, one of them with a copy."""
    backup = str(table.stick("root-1-copy"))
    return table.plan(table.root("root-1", backup=backup), table.root("root-2"), table.root("root-3"))


def test_a_city_is_founded_by_two_of_three(table: Table) -> None:
    founded = table.hold(three(table))
    policy = table.policy
    assert (policy.threshold, len(policy.roots), len(policy.signatures)) == (2, 3, 3)
    sealed = [json.loads(path.read_text()) for path in sorted(table.folder.glob(f"root-?/*{SUFFIX}"))]
    assert [one["name"] for one in sealed] == ["root-1", "root-2", "root-3"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in table.folder.glob(f"root-*/*{SUFFIX}"))
    # Nothing of a root's secret is anywhere else: the city's folders have the working keys only.
    names = {path.relative_to(table.folder).as_posix() for path in table.folder.rglob("*.key")}
    assert names == {
        "city/log.key", "city/backend.key", "desk/registrar.key", "operator/operator.key", "release/release.key"
    }  # fmt: skip
    with_backend = config.load(founded.config, {})
    backend = Backend(with_backend, lambda: NOW)
    try:
        with backend.database.read() as connection:
            rows = connection.exec_driver_sql('SELECT entry FROM log_entries ORDER BY "index"').all()
        enrolled = [enrolment.decode(row[0]) for row in rows[1:]]
    finally:
        backend.stop()
    assert [(one.subject, one.role) for one in enrolled] == [
        ("backend/1", "backend"), ("operator/1", "operator"), ("release/1", "release")
    ]  # fmt: skip
    _register_agrees(table, enrolled)
    assert entry.kind_of(rows[0][0]) == "policy"


def _register_agrees(table: Table, enrolled: list[Enrolment]) -> None:
    registrar = keyfile.load(table.folder / "desk/registrar.key")
    book = register.open_register(table.folder / "desk/registrar.register", registrar.kid)
    listed = [(key.subject, key.kid, key.enrolled, key.status_index) for key in book.all_keys()]
    book.close()
    assert listed == [(one.subject, one.kid, at + 1, at) for at, one in enumerate(enrolled)]
    for one in enrolled:
        enrolment.verify(one, REALM, registrar.public, sodium.verify)
        assert one.issued_at == NOW


def test_the_protocol_says_who_what_and_which(table: Table) -> None:
    founded = table.hold(three(table))
    text, page = founded.protocol.read_text(), _Text.of(founded.page.read_text())
    flat = " ".join(text.split())
    said = [f"Holder of root-{number}, holder of root-{number}" for number in (1, 2, 3)]
    said += ["Grace Hopper, witness", "Room <12> & hall", "2 of 3 must sign", "3 of 3 roots signed, 2 needed"]
    said += ["copies were written and opened again: root-1", "without a copy: root-2, root-3", "one file system"]
    said += [protocol.fingerprint(public) for public in table.policy.roots]
    said += [protocol.policy_digest(table.policy), "2026-01-12 13:46 UTC"]
    for one in said:
        assert one in flat, one
        assert one.split(",")[0] in page, one
    assert re.fullmatch(r"([0-9a-f]{4} ){15}[0-9a-f]{4}", protocol.policy_digest(table.policy))
    assert "<script" not in founded.page.read_text()
    assert "http" not in founded.page.read_text(), "it needs nothing from elsewhere"
    assert max(map(len, text.splitlines())) <= 100


class _Text(HTMLParser):
    """What a page shows."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    @classmethod
    def of(cls, page: str) -> str:
        parser = cls()
        parser.feed(page)
        return " ".join(" ".join(parser.parts).split())


class Interrupted(Exception):
    """The power went."""


def test_it_goes_on_after_an_interruption_at_any_step(table: Table, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Interrupted before its n-th step, and again before the one after, until it is through."""
    steps: list[str] = []
    table.hold(three(table), steps.append)
    assert len(steps) > 12
    again = Table(tmp_path_factory.mktemp("again"))
    plan, ran = three(again), 0
    made: set[bytes] = set()
    for last in range(len(steps)):

        def step(text: str, last: int = last) -> None:
            if plain(text, again) == plain(steps[last], table):
                raise Interrupted

        with pytest.raises(Interrupted):
            again.hold(plan, step, now=NOW + last)
        ran += 1
        made |= {path.read_bytes() for path in again.folder.rglob(f"root-?/*{SUFFIX}")}
    again.hold(plan, now=NOW + 100)
    assert ran == len(steps)
    assert len(made) == 3, "no root was made twice"
    assert len(again.policy.signatures) == 3
    assert not list(again.folder.rglob("*.half"))
    policy = again.policy_file.read_bytes()
    again.hold(plan, now=NOW + 200)
    assert again.policy_file.read_bytes() == policy, "once more changes nothing"


def plain(step: str, table: Table) -> str:
    """A step without what differs from table to table."""
    return step.split(", digest", maxsplit=1)[0].replace(str(table.folder), "")


def test_a_root_that_was_made_and_not_noted_is_taken_up(table: Table) -> None:
    plan = three(table)
    with pytest.raises(Interrupted):
        table.hold(plan, _stop_at("root-2 is made"))
    (sealed,) = (table.folder / "root-2").glob(f"*{SUFFIX}")
    before = sealed.read_bytes()
    assert "root-2" not in json.loads((table.folder / "city/ceremony.json").read_text())["roots"]
    table.hold(plan)
    assert sealed.read_bytes() == before
    assert json.loads(before)["public"] in table.policy.model["roots"]["keys"]  # type: ignore[index]


def _stop_at(text: str) -> "_Stop":
    return _Stop(text)


class _Stop:
    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self, text: str) -> None:
        if text == self._text:
            raise Interrupted


def refused(table: Table, plan: Path, error: type[CeremonyError], says: str, **options: float) -> None:
    with pytest.raises(error, match=re.escape(says)) as caught:
        table.hold(plan, **options)  # type: ignore[arg-type]
    assert str(caught.value).startswith(f"{error.name}: ")
    assert not table.policy_file.exists()


def test_a_clock_that_cannot_be_right_dates_nothing(table: Table) -> None:
    plan = three(table)
    refused(table, plan, ClockError, "1970-01-01", now=100.0)
    assert not (table.folder / "city").exists()
    with pytest.raises(Interrupted):
        table.hold(plan, _stop_at("root-2 is made"))
    refused(table, plan, ClockError, "the ceremony began", now=NOW - 1)


def test_two_roots_on_one_medium_are_refused(table: Table) -> None:
    one = table.root("root-1")
    link = table.folder / "link"
    link.symlink_to(table.folder / "root-1")
    for medium in (table.folder / "root-1", link, table.folder / "root-1/../root-1"):
        plan = table.plan(one, table.root("root-2", medium=medium))
        refused(table, plan, SameMedium, "root-2 and root-1 would lie on one medium")
    refused(table, table.plan(one | {"backup": one["medium"]}, table.root("root-2")), SameMedium, "one medium")


def test_a_stick_that_was_not_exchanged_is_noticed(table: Table) -> None:
    """People with one port: the path is the same for all, and what lies on the stick tells."""
    medium = str(table.stick("port"))
    roots = [table.root(f"root-{number}", medium=medium) for number in (1, 2)]
    plan = plans.load(table.plan(*roots))

    console = _Exchanging(table, Path(medium), forget="root-2: put in")
    with pytest.raises(SameMedium, match="every root has a medium of its own"):
        _hold_with(plan, console)
    console.forget = "-"
    _hold_with(plan, console)
    assert len(table.policy.signatures) == 2


class _Exchanging:
    """Somebody at a machine with one port, who puts in the stick of the root that is named."""

    tries = 1
    exchanges = True

    def __init__(self, table: Table, port: Path, forget: str) -> None:
        self._table = table
        self._port = port
        self.forget = forget
        self._in = "root-1"

    def say(self, text: str) -> None:
        """Read."""

    def ask(self, question: str) -> str:
        raise AssertionError(question)

    def ready(self, text: str) -> None:
        wanted = text.split(":", maxsplit=1)[0].split(" ", maxsplit=1)[0]
        if text.startswith(self.forget) or wanted == self._in:
            return
        self._port.rename(self._table.folder / f"drawer-{self._in}")
        kept = self._table.folder / f"drawer-{wanted}"
        kept.rename(self._port) if kept.exists() else self._port.mkdir()
        self._in = wanted

    def secret(self, medium: str, what: str, new: bool) -> str:
        return f"correct horse {self._in}"


def _hold_with(plan: plans.Plan, console: _Exchanging) -> None:
    Ceremony(plan, console, lambda: NOW, os.urandom, lambda _: None).run()


def test_nothing_is_overwritten(table: Table) -> None:
    plan = table.plan(table.root("root-1"), table.root("root-2"))
    table.hold(plan)
    other = dataclasses.replace(plans.load(plan), folder=table.folder / "b", desk=table.folder / "bd",
                                operator=table.folder / "bo", release=table.folder / "br")  # fmt: skip
    with pytest.raises(MediumTaken, match="nothing is overwritten"):
        table.hold(other)
    (table.folder / "city/ceremony.json").unlink()
    with pytest.raises(PlanError, match=r"log\.key.* is there already"):
        table.hold(plan)


def test_a_register_of_another_city_is_not_taken_for_this_ones(table: Table) -> None:
    plan = table.plan(table.root("root-1"), table.root("root-2"))
    (table.folder / "desk").mkdir()
    (table.folder / "desk/registrar.register").touch()
    refused(table, plan, PlanError, "registrar.register is there already")


def test_another_plan_does_not_go_on_with_this_ceremony(table: Table) -> None:
    roots = [table.root("root-1"), table.root("root-2")]
    with pytest.raises(Interrupted):
        table.hold(table.plan(*roots), _stop_at("root-2 is made"))
    refused(table, table.plan(*roots, threshold=1), PlanError, "begun with another plan")
    (table.folder / "city/ceremony.json").write_text("{}")
    refused(table, table.plan(*roots), PlanError, "is no journal")


def test_bad_media_and_passphrases_are_named_and_nothing_is_half_done(table: Table) -> None:
    one, two = table.root("root-1"), table.root("root-2")
    absent = {**two, "medium": str(table.folder / "nowhere")}
    refused(table, table.plan(one, absent), MediumAbsent, "is it plugged in")
    refused(table, table.plan(one, {**two, "medium": one["secret_file"]}), MediumAbsent, "is no folder")
    assert not list(table.folder.rglob(f"*{SUFFIX}")), "media are looked at before the first key is made"
    plan = table.plan(one, two)
    table.secret("root-2", "short")
    refused(table, plan, WeakPassphrase, "12 characters")
    table.secret("root-2")
    table.secret("root-1", "not the same one")
    refused(table, plan, WrongPassphrase, "root-1 does not open")
    table.secret("root-1")
    table.hold(plan)


def test_a_secret_that_others_can_read_is_none(table: Table, civicroot: Civicroot) -> None:
    plan = table.plan(table.root("root-1"), table.root("root-2"))
    (table.folder / "root-1.secret").chmod(0o644)
    done = civicroot("realm", "init", "--plan", plan, "--non-interactive")
    assert (done.code, "can be read or written by others" in done.err) == (2, True)
    (table.folder / "root-1.secret").chmod(0o600)
    assert civicroot("realm", "init", "--plan", plan, "--non-interactive").code == 0


def test_plans_that_cannot_be_are_refused(table: Table, civicroot: Civicroot) -> None:
    one, two = table.root("root-1"), table.root("root-2")
    token = "pkcs11:token=a?module-path=/m.so"
    silent = {name: value for name, value in two.items() if name != "secret_file"}
    cases: list[tuple[tuple[dict[str, str], ...], int, str, str]] = [
        ((one, two), 3, "", "too-few-roots: a threshold of 3 of 2"),
        ((one, two), 0, "", "too-few-roots"),
        ((), 1, "", "too-few-roots"),
        ((one, one), 2, "", "named more than once: root-1"),
        ((one, two), 2, "more = 1", "unknown keys: more"),
        ((one, two | {"colour": "red"}), 2, "", "unknown keys: colour"),
        ((one, two | {"name": "Root 2"}), 2, "", "is called like root-1"),
        ((one, two | {"medium": token, "backup": "b"}), 2, "", "cannot be copied"),
        ((one | {"backup": token}, two), 2, "", "cannot be copied"),
        ((one, two | {"medium": "pkcs11:token=a"}), 2, "", "token: a token is pkcs11:"),
        ((one, two), 2, "[backend]\nquorum = 1", "quorum of 1 of 0"),
        ((one, silent), 2, "", "plan: no secret_file for"),
        ((one, two), 2, "=", "plan.toml"),
    ]
    for roots, threshold, rest, says in cases:
        plan = table.plan(*roots, threshold=threshold, rest=rest)
        done = civicroot("realm", "init", "--plan", plan, "--non-interactive")
        assert (done.code, says in done.err) == (2, True), (says, done)
        assert not (table.folder / "city").exists()
    assert civicroot("realm", "init", "--plan", table.folder / "absent.toml").code == 2


def test_backend_options_of_a_plan_are_in_its_configuration(table: Table) -> None:
    rest = '[backend]\npublic_url = "https://my.city"\nhttp_port = 9000'
    roots = [table.root("root-1"), table.root("root-2")]
    path = table.plan(*roots)
    path.write_text(path.read_text() + rest + "\n")
    table.hold(path)
    written = tomllib.loads((table.folder / "city/backend.toml").read_text())
    assert (written["public_url"], written["http_port"]) == ("https://my.city", 9000)
    # What the operator changed afterwards is the operator's.
    (table.folder / "city/backend.toml").write_text("# mine\n")
    table.hold(path)
    assert (table.folder / "city/backend.toml").read_text() == "# mine\n"
