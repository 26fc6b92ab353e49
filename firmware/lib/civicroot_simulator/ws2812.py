"""A chain of WS2812 LEDs."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.lamp.colours import Frame


class Ws2812Model:
    """Keeps what it is sent, as a Pixels. `frames` holds the last KEPT as (milliseconds, colours).

    shown   is given each
    """

    KEPT = 64  # a bin that runs for a day must not fill the heap with them

    def __init__(self, ms: "Callable[[], int] | None" = None) -> None:
        self.frames: "list[tuple[int, Frame]]" = []
        self.written = 0
        self._ms = ms
        self.shown: "Callable[[Frame], None] | None" = None

    def write(self, colours: "Frame") -> None:
        self.written += 1
        self.frames.append((self._ms() if self._ms else 0, list(colours)))
        if len(self.frames) > self.KEPT:
            del self.frames[0]
        if self.shown is not None:
            self.shown(colours)
