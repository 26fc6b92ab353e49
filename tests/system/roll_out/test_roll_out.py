"""A release in stages to fifty devices that are the real firmware, each a process; the city, too, is real.

The devices are brought to a release that works, some of them through a power cut in the middle of it; then to one that
boots but cannot report, which stops by itself. All fifty report at the end, with the version that works, and no record
is lost.
"""

from pathlib import Path

import pytest
import starter

from tests.firmware.update.test_process import VERSION_FILE
from tests.system.roll_out import content
from tests.system.roll_out.street import ON_TRIAL, Street
from tests.system.roll_out.town import Town, made
from tests.system.witnessed import until

pytestmark = [pytest.mark.system, pytest.mark.timeout(1800)]

DEVICES = 50
GOOD, BAD = "0.3.0", "0.4.0"
SHORT_TRIAL = 5  # seconds, of those that the bad release comes to: the test waits for it


def test_fifty_devices_follow_a_good_release_and_leave_a_bad_one(tmp_path: Path) -> None:
    with made(tmp_path) as town:
        street = town.settle(DEVICES)
        with street.awake():
            until(lambda: all(item["latest"] for item in town.listed().values()), "all report")
            _good(town, street)
            _bad(town, street)
            _nothing_is_lost(town, street)


def _good(town: Town, street: Street) -> None:
    files = content.good(GOOD)
    release = town.release(GOOD, files)
    *_, third, fourth = release.plan()
    # 1. The power of one stage is cut at different files, that of another one's first ones when they are on trial.
    loading = [street.devices[subject] for subject in third]
    trying = [street.devices[subject] for subject in fourth[:8]]
    for number, device in enumerate(loading, start=1):
        device.cut_at = number
    for device in trying:
        device.cut_at = ON_TRIAL
    # 2. All the same each of them says that it has it.
    code, lines = release.run()
    assert (code, lines) == (
        0,
        [
            ["stage", "told", "committed", "failed", "waiting"],
            *(
                [str(number), "of", "4", *counts]
                for number, told in enumerate(("1", "4", "20", "25"), start=1)
                for counts in ([told, "0", "0", told], [told, told, "0", "0"])
            ),
            ["50", "of", "50", "who", "were", "told", "have", "it"],
        ],
    )
    assert sum(0 < (device.was_cut or 0) < ON_TRIAL for device in loading) >= len(loading) // 2
    assert sum(device.was_cut == ON_TRIAL for device in trying) >= len(trying) // 2
    for device in street.devices.values():
        assert device.slots().followed == starter.FOLDERS.index("a")
        assert (device.folder / "a" / VERSION_FILE).read_bytes() == files[VERSION_FILE]
    # 3. And each has delivered a reading since, whose proof holds.
    for item in town.listed().values():
        until(lambda kid=item["kid"]: _has_proved_reading(town, kid), "a proof of a reading by the new version")


def _has_proved_reading(town: Town, kid: str) -> bool:
    """Of the readings since the device said that it has the release."""
    for reading in town.readings(kid):
        names = {value["name"]: value["value"] for value in reading["values"]}
        if names.get("update") == f"{GOOD} committed":
            return False
        if "fill" in names and town.is_proved(kid, reading["seq"]):
            return True
    return False


def _bad(town: Town, street: Street) -> None:
    release = town.release(BAD, content.mute(BAD))
    stages = ("--stages", "10%,100%")
    first, others = release.plan(*stages)
    street.configure(first, trial_s=SHORT_TRIAL)
    # 1. It stops by itself, in the first of its stages.
    code, lines = release.run(*stages)
    assert code == 1
    assert (len(first), len(others)) == (5, 45)
    assert lines[-1][0] == "stopped:"
    assert lines[-1][-6:] == ["10", "%;", "45", "were", "not", "told"]
    failed = [line for line in lines if line[0].startswith("bin/")]
    assert {line[0].rstrip(":") for line in failed} <= set(first)
    assert {tuple(line[1:]) for line in failed} == {(BAD, "rolled-back")}
    # 2. Who took it goes back to what it had, by itself, and reports.
    kids = {subject: item["kid"] for subject, item in town.listed().items()}
    for subject in first:
        until(lambda kid=kids[subject]: f"{BAD} rolled-back" in town.said(kid), f"{subject} has rolled back")
        state = street.devices[subject].slots()
        assert (state.followed, state.trial, state.candidate, state.failures) == (1, starter.FACTORY, (0, 4, 0), 1)
    wanted = dict.fromkeys(others, "says nothing of it") | dict.fromkeys(first, f"{BAD} rolled-back")
    assert town.status(BAD) == wanted


def _nothing_is_lost(town: Town, street: Street) -> None:
    before = {subject: item["latest"]["seq"] for subject, item in town.listed().items()}

    def all_report() -> bool:
        return all(item["latest"]["seq"] > before[subject] for subject, item in town.listed().items())

    until(all_report, "all report on")
    assert len(before) == DEVICES
    until(lambda: town.versions(DEVICES) == [GOOD] * DEVICES, "all say that they run the good release")
    for item in town.listed().values():
        found = town.asked.json(f"/api/v1/devices/{item['kid']}/completeness")
        counts = {name: count for name, count in found["counts"].items() if name not in ("received", "skipped")}
        assert set(counts.values()) == {0}, (item["subject"], counts)
        assert found["counts"]["received"] > 0
