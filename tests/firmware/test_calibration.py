"""Calibration: refused if it is nonsense, durable at every power cut, and never guessed from a damaged file."""

import json
import struct
import sys
from binascii import crc32
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_device import calibration_points as points
from civicroot_device.calibration import FILE, MAX_BYTES, Calibration
from civicroot_device.calibration_limits import LIMITS, OPTIONAL
from civicroot_device.errors import ConfigurationError, SensorFault
from civicroot_device.sensors.soil_capacitive import SoilCapacitive
from civicroot_device.storage.flash import Flash
from civicroot_simulator.soil_capacitive import SoilCapacitiveModel
from civicroot_wire.senml import Pack, decode_pack, encode_pack
from hypothesis import given
from hypothesis import strategies as st

from tests.support.micropython import MicroPython

DEVICE_SIDE = Path(__file__).with_name("device_side")
sys.path.insert(0, str(DEVICE_SIDE))

import kept_calibration  # noqa: E402
from simulated_flash import OUTCOMES, PowerCut, SimulatedFlash  # noqa: E402

COMPLETE = {
    "weight": {"tare": -83_000, "scale": 21_000},
    "fill": {"empty": 1200, "full": 150},
    "soil": {"dry": 2300, "wet": 1100, "saturation": 440},
    "tilt": {"x": 12, "y": -40, "z": 998},
    "girth": {"zero": 200_000, "travel": 50_000},
    "temp": {"offset": -35},
    "soiltemp": {"offset": 20},
    "humidity": {"offset": 150},
    "battery": {"gain": 1012},
}


@pytest.fixture(scope="module")
def device() -> Iterator[MicroPython]:
    with MicroPython([DEVICE_SIDE]) as process:
        yield process


def written(flash: SimulatedFlash) -> bytes:
    found: bytes = flash.files[FILE]
    return found


def sealed(body: bytes) -> bytes:
    return body + struct.pack("<I", crc32(body))


def test_every_sensor_is_kept_over_a_restart() -> None:
    flash = SimulatedFlash()
    calibration = Calibration(flash)
    for sensor, values in COMPLETE.items():
        calibration.set(sensor, values)
    again = Calibration(flash)
    assert {sensor: again.of(sensor) for sensor in LIMITS} == COMPLETE
    assert again.damaged == 0 and len(written(flash)) * 4 <= MAX_BYTES


def test_file_of_one_interpreter_is_read_by_the_other(device: MicroPython, tmp_path: Path) -> None:
    here = Calibration(Flash(str(tmp_path)))
    here.set("soil", COMPLETE["soil"])
    source = """
        from civicroot_device.calibration import Calibration
        from civicroot_device.storage.flash import Flash
        kept = Calibration(Flash(folder))
        kept.set("fill", {"empty": 1200, "full": 150})
        result = (kept.of("soil"), kept.damaged, [(one.name, one.value) for one in kept.measurements("fill")])
        """
    soil, damaged, fill = device.run(source, folder=str(tmp_path))
    assert (soil, damaged) == (COMPLETE["soil"], 0)
    assert fill == [("cal.fill.empty", 1200), ("cal.fill.full", 150)]
    assert Calibration(Flash(str(tmp_path))).of("fill") == COMPLETE["fill"]


def test_a_driver_sees_what_is_set_while_it_runs() -> None:
    calibration = Calibration(SimulatedFlash())
    model = SoilCapacitiveModel(lambda: 0.25)
    driver = SoilCapacitive(model, model.power, calibration.of("soil"))
    driver.start()
    with pytest.raises(SensorFault, match="uncalibrated"):
        driver.read()
    calibration.set("soil", {"dry": 2300, "wet": 1100})
    driver.start()
    assert driver.read() == {"soil": 0.25}


def test_keys_are_set_one_by_one_and_the_others_stay() -> None:
    calibration = Calibration(SimulatedFlash())
    calibration.set("weight", {"tare": 10})
    assert not calibration.complete("weight")
    calibration.set("weight", {"scale": 21_000})
    assert calibration.complete("weight")
    calibration.set("weight", {"tare": 20})
    assert calibration.of("weight") == {"tare": 20, "scale": 21_000}


def test_what_a_sensor_can_do_without_is_optional() -> None:
    calibration = Calibration(SimulatedFlash())
    assert [sensor for sensor in LIMITS if calibration.complete(sensor)] == ["temp", "soiltemp", "humidity", "battery"]
    assert set(OPTIONAL) <= {key for keys in LIMITS.values() for key in keys}


@pytest.mark.parametrize(
    ("sensor", "values"),
    [
        ("fill", {"empty": 500, "full": 500}),
        ("fill", {"empty": 150, "full": 1200}),
        ("fill", {"empty": 249, "full": 150}),
        ("fill", {"empty": 10_001}),
        ("fill", {"empty": 0}),
        ("fill", {"full": -1}),
        ("weight", {"scale": 0}),
        ("weight", {"scale": 99}),
        ("weight", {"scale": -99}),
        ("weight", {"scale": 1_000_001}),
        ("weight", {"tare": 1 << 23}),
        ("soil", {"dry": 1100, "wet": 1100}),
        ("soil", {"dry": 1199, "wet": 1100}),
        ("soil", {"dry": 0}),
        ("soil", {"saturation": 1001}),
        ("soil", {"saturation": 0}),
        ("tilt", {"x": 0, "y": 0, "z": 0}),
        ("tilt", {"x": 0, "y": 0, "z": 799}),
        ("tilt", {"x": 900, "y": 900, "z": 0}),
        ("girth", {"travel": 999}),
        ("girth", {"zero": 1_000_001}),
        ("temp", {"offset": 5001}),
        ("soiltemp", {"offset": 1001}),
        ("humidity", {"offset": -1001}),
        ("battery", {"gain": 700}),
        ("temp", {"gain": 1000}),
        ("co2", {"offset": 1}),
        ("soil", {"dry": 2300.0}),
        ("soil", {"dry": True}),
        ("soil", {"dry": "2300"}),
        ("soil", {"dry": None}),
    ],
)
def test_nonsense_is_refused_and_nothing_is_written(sensor: str, values: dict[str, int]) -> None:
    flash = SimulatedFlash()
    calibration = Calibration(flash)
    with pytest.raises(ConfigurationError):
        calibration.set(sensor, values)
    assert flash.files == {} and all(calibration.of(name) == {} for name in LIMITS)


def test_nonsense_beside_what_is_already_set_is_refused() -> None:
    calibration = Calibration(SimulatedFlash())
    calibration.set("fill", {"empty": 1200})
    with pytest.raises(ConfigurationError, match="100 mm farther"):
        calibration.set("fill", {"full": 1150})
    assert calibration.of("fill") == {"empty": 1200}


def test_a_sensor_with_nothing_to_calibrate_is_complete_and_empty() -> None:
    calibration = Calibration(SimulatedFlash())
    assert calibration.of("lid") == {} and calibration.complete("lid") and calibration.measurements("lid") == []


def test_second_sensor_of_a_quantity_has_its_own_calibration() -> None:
    flash = SimulatedFlash()
    calibration = Calibration(flash)
    calibration.set("fill", {"empty": 1200, "full": 150})
    calibration.set("fill-sonic", points.point(calibration, "fill-sonic", "empty", {"fill": 1190}))
    with pytest.raises(ConfigurationError, match="100 mm farther"):
        calibration.set("fill-sonic", {"full": 1180})
    again = Calibration(flash)
    assert again.of("fill") == {"empty": 1200, "full": 150} and again.of("fill-sonic") == {"empty": 1190}
    assert [one.name for one in again.measurements("fill-sonic")] == ["cal.fill-sonic.empty"]


@pytest.mark.parametrize(
    "sensor", ["fill-with-a-name-that-is-too-long", "fill-Sonic", "fill- ", "fill.sonic", "-fill", ""]
)
def test_a_name_that_no_record_could_say_is_refused(sensor: str) -> None:
    with pytest.raises(ConfigurationError):
        Calibration(SimulatedFlash()).set(sensor, {"empty": 1200})


def test_a_calibration_that_cannot_be_written_is_not_in_force() -> None:
    flash = SimulatedFlash()
    calibration = Calibration(flash)
    flash.capacity = 0
    with pytest.raises(OSError, match="28"):
        calibration.set("temp", {"offset": 5})
    assert calibration.of("temp") == {}


def test_measurements_are_a_record_s() -> None:
    calibration = Calibration(SimulatedFlash())
    assert calibration.measurements("soil") == []
    for sensor, values in COMPLETE.items():
        calibration.set(sensor, values)
        pack = decode_pack(encode_pack(Pack(calibration.measurements(sensor))))
        assert {one.name: one.value for one in pack.measurements} == {
            f"cal.{sensor}.{key}": value for key, value in values.items()
        }


def test_power_cut_at_every_write_leaves_the_old_or_the_new_calibration() -> None:
    assert kept_calibration.cut_every_write() == 48


def test_power_cut_at_every_write_on_micropython(device: MicroPython) -> None:
    assert device.call("kept_calibration.cut_every_write") == 48


def test_a_calibration_is_unsaid_until_its_record_is_durable() -> None:
    flash = SimulatedFlash()
    calibration = Calibration(flash)
    calibration.set("soil", {"dry": 2300, "wet": 1100})
    calibration.set("temp", {"offset": 5})
    calibration.set("soil", {"dry": 2310})
    assert calibration.unsaid == ["temp", "soil"] and sorted(Calibration(flash).unsaid) == ["soil", "temp"]
    Calibration(flash).said("temp")
    again = Calibration(flash)
    assert again.unsaid == ["soil"] and again.of("temp") == {"offset": 5} and again.of("soil")["dry"] == 2310
    again.said("soil")
    writes = flash.writes
    again.said("soil")
    assert flash.writes == writes and Calibration(flash).unsaid == []


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_power_cut_before_the_record_leaves_it_to_be_said(outcome: str) -> None:
    flash = SimulatedFlash()
    Calibration(flash).set("soil", {"dry": 2300, "wet": 1100})
    flash.plan(0, outcome)
    with pytest.raises(PowerCut):
        Calibration(flash).said("soil")
    flash.plan(None, None)
    again = Calibration(flash)
    assert again.unsaid in (["soil"], []) and again.of("soil") == {"dry": 2300, "wet": 1100} and again.damaged == 0


def calibrated() -> SimulatedFlash:
    flash = SimulatedFlash()
    Calibration(flash).set("soil", {"dry": 2300, "wet": 1100})
    return flash


def test_any_damaged_byte_leaves_the_sensors_uncalibrated_and_is_counted() -> None:
    flash = calibrated()
    good = written(flash)
    damaged = [good[:at] + bytes([good[at] ^ 0x10]) + good[at + 1 :] for at in range(len(good))]
    damaged += [good[:size] for size in range(len(good))]
    damaged += [good + b"\0", good * 60, sealed(b"CRK1"), sealed(b"XXXX" + good[4:-4])]
    for data in damaged:
        flash.files[FILE] = data
        found = Calibration(flash)
        assert found.damaged == 1 and all(found.of(sensor) == {} for sensor in LIMITS)


def test_a_damaged_file_is_replaced_by_the_next_calibration() -> None:
    flash = calibrated()
    flash.files[FILE] = b"rubbish"
    Calibration(flash).set("temp", {"offset": 3})
    again = Calibration(flash)
    assert again.damaged == 0 and again.of("temp") == {"offset": 3} and again.of("soil") == {}


def test_what_another_firmware_wrote_is_used_as_far_as_it_is_possible_here() -> None:
    flash = SimulatedFlash()
    body = {
        "unsaid": ["co2", 3, "fill"],
        "co2": {"offset": 1},
        "fill": {"empty": 1200, "full": 150},
        "soil": {"dry": 1, "salt": 2},
        "temp": 7,
    }
    flash.files[FILE] = sealed(b"CRK1" + json.dumps(body).encode())
    found = Calibration(flash)
    assert found.damaged == 3 and found.unsaid == ["fill"]
    assert {sensor: found.of(sensor) for sensor in LIMITS if found.of(sensor)} == {"fill": {"empty": 1200, "full": 150}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*LIMITS, "unsaid", "dry", "offset"]), inner)
    ),
    max_leaves=12,
)


@given(st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_file_with_a_right_crc_crashes_or_brings_in_nonsense(body: bytes) -> None:
    flash = SimulatedFlash()
    flash.files[FILE] = sealed(b"CRK1" + body)
    found = Calibration(flash)
    for sensor in LIMITS:
        if found.of(sensor):
            Calibration(SimulatedFlash()).set(sensor, found.of(sensor))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"3", b'{"soil": [1]}', b'{"soil": {"dry": 1e3}}']
)
def test_hostile_files_in_micropython(device: MicroPython, body: bytes) -> None:
    source = """
        from civicroot_device.calibration import Calibration
        from simulated_flash import SimulatedFlash
        flash = SimulatedFlash()
        flash.files["calibration"] = data
        found = Calibration(flash)
        result = (found.damaged, found.of("soil"))
        """
    assert device.run(source, data=sealed(b"CRK1" + body)) == (1, {})


@pytest.mark.parametrize(
    ("sensor", "name", "raw", "known", "values"),
    [
        ("weight", "tare", {"weight": -8000}, None, {"tare": -8000}),
        ("weight", "scale", {"weight": 202_000}, 10_000, {"scale": 21_000}),  # (202,000 + 8,000) counts for 10 kg
        ("fill", "empty", {"fill": 1203}, None, {"empty": 1203}),
        ("fill", "full", {"fill": 160}, None, {"full": 160}),
        ("soil", "dry", {"soil": 2310}, None, {"dry": 2310}),
        ("soil", "wet", {"soil": 1090}, None, {"wet": 1090}),
        ("tilt", "mounted", {"tilt.x": 1, "tilt.y": -2, "tilt.z": 1003, "temp": 9}, None, {"x": 1, "y": -2, "z": 1003}),
        ("girth", "zero", {"girth": 212_345}, None, {"zero": 212_345}),
        ("temp", "offset", {"temp": 2150}, 2100, {"offset": -50}),
        ("soiltemp", "offset", {"soiltemp": -20}, 0, {"offset": 20}),
        ("humidity", "offset", {"temp": 1, "humidity": 7430}, 7530, {"offset": 100}),
        ("battery", "gain", {"battery": 2950}, 2980, {"gain": 1010}),
    ],
)
def test_points_from_what_a_sensor_reads_now(
    sensor: str, name: str, raw: dict[str, int], known: int | None, values: dict[str, int]
) -> None:
    calibration = Calibration(SimulatedFlash())
    calibration.set("weight", {"tare": -8000})
    assert points.point(calibration, sensor, name, raw, known) == values
    calibration.set(sensor, values)


@pytest.mark.parametrize(
    ("sensor", "name", "raw", "known"),
    [
        ("soil", "saturation", {"soil": 1}, None),  # nothing that the probe reads
        ("co2", "zero", {}, None),
        ("fill", "empty", {}, None),  # the sensor gave no reading
        ("tilt", "mounted", {"tilt.x": 1, "tilt.y": 2}, None),
        ("weight", "scale", {"weight": 5}, None),
        ("weight", "scale", {"weight": 5}, 10_000),  # before the tare
        ("fill", "empty", {"fill": 1200}, 5),
        ("temp", "offset", {"temp": 2000}, None),
        ("battery", "gain", {"battery": 0}, 3000),
    ],
)
def test_points_that_make_no_sense_are_refused(sensor: str, name: str, raw: dict[str, int], known: int | None) -> None:
    with pytest.raises(ConfigurationError):
        points.point(Calibration(SimulatedFlash()), sensor, name, raw, known)


def test_nothing_in_the_bin_is_no_weight_to_calibrate_by() -> None:
    calibration = Calibration(SimulatedFlash())
    calibration.set("weight", {"tare": 0})
    for grams in (0, -1):
        with pytest.raises(ConfigurationError):
            points.point(calibration, "weight", "scale", {"weight": 100}, grams)


def test_every_point_leads_to_keys_that_there_are() -> None:
    for sensor, name in points.POINTS:
        assert name == "mounted" or name in LIMITS[sensor]


def test_median_of_raw_readings() -> None:
    rounds = [{"a": 5, "b": 1}, {"a": 900, "b": 2}, {"a": 6}]
    assert points.middle(rounds) == {"a": 6}
    assert points.middle([]) == {}
    assert points.middle([{"a": 1}, {}]) == {}


def test_two_points_of_a_soil_make_its_contents() -> None:
    content = 0.0
    calibration = Calibration(SimulatedFlash())
    model = SoilCapacitiveModel(lambda: content, dry_mv=2250, wet_mv=1010)
    driver = SoilCapacitive(model, model.power, calibration.of("soil"))
    for name, share in (("dry", 0.0), ("wet", 1.0)):
        content = share
        driver.start()
        with pytest.raises(SensorFault, match="uncalibrated"):
            driver.read()
        calibration.set("soil", points.point(calibration, "soil", name, driver.raw()))
    content = 0.5
    driver.start()
    assert driver.read() == {"soil": pytest.approx(0.5, abs=0.001)}
