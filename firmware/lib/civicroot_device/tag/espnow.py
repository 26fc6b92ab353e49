"""ESP-NOW of a tag: it finds the bridge's channel and address by being answered, and keeps both while it sleeps.

A frame goes to everybody until a bridge's answer was believed; then to that bridge, whose radio confirms it. When
nobody answers, it goes to everybody again, and then on other channels, one after the other.
"""

from civicroot_device.tag.radio import PolledRadio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_radio.driver import Driver

    from civicroot_device.tag.retained import Retained

EVERYBODY = b"\xff" * 6
CHANNELS = 13  # of Wi-Fi at 2.4 GHz, where all are allowed; a bridge is on one of 1 to 13 (SPEC.md §8.2)


class EspNow(PolledRadio):
    """`make(channel)` turns the driver on; `channel` is where to begin."""

    def __init__(
        self,
        make: "Callable[[int], Driver]",
        ticks: "Callable[[], int]",
        pause: "Callable[[int], None]",
        chance: "Callable[[], float]",
        retained: "Retained",
        channel: int,
    ) -> None:
        self._kept = retained
        if retained.channel is None:
            retained.channel = channel
        super().__init__(lambda: make(retained.channel or channel), ticks, pause, chance)
        self.address = retained.bridge or EVERYBODY

    def send(self, frame: bytes) -> bool:
        """To the bridge; if its radio confirms nothing, to everybody: it may have been replaced."""
        if super().send(frame):
            return True
        if self.address == EVERYBODY:
            return False
        self._kept.bridge = None
        self.address = EVERYBODY
        return super().send(frame)

    def confirm(self) -> None:
        """The bridge is where the answer came from."""
        self._kept.bridge = self.address = self.heard_from

    def elsewhere(self) -> bool:
        """The next channel."""
        self.off()
        self._kept.channel = (self._kept.channel or 0) % CHANNELS + 1
        self._kept.bridge = None
        self.address = EVERYBODY
        self.on()
        return True
