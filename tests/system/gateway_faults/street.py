"""Many devices behind one MQTT client: each sends what it has until the gateway says that it is durable."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from civicroot_wire import acknowledgement, topic

from tests.gateway.city import City, Device
from tests.gateway.live import Client
from tests.support.brokers import Broker

TICK = 0.02  # seconds between two looks at what is due: the devices' own clock
FIRST_RESEND = 0.5  # seconds until what is not acknowledged is sent again
LONGEST_RESEND = 2.0

Mangle = Callable[[bytes, list[bytes]], list[bytes]]  # (kid, messages that are due) -> what is sent instead


@dataclass
class Bin:
    """A device: what it signed, what it still has, what it was told."""

    device: Device
    signed: dict[int, bytes] = field(default_factory=dict)
    waiting: dict[int, bytes] = field(default_factory=dict)
    acknowledged: set[int] = field(default_factory=set)
    refused: dict[int, str] = field(default_factory=dict)
    due: dict[int, tuple[float, float]] = field(default_factory=dict)  # number: (when, pause after it)


class Street(Client):
    """Devices of a city on a broker, in a thread of their own. A context manager.

    `chunk` records in a message and `window` messages at a time for each device; a window of 1 keeps the order.
    """

    def __init__(self, city: City, broker: Broker, bins: list[Bin], chunk: int = 4, window: int = 4) -> None:
        self.city = city
        self.bins = {one.device.kid: one for one in bins}
        self.mangle: Mangle = lambda _kid, messages: messages
        self.silent = False  # devices send nothing
        self.heard = 0  # acknowledgements, and times in them
        self.times: list[int] = []
        self._chunk = chunk
        self._window = window
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="street")
        super().__init__(broker, "street", [topic.PREFIX + city.gateway.kid.hex() + "/+/" + topic.ACK])

    def __enter__(self) -> "Street":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        super().__exit__()

    def report(self, count: int, kids: Iterable[bytes] | None = None) -> None:
        """Each device (or those of `kids`) signs `count` more records."""
        with self._lock:
            for kid in self.bins if kids is None else kids:
                one = self.bins[kid]
                fresh = range(len(one.signed), len(one.signed) + count)
                records = {seq: one.device.record(seq, fill=seq % 100) for seq in fresh}
                one.signed |= records
                one.waiting |= records

    @property
    def waiting(self) -> int:
        """Records that no acknowledgement named."""
        with self._lock:
            return sum(len(one.waiting) for one in self.bins.values())

    @property
    def acknowledged(self) -> int:
        """Records that an acknowledgement named."""
        with self._lock:
            return sum(len(one.acknowledged) for one in self.bins.values())

    @property
    def refused(self) -> dict[tuple[bytes, int], str]:
        """What devices were told to give up."""
        with self._lock:
            return {(kid, seq): why for kid, one in self.bins.items() for seq, why in one.refused.items()}

    def on_message(self, name: str, payload: bytes) -> None:
        _, kid, _ = topic.parse(name)
        assert kid is not None
        ack = acknowledgement.decode(payload)
        with self._lock:
            self.heard += 1
            self.times += [] if ack.time is None else [ack.time]
            one = self.bins[kid]
            one.refused |= dict(ack.refused)
            for seq in [seq for seq in one.waiting if ack.covers(seq)]:
                one.acknowledged.add(seq)
                del one.waiting[seq]
                one.due.pop(seq, None)

    def _run(self) -> None:
        while not self._stop.wait(TICK):
            if self.silent or not self.client.is_connected():
                continue
            with self._lock:
                letters = [(kid, self._letters(one, time.monotonic())) for kid, one in self.bins.items()]
            for kid, messages in letters:
                if messages:
                    for message in self.mangle(kid, messages):
                        self.client.publish(self.city.topic(topic.UP, kid), message, qos=1)

    def _letters(self, one: Bin, now: float) -> list[bytes]:
        """Messages of what is due among the oldest records."""
        oldest = list(one.waiting)[: self._chunk * self._window]
        numbers = [seq for seq in oldest if one.due.get(seq, (0.0, 0.0))[0] <= now]
        for seq in numbers:
            pause = one.due.get(seq, (0.0, FIRST_RESEND))[1]
            one.due[seq] = (now + pause, min(2 * pause, LONGEST_RESEND))
        chunks = [numbers[start : start + self._chunk] for start in range(0, len(numbers), self._chunk)]
        return [b"".join(one.waiting[seq] for seq in chunk) for chunk in chunks]
