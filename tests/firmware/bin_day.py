"""A whole smart bin for the tests: compiled as for a board, with a simulated street behind its chips, and a gateway.

Its files are compiled by mpy-cross (tests/bench/compiled.py), so that no compiler leaves anything on the heap.
"""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from civicroot_wire import keys, record

from tests.firmware.device_process import REALM, DeviceProcess
from tests.firmware.tiny_gateway import TinyGateway
from tests.support.brokers import Broker
from tests.support.micropython import ROOT, micropython_binary

BOARD = ROOT / "firmware" / "boards" / "smart_bin.json"
# What the simulated board (civicroot_simulator/lines.py) is calibrated to.
CALIBRATION = (
    ("weight", "tare=84000", "scale=21000"),
    ("fill", "empty=1100", "full=150"),
    ("fill-sonic", "empty=1100", "full=150"),
    ("tilt", "x=0", "y=0", "z=1000"),
    ("temp", "offset=0"),
)
OPTIONS: dict[str, Any] = {
    "board": str(BOARD),
    "interval_s": 600,
    "sample_s": 300,
    "answer_s": 5,
    "keep_alive_s": 600,
    "speed": 1,
    "lid_ms": 1000,
    "claim_host": "city.example",
    "label": "Rathausplatz",
}


@dataclass(frozen=True)
class Life:
    """What a device printed in time-lapse: `hours` (civicroot_simulator/day.py), `figures` at its end, its log."""

    hours: list[dict[str, int]]
    figures: dict[str, Any]
    pieces: list[int]  # largest free piece of the heap after each hour, bytes
    log: str

    @property
    def live(self) -> list[int]:
        """Bytes in use after each hour, without garbage."""
        return [hour["live"] for hour in self.hours]

    @property
    def peaks(self) -> list[int]:
        """The most bytes in use in each hour, with garbage."""
        return [hour["peak"] for hour in self.hours]


def live(device: DeviceProcess, main: Path, heap: str, hours: float) -> Life:
    """Let a device that was configured live so long on a heap of that size; raises AssertionError if it does not."""
    device.configuration["lapse_h"] = hours
    device.command("--info")  # writes the configuration
    command = [str(micropython_binary()), "-X", f"heapsize={heap}", str(main)]
    done = subprocess.run(
        [*command, str(device.folder / "config.json")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=600,
        check=False,
    )
    log = done.stdout.decode()
    assert done.returncode == 0, log[-3000:]
    said = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    pieces = [32 * int(found) for found in re.findall(r"max free sz: (\d+)", log)]  # the port's blocks have 32 bytes
    return Life(said[:-1], said[-1], pieces, log)


def calibrated(folder: Path, broker: Broker, **options: Any) -> DeviceProcess:
    """A smart bin whose sensors are calibrated, as after provisioning."""
    device = DeviceProcess(folder, broker.port, **{**OPTIONS, **options})
    for sensor, *arguments in CALIBRATION:
        device.command("--calibrate", sensor, *arguments)
    return device


def gateway_of(device: DeviceProcess, broker: Broker) -> tuple[bytes, TinyGateway]:
    """(kid, a gateway that knows the device)."""
    public = bytes.fromhex(device.command("--info")["public"])
    kid = keys.kid(public)
    return kid, TinyGateway(broker.port, REALM, {kid: public})


def named(records: dict[int, bytes], name: str) -> dict[int, Any]:
    """seq -> value of the records that have a measurement of this name."""
    found = {}
    for seq, data in records.items():
        for item in record.decode(data).pack.measurements:
            if item.name == name:
                found[seq] = item.value
    return found
