"""A radio bridge's surroundings: real firmware in MicroPython, a cable that can be bad, and air with all its faults."""

import hashlib
import os
import pty
import random
import select
import socket
import subprocess
import threading
import time
import tty
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Self

from civicroot_wire import acknowledgement, link_key, radio
from civicroot_wire.acknowledgement import Acknowledgement
from civicroot_wire.bridge_message import ESPNOW
from civicroot_wire.errors import WireError
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from tests.support.micropython import ROOT, micropython_binary

from .city import REALM, City, Device

BRIDGE = ROOT / "firmware" / "bridge.py"
LOCAL = "127.0.0.1"
HEAP = "160k"  # objects here are twice as large as on the ESP32, which has about 160 kB with Wi-Fi on
_P = (1 << 255) - 19
Frame = tuple[int, bytes, bytes]  # radio, address, payload


class Cable:
    """Two pseudo-terminals and what lies between them. `port` is the gateway's end, which goes when it is unplugged.

    `noise`: share of pieces that are spoilt on their way.
    """

    def __init__(self, folder: Path, seed: int, noise: float = 0.0) -> None:
        self.port = folder / "ttyBRIDGE"
        self.noise = noise
        self.spoilt = 0
        self._chance = random.Random(seed)
        self._wake_read, self._wake_write = os.pipe()
        self.bridge_master, self.bridge_end = self._pair()
        self._gateway_master = -1
        self._gateway_end = -1
        self._lock = threading.Lock()
        self._stopping = False
        self.plug()
        self._thread = threading.Thread(target=self._relay, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        self._wake()
        self._thread.join()
        self.unplug()
        for descriptor in (self.bridge_master, self.bridge_end, self._wake_read, self._wake_write):
            os.close(descriptor)

    @staticmethod
    def _pair() -> tuple[int, int]:
        master, end = pty.openpty()
        tty.setraw(end)
        os.set_blocking(master, False)
        return master, end

    def plug(self) -> None:
        """The gateway's end appears (its name is a link, as udev's are)."""
        with self._lock:
            self._gateway_master, self._gateway_end = self._pair()
            self.port.symlink_to(os.ttyname(self._gateway_end))
        self._wake()

    def unplug(self) -> None:
        """It goes away under whoever has it open."""
        with self._lock:
            if self._gateway_master >= 0:
                self.port.unlink()
                os.close(self._gateway_master)
                os.close(self._gateway_end)
                self._gateway_master = self._gateway_end = -1
        self._wake()

    def inject(self, data: bytes) -> None:
        """Bytes that nobody sent arrive at both ends."""
        with self._lock:
            for master in (self.bridge_master, self._gateway_master):
                if master >= 0:
                    self._write(master, data)

    def _wake(self) -> None:
        os.write(self._wake_write, b"\0")

    def _relay(self) -> None:
        while not self._stopping:
            with self._lock:
                masters = [self.bridge_master, *([self._gateway_master] if self._gateway_master >= 0 else [])]
            ready, _, _ = select.select([self._wake_read, *masters], [], [], 1.0)
            if self._wake_read in ready:
                os.read(self._wake_read, 64)
            with self._lock:
                for master in ready:
                    if master in (self.bridge_master, self._gateway_master):
                        self._pass_on(master)

    def _pass_on(self, source: int) -> None:
        target = self._gateway_master if source == self.bridge_master else self.bridge_master
        try:
            data = os.read(source, 4096)
        except OSError:
            return
        if target >= 0:
            self._write(target, self._spoiled(data))

    def _spoiled(self, data: bytes) -> bytes:
        if not data or self._chance.random() >= self.noise:
            return data
        self.spoilt += 1
        at = self._chance.randrange(len(data))
        how = self._chance.randrange(3)
        if how == 0:
            return data[:at] + bytes([data[at] ^ 1 << self._chance.randrange(8)]) + data[at + 1 :]
        if how == 1:
            return data[:at] + data[at + 1 + self._chance.randrange(30) :]
        return data[:at] + self._chance.randbytes(self._chance.randrange(60)) + data[at:]

    @staticmethod
    def _write(target: int, data: bytes) -> None:
        try:
            os.write(target, data)
        except BlockingIOError:
            return  # a full line loses bytes, as UARTs do
        except OSError:
            return  # nobody has the other end open


class Air:
    """Carries frames between a bridge and devices, and loses, repeats and reorders some, by a seed.

    Devices `join` with their address; `overheard` is every frame that was in the air, for attackers.
    """

    def __init__(self, seed: int, loss: float = 0.0, twice: float = 0.0, late: float = 0.0) -> None:
        self.loss, self.twice, self.late = loss, twice, late
        self.overheard: list[Frame] = []
        self.meddle: Callable[[Frame, bool], list[Frame]] | None = None  # (frame, up) -> what is in the air instead
        self._chance = random.Random(seed)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOCAL, 0))
        self.port = self._socket.getsockname()[1]
        self._bridge: tuple[str, int] | None = None
        self._listeners: dict[bytes, Callable[[bytes], None]] = {}
        self._held: list[tuple[Frame, bool]] = []
        self._lock = threading.RLock()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def join(self, address: bytes, listener: Callable[[bytes], None]) -> None:
        """`listener(payload)` hears what is sent to `address`; an empty address hears what is sent to all."""
        self._listeners[address] = listener

    def up(self, frame: Frame) -> None:
        """A device (or anybody) transmits."""
        self._carry(frame, up=True)

    def _run(self) -> None:
        while True:
            data, sender = self._socket.recvfrom(2048)
            if self._stopping:
                return
            if len(data) >= 3:
                self._bridge = sender
                end = 3 + data[2]
                if data[end:]:
                    self._carry((data[0], data[3:end], data[end:]), up=False)

    def _carry(self, frame: Frame, *, up: bool) -> None:
        with self._lock:
            self.overheard.append(frame)
            for item in self.meddle(frame, up) if self.meddle else [frame]:
                if self._chance.random() >= self.loss:
                    self._held += [(item, up)] * (2 if self._chance.random() < self.twice else 1)
            if self._chance.random() < self.late:
                return  # what was held goes out with a later frame
            self._chance.shuffle(self._held)
            due, self._held = self._held, []
        for item, upwards in due:
            self._deliver(item, upwards)

    def _deliver(self, frame: Frame, up: bool) -> None:
        kind, address, payload = frame
        if up:
            if self._bridge is not None:
                self._socket.sendto(bytes([kind, 71, len(address)]) + address + payload, self._bridge)
        elif address in self._listeners:
            self._listeners[address](payload)


class BridgeProcess:
    """firmware/bridge.py in MicroPython, on the bridge's end of a cable."""

    def __init__(self, cable: Cable, air: Air) -> None:
        self._cable = cable
        self._air = air
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        end = self._cable.bridge_end
        command = [micropython_binary(), "-X", f"heapsize={HEAP}", BRIDGE, "--air", str(self._air.port)]
        self._process = subprocess.Popen(command, stdin=end, stdout=end, stderr=subprocess.PIPE)

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL; asserts that it lived until then."""
        if self._process is not None:
            assert self._process.poll() is None, (self._process.returncode, self._process.communicate()[1])
            self._process.kill()
            self._process.wait()
            assert self._process.stderr is not None
            self._process.stderr.close()
            self._process = None


class RadioDevice:
    """A tag with a radio: sends each record until an answer under its link key covers it. OpenSSL derives its key."""

    def __init__(self, city: City, air: Air, device: Device, address: bytes, kind: int = ESPNOW) -> None:
        self.device = device
        self.address = address
        self.waiting: dict[int, bytes] = {}
        self.acknowledged: list[int] = []
        self.answers: list[Acknowledgement] = []
        self.refused: Counter[str] = Counter()
        self.last: int | None = None
        self.key = independent_link_key(device, city)
        self._kind = kind
        self._air = air
        self._lock = threading.Lock()
        air.join(address, self.hear)

    def add(self, first: int, count: int) -> None:
        with self._lock:
            self.waiting |= {number: self.device.record(number) for number in range(first, first + count)}

    def transmit(self, limit: int = 4) -> None:
        """Send the oldest of what waits."""
        with self._lock:
            due = [self.waiting[number] for number in sorted(self.waiting)[:limit]]
        for record in due:
            self._air.up((self._kind, self.address, record))

    def hear(self, payload: bytes) -> None:
        """SPEC.md §8.1's receiver."""
        with self._lock:
            try:
                answer = radio.decode(payload)
                ack = radio.verify(answer, REALM, self.device.kid, self.key, self.last)
            except WireError as error:
                self.refused[error.reason] += 1
                return
            self.last = answer.counter
            self.answers.append(ack)
            for number in [number for number in self.waiting if ack.covers(number)]:
                del self.waiting[number]
                self.acknowledged.append(number)


def independent_link_key(device: Device, city: City) -> bytes:
    """The device's link key with OpenSSL's X25519."""
    y = int.from_bytes(city.gateway.public, "little") % (1 << 255)
    u = ((1 + y) * pow(1 - y, -1, _P) % _P).to_bytes(32, "little")
    own = X25519PrivateKey.from_private_bytes(hashlib.sha512(device.key.seed).digest()[:32])
    shared = own.exchange(X25519PublicKey.from_public_bytes(u))
    return link_key.derive(shared, REALM, device.key.public, city.gateway.public)


def pump(devices: list[RadioDevice], done: Callable[[], bool], seconds: float = 60.0, pause: float = 0.12) -> None:
    """Let the devices transmit until `done()`; the pause is theirs between two wakings, and ends early when done."""
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, [(len(each.waiting), dict(each.refused)) for each in devices]
        for device in devices:
            device.transmit()
        rest = time.monotonic() + pause
        while time.monotonic() < rest and not done():
            time.sleep(0.005)  # between two looks


def encoded(ack: Acknowledgement) -> bytes:
    return acknowledgement.encode(ack)
