"""What starting and waking costs a device: a bin's first publish, a tag's whole wake.

Compiled firmware in real processes.

python -m tests.bench.bench_device

"first_publish": milliseconds from the start of the process to the first `…/up` message at a subscriber of the broker,
by the clock; "new" has to make its key first, "again" has its flash. CPU figures are user and system time of one
process without the interpreter's own start; "wake" is a tag's, with sensors, record, radio and flash, its imports
included. hardware/power scales them to a board.
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

ROUNDS = 7  # of which the median counts
DEADLINE = 60.0  # seconds
BOARDS = ROOT / "firmware" / "boards"
GATEWAY = Signer(b"\x07" * 32)
IMPORTS = "import sys; sys.path.insert(0, {lib!r}); {statements}"
TAG_MODULES = "from civicroot_device import start, board_unix; from civicroot_device.tag import app, tag, unix_port"
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
        wake = wake_cpu(folder, program) - bare
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


def wake_cpu(folder: Path, program: Path) -> float:
    """Milliseconds of a wake whose report is answered; the first two, which learn the rest, are left out.

    Its sensors are not calibrated: the report tells that, too, and takes two records. A usual one takes one.
    """
    with DeviceProcess(folder / "tag", 0) as tag:
        tag.main = program
        for name in ("gateway", "broker", "answer_s"):
            del tag.configuration[name]
        radio = {"kind": "udp", "gateway": GATEWAY.public.hex(), "port": 1, "address": "020000000001", "sleep": "end"}
        tag.configuration.update(
            realm=REALM,
            kind="tree",
            speed=1,
            interval_s=0.001,
            sample_s=0.001,
            radio=radio,
            board=str(BOARDS / "tree_tag.json"),
        )
        with UdpGateway(GATEWAY, bytes.fromhex(tag.command("--info")["public"])) as gateway:
            radio["port"] = gateway.port
            for _ in range(2):
                wake(tag)
            found = median_cpu(lambda: wake(tag))
        said = [line for line in tag.log.read_text().splitlines() if line.startswith("wake")]
        assert len(said) == ROUNDS + 2 and all("answered" in line and " 0 made" not in line for line in said[2:]), said
    return found


def wake(tag: DeviceProcess) -> None:
    """One, in a process of its own."""
    tag.start()
    assert tag.wait() == 0, tag.log.read_text()


def run(source: str) -> None:
    """Run MicroPython on it."""
    subprocess.run([micropython_binary(), "-c", source], check=True, timeout=DEADLINE)


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
