"""What a transmitter may take of an hour, kept by the minute: a share of any hour, and a longest frame."""

from civicroot_wire import lora

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_wire.lora import Region

MINUTE_MS = 60_000
_SLOTS = 61  # an hour, and the minute that has begun: never less than an hour is looked at


class Airtime:
    """The budget of one LoRa channel. `share` is in thousandths; `used_ms` of the hour past."""

    def __init__(self, region: "Region", share: int, factor: int) -> None:
        self._slots = [0] * _SLOTS
        self._minute = 0
        self.change(region, share, factor)

    def change(self, region: "Region", share: int, factor: int) -> None:
        """Other settings; what was used stays used."""
        self._longest_ms = region.longest_ms
        self._allowed_ms = 3_600 * share
        self._factor = factor

    def used_ms(self, now_ms: int) -> int:
        """Milliseconds on the air in the last hour and the present minute."""
        minute = now_ms // MINUTE_MS
        for passed in range(self._minute + 1, min(minute, self._minute + _SLOTS) + 1):
            self._slots[passed % _SLOTS] = 0
        self._minute = minute
        return sum(self._slots)

    def take(self, size: int, now_ms: int) -> bool:
        """Whether a frame of `size` bytes may go now; if so, it is counted."""
        need = self._need(size)
        if need > self._longest_ms or self.used_ms(now_ms) + need > self._allowed_ms:
            return False
        self._slots[self._minute % _SLOTS] += need
        return True

    def give_back(self, size: int) -> None:
        """A frame that was taken for did not go."""
        at = self._minute % _SLOTS
        self._slots[at] = max(0, self._slots[at] - self._need(size))

    def _need(self, size: int) -> int:
        return lora.airtime_us(size, self._factor) // 1000 + 1
