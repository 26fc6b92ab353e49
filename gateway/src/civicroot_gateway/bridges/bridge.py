"""One radio bridge: its port, the line over it, and what is known of it. It is believed in nothing.

A bridge has no key. Records are signed end to end and answers carry a MAC, so what it can do is what the air can do:
lose, delay, repeat and invent frames.
"""

import logging
import os
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from select import POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT
from typing import Any

from civicroot_wire import bridge_message
from civicroot_wire.bridge_link import SESSION_BYTES, BridgeLink
from civicroot_wire.bridge_message import Message
from civicroot_wire.errors import MalformedError

from ..operate.logs import fields
from .ports import Port, PortGone, SerialPort, SocketPort
from .settings import BridgeSettings

FIRST_PAUSE = 0.5  # seconds before a port is opened again
LONGEST_PAUSE = 10.0  # of a port that does not come back: somebody may be plugging it in just now
SILENCE = 30.0  # seconds without a byte; statistics come every ten
DOWN_ALARM = 60.0  # seconds until a bridge that is gone is an alarm: a reboot takes two
MAX_WAITING = 256  # answers for the radio: a minute of a busy LoRa channel, and many seconds of ESP-NOW
ANSWER_LIFE = 5.0  # seconds; a tag listens for two or so and then sleeps: later its answer only fills the air
MAX_UNWRITTEN = 4096  # bytes; a window is 2.6 kB
_GONE = POLLERR | POLLHUP | POLLNVAL

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """A radio frame: `radio` and `address` say where its answer goes; `rssi` in dBm."""

    bridge: str
    radio: int
    address: bytes
    rssi: int
    payload: bytes


class Bridge:
    """A bridge that comes back by itself. `service` and `serve` drive it; `inbox` fills."""

    def __init__(self, settings: BridgeSettings, monotonic: Callable[[], float], jitter: Callable[[], float]) -> None:
        self.name = settings.name
        self.lora = settings.radios.lora  # (region, frequency, factor, power), None: off
        self.inbox: list[Heard] = []
        self.counts: Counter[str] = Counter()
        self.statistics: dict[str, int] = {}  # what the bridge says of itself
        self._settings = settings
        self._monotonic = monotonic
        self._jitter = jitter
        self._port = _port_of(settings)
        self._link = BridgeLink(_session(), self._ms())
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._unwritten = bytearray()
        self._open = False
        self._was_up = False
        self._sessions = 0
        self._pause = FIRST_PAUSE
        self._retry_at = 0.0
        self._last_byte = 0.0
        self._changed_at = monotonic()  # when it went up or down
        self.trouble: str | None = "not connected yet"

    @property
    def up(self) -> bool:
        """Whether the bridge speaks with us."""
        return self._open and self._link.up

    @property
    def seconds(self) -> float:
        """How long it has been up, or down."""
        return self._monotonic() - self._changed_at

    @property
    def alarm(self) -> bool:
        """Whether somebody should look after it."""
        return not self.up and self.seconds >= DOWN_ALARM

    def send(self, radio: int, address: bytes, payload: bytes) -> None:
        """Have a frame sent soon, or never."""
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.popleft()
            self.counts["answer-dropped"] += 1
        self._waiting.append((self._monotonic() + ANSWER_LIFE, bridge_message.send(radio, address, payload)))

    # Driven by the owner's loop

    def service(self) -> None:
        """Open the port, time out, send what is due; cheap when there is nothing to do."""
        now = self._monotonic()
        if not self._open and (now < self._retry_at or not self._reopen(now)):
            return
        if self._link.up and now - self._last_byte > SILENCE:
            self._link.reset()
            self.trouble = "silent"
        self._pump()

    def wait(self) -> float:
        """Seconds until `service` must be called though no event came."""
        if not self._open:
            return max(0.0, self._retry_at - self._monotonic())
        wait_ms = self._link.wait_ms(self._ms())
        if self._unwritten or wait_ms is None:
            return 1.0  # a full port wakes by its event; the silence is looked at now and then
        return min(wait_ms / 1000, 1.0)

    def wants(self) -> list[tuple[int, int]]:
        """(descriptor, poll mask) to wait for."""
        return self._port.wants(bool(self._unwritten)) if self._open else []

    def serve(self, descriptor: int, events: int) -> None:
        """Read or write what poll said is ready."""
        try:
            if events & (POLLIN | _GONE):
                self._take(self._port.read(descriptor))
            if events & POLLOUT:
                self._write()
        except PortGone as error:
            self._drop(str(error))
            return
        self._pump()

    def close(self) -> None:
        """Free the port."""
        self._port.close()
        self._open = False

    # The line

    def _reopen(self, now: float) -> bool:
        try:
            there = self._port.open()
        except PortGone as error:
            self._drop(str(error))
            return False
        self._open = True
        self._last_byte = now
        if there:
            self._begin()
        else:
            self.trouble = "waits for a connection"
        return True

    def _begin(self) -> None:
        """The other end of the port is new: nothing half-said is carried over."""
        self._unwritten.clear()
        self._link.reset()
        self._pause = FIRST_PAUSE
        self.trouble = "no bridge answers"

    def _drop(self, why: str) -> None:
        if self._open or self.trouble != why:
            _log.warning("bridge port gone", extra=fields(bridge=self.name, reason=why))
        self.close()
        self._link.reset()
        self._note_state()
        self.trouble = why
        self._retry_at = self._monotonic() + self._pause * (1 + self._jitter() / 2)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _take(self, data: bytes | None) -> None:
        if data is None:
            self._begin()
            return
        if data:
            self._last_byte = self._monotonic()
        for content in self._link.feed(data, self._ms()):
            try:
                self._on_message(bridge_message.decode(content))
            except MalformedError as error:
                self.counts["malformed"] += 1
                _log.warning("bridge says what it may not", extra=fields(bridge=self.name, error=str(error)))

    def _on_message(self, message: Message) -> None:
        if message.kind == bridge_message.HEARD:
            self.counts["heard"] += 1
            self.inbox.append(Heard(self.name, message.radio, message.address, message.rssi, message.payload))
        elif message.kind == bridge_message.STATISTICS:
            self.statistics = message.counts
        elif message.kind == bridge_message.LINE:
            _log.info("bridge says", extra=fields(bridge=self.name, line=message.text))
        else:
            self.counts["malformed"] += 1  # what only a gateway says

    def _pump(self) -> None:
        """Hand over what waits, and write."""
        now = self._monotonic()
        if self._link.up:
            if self._link.counters["sessions"] != self._sessions and self._link.room():
                self._sessions = self._link.counters["sessions"]  # a bridge that was reset knows nothing of its radios
                self._link.send(bridge_message.settings(self._settings.radios))
            while self._waiting and self._link.room():
                until, message = self._waiting.popleft()
                if now < until:
                    self._link.send(message)
                else:
                    self.counts["answer-expired"] += 1
        self._note_state()
        if len(self._unwritten) < MAX_UNWRITTEN:
            self._unwritten += self._link.output(self._ms())
        try:
            self._write()
        except PortGone as error:
            self._drop(str(error))

    def _write(self) -> None:
        if self._unwritten:
            del self._unwritten[: self._port.write(bytes(self._unwritten))]

    def _note_state(self) -> None:
        if self._link.other_version is not None:
            self.trouble = f"speaks version {self._link.other_version} of the line"
        if self.up == self._was_up:
            return
        self._was_up = self.up
        self._changed_at = self._monotonic()
        if self.up:
            self.trouble = None
            _log.info("bridge up", extra=fields(bridge=self.name))
        else:
            self.trouble = self.trouble or "does not answer"
            _log.warning("bridge down", extra=fields(bridge=self.name, reason=self.trouble))

    def _ms(self) -> int:
        return int(self._monotonic() * 1000)

    def report(self) -> dict[str, Any]:
        """For status page and metrics."""
        return {
            "name": self.name,
            "up": self.up,
            "seconds": round(self.seconds, 1),
            "trouble": self.trouble,
            "alarm": self.alarm,
            "counts": dict(self.counts) | {f"line-{name}": count for name, count in self._link.counters.items()},
            "statistics": self.statistics,
        }


def _port_of(settings: BridgeSettings) -> Port:
    if settings.serial is not None:
        return SerialPort(settings.serial, settings.baud)
    assert settings.socket is not None
    return SocketPort(settings.socket)


def _session() -> bytes:
    return os.urandom(SESSION_BYTES - 1) + b"\x01"  # never zero
