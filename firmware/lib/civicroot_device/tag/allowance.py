"""How much a tag may still be on the air with LoRa, kept over sleep in two numbers.

It fills with time, up to half of what the region allows in an hour, by the other half in each hour: so in no hour
whatever more than the region's share is used. (A bridge, which is always awake, counts minutes: airtime.py.)
"""

from civicroot_wire import lora

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.tag.retained import Retained

HOUR_MS = 3_600_000
FIRST_FRAMES = 2  # that may go at once after a loss of power, when nobody knows what was sent before it


class Allowance:
    """For a channel of `region` with a band's `share` (thousandths) at spreading factor `factor`."""

    def __init__(self, retained: "Retained", region: str, share: int, factor: int) -> None:
        self._kept = retained
        self._longest_ms = lora.REGIONS[region].longest_ms
        self._half_ms = HOUR_MS * share // 1000 // 2
        self._factor = factor

    def take(self, size: int, now_ms: int) -> bool:
        """Whether a frame of `size` bytes may go now; if so, it is counted, durably in the retained memory."""
        kept = self._kept
        need = lora.airtime_us(size, self._factor) // 1000 + 1
        if kept.air_ms is None:
            kept.air_ms = min(self._half_ms, FIRST_FRAMES * need)
            kept.air_at = now_ms
        passed = max(0, min(now_ms - kept.air_at, HOUR_MS))
        have = min(self._half_ms, kept.air_ms + passed * self._half_ms // HOUR_MS)
        if need > self._longest_ms or need > have:
            return False
        kept.air_ms, kept.air_at = have - need, now_ms
        kept.save()
        return True
