"""What a bridge does, without its hardware: frames up, frames down, bounded queues, airtime. Times in milliseconds.

It does not know what is in a frame. What it loses a device sends again.
"""

from binascii import crc32

from civicroot_radio.airtime import Airtime
from civicroot_radio.driver import BUSY, ESPNOW_BYTES, SENT
from civicroot_wire import bridge_message, lora
from civicroot_wire.bridge_link import BridgeLink
from civicroot_wire.bridge_message import ESPNOW, LORA
from civicroot_wire.errors import MalformedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_wire.bridge_message import Settings

MAX_UP = 64  # frames waiting for the gateway: 16 kB of heap; the oldest give way, their devices will repeat
MAX_DOWN = 32  # frames waiting for the radio
DOWN_LIFE_MS = 5_000  # an answer later than this finds its device asleep
TWIN_MS = 100  # the same frame again this soon is an echo of the air; later, a device that asks again
MAX_TWINS = 32
STATISTICS_MS = 10_000
RETRY_MS = 25  # of a busy channel, and up to twice as long by chance
LIMITS = {ESPNOW: ESPNOW_BYTES, LORA: lora.MAX_LORA_BYTES}
_COUNTS = ("heard", "twins", "too-long", "dropped", "sent", "busy", "failed", "no-airtime", "expired")


class Outgoing:
    """A frame for the radio."""

    __slots__ = ("address", "not_before", "payload", "radio", "until")

    def __init__(self, radio: int, address: bytes, payload: bytes, now_ms: int) -> None:
        self.radio = radio
        self.address = address
        self.payload = payload
        self.until = now_ms + DOWN_LIFE_MS
        self.not_before = now_ms


class Core:
    """The state machine. `link` is the serial line; `settings` is news for the radios until its owner takes it."""

    def __init__(self, link: BridgeLink, now_ms: int) -> None:
        self.link = link
        self.settings: "Settings | None" = None
        self.counts = dict.fromkeys(_COUNTS, 0)
        self._up: "list[bytes]" = []
        self._down: "list[Outgoing]" = []
        self._twins: "list[tuple[int, int]]" = []  # (digest, until)
        self._airtime: "Airtime | None" = None
        self._started = now_ms
        self._statistics_at = now_ms

    # From the radios

    def heard(self, radio: int, address: bytes, rssi: int, payload: bytes, now_ms: int) -> None:
        """A frame came out of the air."""
        if not 0 < len(payload) <= LIMITS[radio]:
            self.counts["too-long"] += 1
            return
        digest = crc32(payload, crc32(address))
        self._twins = [twin for twin in self._twins if twin[1] > now_ms][-MAX_TWINS:]
        if any(twin[0] == digest for twin in self._twins):
            self.counts["twins"] += 1
            return
        self._twins.append((digest, now_ms + TWIN_MS))
        self.counts["heard"] += 1
        self._queue_up(bridge_message.heard(radio, address, max(-200, min(rssi, 100)), payload))

    def say(self, text: str) -> None:
        """A line for the gateway's log."""
        self._queue_up(bridge_message.line(text))

    def _queue_up(self, message: bytes) -> None:
        if len(self._up) >= MAX_UP:
            self._up.pop(0)
            self.counts["dropped"] += 1
        self._up.append(message)

    # The line

    def take_in(self, data: bytes, now_ms: int) -> None:
        """Bytes came from the gateway."""
        for content in self.link.feed(data, now_ms):
            try:
                message = bridge_message.decode(content)
            except MalformedError as error:
                self.say("refused: " + str(error))
                continue
            if message.kind == bridge_message.SETTINGS:
                self._set(message.settings)
            elif message.kind == bridge_message.SEND:
                if len(self._down) >= MAX_DOWN:
                    self._down.pop(0)
                    self.counts["dropped"] += 1
                self._down.append(Outgoing(message.radio, message.address, message.payload, now_ms))

    def output(self, now_ms: int) -> bytes:
        """What is to be written to the gateway."""
        if self.link.up:
            if now_ms >= self._statistics_at:
                self._statistics_at = now_ms + STATISTICS_MS
                self._queue_up(bridge_message.statistics(self._statistics(now_ms)))
            while self._up and self.link.room():
                self.link.send(self._up.pop(0))
        return self.link.output(now_ms)

    def _statistics(self, now_ms: int) -> "dict[str, int]":
        found = dict(self.counts)
        found["seconds"] = (now_ms - self._started) // 1000
        found["airtime-ms"] = 0 if self._airtime is None else self._airtime.used_ms(now_ms)
        found["resent"] = self.link.counters["resent"]
        return found

    def _set(self, settings: "Settings") -> None:
        """Take in new settings, unless the region does not allow them: then nothing is sent over LoRa."""
        if settings.lora is not None:
            region, frequency, factor, power = settings.lora
            try:
                band = lora.band(region, frequency, power)
            except MalformedError as error:
                self.say("refused: " + error.detail)
                settings.lora = None
            else:
                self._airtime = self._airtime or Airtime(lora.REGIONS[region], band.share, factor)
                self._airtime.change(lora.REGIONS[region], band.share, factor)
        self.settings = settings

    # To the radios

    def next_frame(self, now_ms: int) -> "Outgoing | None":
        """The next frame for a radio. Tell sent() what became of it."""
        for at in range(len(self._down)):
            frame = self._down[at]
            if frame.until <= now_ms:
                self._down.pop(at)
                self.counts["expired"] += 1
                return self.next_frame(now_ms)
            if frame.not_before > now_ms:
                continue
            self._down.pop(at)
            if frame.radio == LORA and not (self._airtime and self._airtime.take(len(frame.payload), now_ms)):
                self.counts["no-airtime"] += 1
                return self.next_frame(now_ms)
            return frame
        return None

    def sent(self, frame: Outgoing, result: int, chance: int, now_ms: int) -> None:
        """What became of a frame: SENT, BUSY (it is tried again; `chance` is any number) or FAILED."""
        self.counts[("sent", "busy", "failed")[result]] += 1
        if result != SENT and frame.radio == LORA and self._airtime is not None:
            self._airtime.give_back(len(frame.payload))
        if result == BUSY:
            frame.not_before = now_ms + RETRY_MS + chance % RETRY_MS
            self._down.append(frame)
