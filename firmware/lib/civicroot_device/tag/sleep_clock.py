"""Unix time across deep sleep, by a clock that is wrong by some percent and learns by how much.

Asleep, an ESP32 counts an RC oscillator (136 kHz in the C3's and C6's data sheets, §"RTC clock"), which drifts with
the temperature. The device's clock never goes back (clock.py), so this one is late rather than early, by a margin.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.clock import Monotonic
    from civicroot_device.tag.retained import Retained

MILLION = 1_000_000
UNKNOWN_PPM = 50_000  # margin before the rate is known: an RC oscillator that was never compared may be 5 % off
KNOWN_PPM = 3_000  # after: what some degrees since the last comparison change; 11 s in an hour
WORST_PPM = 100_000  # a rate beyond is no oscillator's: somebody told a wrong time
LEARN_MS = 600_000  # over less, the whole seconds in which time is told would be most of the result


class TagClock:
    """Milliseconds that go on through sleep. `wall_ms` does so, too, but may be set while the tag is awake."""

    def __init__(self, wall_ms: "Callable[[], int]", monotonic: "Monotonic") -> None:
        self._monotonic = monotonic
        self._base = wall_ms() - monotonic.ms()

    def ms(self) -> int:
        """Milliseconds."""
        return self._base + self._monotonic.ms()


class SleepClock:
    """Unix seconds from the last time that was told. `retained` holds its state."""

    def __init__(self, retained: "Retained") -> None:
        self._kept = retained

    def now(self, ms: int) -> "int | None":
        """Unix seconds at `ms`, late by up to the margin; None if never told."""
        kept = self._kept
        passed = ms - kept.told_at
        if kept.told is None or passed < 0:
            return None
        ppm = (kept.rate - KNOWN_PPM) if kept.rate is not None else -UNKNOWN_PPM
        return kept.told + (passed + passed * ppm // MILLION) // 1000

    def tell(self, seconds: int, ms: int) -> None:
        """The gateway told the time, and it is believed."""
        kept = self._kept
        passed = ms - kept.told_at
        if kept.told is not None and passed >= LEARN_MS:
            found = (seconds - kept.told) * 1000 * MILLION // passed - MILLION
            if abs(found) <= WORST_PPM:
                kept.rate = found if kept.rate is None else (3 * kept.rate + found) // 4
        kept.told, kept.told_at = seconds, ms
