"""What goes wrong on the street: wrong devices, cables torn out at every step, a registrar who is not there."""

import json
import os
import pty
import sys
from pathlib import Path
from typing import Any

import pytest
from civicroot_cli.main import EXIT_INTERRUPTED
from civicroot_cli.provision import box_list, conversation
from civicroot_cli.provision.conversation import Conversation
from civicroot_cli.provision.errors import DeviceRefused, Unplugged, WrongDevice
from civicroot_cli.provision.journal import Journal
from civicroot_cli.provision.port import SerialLine
from civicroot_cli.provision.run import Run
from civicroot_wire import enrolment, entry

from tests.cli.provision.street import Street, write_list
from tests.support import labels
from tests.support.micropython import ROOT

# Every request of the dialogue, in its order, by what the board's files or the journal show when it is done.
STEPS = (
    "set_realm",
    "set_subject",
    "set_keys",
    "set_gateway",
    "set_wifi",
    "set_place",
    "self_test",
    "possession",
    "commit",
)


def devices(street: Street) -> list[enrolment.Enrolment]:
    """All enrolments of devices in the log."""
    entries = [street.town.entry(index) for index in range(street.town.size)]
    found = [enrolment.decode(data) for data in entries if entry.kind_of(data) == entry.ENROLMENT]
    return [one for one in found if one.role == "device"]


def test_one_device_is_provisioned_and_a_second_run_waits_for_its_reading_alone(street: Street) -> None:
    with street.board("one") as board:
        first = street.provision("--subject", "bin/1")
        assert (first.code, "1 without a first reading" in first.err) == (3, True), first.out + first.err
        assert board.committed
    first_labels = labels.pages((street.out / "labels.pdf").read_bytes())
    (street.out / "labels.pdf").unlink()  # it is worn, and printed again
    again = street.provision("--subject", "bin/1")  # nothing is plugged in any more
    assert again.code == 3
    assert "waiting for its first reading" in again.out
    assert labels.pages((street.out / "labels.pdf").read_bytes()) == first_labels
    assert [found.subject for found in devices(street)] == ["bin/1"]


def test_the_steps_are_all_requests_that_change_or_may_take_long(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So none of them is left out below."""
    asked: list[str] = []
    whole = Conversation.ask

    def noting(self: Conversation, what: str, **values: Any) -> dict[str, Any]:
        asked.append(what)
        return whole(self, what, **values)

    monkeypatch.setattr(Conversation, "ask", noting)
    with street.board("one"):
        assert street.provision("--subject", "bin/1").code == 3
    assert [what for what in asked if what not in ("identity", "status")] == list(STEPS)


@pytest.mark.parametrize("state", ["begun", "asked", "enrolled", "committed"])
def test_the_laptops_power_is_cut_before_a_line_of_its_journal_and_the_device_is_enrolled_once(
    street: Street, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    whole = Journal.note

    def cut(self: Journal, subject: str, **values: Any) -> None:
        if state in (values.get("state"), "committed" if values.get("committed") else None):
            raise KeyboardInterrupt
        whole(self, subject, **values)

    with street.board("one") as board:
        with monkeypatch.context() as patch:
            patch.setattr(Journal, "note", cut)
            assert street.provision("--subject", "bin/1").code == EXIT_INTERRUPTED
        assert len(devices(street)) == (state in ("enrolled", "committed"))
        assert board.committed == (state == "committed")
        done = street.provision("--subject", "bin/1")
        assert (done.code, board.committed) == (3, True), done.out + done.err
    (found,) = devices(street)
    assert (found.subject, found.kid.hex()) == ("bin/1", street.journal()["bin/1"]["kid"])


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
def test_unplugged_at_every_step_it_goes_on_where_it_was(
    street: Street, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    """The cable is torn out as the request leaves, or as its answer arrives, which the laptop then never sees."""
    whole = Conversation.ask
    for number, step in enumerate(STEPS):

        def torn(self: Conversation, what: str, step: str = step, **values: Any) -> dict[str, Any]:
            if what != step:
                return whole(self, what, **values)
            if answered:
                whole(self, what, **values)
            board.unplug()
            raise Unplugged("torn out")

        with street.board(step) as board:
            with monkeypatch.context() as patch:
                patch.setattr(Conversation, "ask", torn)
                assert street.provision("--subject", f"bin/{number}").code == 2, step
            assert board.committed == (step == "commit" and answered), step
            board.plug()
            done = street.provision("--subject", f"bin/{number}")
            assert done.code == 3, (step, done.out, done.err)
            assert board.committed, step
    known = street.journal()
    found = devices(street)
    assert sorted(one.subject for one in found) == [f"bin/{number}" for number in range(len(STEPS))], "enrolled once"
    assert {one.kid.hex() for one in found} == {values["kid"] for values in known.values()}


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
def test_unplugged_while_it_is_calibrated_it_goes_on_where_it_was(
    street: Street, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    """The one step that the boards above have no sensor for."""
    whole = Conversation.ask
    command = ("--subject", "bin/1", "--calibrate", "weight:tare")

    def torn(self: Conversation, what: str, **values: Any) -> dict[str, Any]:
        if what != "calibrate":
            return whole(self, what, **values)
        if answered:
            whole(self, what, **values)
        board.unplug()
        raise Unplugged("torn out")

    with street.board("one", board=ROOT / "firmware/boards/smart_bin.json") as board:
        with monkeypatch.context() as patch:
            patch.setattr(Conversation, "ask", torn)
            assert street.provision(*command).code == 2
        assert (board.committed, devices(street)) == (False, [])
        board.plug()
        done = street.provision(*command)
        assert (done.code, board.committed, "calibrated weight" in done.out) == (3, True, True), done.out + done.err
    (found,) = devices(street)
    assert found.kid.hex() == street.journal()["bin/1"]["kid"]


def test_wrong_board_wrong_firmware_and_a_label_for_nobody_are_refused_before_anything_is_told(street: Street) -> None:
    with street.board("tag", model="tree-tag") as board:
        done = street.provision("--subject", "bin/1", "--model", "smart-bin")
        assert (done.code, done.err) == (1, "civicroot: bin/1: the board is tree-tag, not smart-bin\n")
        assert not (board.folder / "draft").exists()
        site = street.site.read_text()
        street.site.write_text(site + '[firmware]\nversion = "9.9.9"\n')
        done = street.provision("--subject", "bin/1")
        assert (done.code, "the firmware is 0.2.0, not 9.9.9" in done.err) == (1, True)
        assert not (board.folder / "draft").exists()
    assert devices(street) == []
    assert street.journal() == {}


def test_the_same_device_twice_is_refused_by_name(street: Street, tmp_path: Path) -> None:
    with street.board("one"):
        assert street.provision("--subject", "bin/1").code == 3
        for out in (street.out, tmp_path / "another laptop"):  # with the journal, and without
            street.out = out
            twice = street.provision("--subject", "bin/2")
            assert twice.code == 1
            assert "already" in twice.err and "bin/1" in twice.err
    assert [found.subject for found in devices(street)] == ["bin/1"]


def test_a_box_goes_on_when_a_device_is_plugged_in_again(street: Street, tmp_path: Path) -> None:
    box = write_list(tmp_path / "box.csv", 2)
    with street.hands(["first", "first", "second"]):
        done = street.provision("--batch", box)
    assert done.code == 3, done.err
    assert "not taken: this device is provisioned already, as bin/1" in done.out
    assert sorted(found.subject for found in devices(street)) == ["bin/1", "bin/2"]


def test_a_device_of_another_realm_is_refused_provisioned_or_not(street: Street) -> None:
    with street.board("one") as board:
        assert street.provision("--subject", "bin/1").code == 3
        path = board.folder / "config.json"
        configuration = json.loads(path.read_text()) | {"realm": "elsewhere.example"}
        board.unplug()
        path.write_text(json.dumps(configuration))
        board.plug()
        other = street.provision("--subject", "bin/2")
        assert (other.code, "is of realm elsewhere.example" in other.err) == (1, True)


def test_a_half_told_device_of_another_realm_starts_over_only_when_asked(street: Street, tmp_path: Path) -> None:
    street.site.write_text(street.site.read_text().replace(street.town.city.realm, "elsewhere.example", 1))
    done = street.provision("--subject", "bin/1")
    assert (done.code, "is the policy of" in done.err) == (2, True)
    street.site.write_text(street.site.read_text().replace("elsewhere.example", street.town.city.realm, 1))
    with street.board("one") as board:
        tell(board.port, {"id": 1, "do": "set_realm", "realm": "elsewhere.example"})
        done = street.provision("--subject", "bin/1")
        assert (done.code, "--start-over" in done.err) == (1, True)
        done = street.provision("--subject", "bin/1", "--start-over")
        assert done.code == 3, done.err
        assert json.loads((board.folder / "config.json").read_text())["realm"] == street.town.city.realm


def tell(port: Path, request: dict[str, object]) -> dict[str, object]:
    """One request to a board, and its answer."""
    with SerialLine(str(port)) as line:
        talk = Conversation(line)
        talk.begin()
        return talk.ask(
            str(request["do"]), **{name: value for name, value in request.items() if name not in ("id", "do")}
        )  # type: ignore[arg-type]


def test_without_the_registrar_it_is_queued_shown_and_finished_later(street: Street) -> None:
    with street.board("one") as board:
        done = street.provision("--subject", "bin/1", "--label", "Hauptplatz", online=False)
        assert (done.code, "1 queued for the registrar" in done.err) == (3, True), done.out + done.err
        assert "queued: bin/1" in done.out
        assert board.committed
    assert devices(street) == []
    request = street.out / "requests.jsonl"
    assert json.loads(request.read_text())["label"] == "Hauptplatz"
    still = street.provision("--subject", "bin/1", online=False)
    assert "1 queued for the registrar" in still.err
    # At the desk, from the file; then the crew's command notices.
    assert street._run("enrol", *street.town.desk, "--from", request).code == 0
    street.town.wait()
    later = street.provision("--subject", "bin/1", online=False)
    assert (later.code, "1 without a first reading" in later.err) == (3, True), later.err
    assert not request.exists()
    assert [found.subject for found in devices(street)] == ["bin/1"]


def test_what_the_registrar_refuses_is_mended_in_the_row_and_the_same_command_goes_on(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list's own check knows all that is refused today; without it, the registrar asks for more than that."""
    monkeypatch.setattr(box_list, "_degrees", lambda text, limit: True)
    place = ("--longitude", "126.9", "--latitude")
    with street.board("one") as board:
        refused = street.provision("--subject", "bin/1", *place, "37." + "5" * 16)
        assert (refused.code, "out-of-range" in refused.err, board.committed) == (1, True, False), refused.err
        assert street.journal()["bin/1"]["state"] == "asked"
        assert street.provision("--subject", "bin/1", *place, "37.5").code == 3
    with street.board("two"):
        assert street.provision("--subject", "bin/2", *place, "37." + "5" * 16, online=False).code == 3
    assert street.provision("--subject", "bin/2", *place, "37.25", online=False).code == 3
    assert '"37.25"' in (street.out / "requests.jsonl").read_text(), "the desk gets what was mended"
    assert street.provision("--subject", "bin/2", *place, "37.125").code == 3
    assert [(one.subject, str(one.location and one.location[0])) for one in devices(street)] == [
        ("bin/1", "37.5"),
        ("bin/2", "37.125"),
    ]


def test_a_row_that_is_refused_keeps_no_other_one_of_its_box_waiting(street: Street, tmp_path: Path) -> None:
    with street.board("one"):
        assert street.provision("--subject", "bin/1", online=False).code == 3
    journal = street.journal()["bin/1"]
    Journal(street.out / "journal.jsonl").note("bin/1", request=journal["request"] | {"possession": "00"})
    box = write_list(tmp_path / "box.csv", 2)
    with street.hands(["two"]):
        done = street.provision("--batch", box)
    assert (done.code, done.err) == (
        1,
        "civicroot: refused: bin/1; 1 queued for the registrar; 1 without a first reading\n",
    )
    assert [found.subject for found in devices(street)] == ["bin/2"]


@pytest.mark.parametrize(
    ("where", "method", "what"),
    [
        (Conversation, "ask", DeviceRefused("storage", "the flash is worn")),
        (Run, "_flash", WrongDevice("the device's answer to identity is no object")),
    ],
    ids=["worn", "hostile when it is asked whether it is to be flashed"],
)
def test_a_device_that_refuses_or_answers_nonsense_does_not_end_its_box(
    street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: type, method: str, what: Exception
) -> None:
    whole = getattr(where, method)

    def first_fails(self: object, asked: str, *values: Any, **named: Any) -> Any:
        if asked not in ("identity", "status") and not street._is_refused(0):
            raise what
        return whole(self, asked, *values, **named)

    monkeypatch.setattr(where, method, first_fails)
    with street.hands(["bad", "good"], refused={"bad": {}}):
        done = street.provision("--batch", write_list(tmp_path / "box.csv", 1))
    assert done.code == 3, done.err
    assert f"not taken: {what}" in done.out
    assert [found.subject for found in devices(street)] == ["bin/1"]


@pytest.mark.parametrize("online", [True, False], ids=["enrolled", "queued"])
def test_a_device_that_dies_before_it_is_configured_is_given_up_and_another_takes_its_row(
    street: Street, monkeypatch: pytest.MonkeyPatch, online: bool
) -> None:
    whole = Conversation.ask

    def dying(self: Conversation, what: str, **values: Any) -> dict[str, Any]:
        if what == "commit":
            raise Unplugged("it is dead")
        return whole(self, what, **values)

    with street.board("dead"), monkeypatch.context() as patch:
        patch.setattr(Conversation, "ask", dying)
        assert street.provision("--subject", "bin/1", online=online).code == 2
    dead = str(street.journal()["bin/1"]["kid"])
    with street.board("another") as board:
        refused = street.provision("--subject", "bin/1", online=online)
        assert (refused.code, f"bin/1 is device {dead}; --broken KID" in refused.err) == (1, True), refused.err
        if online:
            early = street.provision("--subject", "bin/1", "--broken", dead)
            assert (early.code, f"civicroot device retire {dead} --registrar-key" in early.err) == (1, True)
            assert street._run("device", "retire", dead, *street.town.desk).code == 0
        for again in range(2):
            done = street.provision("--subject", "bin/1", "--broken", dead, online=online)
            assert (done.code, board.committed) == (3, True), done.err
            assert ("is given up" in done.out) == (not again)
    assert [one.kid.hex() == dead for one in devices(street)] == ([True, False] if online else [])
    journal = street.journal()["bin/1"]
    assert journal["given_up"] == [dead] != [journal["kid"]]
    if not online:
        assert len((street.out / "requests.jsonl").read_text().splitlines()) == 1, "the dead one's is gone"
    done = street.provision("--subject", "bin/1", "--broken", str(journal["kid"]))
    assert (done.code, "bin/1 is configured; `civicroot device replace`" in done.err) == (1, True)
    unknown = street.provision("--subject", "bin/1", "--broken", "0" * 16)
    assert (unknown.code, "no row has this device" in unknown.err) == (1, True)


def test_a_self_test_that_fails_stops_before_enrolment_and_says_what(street: Street) -> None:
    site = street.site.read_text()
    street.site.write_text(site.replace('ssid = "street"', 'ssid = "elsewhere"'))
    with street.board("one") as board:
        done = street.provision("--subject", "bin/1")
        assert (done.code, "wifi: not-joined" in done.err) == (1, True)
        assert "✗ wifi" in done.out
        assert not board.committed
        assert devices(street) == []
        street.site.write_text(site)
        assert street.provision("--subject", "bin/1").code == 3


def test_another_device_takes_the_row_of_one_that_is_broken(street: Street, tmp_path: Path) -> None:
    box = write_list(tmp_path / "box.csv", 2)
    samples = tmp_path / "broken.csv"
    samples.write_text("seconds,fill,temp\n0,,3.5\n")  # its fill sensor gives nothing
    with street.hands(["broken", "good", "better"], refused={"broken": {"samples": str(samples)}}):
        done = street.provision("--batch", box)
    assert done.code == 3, done.out + done.err
    assert "not taken: bin/1 does not pass its self-test: fill: no-answer" in done.out
    given = {json.loads((tmp_path / name / "config.json").read_text())["subject"] for name in ("good", "better")}
    assert given == {"bin/1", "bin/2"}
    assert not (tmp_path / "broken" / "config.json").exists()
    assert sorted(found.subject for found in devices(street)) == ["bin/1", "bin/2"]


def test_a_port_where_nobody_speaks_the_protocol_is_said(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "START_SECONDS", 0.1)
    monkeypatch.setattr(conversation, "ASK_AGAIN_SECONDS", 0.1)
    missing = street.provision("--subject", "bin/1")
    assert (missing.code, "cannot open" in missing.err) == (2, True)
    end, silent = pty.openpty()
    try:
        street.port.symlink_to(os.ttyname(silent))
        nobody = street.provision("--subject", "bin/1")
        assert (nobody.code, "no Civicroot device answers" in nobody.err) == (2, True)
    finally:
        os.close(end)
        os.close(silent)


def test_the_account_at_the_broker_goes_to_the_device_and_nowhere_else(street: Street, tmp_path: Path) -> None:
    maker = tmp_path / "maker.py"
    maker.write_text("import json, sys; print(json.dumps({'username': sys.argv[1], 'password': 'a secret of it'}))\n")
    site = street.site.read_text()
    street.site.write_text(site.replace("[wifi]", f'account = ["{sys.executable}", "{maker}", "{{kid}}"]\n[wifi]'))
    with street.board("one") as board:
        assert street.provision("--subject", "bin/1").code == 3
        broker = json.loads((board.folder / "config.json").read_text())["broker"]
    assert (broker["username"], broker["password"]) == (street.journal()["bin/1"]["kid"], "a secret of it")
    assert not [path for path in street.out.iterdir() if b"a secret of it" in path.read_bytes()]
    maker.write_text("import sys; sys.exit('the gateway does not answer')\n")
    with street.board("two") as board:
        done = street.provision("--subject", "bin/2")
        assert (done.code, "the gateway does not answer" in done.err, board.committed) == (2, True, False)
