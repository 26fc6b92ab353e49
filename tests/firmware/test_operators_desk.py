"""What the operator's desk and the crews' site file take as settings is what a bin follows, and nothing else is."""

from contextlib import suppress

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

BIN = [item for item in KINDS["bin"] if isinstance(item, Quantity)]
LONGEST = tuning.MAX_INTERVAL_MS  # whatever is sampled, it is not longer than a file's interval


def test_the_desks_tables_are_those_of_the_firmware() -> None:
    assert {one.name: (one.digits, one.low, one.high) for one in BIN} == device_settings.QUANTITIES
    assert {
        rule.alarm: (one.name, rule.at, rule.release)
        for one in BIN
        for rule in one.alarms
        if isinstance(rule, Threshold)
    } == device_settings.ALARMS
    assert device_settings.SECONDS == {
        tuning.INTERVAL: tuning.MAX_INTERVAL_MS // 1000,
        tuning.SAMPLE: tuning.MAX_SAMPLE_MS // 1000,
    }


NUMBERS = (
    st.integers(-2, 100)
    | st.sampled_from([86_400, 86_401, 3_600, 9_999])
    | st.builds(DecimalFraction, st.integers(-4, -1), st.integers(-100, 2000))
    | st.sampled_from([True, "1e9999", "0.5"])
)


@settings(deadline=None)  # a busy machine is no fault
@given(st.dictionaries(st.sampled_from(device_settings.NAMES), NUMBERS, max_size=3))
@example({"alarm.full.begin": DecimalFraction(-2, 85)})
@example({"alarm.full.begin": DecimalFraction(-2, 86)})
@example({"report.sample_s": 60, "report.interval_s": DecimalFraction(-1, 599)})
def test_the_desk_refuses_what_a_bin_refuses_and_nothing_else(wanted: dict[str, setting.Setting]) -> None:
    followed = said = False
    with suppress(SettingRefused):
        tuned(Tuning(KINDS["bin"], LONGEST, 60_000), wanted)
        followed = True
    with suppress(CommandError):
        device_settings.check(wanted)
        said = True
    assert said == followed


@pytest.mark.parametrize("name", ["report.interval", "delta.foo", "alarm.ful.end", "alarm.full", "delta.soil"])
def test_a_name_that_no_bin_knows_is_refused_in_these_families_and_others_are_not_looked_at(name: str) -> None:
    with pytest.raises(CommandError, match=f"{name} is unknown; there are report.interval_s"):
        device_settings.check({name: 1})
    device_settings.check({"home.host": "b", "interval": 600, "unlock": "00"})
