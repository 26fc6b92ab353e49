"""The interval that a tag's cells last with; tests/hardware/test_power.py computes that they do."""

from typing import Any

import pytest
from civicroot_device.config import Configuration
from civicroot_device.reporting.kinds import KINDS
from civicroot_device.reporting.tuning import Tuning
from civicroot_device.tag import endurance
from civicroot_device.tag.settings import UDP, RadioSettings

from tests.support.micropython import MicroPython

HOUR_MS = 3_600_000
KEY = "ab" * 32
ESPNOW: dict[str, Any] = {"kind": "espnow", "gateway": KEY, "channel": 6}


def lora(factor: int, power: int = 14, **more: Any) -> dict[str, Any]:
    place = {"region": "EU868", "frequency": 869_525_000, "wiring": {}}
    return {"kind": "lora", "gateway": KEY, "factor": factor, "power": power, **place, **more}


def held(
    radio: dict[str, Any], interval_ms: int = HOUR_MS, sample_ms: int | None = None, files: bool = False
) -> tuple[Tuning, str]:
    own = Tuning(KINDS["tree"], interval_ms, interval_ms if sample_ms is None else sample_ms)
    return endurance.held(own, RadioSettings(radio), files)


@pytest.mark.parametrize("radio", [ESPNOW, lora(7), lora(8), lora(9), lora(10)], ids=["ESP-NOW", "7", "8", "9", "10"])
def test_hourly_reports_stay_hourly_with_every_radio_at_its_usual_power(radio: dict[str, Any]) -> None:
    found, why = held(radio)
    assert (found.interval_ms, found.sample_ms, why) == (HOUR_MS, HOUR_MS, "")


@pytest.mark.parametrize(("factor", "power"), [(9, 17), (9, 22), (10, 17), (10, 20), (10, 22)])
def test_what_the_cells_do_not_last_with_is_lengthened_and_says_why(factor: int, power: int) -> None:
    found, why = held(lora(factor, power))
    assert HOUR_MS < found.sample_ms == found.interval_ms < 2 * HOUR_MS
    assert why.startswith(
        f"wakes every {found.sample_ms // 1000} s and not 3600: with SF{factor} and {power} dBm two AA "
    )
    assert held(lora(factor, power), found.interval_ms)[1] == ""


def test_it_is_the_wakes_that_count_and_a_promise_never_falls_behind_them() -> None:
    found, why = held(ESPNOW, 2 * HOUR_MS, 600_000)  # a look every ten minutes, a heartbeat every two hours
    assert found.interval_ms == 2 * HOUR_MS and 600_000 < found.sample_ms < HOUR_MS
    assert "ESP-NOW" in why and "not 600:" in why
    assert held(ESPNOW, 600_000)[0].interval_ms == found.sample_ms


def test_who_changes_the_cells_sooner_says_for_how_long_they_have_to_last() -> None:
    assert held(ESPNOW | {"years": 0}, 60_000)[0].sample_ms == 60_000
    lives = [held(ESPNOW | {"years": years}, 1000)[0].sample_ms for years in (1, 2, 5, 10)]
    assert lives == sorted(lives) and lives[0] < 600_000 and lives[-1] > HOUR_MS
    assert held(lora(10, 22, years=10), 1000)[0].sample_ms < 12 * HOUR_MS  # the most that can be asked for
    udp = {"kind": UDP, "gateway": KEY, "port": 1, "address": "020000000001"}
    assert held(udp, 1)[0].sample_ms == 1  # no cells


def test_the_slowest_factor_tells_the_battery_when_it_changes_and_not_in_each_heartbeat() -> None:
    beats = {
        factor: [item.name for item in held(lora(factor))[0].kind if getattr(item, "beat", False)]
        for factor in (7, 8, 9, 10)
    }
    assert beats[7] == beats[8] == beats[9] == ["soil", "temp", "battery"] and beats[10] == ["soil", "temp"]
    usual, lean = KINDS["tree"][-1], held(lora(10))[0].kind[-1]
    assert lean.name == "battery" and vars(lean) == {**vars(usual), "beat": False}


@pytest.mark.parametrize("interval_s", [60, 3600])
def test_a_configuration_in_the_field_is_never_refused_for_it(interval_s: int) -> None:
    radio = lora(10, 22)
    made = Configuration({"realm": "c", "data": "/", "kind": "tree", "interval_s": interval_s, "radio": radio})
    assert made.interval_s == interval_s and endurance.least_s(RadioSettings(radio), False) > 3600


def test_modules_in_files_as_after_an_update_by_radio_lengthen_it_too() -> None:
    found, why = held(ESPNOW, files=True)
    assert HOUR_MS < found.sample_ms < 3 * HOUR_MS and "ESP-NOW and modules in files" in why
    assert held(ESPNOW | {"years": 2}, files=True)[1] == ""


def test_a_module_knows_whether_it_is_frozen_by_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    assert endurance.from_files()
    monkeypatch.setattr(endurance, "__file__", "civicroot_device/tag/endurance.py")  # as MicroPython names a frozen one
    assert not endurance.from_files()


def test_a_module_of_micropython_is_named_by_its_folder_or_by_none(micropython: MicroPython) -> None:
    """Of a frozen one by none, of a file's by its path (the Unix port has asyncio frozen)."""
    source = "import asyncio.core\nfrom civicroot_device.tag import endurance\n"
    frozen, files = micropython.run(source + "result = asyncio.core.__file__, endurance.from_files()")
    assert not frozen.startswith("/") and files is True
