"""Real tags: the firmware in MicroPython processes that sleep by ending, and the air between them and a bridge."""

import json
import random
import re
import socket
import struct
import subprocess
import threading
import time
from binascii import crc32
from pathlib import Path
from typing import Any, Self

from civicroot_wire.bridge_message import ESPNOW

from tests.gateway.bridging import Air
from tests.gateway.city import REALM, City, Device
from tests.support.micropython import ROOT, micropython_binary

MAIN = ROOT / "firmware" / "main.py"
LOCAL = "127.0.0.1"
DEADLINE = 20.0
_SLEEPS = re.compile(r"sleeps (\d+) ms")


class Antenna:
    """Carries a tag's datagrams into the air, and what the air has for its address to wherever it listens now."""

    def __init__(self, air: Air, address: bytes) -> None:
        self._air = air
        self._address = address
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOCAL, 0))
        self.port: int = self._socket.getsockname()[1]
        self._tag: tuple[str, int] | None = None
        self._stopping = False
        self._lock = threading.Lock()  # the air's thread may be sending while this one closes
        air.join(address, self._down)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopping = True
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join()
        with self._lock:
            self._tag = None
            self._socket.close()

    def _run(self) -> None:
        while True:
            data, sender = self._socket.recvfrom(2048)
            if self._stopping:
                return
            self._tag = sender
            if len(data) > 3 + len(self._address):
                self._air.up((data[0], self._address, data[3 + data[2] :]))

    def _down(self, payload: bytes) -> None:
        head = bytes([ESPNOW, 60, len(self._address)])
        with self._lock:
            if self._tag is not None:
                self._socket.sendto(head + self._address + payload, self._tag)


class TagProcess:
    """One tag, woken again and again until it is stopped; a context manager.

    Its key is that of the enrolled `device`. `kills`: share of its wakes that end by SIGKILL at a random moment;
    `blackouts`: share of those kills in which its RTC memory is lost, too.
    """

    def __init__(
        self, city: City, air: Air, device: Device, folder: Path, number: int, *, kills: float = 0.0, **options: Any
    ) -> None:
        self.device = device
        self.folder = folder
        self.log = folder / "tag.log"
        self.wakes = self.killed = self.blackouts = 0
        self._kills = kills
        self._chance = random.Random(number)
        self._antenna = Antenna(air, bytes([2, 0, 0, 0, 0, number]))
        self._config = folder / "config.json"
        data = folder / "flash"
        data.mkdir(parents=True)
        _write_identity(data / "identity", device)
        self.configuration: dict[str, Any] = {
            "realm": REALM,
            "data": str(data),
            "kind": "tree",
            "interval_s": 0.2,
            "sample_s": 0.2,
            "seed": number,
            "speed": 3600,
            "epoch": int(time.time()),  # so that the street is the same at every hour
            "radio": {
                "kind": "udp",
                "gateway": city.gateway.public.hex(),
                "port": self._antenna.port,
                "address": f"02000000000{number}",
                "sleep": "end",
            },
            **options,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self.failure: Exception | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._antenna.close()

    def stop(self) -> None:
        """Let the present wake end, and sleep for good."""
        self._stopping.set()
        self._thread.join()

    def info(self) -> dict[str, Any]:
        """What its store says; only when it is stopped."""
        done = subprocess.run(self._command("--info"), capture_output=True, timeout=DEADLINE, check=True)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def lines(self) -> list[str]:
        """What it printed."""
        return self.log.read_text().splitlines()

    def _live(self) -> None:
        try:
            while not self._stopping.is_set():
                self._wake()
        except Exception as failure:  # noqa: BLE001 (the test looks at it)
            self.failure = failure

    def _wake(self) -> None:
        self.wakes += 1
        with self.log.open("ab") as log:
            process = subprocess.Popen(self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        if self._chance.random() < self._kills:
            self._stopping.wait(self._chance.uniform(0.0, 0.3))
            process.kill()
            process.wait()
            self.killed += 1
            if self._chance.random() < 0.3:
                self.blackouts += 1
                (self.folder / "flash" / "rtc").unlink(missing_ok=True)
            return
        assert process.wait(DEADLINE) == 0, self.lines()[-20:]
        sleeps = _SLEEPS.search(self.lines()[-1])
        assert sleeps, self.lines()[-20:]
        self._stopping.wait(int(sleeps[1]) / 1000)

    def _command(self, *arguments: str) -> list[str | Path]:
        self._config.write_text(json.dumps(self.configuration))
        return [micropython_binary(), MAIN, self._config, *arguments]


def _write_identity(path: Path, device: Device) -> None:
    """As storage/identity.py lays it out, with no number reserved."""
    body = struct.pack("<4s32s8sQ", b"CRI1", device.key.seed, device.kid, 0)
    path.write_bytes(body + struct.pack("<I", crc32(body)))
