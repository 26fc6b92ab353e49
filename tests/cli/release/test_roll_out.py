"""`civicroot release roll-out` and `status` on fifty simulated devices of a real backend.

How a real device comes to `committed` and `rolled-back` is shown in tests/firmware/update/test_process.py.
"""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Civicroot
from tests.cli.release.street import BAD, DEVICES, NEW, OLD, SILENT, TARGET, Scene, text

FAILING = {f"bin/{number}" for number in range(0, DEVICES, 10)} | {f"bin/{number}" for number in range(1, DEVICES, 5)}
FAST = ("--poll", "0.05")


class Releaser:
    """Files of a release, and the command with all its arguments."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.scene = scene
        self.files = folder / "files"
        start = self.files / "lib" / "civicroot_device" / "start.py"
        start.parent.mkdir(parents=True)
        start.write_bytes(b"import app\n")
        (start.parent / "__init__.py").touch()
        self.journal = folder / "roll-out.json"

    def command(self, *more: object, version: str = text(NEW)) -> list[str]:
        """Arguments of `civicroot`."""
        by = ("--key", self.scene.key, "--realm", self.scene.town.realm, "--issuer", "release/1")
        where = ("--url", self.scene.served.url, "--kind", "bin", "--journal", self.journal)
        about = ("release", "roll-out", self.files, "--version", version, "--target", TARGET)
        return [str(item) for item in (*about, *by, *where, *FAST, "--json", *more)]

    def stages(self) -> list[list[str]]:
        """As the journal has them."""
        found: list[list[str]] = json.loads(self.journal.read_text())["stages"]
        return found

    def started(self) -> "subprocess.Popen[str]":
        """The command as a process of its own."""
        command = [sys.executable, "-m", "civicroot_cli", *self.command()]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def releaser(scene: Scene, tmp_path: Path) -> Releaser:
    return Releaser(scene, tmp_path)


def test_a_good_release_reaches_all_in_stages(releaser: Releaser, civicroot: Civicroot) -> None:
    scene = releaser.scene
    done = civicroot(*releaser.command())
    assert done.code == 0, done.out + done.err
    *stages, end = done.lines()
    assert [line["told"] for line in stages] == [1, 1, 4, 4, 20, 20, 25, 25]  # each as it begins and as it ends
    assert (end["committed"], end["failed"], end["not_told"], end["stopped"]) == (DEVICES, 0, [], None)
    order = [subject for stage in releaser.stages() for subject in stage]
    assert scene.logged() == order
    every_device_reports(scene)
    assert {device.version for device in scene.street.devices.values()} == {NEW}
    status = civicroot("release", "status", "--version", "0.3.0", "--kind", "bin", "--url", scene.served.url, "--json")
    assert {line["says"] for line in status.lines()} == {"0.3.0 committed"}
    # Again: everybody has it, nobody is told anything.
    assert civicroot(*releaser.command()).code == 0
    assert scene.logged() == order


def test_a_release_that_fails_on_three_of_ten_stops_early(releaser: Releaser, civicroot: Civicroot) -> None:
    scene, street = releaser.scene, releaser.scene.street
    assert len(FAILING) == 15
    street.turn_out(BAD, *FAILING)
    done = civicroot(*releaser.command())
    assert done.code == 1
    end = done.lines()[-1]
    told = scene.logged()
    assert end["told"] == len(told) <= DEVICES // 2
    assert street.told() == set(told)
    assert set(end["not_told"]) == street.devices.keys() - set(told)
    assert "more than 10 %" in end["stopped"]
    assert end["failures"]
    assert set(end["failures"]) <= FAILING & set(told)
    assert set(end["failures"].values()) == {"0.3.0 rolled-back"}
    every_device_reports(scene)
    assert {device.subject for device in street.devices.values() if device.version == NEW} == set(told) - FAILING
    # The same command says the same again, and tells nobody.
    again = civicroot(*releaser.command())
    assert (again.code, scene.logged()) == (1, told)
    # Somebody who means it goes on.
    assert civicroot(*releaser.command("--stop-at", "40%")).code == 0
    assert len(scene.logged()) == DEVICES == len(set(scene.logged()))
    every_device_reports(scene)


def test_killed_while_it_tells_and_while_it_waits_it_goes_on(releaser: Releaser, civicroot: Civicroot) -> None:
    scene, street = releaser.scene, releaser.scene.street
    # 1. While the second stage, of four, is being told.
    street.hold_at = 2
    killed_when(releaser, 2)
    # 2. While it waits for the second stage.
    killed_when(releaser, 5)
    assert len(street.told()) == 5
    # 3. While the third stage, of twenty, is being told.
    street.hold_at = 8
    street.answering.set()
    killed_when(releaser, 8)
    assert len(street.told()) < DEVICES
    street.answering.set()
    done = civicroot(*releaser.command())
    assert done.code == 0, done.out + done.err
    assert sorted(scene.logged()) == sorted(street.devices)  # one entry for each
    assert all(len(device.told) == 1 for device in street.devices.values())
    assert [len(stage) for stage in releaser.stages()] == [1, 4, 20, 25]
    every_device_reports(scene)


def killed_when(releaser: Releaser, told: int) -> None:
    """The command is started, and killed when so many devices have been told."""
    street = releaser.scene.street
    process = releaser.started()
    try:
        street.until(lambda: len(street.told()) >= told)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_withdrawn_in_the_middle_the_key_tells_nobody_more(releaser: Releaser, civicroot: Civicroot) -> None:
    scene, street = releaser.scene, releaser.scene.street
    street.answering.clear()
    process = releaser.started()
    try:
        street.until(lambda: len(street.told()) == 1)
        scene.served.city.backend.submit(scene.town.revocation(scene.releaser, "release/1"))
        street.answering.set()
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 1, out + err
    end = json.loads(out.splitlines()[-1])
    assert "revoked" in end["stopped"]
    assert (end["told"], end["committed"], len(end["not_told"])) == (1, 1, DEVICES - 1)
    assert len(scene.logged()) == 1
    every_device_reports(scene)
    # And so it stays.
    again = civicroot(*releaser.command())
    assert again.code == 1
    assert "revoked" in again.lines()[-1]["stopped"]
    assert len(scene.logged()) == 1


def test_silence_over_the_time_is_a_failure(releaser: Releaser, civicroot: Civicroot) -> None:
    street = releaser.scene.street
    assert civicroot(*releaser.command("--dry-run")).code == 0
    assert not releaser.journal.exists()
    first = civicroot(*releaser.command("--dry-run")).lines()[0]["subjects"]
    street.turn_out(SILENT, *first)
    done = civicroot(*releaser.command("--wait", "1"))
    assert done.code == 1
    assert done.lines()[-1]["failures"] == dict.fromkeys(first, "says nothing of it")
    assert len(releaser.scene.logged()) == 1


def test_refused_by_the_devices_it_stops_with_their_reason(releaser: Releaser, civicroot: Civicroot) -> None:
    done = civicroot(*releaser.command("--minimum", "0.2.5"))
    assert done.code == 1
    assert set(done.lines()[-1]["failures"].values()) == {"refused too-early"}
    assert {device.version for device in releaser.scene.street.devices.values()} == {OLD}
    every_device_reports(releaser.scene)
    (subject,) = done.lines()[-1]["failures"]
    shown = civicroot(*[item for item in releaser.command("--minimum", "0.2.5") if item != "--json"])
    assert shown.out.splitlines() == [
        f"  {subject}: refused too-early",
        "0 of 1 who were told have it",
        "stopped: 1 of 1 failed, more than 10 %; 49 were not told",
    ]
    status = civicroot("release", "status", "--version", "0.3.0", "--kind", "bin", "--url", releaser.scene.served.url)
    rows, summary = status.out.splitlines()[:DEVICES], status.out.splitlines()[DEVICES:]
    assert [line.split()[0] for line in rows] == [f"bin/{number}" for number in range(DEVICES)]
    assert [line.split()[:3] for line in rows if "refused" in line] == [[subject, "refused", "too-early"]]
    assert summary == ["49 of 50: says nothing of it", "1 of 50: refused too-early"]


def test_the_table_has_a_line_as_each_stage_begins_and_ends(
    releaser: Releaser, civicroot: Civicroot, tmp_path: Path
) -> None:
    subjects = tmp_path / "subjects.txt"
    subjects.write_text("# a pilot\nbin/1\nbin/2 # at the market\nbin/2\n")
    listed = [item for item in releaser.command("--stages", "50%,100%") if item not in ("--kind", "bin", "--json")]
    done = civicroot(*listed, "--subjects", subjects)
    assert [line.split() for line in done.out.splitlines()] == [
        ["stage", "told", "committed", "failed", "waiting"],
        ["1", "of", "2", "1", "0", "0", "1"],
        ["1", "of", "2", "1", "1", "0", "0"],
        ["2", "of", "2", "1", "0", "0", "1"],
        ["2", "of", "2", "1", "1", "0", "0"],
        ["2", "of", "2", "who", "were", "told", "have", "it"],
    ]
    assert set(releaser.scene.logged()) == {"bin/1", "bin/2"}


def test_on_a_terminal_the_line_of_a_stage_changes_as_its_devices_come_to_something(
    releaser: Releaser, tmp_path: Path
) -> None:
    subjects = tmp_path / "subjects.txt"
    subjects.write_text("bin/1\nbin/2\n")
    listed = [item for item in releaser.command("--stages", "100%") if item not in ("--kind", "bin", "--json")]
    command = [sys.executable, "-m", "civicroot_cli", *listed, "--subjects", str(subjects)]
    controller, terminal = pty.openpty()
    with os.fdopen(controller, "rb") as screen:
        try:
            done = subprocess.run(command, stdout=terminal, timeout=60, check=False)
        finally:
            os.close(terminal)
        shown = screen.read1().decode()
    assert done.returncode == 0
    _, row, end, _ = shown.split("\r\n")
    states = [state.split() for state in row.split("\r")]
    assert len(states) >= 2
    assert states[0] == ["1", "of", "1", "2", "0", "0", "2"]
    assert states[-1] == ["1", "of", "1", "2", "2", "0", "0"]
    assert end == "2 of 2 who were told have it"


def test_who_was_told_by_hand_is_not_told_again(releaser: Releaser, civicroot: Civicroot, tmp_path: Path) -> None:
    scene, out = releaser.scene, tmp_path / "release.cose"
    paths = [path.relative_to(releaser.files) for path in releaser.files.rglob("*") if path.is_file()]
    files = [f"{path}={releaser.files / path}" for path in sorted(paths, reverse=True)]
    by = ("--key", scene.key, "--realm", scene.town.realm, "--issuer", "release/1", "--subject", "bin/7")
    assert civicroot("release", "sign", *files, "--version", text(NEW), "--target", TARGET, *by, "-o", out).code == 0
    assert civicroot("release", "submit", out, "--url", scene.served.url).code == 0
    scene.street.settled({"bin/7"})
    assert civicroot(*releaser.command()).code == 0
    before = scene.logged()
    assert sorted(before) == sorted(scene.street.devices)
    # So a journal that was lost costs nothing either.
    releaser.journal.unlink()
    again = civicroot(*releaser.command())
    assert (again.code, again.lines()[-1]["committed"], scene.logged()) == (0, DEVICES, before)
    every_device_reports(scene)


def test_no_device_is_told_two_contents_of_one_version(releaser: Releaser, civicroot: Civicroot) -> None:
    scene = releaser.scene
    assert civicroot(*releaser.command()).code == 0
    before = scene.logged()
    (releaser.files / "lib" / "civicroot_device" / "start.py").write_bytes(b"import other\n")
    # 1. With the journal of the first one.
    refused = civicroot(*releaser.command())
    assert refused.code == 2
    assert "two contents" in refused.err
    # 2. With the journal lost: the log knows.
    releaser.journal.unlink()
    refused = civicroot(*releaser.command())
    assert refused.code == 2
    assert "another content of 0.3.0" in refused.err
    # 3. An older version, which the backend would tell nobody.
    releaser.journal.unlink()
    refused = civicroot(*releaser.command(version="0.2.9"))
    assert "was told the newer 0.3.0 already" in refused.err
    assert scene.logged() == before


def test_what_cannot_be_rolled_out_is_said_before_anybody_is_told(
    releaser: Releaser, civicroot: Civicroot, tmp_path: Path
) -> None:
    scene = releaser.scene
    offered, subjects = tmp_path / "offered.txt", tmp_path / "subjects.txt"
    offered.write_text("")
    wrong = releaser.command("--offered", offered)
    assert "is not offered" in civicroot(*wrong).err
    for more, reason in (
        (("--stages", "10%,5%,100%"), "stages rise"),
        (("--stages", "10%"), "end with 100%"),
        (("--stop-at", "0%"), "a share is written"),
        (("--realm", "other.example"), "is the city"),
        (("--wait", "-1"), "--wait is not below 0"),
        (("--poll", "0"), "--poll above it"),
    ):
        refused = civicroot(*releaser.command(*more))
        assert (refused.code, reason in refused.err) == (2, True), refused.err
    subjects.write_text("bin/1 # the first\nbin/999\n")
    listed = [item for item in releaser.command() if item not in ("--kind", "bin")]
    assert "bin/999" in civicroot(*listed, "--subjects", subjects).err
    (releaser.files / "main.py").touch()
    assert "below lib/" in civicroot(*releaser.command()).err
    assert scene.logged() == []


def every_device_reports(scene: Scene) -> None:
    """A record of each arrives, and says the version that the device runs."""
    street = scene.street
    street.settled(set(scene.logged()))
    scene.served.city.commit([device.reports() for device in street.devices.values()])
    page = scene.served.client.get("/api/v1/devices?limit=200").json()
    said = {item["subject"]: item["latest"]["values"][0]["value"] for item in page["devices"]}
    assert said == {device.subject: text(device.version) for device in street.devices.values()}
