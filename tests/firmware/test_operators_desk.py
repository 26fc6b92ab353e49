"""What the operator's desk and the crews' site file take as settings is what a device follows, and nothing else is."""

from contextlib import suppress
from typing import Any

import pytest
from civicroot_cli.main import CommandError
from civicroot_cli.operator import device_settings, setting
from civicroot_device.errors import SettingRefused
from civicroot_device.reporting import tuning
from civicroot_device.reporting.alarms import Threshold
from civicroot_device.reporting.kinds import KINDS, Quantity
from civicroot_device.reporting.tuning import Tuning, tuned
from civicroot_wire.cbor import DecimalFraction
from hypothesis import example, given, settings
from hypothesis import strategies as st

LONGEST = tuning.MAX_INTERVAL_MS  # whatever is sampled, it is not longer than a file's interval
BOUNDS = {"bin": tuning.BINS, "tree": tuning.TAGS}


@pytest.mark.parametrize("kind", KINDS)
def test_the_desks_tables_are_those_of_the_firmware(kind: str) -> None:
    quantities = [item for item in KINDS[kind] if isinstance(item, Quantity)]
    told, bounds = device_settings.KINDS[kind], BOUNDS[kind]
    assert {one.name: (one.digits, one.low, one.high) for one in quantities} == told.quantities
    assert {
        rule.alarm: (one.name, rule.at, rule.release)
        for one in quantities
        for rule in one.alarms
        if isinstance(rule, Threshold)
    } == told.alarms
    seconds = {tuning.INTERVAL: bounds.interval, tuning.SAMPLE: bounds.sample}
    assert told.seconds == {name: (least // 1000, most // 1000) for name, (least, most) in seconds.items()}


NUMBERS = (
    st.integers(-2, 100)
    | st.sampled_from([86_400, 86_401, 3_600, 9_999])
    | st.builds(DecimalFraction, st.integers(-4, -1), st.integers(-100, 2000))
    | st.sampled_from([True, "1e9999", "0.5"])
)


@settings(deadline=None)  # a busy machine is no fault
@given(st.sampled_from(sorted(KINDS)), st.data())
@example("bin", {"alarm.full.begin": DecimalFraction(-2, 85)})
@example("bin", {"alarm.full.begin": DecimalFraction(-2, 86)})
@example("bin", {"report.sample_s": 60, "report.interval_s": DecimalFraction(-1, 599)})
@example("tree", {"report.interval_s": 59})
@example("tree", {"report.interval_s": 7200, "report.sample_s": 7200})
def test_the_desk_refuses_what_a_device_refuses_and_nothing_else(kind: str, data: Any) -> None:
    told = device_settings.KINDS[kind]
    some = st.dictionaries(st.sampled_from(told.names), NUMBERS, max_size=3)
    wanted: dict[str, setting.Setting] = data if isinstance(data, dict) else data.draw(some)
    followed = said = False
    with suppress(SettingRefused):
        tuned(Tuning(KINDS[kind], LONGEST, 60_000), wanted, BOUNDS[kind])
        followed = True
    with suppress(CommandError):
        device_settings.check(wanted, told)
        said = True
    assert said == followed


@pytest.mark.parametrize("name", ["report.interval", "delta.foo", "alarm.ful.end", "alarm.full", "delta.soil"])
def test_a_name_that_no_bin_knows_is_refused_in_these_families_and_others_are_not_looked_at(name: str) -> None:
    with pytest.raises(CommandError, match=f"{name} is unknown; there are report.interval_s"):
        device_settings.check({name: 1})
    device_settings.check({"home.host": "b", "interval": 600, "unlock": "00"})
