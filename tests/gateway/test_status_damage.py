"""Alarms about damage and contradictions, until somebody says that they know."""

import json
from pathlib import Path

import pytest
from civicroot_cli.main import main

from .city import REALM, City
from .rig import Rig


def _gateway(city: City, folder: Path) -> tuple[Path, Rig]:
    """Its configuration, and an engine over its data."""
    path = folder / "gateway.toml"
    path.write_text(f'realm = "{REALM}"\nuplink_url = "mqtt://x"\ndata = "data"\n')
    rig = Rig(city, folder / "data")
    rig.trust_all()
    return path, rig


def _alarms(configuration: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What `status` names while no process runs, which is an alarm itself."""
    assert main(["gateway", "status", "--config", str(configuration), "--json"]) == 1
    return [alarm["name"] for alarm in json.loads(capsys.readouterr().out)["alarms"]]


def test_damage_is_an_alarm_until_it_is_acknowledged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    city = City()
    device = city.device()
    path, rig = _gateway(city, tmp_path)
    rig.up(device, *[device.record(number) for number in range(3)])
    rig.close()
    (segment,) = [
        found for found in (tmp_path / "data").rglob("*") if found.is_file() and _holds(found, device.record(1))
    ]
    content = segment.read_bytes()
    at = content.index(device.record(1)) + 40
    segment.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    Rig(city, tmp_path / "data").close()
    assert _alarms(path, capsys) == ["not-running", "spool-damaged"]
    assert main(["gateway", "acknowledge", "--config", str(path)]) == 0
    assert capsys.readouterr().out == "alarms that end: spool-damaged\n"
    Rig(city, tmp_path / "data").close()
    assert _alarms(path, capsys) == ["not-running"]
    assert main(["gateway", "acknowledge", "--config", str(path)]) == 0
    assert capsys.readouterr().out == "alarms that end: none\n"


def test_contradiction_is_an_alarm_until_it_is_acknowledged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    city = City()
    device = city.device()
    path, rig = _gateway(city, tmp_path)
    rig.up(device, device.record(3), device.record(3, fill=51))
    rig.kill()
    assert _alarms(path, capsys) == ["not-running", "contradiction"]
    assert main(["gateway", "acknowledge", "--config", str(path)]) == 0
    assert capsys.readouterr().out == "alarms that end: contradiction\n"
    assert _alarms(path, capsys) == ["not-running"]


def _holds(path: Path, record: bytes) -> bool:
    return record in path.read_bytes()
