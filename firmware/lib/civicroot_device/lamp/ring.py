"""The WS2812 ring itself: writes a frame when it differs from the last one."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.buses.bus import Pixels
    from civicroot_device.lamp.colours import Frame
    from civicroot_device.lamp.lamp import Lamp


class Ring:
    """Drives the pixels of a lamp. `step` takes under a millisecond: 30 µs a pixel."""

    def __init__(self, pixels: "Pixels", lamp: "Lamp") -> None:
        self._pixels, self._lamp = pixels, lamp
        self._shown: "Frame | None" = None

    def step(self, ms: int) -> None:
        """Show what the lamp says now, on a steadily growing clock."""
        frame = self._lamp.frame(ms)
        if frame != self._shown:
            self._pixels.write(frame)
            self._shown = frame
