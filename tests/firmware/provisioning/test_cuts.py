"""Provisioning and unlocking with the power cut in every write: clean, or going on, and never in between."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from civicroot_device.calibration import Calibration
from civicroot_device.config import Configuration
from civicroot_device.provisioning import unlock
from civicroot_device.provisioning.draft import AUTHORITY, CONFIGURATION, FILE, Draft
from civicroot_device.provisioning.errors import INCOMPLETE, VALUE, ProvisioningError
from civicroot_device.provisioning.factory import Factory
from civicroot_device.provisioning.session import Session
from civicroot_device.storage import identity
from civicroot_device.tag.settings import RadioSettings
from hypothesis import given
from hypothesis import strategies as st

from tests.support.micropython import ROOT, MicroPython

DEVICE_SIDE = Path(__file__).parents[1] / "device_side"
sys.path.insert(0, str(DEVICE_SIDE))

from quick_curve import Curve  # noqa: E402
from simulated_flash import OUTCOMES, PowerCut, SimulatedFlash  # noqa: E402

FACTORY = Factory(
    {"model": "smart-bin", "configuration": {"data": "/data", "kind": "bin", "interval_s": 600, "target": "smart-bin"}}
)
TOLD: list[tuple[str, Any]] = [
    ("realm", "city.example"),
    ("subject", "bin/12"),
    ("keys", {"operator": "11" * 32, "release": "22" * 32}),
    ("gateway", {"kid": "0011223344556677", "host": "gateway.local", "port": 8883, "ca": "MAMCAQE=", "password": "p"}),
    ("wifi", {"ssid": "street", "password": "secret"}),
    ("place", {"label": "서울광장", "language": "ko"}),
]
SINGLE = ("realm", "subject")
REQUESTS: list[dict[str, Any]] = [
    *({"do": f"set_{group}", **({group: value} if group in SINGLE else value)} for group, value in TOLD),
    {"do": "calibrate", "sensor": "weight", "values": {"tare": 256169}},
    {"do": "possession", "nonce": "00112233445566778899"},
    {"do": "commit"},
]
SOAK = bool(os.environ.get("CIVICROOT_SOAK"))
LITTLEFS_SEED = 20261127
LITTLEFS_ROUNDS = 10  # five commits, three devices to unlock and two unlocks of them
Check = Callable[["SimulatedFlash", Any], None]


class Laptop:
    """What a crew's laptop does with the device that it finds, over its protocol: all of it, unless it is provisioned.

    enrolled   the key that signed a possession, by which it is enrolled
    """

    def __init__(self) -> None:
        self.enrolled: str | None = None
        self._drawn = 0

    def _random(self, size: int) -> bytes:
        self._drawn += 1  # never the same key twice
        return bytes([self._drawn]) * size

    def life(self, flash: SimulatedFlash) -> None:
        """The device starts, and the laptop speaks with it to the end."""
        data = flash.folder("data")
        key = identity.load_or_create(data, Curve(), self._random)
        if CONFIGURATION in flash.names():
            if FILE in flash.names():
                flash.remove(FILE)  # as usb.py does at a start
            return
        answers: list[dict[str, Any]] = []
        draft = Draft(flash, FACTORY, "")
        wifi = SimpleNamespace(fields=lambda told: {"wifi": told})
        device = SimpleNamespace(
            store=SimpleNamespace(identity=key), calibration=Calibration(data.folder(key.kid.hex())), log=print
        )
        session = Session(
            FACTORY,
            flash,  # type: ignore[arg-type]
            device,  # type: ignore[arg-type]
            draft,
            wifi,  # type: ignore[arg-type]
            lambda line: answers.append(json.loads(line)),
        )
        for request in REQUESTS:
            asyncio.run(session.line(json.dumps({"id": 1, **request}).encode()))
            assert "ok" in answers[-1], (request, answers[-1])
            if request["do"] == "possession":
                assert self.enrolled in (None, key.kid.hex())  # enrolled twice, with two keys: half of them for nothing
                self.enrolled = key.kid.hex()
        assert session.over == "committed"


def cut(lives: Callable[[], Callable[[SimulatedFlash], None]], check: Check, start: dict[str, bytes]) -> int:
    """Cut every write of a life in every way, look, and live again; how many cases there were.

    `lives` begins with another laptop. An uncut life says how many writes there are, so that none is passed over.
    """
    whole = SimulatedFlash()
    whole.files.update(start)
    lives()(whole)
    cases = 0
    for write in range(whole.writes):
        for outcome in OUTCOMES:
            flash, life = SimulatedFlash(), lives()
            flash.files.update(start)
            flash.plan(write, outcome)
            with pytest.raises(PowerCut):
                life(flash)
            flash.plan(None, None)
            check(flash, life)
            life(flash)
            check(flash, life)
            cases += 1
    return cases


def test_power_cut_at_every_write_of_provisioning_leaves_it_clean_or_resumable_and_never_half_enrolled() -> None:
    whole = SimulatedFlash()
    Laptop().life(whole)
    configured = whole.files[CONFIGURATION]
    assert Configuration(json.loads(configured)).subject == "bin/12"

    def check(flash: SimulatedFlash, life: Any) -> None:
        laptop: Laptop = life.__self__
        key = identity.load(flash.folder("data"), Curve())
        # 1. There is no configuration, or all of it.
        assert flash.files.get(CONFIGURATION, configured) == configured
        # 2. Who is enrolled is there, and nobody is configured who is not.
        if laptop.enrolled is not None:
            assert key is not None and key.kid.hex() == laptop.enrolled
        if key is not None:
            assert Calibration(flash.folder("data").folder(key.kid.hex())).of("weight") in ({}, {"tare": 256169})
        # 3. What the configuration names is there before it.
        if CONFIGURATION in flash.files:
            assert laptop.enrolled is not None
            assert flash.files[AUTHORITY] == bytes.fromhex("3003020101")
            return
        # 4. What was told is there up to some step, and of each step all.
        found = Draft(flash, FACTORY, "").values
        assert found in [dict(TOLD[:count]) for count in range(len(TOLD) + 1)]

    # The key, six groups, the authority, the calibration, the configuration, the draft's end.
    assert cut(lambda: Laptop().life, check, {}) == len(OUTCOMES) * 11


def test_power_cut_at_every_write_of_an_unlock_never_leaves_a_key_without_a_device_or_the_prompt_with_a_key() -> None:
    start = {
        CONFIGURATION: b"{}",
        AUTHORITY: b"\x01",
        FILE: b"d",
        "data/" + identity.FILE: b"key",
        "data/0011223344556677/link": b"link key",
        "data/0011223344556677/openings": b"a citizen's card",
        "data/0011223344556677/00000000.seg": b"signed records",
    }

    def unlocked(flash: SimulatedFlash) -> None:
        unlock.begin(flash)
        unlock.wipe(flash, flash.folder("data"))

    def restarted(flash: SimulatedFlash) -> None:
        if unlock.begun(flash):
            unlock.wipe(flash, flash.folder("data"))

    def check(flash: SimulatedFlash, _: Any) -> None:
        if CONFIGURATION not in flash.files:  # main.provisioned(): from here on the prompt is open
            assert sorted(flash.files) == ["data/0011223344556677/00000000.seg", unlock.FILE]
        restarted(flash)
        if unlock.begun(flash):  # the prompt comes back, so nothing secret is there
            assert sorted(flash.files) == ["data/0011223344556677/00000000.seg", unlock.FILE]
        else:
            assert flash.files == start

    # The decision, the key, a radio's key, a card, the authority, the draft, the configuration.
    assert cut(lambda: unlocked, check, start) == len(OUTCOMES) * 7


def test_power_cut_at_the_writes_of_littlefs_under_commits_and_unlocks() -> None:
    """On a real file system, whose metadata are cut too; beside an outbox, with which they share blocks and syncs."""
    every, ways = (1, 4) if SOAK else (9, 1)
    names = ["commit", "unlock"]
    with MicroPython([DEVICE_SIDE], heap="64m") as device:
        cases, writes, _ = device.call(
            "littlefs_cut.cut_writes", LITTLEFS_SEED, LITTLEFS_ROUNDS, 100_000, every, ways, 0, names, deadline=3600.0
        )
    assert writes > 400
    assert cases == writes * 4 if SOAK else cases > 40


def test_a_device_is_not_configured_before_all_is_told() -> None:
    flash = SimulatedFlash()
    draft = Draft(flash, FACTORY, "")
    for group, value in TOLD[:4]:
        with pytest.raises(ProvisioningError) as caught:
            draft.commit({})
        assert caught.value.name == INCOMPLETE
        draft.set(group, value)
    assert draft.missing == ["wifi"]
    assert CONFIGURATION not in flash.files


@pytest.mark.parametrize(
    ("group", "value"),
    [
        ("realm", "No Realm"),
        ("gateway", {"kid": "00", "host": "a", "port": 1}),
        ("gateway", {"kid": "0011223344556677", "port": 1}),
        ("gateway", {"kid": "0011223344556677", "host": "a", "port": 1, "ca": "%"}),
        ("keys", {"operator": "11"}),
        ("place", {"interval_s": 0}),
        ("place", {"label": "x" * 9000}),
    ],
)
def test_what_no_configuration_could_have_is_refused_and_not_kept(group: str, value: Any) -> None:
    flash = SimulatedFlash()
    with pytest.raises(ProvisioningError) as caught:
        Draft(flash, FACTORY, "").set(group, value)
    assert caught.value.name == VALUE
    assert flash.files == {}


@pytest.mark.parametrize("board", ["smart_bin", "tree_tag"])
def test_what_comes_with_the_firmware_makes_a_configuration(board: str) -> None:
    found = json.loads((ROOT / "firmware" / "factory" / f"{board}.json").read_text())
    wiring = json.loads((ROOT / "firmware" / "boards" / f"{board}.json").read_text())
    assert (found["model"], found["configuration"]["kind"]) == (wiring["name"], wiring["kind"])
    flash = SimulatedFlash()
    draft = Draft(flash, Factory(found), "")
    for group, value in TOLD:
        if group != "wifi" or board == "smart_bin":
            draft.set(group, {"public": "33" * 32} if (group, board) == ("gateway", "tree_tag") else value)
    draft.commit({})
    made = Configuration(json.loads(flash.files[CONFIGURATION]))
    assert (made.realm, made.subject, made.target) == ("city.example", "bin/12", wiring["name"])
    if board == "tree_tag":
        assert made.radio is not None
        assert RadioSettings(made.radio).gateway == bytes.fromhex("33" * 32)


def test_nothing_secret_is_shown() -> None:
    draft = Draft(SimulatedFlash(), FACTORY, "")
    for group, value in TOLD:
        draft.set(group, value)
    shown = json.dumps(draft.shown())
    assert "secret" not in shown and '"p"' not in shown and "street" in shown


@given(st.binary(max_size=120))
def test_a_draft_that_is_damaged_is_none(data: bytes) -> None:
    flash = SimulatedFlash()
    flash.files[FILE] = data
    assert Draft(flash, FACTORY, "").values == {}
