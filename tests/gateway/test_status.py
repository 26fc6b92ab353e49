"""`civicroot gateway status`: of the running process, and of the disk when none runs."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from civicroot_cli.main import main
from civicroot_gateway import home
from civicroot_gateway.operate import control, status, status_text
from civicroot_gateway.operate.standing import Heard, Key

from .city import REALM, City
from .rig import Rig
from .supervised import BRIDGE_DOWN, DEVICES_UP, NOW, STANDING, UP, WELL, Supervised, standing


def _config(folder: Path) -> Path:
    path = folder / "gateway.toml"
    path.write_text(f'realm = "{REALM}"\nuplink_url = "mqtt://pi:secret@x"\ndata = "data"\n')
    return path


def _text(**changes: object) -> list[str]:
    return status_text.as_text(status.of_snapshot(replace(WELL, **changes)), NOW).splitlines()  # type: ignore[arg-type]


def test_running_process_is_asked_and_alarms_give_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    command = ["gateway", "status", "--config", str(_config(tmp_path))]
    with Supervised(tmp_path / "data") as gateway:
        assert main(command) == 0
        assert capsys.readouterr().out.splitlines()[0] == f"gateway {STANDING.kid.hex()} of test.example"
        gateway.snapshot = standing(alarms=["spool-full"])
        assert main(command) == 1
        assert capsys.readouterr().out.startswith("ALARM  spool-full: ")
        assert main([*command, "--json"]) == 1
        found = json.loads(capsys.readouterr().out)
        assert found["running"] and [alarm["name"] for alarm in found["alarms"]] == ["spool-full"]


def test_without_a_process_the_disk_is_read_and_status_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    city = City()
    device = city.device()
    rig = Rig(city, tmp_path / "data")
    rig.trust_all()
    rig.up(device, device.record(0), device.record(1))
    rig.close()
    command = ["gateway", "status", "--config", str(_config(tmp_path))]
    assert main([*command, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [alarm["name"] for alarm in found["alarms"]] == ["not-running"]
    assert (found["running"], found["records_spooled"], found["counters"]["record.accepted"]) == (False, 2, 2)
    assert {key["role"] for key in found["keys"]} >= {"gateway", "backend", "device"}
    assert found["devices"][0]["subject"] is not None
    assert main(command) == 1
    text = capsys.readouterr().out
    assert text.startswith("ALARM  not-running: ")
    assert "running   no; what follows is what the disk says" in text


def test_folder_without_a_gateway_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gateway", "status", "--config", str(_config(tmp_path))]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    (tmp_path / "data").mkdir()
    assert main(["gateway", "status", "--config", str(_config(tmp_path))]) == 2
    captured = capsys.readouterr()
    assert len(captured.err.splitlines()) == 1 and "missing" in captured.err


def test_stopped_gateway_left_a_socket_that_nobody_serves(tmp_path: Path) -> None:
    home.create(tmp_path, REALM, City().gateway)
    with Supervised(tmp_path):
        assert status.show(tmp_path)["running"]
    assert (tmp_path / control.SOCKET_FILE).exists()
    assert not status.show(tmp_path)["running"]


def test_text_says_what_one_asks(tmp_path: Path) -> None:
    lines = _text()
    assert lines == [
        "gateway 0011223344556677 of test.example",
        "  running   1 d 1 h, version 0.1.0",
        "  clock     trusted",
        "  devices   up for 10 d, mqtt://127.0.0.1:1883",
        "  uplink    up for 1 d, mqtts://mqtt.city.example:8883, certificate for 62 days",
        "  spool     420 records, 82.0 KiB (0.0% of 1.0 GiB), room for 90 d at the present rate, oldest 1 min 35 s old",
        "  batches   2 waiting, 0 refused (0 bytes), next 77",
        "  log size  1234",
        "  records   5,000 accepted, 0 repeated, 0 committed",
        "  refused   record: bad-signature 3",
        "  known     2 devices, silent longest first:",
        "    0202020202020202  tree/1  heard 2 h ago, offline, 12 records waiting there",
        "    0101010101010101  bin/1  heard 30 s ago, online",
    ]


def test_text_of_a_gateway_in_trouble_begins_with_the_alarms() -> None:
    lines = _text(
        links=(DEVICES_UP, replace(UP, up=False, seconds=7300.0, attempts=240, error="[Errno 111] refused")),
        bridges=(BRIDGE_DOWN,),
        now=None,
        clock_alarm="clock-unset",
        clock_jumps=3,
        failing="disk I/O error",
    )
    raised = [line.split(":")[0].removeprefix("ALARM  ") for line in lines[:4]]
    assert raised == ["spool-failing", "clock-unset", "bridge-down", "uplink-down"]
    text = "\n".join(lines)
    assert "NOT TRUSTED (clock-unset), jumped 3 times" in text
    assert "DOWN for 2 h 1 min, mqtts://mqtt.city.example:8883, 240 attempts, last: [Errno 111] refused" in text
    assert "bridge    roof, DOWN for 1 min 1 s" in text and "; FAILS: disk I/O error" in text


def test_text_names_twenty_of_many_devices_and_cannot_be_steered_by_a_subject() -> None:
    devices = [Heard(number.to_bytes(8, "big"), NOW - number, None, None) for number in range(1000)]
    keys = [Key(devices[-1].kid, "device", "bin\x1b[2J\n1")]
    lines = _text(standing=replace(STANDING, devices=devices, keys=[*STANDING.keys, *keys]))
    assert lines[-1] == "    … and 980 more (--json has all)"
    assert "  bin\\x1b[2J\\n1  heard 16 min 39 s ago" in lines[-21]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3661, "1 h 1 min"), (86_400, "1 d"), (90_000, "1 d 1 h"), (-5, "0 s")],
)
def test_spans_are_in_two_units(seconds: float, text: str) -> None:
    assert status_text.span(seconds) == text


@pytest.mark.parametrize(
    ("hours", "text"),
    [(None, "room not known yet"), (0.5, "room for 30 min at the present rate"), (1e9, "room for years")],
)
def test_room_is_said_in_words(hours: float | None, text: str) -> None:
    assert status_text.room_text(hours) == text
