"""A city of real processes, MicroPython devices to backend, whose gateway and broker are killed at random points.

The end is the auditor's: `civicroot audit`, and the outsider's look at every record of every device. The seed is in
the test's name; CIVICROOT_FAULT_SEED repeats it.
"""

import json
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from civicroot_backend.demo import devices
from civicroot_backend.demo.broker import free_port
from civicroot_backend.demo.city import City
from civicroot_backend.demo.processes import Child, Processes
from civicroot_backend.demo.settings import Settings, find_firmware

from tests.system.gateway_faults.world import SOAK, seed
from tests.system.outside import Outsider

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600 if SOAK else 300)]

DEVICES = 4
RECORDS = 400 if SOAK else 40  # of each device
ROUNDS = 20 if SOAK else 4
FLOW_SECONDS = 240.0
POLL_SECONDS = 0.1
MOMENT = 0.5  # seconds: a start, or some commits


def _settings(folder: Path) -> Settings:
    firmware = find_firmware(Path(devices.__file__))
    assert firmware is not None
    return Settings(
        directory=folder,
        firmware=firmware,
        port=free_port(),
        devices=DEVICES,
        interval=0.25,
        limit=RECORDS,
        batch_age=0.3,
    )


@pytest.mark.parametrize("start", [seed()], ids=lambda number: f"seed-{number}")
def test_the_auditor_finds_nothing_wrong_with_a_city_whose_gateway_was_killed(start: int, tmp_path: Path) -> None:
    chance = random.Random(start)
    with Processes(tmp_path / "logs") as processes:
        city = City(_settings(tmp_path / "city"), processes, print)
        city.start_outside()
        broker, _, gateway = city.start_broker(), city.start_backend(), city.start_gateway()
        street = city.start_devices()
        outsider = Outsider(city.local_url)
        for number in range(ROUNDS):
            _wait_for_records(outsider, (number + 1) * DEVICES * RECORDS // (2 * ROUNDS))
            threading.Event().wait(chance.uniform(0, MOMENT))  # a random point, not a rendezvous
            _kill(processes, [gateway] if number % 2 == 0 else [broker, gateway])
            threading.Event().wait(chance.uniform(0, MOMENT))
            _kill(processes, [gateway])  # while it starts
        _wait_for_records(outsider, DEVICES * RECORDS)
        for child in street:
            child.process.send_signal(2)
            assert child.process.wait(30) == 0, child.log.read_text()
        _check(city, outsider, tmp_path)
        outsider.close()


def _kill(processes: Processes, children: list[Child]) -> None:
    for child in children:
        child.kill()
    for child in children:
        processes.restart(child)


def _wait_for_records(outsider: Outsider, wanted: int) -> None:
    deadline = time.monotonic() + FLOW_SECONDS
    while (found := _records(outsider)) < wanted:
        assert time.monotonic() < deadline, f"{found} of {wanted} records after {FLOW_SECONDS} s"
        time.sleep(POLL_SECONDS)


def _records(outsider: Outsider) -> int:
    try:
        return int(json.loads(outsider.get("/api/v1/city"))["counts"]["records"])
    except httpx.HTTPError:
        return 0


def _check(city: City, outsider: Outsider, folder: Path) -> None:
    """Each record that a device made is in the log once, no number is unexplained, and the audit passes."""
    audit = outsider.audit()
    assert (audit.repeated(), audit.rejected) == ([], [])
    for device in city.devices:
        info = devices.ask(city.settings, device, "--info")
        kid = bytes.fromhex(str(info["kid"]))
        assert (info["made"], info["waiting"]) == (RECORDS, 0)
        assert len(audit.records[kid]) == RECORDS
        assert audit.numbers(kid) == set(range(max(audit.records[kid]) + 1))
    policy = folder / "policy.json"
    policy.write_bytes(outsider.get("/policy.json"))
    command = [sys.executable, "-m", "civicroot_cli", "audit", city.local_url, "--policy", str(policy)]
    done = subprocess.run(
        [*command, "--state", str(folder / "state")], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
