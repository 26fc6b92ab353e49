"""The power model: targets with the firmware's own duty cycle, where each number is from, arithmetic."""

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from civicroot_device.errors import ConfigurationError

from hardware.power import firmware, report
from hardware.power.__main__ import units
from hardware.power.battery import YEAR_D, Battery, Unit
from hardware.power.bin import smart_bin
from hardware.power.cells import BIN_BATTERIES
from hardware.power.phase import DAY_S, Figure, Mark, Phase, always, datasheet
from hardware.power.tag import ESPNOW, LEAN_BYTES, PROMISE_S, RADIOS, RECORD_BYTES, TARGET_YEARS, tag
from tests.support.micropython import ROOT, MicroPython

HOUR_S = 3600
EU868, CN470 = {"region": "EU868", "frequency": 869_525_000}, {"region": "CN470", "frequency": 480_000_000}
PLACES: tuple[tuple[dict[str, Any], tuple[int, ...], tuple[int, ...]], ...] = (
    (EU868, (7, 8, 9, 10), (14, 17, 20, 22)),
    (CN470, (7, 8), (17,)),
)
# Every radio that the firmware takes: (name in the model, power, its settings).
ACCEPTED: list[tuple[str, int, dict[str, Any]]] = [
    (ESPNOW, 14, {"kind": "espnow", "channel": 6}),
    *(
        (f"LoRa SF{factor}", power, {"kind": "lora", "factor": factor, "power": power, "wiring": {}, **place})
        for place, factors, powers in PLACES
        for factor in factors
        for power in powers
    ),
]
LOOK = """
from civicroot_device import board as boards, config
from civicroot_device.calibration import Calibration
from civicroot_device.equipment import Equipment
from civicroot_device.storage.flash import Flash
options = config.Configuration(fields)
waits = []
Equipment(boards.choose(options), options.kind, Calibration(Flash(options.data))).look_with(waits.append)
result = sum(waits)
"""


@pytest.mark.parametrize("radio", RADIOS)
def test_tag_lives_five_years_at_hourly_reports_also_with_the_scaled_times_tripled(radio: str) -> None:
    unit = tag(radio, HOUR_S)
    assert unit.years > report.scaled_slower(unit).years >= TARGET_YEARS
    assert report.scaled_slower(unit).years > report.unknown_slower(unit).years


@pytest.mark.parametrize("frozen", [True, False], ids=["frozen", "files"])
@pytest.mark.parametrize(("radio", "power", "settings"), ACCEPTED, ids=[f"{name}, {dbm}" for name, dbm, _ in ACCEPTED])
def test_every_radio_that_the_firmware_takes_lives_five_years_at_the_interval_that_it_keeps_to(
    radio: str, power: int, settings: dict[str, Any], frozen: bool
) -> None:
    least_s = firmware.least_s(settings, frozen)
    assert (
        least_s <= HOUR_S or power > 14 or not frozen
    )  # hourly reports stay hourly at the power that most channels allow
    for interval_s in (least_s, max(HOUR_S, least_s)):
        assert report.scaled_slower(tag(radio, interval_s, frozen, power)).years >= TARGET_YEARS
    # Nor is anybody made to wait much longer than that takes.
    assert report.scaled_slower(tag(radio, 0.93 * least_s, frozen, power)).years < TARGET_YEARS


def test_the_models_radios_are_all_that_the_firmware_takes() -> None:
    for factor, power, place in ((11, 14, EU868), (9, 17, CN470)):
        with pytest.raises(ConfigurationError, match="longer than the region allows"):
            firmware.least_s({"kind": "lora", "factor": factor, "power": power, "wiring": {}, **place})
    assert {radio for radio, _, _ in ACCEPTED} == set(RADIOS)


@pytest.mark.parametrize("radio", RADIOS)
def test_a_program_that_takes_no_time_bounds_every_life(radio: str) -> None:
    bound = tag(radio).without(lambda phase: phase.mark == Mark.SCALED).years
    assert tag(radio).years < bound < (7 if radio == "LoRa SF10" else 12)  # docs/devices.md


@pytest.mark.parametrize("radio", RADIOS)
def test_tag_that_loads_its_modules_from_files_does_not_at_hourly_reports(radio: str) -> None:
    assert report.scaled_slower(tag(radio, HOUR_S, frozen=False)).years < TARGET_YEARS  # docs/devices.md: freeze them


@pytest.mark.parametrize("chemistry", sorted(BIN_BATTERIES))
def test_bin_lives_thirty_days_without_sun_also_with_the_scaled_times_tripled(chemistry: str) -> None:
    unit = smart_bin(chemistry)
    assert unit.days >= report.scaled_slower(unit).days >= 30


def test_board_file_says_which_battery_the_bin_has() -> None:
    assert smart_bin().battery is BIN_BATTERIES[firmware.drivers("smart_bin")["battery"]["chemistry"]]


@pytest.mark.parametrize("unit", units(), ids=lambda unit: unit.name)
def test_every_number_says_where_it_is_from(unit: Unit) -> None:
    for phase in unit.phases:
        for figure in (phase.current, phase.seconds):
            assert len(figure.source) > 3, phase.name
            assert figure.mark != Mark.MEASURED, "no board was measured yet: say so in hardware/README.md first"
            if figure.mark == Mark.SCALED:
                assert "from this machine to an ESP32" in figure.source, phase.name
            if figure.mark == Mark.PUBLISHED:
                assert "github.com/" in figure.source, phase.name
    names = [phase.name for phase in unit.phases]
    assert len(set(names)) == len(names)
    marks = {figure.mark for phase in unit.phases for figure in (phase.current, phase.seconds)}
    assert {Mark.DATASHEET, Mark.FIRMWARE, Mark.ASSUMED, Mark.SCALED} <= marks


def test_tag_has_scaled_and_published_phases() -> None:
    marks = {phase.name: phase.mark for phase in tag().phases}
    assert {name for name, mark in marks.items() if mark == Mark.SCALED} == {
        "imports",
        "program",
        "signature",
    }
    assert {name for name, mark in marks.items() if mark == Mark.PUBLISHED} == {"boot", "Wi-Fi started"}


# The firmware's duty cycle. Whoever changes one of these changes a life: look at `python -m hardware.power`.


def test_duty_cycle_is_the_firmwares() -> None:
    assert firmware.configuration("tree", HOUR_S).sample_s == HOUR_S  # a wake an hour
    bin_options = firmware.configuration("bin", 600)
    assert (bin_options.sample_s, bin_options.keep_alive_s, bin_options.lid_ms) == (120, 60, 100)
    assert bin_options.wifi is not None and bin_options.wifi["power_save"] == "light"
    assert (firmware.ESPNOW.window_ms, firmware.ESPNOW.tries) == (480, 3)
    assert [firmware.lora_look_s(factor) for factor in (7, 8, 9, 10)] == [0.025, 0.051, 0.1, 0.1]
    assert (RECORD_BYTES, LEAN_BYTES) == (172, 154) and int(HOUR_S + HOUR_S * 17 // 16) + 1 == PROMISE_S  # tag.py
    assert (firmware.lora_window_s(7), firmware.lora_tries(7)) == (pytest.approx(0.78, abs=0.02), 2)
    assert (firmware.OFFER_S, firmware.REST_S, firmware.WEIGHING_S) == (90, 60, 10)
    assert firmware.RESTS


def test_tags_look_takes_as_long_as_the_firmwares_own(micropython: MicroPython, tmp_path: object) -> None:
    fields = {
        "realm": "city.example",
        "data": str(tmp_path),
        "kind": "tree",
        "interval_s": HOUR_S,
        "radio": {},
        "board": str(ROOT / "firmware" / "boards" / "tree_tag.json"),
    }
    found = micropython.run(LOOK, fields=fields)
    assert found == firmware.look_ms("tree", list(firmware.drivers("tree_tag")))


def test_tag_is_in_light_sleep_where_the_model_says_so() -> None:
    tag_source, radio = (
        (ROOT / "firmware" / "lib" / name).read_text()
        for name in ("civicroot_device/tag/tag.py", "civicroot_radio/lora_radio.py")
    )
    assert "_senses.look(self._port.rest)" in tag_source and "self._port.rest).arm()" in tag_source
    assert "self._rest(airtime_ms)" in radio
    assert "self._clock.ms, self._port.rest," in tag_source  # between two looks for LoRa's answer
    assert firmware.amplifier(14) == (2, 2)


# Arithmetic.

CELL = Battery(
    "ten watt hours", 2.0, datasheet(5, "test"), datasheet(0.9, "test"), datasheet(1, "test"), datasheet(0, "test")
)


def unit_of(*phases: Phase, battery: Battery = CELL, efficiency: float = 0.5) -> Unit:
    return Unit("test", phases, battery, datasheet(efficiency, "test"), 1)


def test_a_life_that_was_computed_by_hand() -> None:
    asleep = always("asleep", datasheet(0.01, "test"), 3.0)  # 10 µA × 3 V = 30 µW
    awake = Phase(
        "awake", datasheet(20, "test"), datasheet(3, "test"), 24, 3.0
    )  # 20 mA × 3 s × 24 / 86,400 s × 3 V = 50 µW
    divider = always("divider", datasheet(0.01, "test"), 2.0, direct=True)  # 20 µW, past the regulator
    unit = unit_of(asleep, awake, divider)
    # (30 + 50) / 0.5 + 20 = 180 µW from the battery; 9 Wh / 180 µW = 50,000 h.
    assert unit.watts == pytest.approx(180e-6)
    assert unit.days == pytest.approx(50_000 / 24)
    # With 10 % of 10 Wh lost a year, 114 µW more: 9 Wh / 294.08 µW.
    leaking = replace(CELL, lost_a_year=datasheet(0.1, "test"))
    assert replace(unit, battery=leaking).days == pytest.approx(9 / (180e-6 + 1 / (YEAR_D * 24)) / 24)


def test_only_scaled_times_are_tripled() -> None:
    looked_up = Phase("a", datasheet(1, "test"), datasheet(1, "test"), 1, 3.0)
    scaled = Phase("b", datasheet(1, "test"), Figure(1, Mark.SCALED, "test"), 1, 3.0)
    published = Phase("c", datasheet(1, "test"), Figure(1, Mark.PUBLISHED, "test"), 1, 3.0)
    unit = unit_of(looked_up, scaled, published)
    assert [phase.seconds.value for phase in unit.slower(3).phases] == [1, 3, 1]
    assert [phase.seconds.value for phase in unit.slower(3, Mark.PUBLISHED).phases] == [1, 3, 3]
    assert scaled.mark == Mark.SCALED and looked_up.mark == Mark.DATASHEET


@pytest.mark.parametrize("unit", units(), ids=lambda unit: unit.name)
def test_more_of_anything_never_lengthens_a_life(unit: Unit) -> None:
    doubled = unit.doubled()
    assert len(doubled) == len(unit.phases)
    assert all(0 < loss < 0.5 for _, loss in doubled)
    # Each phase that is left out gives as much as it takes.
    for phase in unit.phases:
        assert unit.without(lambda other, gone=phase: other is gone).days > unit.days
    assert replace(unit, efficiency=datasheet(0.99, "test")).days > unit.days


def test_phases_of_a_day_fit_into_it() -> None:
    for unit in units():
        awake = [phase for phase in unit.phases if phase.seconds.value != DAY_S]
        assert all(phase.seconds.value * phase.per_day <= DAY_S for phase in awake), unit.name


def test_shorter_intervals_shorten_a_tags_life() -> None:
    lives = [tag(ESPNOW, seconds).years for seconds in (600, 1800, 3600, 7200)]
    assert lives == sorted(lives)
    assert lives[0] < TARGET_YEARS


def test_command_prints_lives_marks_and_sensitivity() -> None:
    command = [sys.executable, "-m", "hardware.power"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    for words in ("tree tag, ESP-NOW: ", "smart bin, ", "scaled times tripled", "twice as much", "scaled", "published"):
        assert words in done.stdout
    found = json.loads(
        subprocess.run([*command, "--json"], cwd=ROOT, capture_output=True, timeout=60, check=True).stdout
    )
    assert [item["name"] for item in found] == [unit.name for unit in units()]
    assert all(item["phases"] and item["doubled_costs"] and item["days"] > 0 for item in found)
