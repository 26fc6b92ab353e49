"""Sensors: quantities, the made-up street, replayed files, the boards, the clock."""

import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.micropython import MicroPython

DEVICE_SIDE = Path(__file__).with_name("device_side")
sys.path.insert(0, str(DEVICE_SIDE))

from civicroot_device.clock import LIFE_S, Clock, Monotonic  # noqa: E402
from civicroot_device.config import Configuration  # noqa: E402
from civicroot_device.errors import ConfigurationError, SensorFault  # noqa: E402
from civicroot_device.mqtt.client import FIRST_DELAY_MS  # noqa: E402
from civicroot_device.reporting import kinds, sensing  # noqa: E402
from civicroot_device.sensors.sensor import NO_ANSWER  # noqa: E402
from civicroot_device.simulation.replay import Replay  # noqa: E402
from civicroot_device.simulation.world import DAY_S, World  # noqa: E402
from civicroot_device.version import BUILD_TIME  # noqa: E402

FILL, TEMP, LID = kinds.KINDS["bin"][:3]
BATTERY = kinds.KINDS["tree"][-1]
MINIMAL = {
    "realm": "test.example",
    "gateway": "00" * 8,
    "broker": {"host": "h", "port": 1},
    "data": "d",
    "kind": "bin",
    "interval_s": 600,
}


@pytest.mark.parametrize(
    ("quantity", "raw", "value", "text"),
    [
        (FILL, 0.624, 62, "0.62"),
        (FILL, 0, 0, "0.00"),
        (FILL, 1, 100, "1.00"),
        (FILL, 1.2, None, ""),
        (FILL, -0.1, None, ""),
        (FILL, float("nan"), None, ""),
        (FILL, float("inf"), None, ""),
        (FILL, True, None, ""),
        (TEMP, -3.04, -30, "-3.0"),
        (TEMP, 0.05, 0, "0.0"),
        (LID, True, True, "True"),
        (LID, False, False, "False"),
        (LID, 1, None, ""),
        (LID, 0.0, None, ""),
        (BATTERY, 70.4, 70, "70"),
    ],
)
def test_value_is_quantized_to_the_resolution_and_nonsense_is_no_value(
    quantity: kinds.Quantity, raw: float | bool, value: object, text: str
) -> None:
    found = quantity.quantize(raw)
    assert found == value and type(found) is type(value)
    if value is not None:
        assert str(quantity.wire(found)) == text


def test_sensor_that_fails_is_absent_and_named_and_never_zero() -> None:
    def read(name: str) -> float:
        if name == "temp":
            raise SensorFault(NO_ANSWER, name)
        return {"fill": 0.5, "lid": 7, "weight": 3.0, "tilt": 4, "battery": 90, "knock": 1}[name]

    sample = sensing.take(kinds.KINDS["bin"], read)
    assert sample.values == {"fill": 50, "weight": 300, "battery": 90}
    assert sample.faults == {"temp": "no-answer", "lid": "out-of-range", "tilt": "out-of-range"}


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_street_gives_every_value_in_its_range_with_rare_faults(seed: int) -> None:
    world = World(seed, ailing=True)
    for kind in kinds.KINDS.values():
        faults = samples = 0
        for hour in range(24 * 40):
            sample = sensing.take(kind, lambda name, t=hour * 3600: world.read(name, t))
            faults += len(sample.faults)
            samples += len(kind)
        assert 0 < faults < samples / 50


def test_no_sensor_of_a_street_that_does_not_ail_is_ever_out_of_order() -> None:
    """A year and more, hour by hour: provisioning and its tests need a board that says the same at every hour."""
    healthy, ailing = World(0), World(0, ailing=True)
    names = [quantity.name for quantity in kinds.KINDS["bin"] if quantity.name != "knock"]
    hours = range(0, 10_000 * 3600, 3600)
    assert not any(healthy.broken(name, hour) for name in names for hour in hours)
    assert all(any(ailing.broken(name, hour) for hour in hours) for name in names)
    # The hour in which weight gave nothing on a machine that ran the tests: 2026-11-27, 17:00 UTC.
    assert ailing.broken("weight", 1_795_798_800) and healthy.read("weight", 1_795_798_800)


def test_bin_fills_and_is_emptied_and_soil_dries_and_is_watered() -> None:
    world = World(3)
    for name, rising in (("fill", True), ("soil", False)):
        series = []
        for hour in range(24 * 30):
            try:
                series.append(world.read(name, hour * 3600))
            except SensorFault:
                continue  # out of order for an hour
        steps = [after - before for before, after in pairwise(series)]
        jumps = [step for step in steps if abs(step) > 0.2]
        assert 4 <= len(jumps) <= 25
        assert all((jump < 0) is rising for jump in jumps)
        assert all((step >= 0) is rising or step == 0 for step in steps if abs(step) <= 0.2)


def test_street_is_the_same_on_micropython(micropython: MicroPython) -> None:
    script = """
        from civicroot_device.errors import SensorFault
        from civicroot_device.simulation.world import World
        world = World(seed, ailing=True)
        result = []
        for t in times:
            for name in ("fill", "lid", "weight", "soil", "temp"):
                try:
                    value = world.read(name, t)
                    result.append(value if value is True or value is False else round(value * 1000000))
                except SensorFault:
                    result.append(None)
    """
    times = [BUILD_TIME * 360 + n * 7919 for n in range(300)]
    names: dict[str, object] = {"seed": 11, "times": times}
    exec("if True:" + script, names)
    assert micropython.run(script, seed=11, times=times) == names["result"]
    assert World(11).read("temp", times[0]) != World(12).read("temp", times[0])
    assert DAY_S == 86_400


def test_replayed_file_holds_each_line_until_the_next_and_begins_again(tmp_path: Path) -> None:
    path = tmp_path / "samples.csv"
    path.write_text("seconds,fill,lid\n0,0.1,false\n10,0.2,true\n30,,true\n")
    replay = Replay(str(path))
    assert replay.names == ["fill", "lid"]
    assert [replay.read("fill", t) for t in (0, 9, 10, 29, 50, 59, 60, 5)] == [0.1, 0.1, 0.2, 0.2, 0.1, 0.1, 0.2, 0.1]
    assert [replay.read("lid", t) for t in (0, 10, 30, 49)] == [False, True, True, True]
    for name, t in (("fill", 30), ("fill", 49), ("weight", 0)):
        with pytest.raises(SensorFault):
            replay.read(name, t)
    replay.close()


def test_a_samples_file_that_is_emptied_while_it_is_replayed_is_not_usable(tmp_path: Path) -> None:
    path = tmp_path / "samples.csv"
    path.write_text("seconds,fill\n0,0.1\n10,0.2\n")
    replay = Replay(str(path))
    assert replay.read("fill", 10) == 0.2
    path.write_text("")
    with pytest.raises(ConfigurationError):
        replay.read("fill", 5)
    replay.close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fill\n",
        "seconds\n0\n",
        "seconds,fill\n",
        "seconds,fill\n5,1\n5,2\n",
        "seconds,fill\n0,1,2\n",
        "seconds,fill\nx,1\n",
    ],
)
def test_unusable_sample_file_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "samples.csv"
    path.write_text(text)
    with pytest.raises(ConfigurationError):
        Replay(str(path))


def test_configuration_has_its_defaults() -> None:
    found = Configuration(dict(MINIMAL))
    assert (found.sample_s, found.limit, found.speed, found.silent_s) == (120, None, 1, 3600)
    assert found.reconnect_s * 1000 == FIRST_DELAY_MS
    assert (found.wifi, found.board, found.subject, found.operator) == (None, None, None, None)
    (home,) = found.homes
    assert (home.gateway, home.broker.username, home.broker.tls) == (bytes(8), None, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outbox_bytes": 100}, "outbox_bytes"),
        ({"interval_s": "600"}, "interval_s is of a wrong type"),
        ({"interval_s": True}, "interval_s is of a wrong type"),
        ({"speed": -1}, "speed is not positive"),
        ({"broker": {"host": "h", "port": 1, "tls": {}}}, "broker.tls.ca"),
        ({"broker": {"host": "h", "port": 1, "tls": {"ca": 5}}}, "broker.tls.ca is of a wrong type"),
        ({"broker": {"host": "h", "port": 1, "tls": {"ca": "x", "Name": "y"}}}, "broker.tls.Name is unknown"),
        ({"broker": {"host": "h", "port": 1, "x": 1}}, "broker.x is unknown"),
        ({"wifi": {"ssid": "x"}}, "wifi.password is missing"),
        ({"wifi": {"ssid": "x", "password": "x", "power_save": "off"}}, "wifi.power_save"),
        ({"wifi": {"ssid": 5, "password": "x"}}, "wifi.ssid is of a wrong type"),
        ({"gateway": "zz" * 8}, "16 hex digits"),
    ],
)
def test_configuration_names_what_is_wrong(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Configuration({**MINIMAL, **change})


def test_clock_is_unset_until_told_a_time_after_its_build_and_its_last_life() -> None:
    clock = Clock(BUILD_TIME + 500)
    for told in (0, BUILD_TIME - 1, BUILD_TIME, BUILD_TIME + 499):
        clock.tell(told, 0)
        assert clock.now(10_000) is None
    clock.tell(BUILD_TIME + 500, 3000)
    assert clock.now(5999) == BUILD_TIME + 502


@pytest.mark.parametrize("told", [2**32, 2**64 - 1, BUILD_TIME + LIFE_S + 1])
def test_clock_believes_no_time_after_the_devices_life(told: int) -> None:
    """It could never be taken back, and the outbox keeps it in 32 bits."""
    clock = Clock(0)
    clock.tell(told, 0)
    assert (clock.now(0), clock.refused) == (None, 1)
    clock.tell(BUILD_TIME + 9, 0)
    clock.tell(told, 0)
    assert clock.now(1000) == BUILD_TIME + 10


def test_monotonic_time_goes_on_where_the_ticks_wrap() -> None:
    ticks = iter([2**30 - 10, 2**30 - 5, 3, 100])
    clock = Monotonic(lambda: next(ticks), lambda new, old: (new - old + 2**29) % 2**30 - 2**29)
    assert [clock.ms(), clock.ms(), clock.ms()] == [5, 13, 110]
