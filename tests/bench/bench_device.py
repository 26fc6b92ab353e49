"""What starting and waking costs a device: a bin's first publish, a tag's whole wake.

Compiled firmware in real processes.

python -m tests.bench.bench_device

"first_publish": milliseconds from the start of the process to the first `…/up` message at a subscriber of the broker,
by the clock; "new" has to make its key first, "again" has its flash. CPU figures are user and system time without the
interpreter's own start; "imports" are a tag's, and "wake" is the rest of its wake: configuration, flash, sensors with
models of their chips, records, radio. hardware/power scales them to a board.
"""

import json
import resource
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
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
BOARDS = ROOT / "firmware" / "boards"
GATEWAY = Signer(b"\x07" * 32)
IMPORTS = "import sys; sys.path.insert(0, {lib!r}); {statements}\n"
TAG_MODULES = (
    "from civicroot_device import config, start, wiring; from civicroot_device.tag import app, settings, tag;"
    "from civicroot_device.sensors import battery, dendrometer, ds18b20, lis3dh, sht3x, soil_capacitive;"
    "from civicroot_device.storage.store import Store"
)
CALIBRATIONS = (
    ("soil", "dry=2200", "wet=1000"),
    ("tilt", "mounted"),
    ("temp-inside", "offset=0"),
    ("girth", "zero"),
    ("girth", "travel=50000"),
)
WAKE_COUNT = 8
LOOK_MS = 1750  # that the sensors of tree_tag.json take (tests/hardware/test_power.py)
WAKES = """
from civicroot_device import board as boards
from civicroot_device.tag import unix_port
for _ in range({count}):
    options = config.load({path!r})
    board = boards.choose(options)
    store = Store(options.data, board.random, options.outbox_bytes)
    radio = settings.RadioSettings(options.radio)
    port = unix_port.UnixPort(options.data, radio, False)
    tag.Tag(options, radio, board, store, port).wake(port.why())
"""
SIGNATURES = """
import time
from civicroot_device.crypto import ed25519
seed, message = bytes(range(32)), bytes(120)
public = ed25519.public_key(seed)
for _ in range(1000):
    ed25519.sign(seed, public, message)
"""


def main() -> dict[str, Any]:
    """All figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = compile_firmware(folder / "firmware")
        new, again = first_publish(folder, program)
        bare = median_cpu(lambda: run("pass"))
        library = str(program.parent / "lib")
        imports = median_cpu(lambda: run(IMPORTS.format(lib=library, statements=TAG_MODULES))) - bare
        signing = median_cpu(lambda: run(IMPORTS.format(lib=library, statements="pass") + SIGNATURES)) - bare
        wake = wake_cpu(folder, library)
    signature = signing / 1000
    return {
        "first_publish_new_ms": new,
        "first_publish_again_ms": again,
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


def wake_cpu(folder: Path, library: str) -> float:
    """Milliseconds of a wake whose report is answered, without imports: so many wakes of one process less one wake.

    Its interval is so short that each wake has a heartbeat to report: one record.
    """
    radio = {"kind": "udp", "gateway": GATEWAY.public.hex(), "port": 1, "address": "020000000001"}
    made: list[float] = []  # records of each wake
    with DeviceProcess(folder / "tag", 0, speed=1, kind="tree", radio=radio, realm=REALM) as tag:
        for name in ("gateway", "broker", "answer_s"):
            del tag.configuration[name]
        tag.configuration.update(interval_s=0.001, sample_s=0.001, board=str(BOARDS / "tree_tag.json"))
        for arguments in CALIBRATIONS:
            tag.command("--calibrate", *arguments)
        with UdpGateway(GATEWAY, bytes.fromhex(tag.command("--info")["public"])) as gateway:
            radio["port"] = gateway.port
            path = folder / "tag.json"
            path.write_text(json.dumps(tag.configuration))

            def wakes(count: int) -> None:
                before = len(gateway.records)
                run(IMPORTS.format(lib=library, statements=TAG_MODULES) + WAKES.format(path=str(path), count=count))
                made.append((len(gateway.records) - before) / count)

            wakes(1)  # says the calibrations and all quantities, and learns where the gateway is
            made.clear()
            found = (median_cpu(lambda: wakes(1 + WAKE_COUNT)) - median_cpu(lambda: wakes(1))) / WAKE_COUNT
    assert set(made) == {1.0}, made
    # The Unix port wakes up each millisecond of a pause; a board does not, nor would it count.
    waiting = median_cpu(lambda: run(f"import time; time.sleep_ms({LOOK_MS})")) - median_cpu(lambda: run("pass"))
    return found - waiting


def run(source: str) -> None:
    """Run MicroPython on it."""
    subprocess.run([micropython_binary(), "-c", source], check=True, timeout=DEADLINE, stdout=subprocess.DEVNULL)


def median_cpu(action: Callable[[], None]) -> float:
    """Milliseconds of user and system time of the processes that an action waits for."""
    found = []
    for _ in range(ROUNDS):
        before = _children()
        action()
        found.append(_children() - before)
    return 1000 * statistics.median(found)


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    print(json.dumps(main()))
