"""What starting and waking costs a device: a bin's first publish, a tag's whole wake.

Compiled firmware in real processes.

python -m tests.bench.bench_device

"first_publish": milliseconds from the start of the process to the first `…/up` message at a subscriber of the broker,
by the clock; "new" has to make its key first, "again" has its flash. CPU is what MicroPython's own time.clock() says:
"imports" are a tag's, and "wake" is the rest of its wake, pauses left out: configuration, flash, sensors with models of
their chips, one record, its answer. "share" is the part of a core that a connected bin at rest takes, with models of
its chips, too. hardware/power scales them to a board.
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
LIMIT = 300.0  # seconds for all wakes: each waits 0.9 s for its sensors
BOARDS = ROOT / "firmware" / "boards"
GATEWAY = Signer(b"\x07" * 32)
CALIBRATIONS = (
    ("soil", "dry=2200", "wet=1000"),
    ("tilt", "mounted"),
    ("temp-inside", "offset=0"),
    ("girth", "zero"),
    ("girth", "travel=50000"),
)
WAKES = 20
SIGNATURES = 500
REST_S = 20  # for which a bin at rest is watched
TAG = """
import json, sys, time
sys.path.insert(0, {library!r})
began = time.clock()
from civicroot_device import config, start, wiring
from civicroot_device.sensors import battery, dendrometer, ds18b20, lis3dh, sht3x, soil_capacitive
from civicroot_device.storage.store import Store
from civicroot_device.tag import app, settings, tag
imports = time.clock() - began

from civicroot_device import board as boards
from civicroot_device.crypto import ed25519
from civicroot_device.tag import unix_port

paused = 0
def pause(ms):
    global paused
    began = time.clock()
    time.sleep_ms(ms)  # the Unix port wakes up in each millisecond of it; a board does not
    paused += time.clock() - began

def wake():
    options = config.load({configuration!r})
    board = boards.choose(options)
    store = Store(options.data, board.random, options.outbox_bytes)
    radio = settings.RadioSettings(options.radio)
    port = unix_port.UnixPort(options.data, radio, False)
    port.pause = port.rest = pause
    tag.Tag(options, radio, board, store, port).wake(port.why())

wake()  # says calibrations and all quantities, and learns where the gateway is
began, paused = time.clock(), 0
for _ in range({wakes}):
    wake()
wakes = time.clock() - began - paused

seed, message = bytes(range(32)), bytes(120)
public = ed25519.public_key(seed)
began = time.clock()
for _ in range({signatures}):
    ed25519.sign(seed, public, message)
signing = time.clock() - began
print(json.dumps([1000 * imports, 1000 * wakes / {wakes}, 1000 * signing / {signatures}]))
"""


def main() -> dict[str, Any]:
    """All figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = compile_firmware(folder / "firmware")
        new, again = first_publish(folder, program)
        share = rest_share(folder, program)
        imports, wake, signature = tag_cpu(folder, str(program.parent / "lib"))
    return {
        "first_publish_new_ms": new,
        "first_publish_again_ms": again,
        "bin_at_rest_share": round(share, 4),
        "tag_imports_cpu_ms": round(imports, 1),
        "tag_wake_cpu_ms": round(wake, 1),
        "signature_cpu_ms": round(signature, 2),
        "imports_over_signature": round(imports / signature, 1),
        "wake_over_signature": round(wake / signature, 1),
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


def tag_cpu(folder: Path, library: str) -> list[float]:
    """Milliseconds of a tag's imports, of the rest of a wake with one record that is answered, and of a signature."""
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
            source = TAG.format(library=library, configuration=str(path), wakes=WAKES, signatures=SIGNATURES)
            done = subprocess.run(
                [micropython_binary(), "-c", source], capture_output=True, text=True, timeout=LIMIT, check=True
            )
    *said, figures = done.stdout.splitlines()
    assert len(said) == WAKES + 1 and all("1 made, 1 sent, answered" in line for line in said[1:]), said
    found: list[float] = json.loads(figures)
    return found


if __name__ == "__main__":
    print(json.dumps(main()))
