"""A release, from `civicroot release roll-out` to a tag that reports the new version, and an operator's configuration.

Everything is real but the air: a tag and a bridge in MicroPython, a gateway, a broker, a backend, the commands.
"""

from pathlib import Path

import pytest
import starter

from tests.firmware.update.test_process import VERSION_FILE, changed
from tests.support.micropython import ROOT
from tests.system import grove
from tests.system.grove import SUBJECT, TARGET, Awake, Grove
from tests.system.roll_out import content
from tests.system.roll_out.releasing import Releasing
from tests.system.witnessed import until

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

GOOD, MUTE = "0.3.0", "0.4.0"
SHORT_TRIAL = 6  # seconds, of the bad release: the test waits for it
EXCHANGE_FILE = "lib/civicroot_device/tag/exchange.py"
PADDING = b"# " + b"larger " * 1500 + b"\n"  # six questions of eleven frames
# What a tag without drivers never imports.
LEFT_OUT = tuple(
    "civicroot_device." + name
    for name in (
        *("app", "board_esp32", "claim", "commands", "display", "lamp", "mqtt", "net", "provisioning.usb", "safe_mode"),
        *("sampler", "smart_bin", "supervisor", "tag.esp32_sleep", "uplink", "wiring"),
    )
)


def of_tags() -> dict[str, bytes]:
    """The packages that a bin's release has not."""
    folder = ROOT / "firmware" / "lib"
    found = sorted([*(folder / "civicroot_radio").glob("*.py"), *(folder / "civicroot_device" / "tag").glob("*.py")])
    return {"lib/" + path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def files_of(version: str) -> dict[str, bytes]:
    """What a tag needs of this checkout, with another version string and one file that is larger."""
    files = content.needed(changed(version) | of_tags(), LEFT_OUT)
    files[EXCHANGE_FILE] += PADDING
    return files


def mute(version: str) -> dict[str, bytes]:
    """A version that wakes and measures, but sends nothing."""
    files = files_of(version)
    files[EXCHANGE_FILE] = files[EXCHANGE_FILE].replace(
        b"        for seq in self._order(fresh):", b"        for seq in []:"
    )
    assert files[EXCHANGE_FILE] != files_of(version)[EXCHANGE_FILE]
    return files


def release(town: Grove, version: str, files: dict[str, bytes]) -> Releasing:
    """Offered, and ready to be rolled out to tags."""
    return town.release(version, files, TARGET, "tree")


def test_a_release_and_a_configuration_reach_a_tag_by_radio(tmp_path: Path) -> None:
    with grove.made(tmp_path) as (town, _, antenna):
        tag = town.plant(antenna)
        with Awake(tag) as awake:
            until(lambda: town.listed()[SUBJECT]["latest"], "it reports")
            _good(town)
            state = tag.slots()
            assert (starter.FOLDERS[state.followed], state.trial) == ("a", starter.FACTORY)
            assert b'VERSION = "0.3.0"' in (tag.folder / "a" / VERSION_FILE).read_bytes()
            _configured(town)
            awake.configure(trial_s=SHORT_TRIAL)
            _bad(town)
            state = tag.slots()
            assert (state.followed, state.trial, state.candidate) == (1, starter.FACTORY, (0, 4, 0))
            before = town.listed()[SUBJECT]["latest"]["seq"]
            until(lambda: town.listed()[SUBJECT]["latest"]["seq"] > before + 3, "it reports on")


def _good(town: Grove) -> None:
    code, lines = release(town, GOOD, files_of(GOOD)).run()
    assert (code, lines[-1]) == (0, ["1", "of", "1", "who", "were", "told", "have", "it"])
    assert town.status(GOOD, "tree") == {SUBJECT: f"{GOOD} committed"}


def _configured(town: Grove) -> None:
    town.configure(1, "delta.soil=0.2", "home.gateway=0011223344556677")
    until(lambda: town.at_gateway().get("refused") == "home", "a gateway of another key is refused by name")
    town.configure(2, "delta.soil=0.2", "delta.battery=50")
    until(lambda: town.at_gateway().get("configuration") == 2, "the tag follows it")
    assert town.at_gateway()["refused"] is None


def _bad(town: Grove) -> None:
    code, lines = release(town, MUTE, mute(MUTE)).run()
    assert code == 1
    assert [SUBJECT + ":", MUTE, "rolled-back"] in lines
