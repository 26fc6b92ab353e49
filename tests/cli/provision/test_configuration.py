"""Each device's first configuration: logged as the operator's before the device starts, or queued for the operator."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from civicroot_cli import keyfile
from civicroot_cli.provision.journal import Journal
from civicroot_wire import configuration, entry
from civicroot_wire.configuration import Configuration
from civicroot_wire.sodium import Signer, verify

from tests.cli.conftest import Civicroot
from tests.cli.provision.street import OPERATOR, Street, write_list
from tests.cli.provision.test_faults import devices
from tests.support.brokers import free_port

TABLE = '[configuration]\nissuer = "operator/1"\nreport.interval_s = 300\nalarm.full.begin = 0.90\n'


class Desk:
    """An operator's key, enrolled; the site's devices follow it."""

    def __init__(self, street: Street, folder: Path) -> None:
        self.street = street
        self.signer = street.town.enrolled(folder, "operator/1", "operator")
        self.key = folder / "operator.key"
        keyfile.create(self.key, self.signer)
        text = street.site.read_text().replace(OPERATOR, self.signer.public.hex())
        street.site.write_text(text + TABLE)

    def logged(self) -> list[Configuration]:
        """All configurations in the log."""
        town = self.street.town
        entries = [town.entry(index) for index in range(town.wait())]
        return [configuration.decode(data) for data in entries if entry.kind_of(data) == entry.CONFIGURATION]


@pytest.fixture
def desk(street: Street, tmp_path: Path) -> Desk:
    """With the operator's key."""
    return Desk(street, tmp_path)


def test_with_the_operators_key_it_is_logged_before_the_device_starts_and_once(desk: Desk) -> None:
    street = desk.street
    with street.board("one") as board:
        done = street.provision("--subject", "bin/1", "--operator-key", desk.key)
        assert (done.code, "configuration: version 1, log entry" in done.out) == (3, True), done.out + done.err
        assert done.out.index("configuration: version 1") < done.out.index("configured: it starts")
        assert board.committed
    (found,) = desk.logged()
    assert (found.subject, found.version) == ("bin/1", 1)
    assert {name: str(value) for name, value in found.settings.items()} == {
        "report.interval_s": "300",
        "alarm.full.begin": "0.90",
    }
    configuration.verify(found, street.town.city.realm, desk.signer.public, verify)
    assert street.journal()["bin/1"]["configuration"] == 1
    again = street.provision("--subject", "bin/1", "--operator-key", desk.key)
    assert (again.code, again.err) == (3, "civicroot: 1 without a first reading; run the same command again\n")
    assert len(desk.logged()) == 1
    assert not (street.out / "configurations.jsonl").exists()


def test_a_cut_after_the_city_has_it_gives_it_no_second_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    street = desk.street
    with street.board("one"):
        with monkeypatch.context() as patch:
            patch.setattr("civicroot_cli.provision.journal.Journal.note", stopping("configuration"))
            assert street.provision("--subject", "bin/1", "--operator-key", desk.key).code == 130
        assert len(desk.logged()) == 1
        assert "configuration" not in street.journal()["bin/1"]
        done = street.provision("--subject", "bin/1", "--operator-key", desk.key)
        assert (done.code, "configuration: version 1" in done.out) == (3, True), done.out + done.err
    assert len(desk.logged()) == 1


def test_without_the_operator_it_is_queued_and_the_desk_issues_it(desk: Desk, civicroot: Civicroot) -> None:
    street, url = desk.street, desk.street.town.url
    with street.board("one") as board:
        done = street.provision("--subject", "bin/1")
        assert (done.code, board.committed) == (3, True)
    assert done.err == "civicroot: 1 queued for the operator, 1 without a first reading; run the same command again\n"
    assert "queued: bin/1 gets its configuration from" in done.out
    file = street.out / "configurations.jsonl"
    assert json.loads(file.read_text()) == {
        "subject": "bin/1",
        "realm": street.town.city.realm,
        "settings": ["report.interval_s=300", "alarm.full.begin=0.90"],
    }
    issue = ("configuration", "issue", "--from", file, "--key", desk.key, "--url", url)
    first = civicroot(*issue)
    assert (first.code, first.lines()[0]["version"]) == (0, 1), first.err
    assert civicroot(*issue).lines() == first.lines(), "the same again is the same"
    assert [one.subject for one in desk.logged()] == ["bin/1"]
    later = street.provision("--subject", "bin/1")
    assert later.err == "civicroot: 1 without a first reading; run the same command again\n"
    assert not file.exists()


def test_a_city_that_does_not_answer_queues_all_and_the_same_command_enrols_and_configures_later(desk: Desk) -> None:
    street = desk.street
    good = street.site.read_text()
    street.site.write_text(good.replace(street.town.url, f"http://127.0.0.1:{free_port()}"))
    with street.board("one") as board:
        done = street.provision("--subject", "bin/1", "--operator-key", desk.key)
        assert (done.code, board.committed) == (3, True), done.err
        assert "1 queued for the registrar, 1 queued for the operator; run" in done.err
        assert "the registrar is off line" in done.out and "the operator is off line" in done.out
    street.site.write_text(good)
    done = street.provision("--subject", "bin/1", "--operator-key", desk.key)
    assert "enrolled: bin/1" in done.out and "configuration: version 1" in done.out
    assert [one.subject for one in desk.logged()] == ["bin/1"]
    assert [found.subject for found in devices(street)] == ["bin/1"]


def test_a_city_that_does_not_answer_is_asked_once_however_many_are_queued(desk: Desk, tmp_path: Path) -> None:
    street = desk.street
    street.site.write_text(street.site.read_text().replace(street.town.url, f"http://127.0.0.1:{free_port()}"))
    street.out.mkdir()
    journal = Journal(street.out / "journal.jsonl")
    for number in range(1, 4):
        journal.note(f"bin/{number}", kid=f"{number:016x}", state="queued", request={}, configuration=0, committed=True)
    done = street.provision("--batch", write_list(tmp_path / "box.csv", 3), online=False)
    assert (done.code, "3 queued for the registrar, 3 queued for the operator; run" in done.err) == (3, True), done.err
    assert done.out.count("does not answer") == 2, done.out


def test_a_place_that_is_configured_already_keeps_it_and_one_by_another_operator_is_replaced(desk: Desk) -> None:
    street = desk.street
    submit(street, "bin/1", 7, desk.signer, "operator/1")
    other = street.town.enrolled(street.folder, "operator/2", "operator")
    submit(street, "bin/2", 4, other, "operator/2")
    for subject, says in (("bin/1", "version 7"), ("bin/2", "version 5")):
        with street.board(subject.replace("/", "-")):
            done = street.provision("--subject", subject, "--operator-key", desk.key)
            assert f"configuration: {says}, log entry" in done.out, done.out + done.err
            assert ("with other settings, and stays" in done.out) == (subject == "bin/1")
    assert [(one.subject, one.version) for one in desk.logged()] == [("bin/1", 7), ("bin/2", 4), ("bin/2", 5)]


def test_an_operator_whom_the_city_refuses_stops_the_crew_before_the_device_starts(desk: Desk) -> None:
    street = desk.street
    stranger = Signer.generate()
    key = street.folder / "stranger.key"
    keyfile.create(key, stranger)
    text = street.site.read_text().replace(desk.signer.public.hex(), stranger.public.hex())
    street.site.write_text(text)
    with street.board("one") as board:
        done = street.provision("--subject", "bin/1", "--operator-key", key)
        assert (done.code, "unknown-key-id" in done.err, board.committed) == (1, True, False), done.err
    assert desk.logged() == []


def submit(street: Street, subject: str, version: int, signer: Signer, issuer: str) -> None:
    """A configuration of before, in the log."""
    wanted = Configuration(subject, version, {"report.interval_s": 60})
    street.town.backend.submit(configuration.sign(wanted, signer.kid, issuer, street.town.city.realm, signer))


def stopping(name: str) -> Callable[..., None]:
    """Journal.note that is interrupted just before it notes this."""
    whole = Journal.note

    def note(self: Journal, subject: str, **values: Any) -> None:
        if name in values:
            raise KeyboardInterrupt
        whole(self, subject, **values)

    return note


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[]",
        '{"subject": "bin/1", "realm": "a.example"}',
        '{"subject": "bin/1", "realm": "a.example", "settings": ["a=1", "a=2"]}',
        '{"subject": "bin/1", "realm": "a.example", "settings": ["a"]}',
        '{"subject": "bin/1", "realm": "a.example", "settings": [], "more": 1}',
        '{"subject": "bin/1", "realm": "a.example", "settings": ["report.interval_s=1e9"]}',
    ],
)
def test_a_line_that_asks_for_no_configuration_is_named_before_anything_is_sent(
    civicroot: Civicroot, tmp_path: Path, line: str
) -> None:
    keyfile.create(tmp_path / "operator.key", Signer.generate())
    file = tmp_path / "configurations.jsonl"
    file.write_text('{"subject": "bin/1", "realm": "a.example", "settings": ["a=1"]}\n' + line + "\n")
    url = f"http://127.0.0.1:{free_port()}"
    done = civicroot("configuration", "issue", "--from", file, "--key", tmp_path / "operator.key", "--url", url)
    assert (done.code, f"{file}, line 2: it asks for no configuration" in done.err) == (2, True), done.err
