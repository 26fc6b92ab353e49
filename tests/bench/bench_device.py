"""What starting and waking costs a device: a bin's first publish, a tag's whole wake.

Compiled firmware in real processes.

python -m tests.bench.bench_device

"first_publish": milliseconds from the start of the process to the first `…/up` message at a subscriber of the broker,
by the clock; "new" has to make its key first, "again" has its flash. Of a tag: "imports" are CPU of its modules from
.mpy files, "running" what is left of that if they are frozen, "wake" the rest, without what only the simulation runs,
which is told "apart"; "flash" is what a wake asks of the chip under littlefs (firmware/bench/wake.py and parts.py).
"share" is the part of a core that a connected bin at rest takes, models of its chips included. hardware/power scales
all this to a board.
"""

import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from civicroot_wire.sodium import Signer

from tests.bench.compiled import compile_firmware
from tests.firmware.device_process import DeviceProcess
from tests.firmware.tag.udp_gateway import REALM, UdpGateway
from tests.support.brokers import NatsBroker
from tests.support.micropython import ROOT, micropython_binary

ROUNDS = 5  # of which the median counts
DEADLINE = 60.0  # seconds
LIMIT = 120.0  # seconds for all wakes, and for all modules compiled again and again
BOARDS = ROOT / "firmware" / "boards"
GATEWAY = Signer(b"\x07" * 32)
CALIBRATIONS = (
    ("soil", "dry=2200", "wet=1000"),
    ("tilt", "mounted"),
    ("temp-inside", "offset=0"),
    ("girth", "zero"),
    ("girth", "travel=50000"),
)
WAKES = 200
HEAP = "16M"
REST_S = 20  # for which a bin at rest is watched
IMPORTS = """
import sys, time
sys.path[:0] = {paths}
began = time.clock()
from civicroot_device import start
from civicroot_device.sensors import battery, dendrometer, ds18b20, lis3dh, sht3x, soil_capacitive
from civicroot_device.tag import app
print(1000 * (time.clock() - began))
"""
MEMORY = Path("/dev/shm")  # a tag's flash lies there if the machine has it: a disk's syncs are none of its CPU


def main() -> dict[str, Any]:
    """All figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = compile_firmware(folder / "firmware")
        new, again = first_publish(folder, program)
        share = rest_share(folder, program)
        imports = imports_cpu(program.parent)
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as memory:
            wake = wake_cost(Path(memory), program.parent)
        parts = _micropython("parts.py", *(str(ROOT / path) for path in ("firmware/lib", "wire/src", "firmware")))
    signature = wake["signature_us"] / 1000
    return {
        "first_publish_new_ms": new,
        "first_publish_again_ms": again,
        "bin_at_rest_share": round(share, 4),
        "tag_imports_cpu_ms": round(imports, 1),
        "tag_wake_cpu_ms": round(wake["wake_us"] / 1000, 2),
        "tag_wake_apart_ms": round(sum(wake["apart_us"].values()) / 1000, 2),
        "tag_wake_flash": wake["flash"],
        "tag_modules": parts["modules"],
        "tag_running_cpu_ms": round(parts["running_us"] / 1000, 2),
        "lora_cpu_ms": round(parts["lora_us"] / 1000, 3),
        "lora_look_cpu_ms": round(parts["look_us"] / 1000, 4),
        "signature_cpu_ms": round(signature, 2),
        "imports_over_signature": round(imports / signature, 1),
        "running_over_signature": round(parts["running_us"] / wake["signature_us"], 1),
        "wake_over_signature": round(wake["wake_us"] / wake["signature_us"], 1),
    }


def first_publish(folder: Path, program: Path) -> tuple[int, int]:
    """Milliseconds of a device without a key, and of one that has it."""
    new, again = [], []
    with NatsBroker(folder) as broker, subscriber(broker.port) as arrived:
        for number in range(ROUNDS):
            with DeviceProcess(folder / f"bin{number}", broker.port, speed=1, interval_s=600, sample_s=60) as device:
                device.main = program
                for found in (new, again):
                    arrived.clear()
                    begun = time.monotonic()
                    device.start()
                    assert arrived.wait(DEADLINE), device.log.read_text()
                    found.append(time.monotonic() - begun)
                    device.kill()
    return round(1000 * statistics.median(new)), round(1000 * statistics.median(again))


def rest_share(folder: Path, program: Path) -> float:
    """The part of a core that a bin with all its drivers takes while nobody comes."""
    options = {"speed": 1, "interval_s": 600, "sample_s": 120, "board": str(BOARDS / "smart_bin.json")}
    with (
        NatsBroker(folder) as broker,
        subscriber(broker.port) as arrived,
        DeviceProcess(folder / "resting", broker.port, **options) as device,
    ):
        device.main = program
        device.start()
        assert arrived.wait(DEADLINE), device.log.read_text()
        time.sleep(REST_S / 4)  # what follows the first report
        begun, before = time.monotonic(), _cpu(device.pid)
        time.sleep(REST_S)
        return (_cpu(device.pid) - before) / (time.monotonic() - begun)


def _cpu(pid: int) -> float:
    """Seconds of user and system time (proc(5), /proc/pid/stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def subscriber(port: int) -> Iterator[threading.Event]:
    """An event that is set when a device publishes records."""
    arrived, subscribed = threading.Event(), threading.Event()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = lambda *_: arrived.set()
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", port)
    client.subscribe("civicroot/v1/+/+/up", 1)
    client.loop_start()
    try:
        assert subscribed.wait(DEADLINE)
        yield arrived
    finally:
        client.disconnect()
        client.loop_stop()


def imports_cpu(firmware: Path) -> float:
    """Milliseconds in which a tag's modules are loaded from .mpy files."""
    source = IMPORTS.format(paths=[str(firmware / "lib"), str(firmware)])
    found = [subprocess.check_output([micropython_binary(), "-c", source], timeout=DEADLINE) for _ in range(ROUNDS)]
    return statistics.median(float(item) for item in found)


def wake_cost(folder: Path, firmware: Path) -> dict[str, Any]:
    """What firmware/bench/wake.py says of a tag whose records are answered."""
    radio = {"kind": "udp", "gateway": GATEWAY.public.hex(), "port": 1, "address": "020000000001"}
    with DeviceProcess(folder / "tag", 0, speed=1, kind="tree", radio=radio, realm=REALM) as tag:
        for name in ("gateway", "broker", "answer_s"):
            del tag.configuration[name]
        # The interval is so short that each wake has a heartbeat to report.
        tag.configuration.update(interval_s=0.001, sample_s=0.001, board=str(BOARDS / "tree_tag.json"))
        for arguments in CALIBRATIONS:
            tag.command("--calibrate", *arguments)
        with UdpGateway(GATEWAY, bytes.fromhex(tag.command("--info")["public"])) as gateway:
            radio["port"] = gateway.port
            path = folder / "tag.json"
            path.write_text(json.dumps(tag.configuration))
            return _micropython("wake.py", str(firmware / "lib"), str(path), str(WAKES))


def _micropython(program: str, *arguments: str) -> dict[str, Any]:
    """The last line that a program of firmware/bench prints."""
    command = [micropython_binary(), "-X", f"heapsize={HEAP}", ROOT / "firmware" / "bench" / program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=True)
    *said, figures = done.stdout.splitlines()
    wakes = [line for line in said if not line.startswith("wake 1 ")]  # the first tells all quantities
    assert all("1 made, 1 sent, answered" in line for line in wakes)
    found: dict[str, Any] = json.loads(figures)
    return found


if __name__ == "__main__":
    print(json.dumps(main()))
