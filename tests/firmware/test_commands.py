"""What a stopped device answers: calibration as a signed record, a self-test, and what its store says."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from civicroot_wire import record

from tests.firmware.bin_day import BOARD, calibrated, gateway_of, live, named
from tests.firmware.device_process import DeviceProcess
from tests.firmware.test_device import wait_for_log
from tests.support.brokers import NatsBroker
from tests.support.micropython import ROOT

NOBODY = 1  # a port on which no broker listens
# An hour in which the weight of an ailing street with seed 0 gives nothing: 2026-11-27, 17:00 UTC.
ILL = 1_795_798_800


def a_bin(folder: Path, **options: Any) -> DeviceProcess:
    return DeviceProcess(folder, NOBODY, **{"board": str(BOARD), "speed": 1, **options})


def test_a_calibration_is_set_and_is_a_record_at_once(tmp_path: Path) -> None:
    device = a_bin(tmp_path / "bin")
    answer = device.command("--calibrate", "weight", "tare=84000", "scale=21000")
    assert answer == {
        "sensor": "weight",
        "set": {"tare": 84000, "scale": 21000},
        "calibration": {"tare": 84000, "scale": 21000},
        "records": [0],
    }
    info = device.command("--info")
    assert info["calibration"] == {"weight": {"tare": 84000, "scale": 21000}}
    assert (info["made"], info["waiting"], info["calibration_damaged"]) == (1, 1, 0)


def test_a_calibration_by_what_the_sensor_reads_now(tmp_path: Path) -> None:
    device = a_bin(tmp_path / "bin")
    device.command("--calibrate", "weight", "tare=84000")
    before = device.command("--self-test")["sensors"]["hx711"]["raw"]["weight"]
    grams = 5000
    scale = device.command("--calibrate", "weight", "scale", str(grams))["set"]["scale"]
    assert abs(scale - (before - 84000) * 1000 // grams) <= abs(scale) // 50
    empty = device.command("--calibrate", "fill-sonic", "empty")["set"]
    assert empty == {"empty": device.command("--self-test")["sensors"]["a02yyuw"]["raw"]["fill"]}
    mounted = device.command("--calibrate", "tilt", "mounted")["set"]
    assert set(mounted) == {"x", "y", "z"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("weight", "tare=x"), "no integer"),
        (("weight", "colour=1"), "no calibration weight.colour"),
        (("nose", "tare"), "calibrated as nose"),
        (("weight", "tare", "5", "6"), "calibrate"),
        (("weight", "scale"), "grams"),
        (("soil", "dry"), "calibrated as soil"),
    ],
)
def test_a_calibration_that_cannot_be_is_refused_and_sets_nothing(
    arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    device = a_bin(tmp_path / "bin")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        device.command("--calibrate", *arguments)
    assert caught.value.returncode == 2
    assert message in caught.value.stderr.decode()
    assert device.command("--info")["calibration"] == {}


def test_self_test_reads_every_sensor_and_names_what_is_wrong(tmp_path: Path) -> None:
    device = a_bin(tmp_path / "bin")
    found = device.command("--self-test")
    assert found["board"] == "smart-bin"
    assert set(found["sensors"]) == {part["driver"] for part in json.loads(BOARD.read_text())["sensors"]}
    assert {name: found["faults"][name] for name in ("fill", "weight", "tilt")} == dict.fromkeys(
        ("fill", "weight", "tilt"), "uncalibrated"
    )
    assert found["sensors"]["reed"]["values"] == {"lid": False}
    assert found["sensors"]["battery"]["raw"]["battery"] > 9000
    assert device.command("--info")["made"] == 0  # it makes no record


@pytest.mark.parametrize(("ailing", "flag"), [(0, "uncalibrated"), (1, "not-ready")])
def test_no_sensor_is_out_of_order_at_any_hour_unless_the_street_ails(ailing: int, flag: str, tmp_path: Path) -> None:
    device = a_bin(tmp_path / "bin", seed=0, epoch=int(time.time()) - ILL, ailing=ailing)
    assert device.command("--self-test")["faults"]["weight"] == flag


def test_a_board_without_a_board_file_tests_its_street(tmp_path: Path) -> None:
    found = DeviceProcess(tmp_path / "tree", NOBODY, kind="tree").command("--self-test")
    assert found["board"] is None
    assert "soil" in {**found["values"], **found["faults"]}


def test_a_board_file_that_is_none_ends_with_status_2_and_names_the_part(tmp_path: Path) -> None:
    fields = json.loads(BOARD.read_text())
    fields["sensors"][0]["driver"] = "nose"
    path = tmp_path / "board.json"
    path.write_text(json.dumps(fields))
    with pytest.raises(subprocess.CalledProcessError) as caught:
        a_bin(tmp_path / "bin", board=str(path)).command("--info")
    assert (caught.value.returncode, "no driver nose" in caught.value.stderr.decode()) == (2, True)


def test_calibration_and_start_are_told_by_records_in_order(tmp_path: Path) -> None:
    with NatsBroker(tmp_path) as broker, calibrated(tmp_path / "bin", broker) as device:
        kid, gateway = gateway_of(device, broker)
        with gateway:
            life = live(device, ROOT / "firmware" / "main.py", "4m", 0.05)
            records = gateway.records[kid]
    assert life.figures["waiting"] == 0
    first = min(named(records, "reset"))
    told = {item.name: item.value for item in record.decode(records[first]).pack.measurements}
    assert (told["boots"], told["reset"]) == (1, "power-on")
    assert all(seq < first for seq in named(records, "cal.weight.tare"))


def test_a_bin_runs_in_real_time_as_well(tmp_path: Path) -> None:
    with NatsBroker(tmp_path) as broker, calibrated(tmp_path / "bin", broker, sample_s=0.5) as device:
        kid, gateway = gateway_of(device, broker)
        with gateway:
            device.start("--until-eof")
            gateway.wait(lambda: bool(named(gateway.records[kid], "weight")))
            wait_for_log(device, "connected")
            assert device.close_input() == 0
            gateway.wait(lambda: gateway.states[kid][-1] is False)
