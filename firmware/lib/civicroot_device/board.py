"""What the firmware asks of the hardware that it runs on, chosen at run time."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from civicroot_device.config import Configuration
    from civicroot_device.reporting.kinds import Reading

    class Board(Protocol):
        """What the firmware asks of its hardware; `names` are the sensors it has, None: those of its kind.

        `look()` is one look at all of them: what it returns gives the number or boolean of each by its name, or
        raises SensorFault.
        """

        names: list[str] | None

        def look(self) -> Callable[[str], Reading]: ...
        def ticks_ms(self) -> int: ...
        def unix_time(self) -> int | None: ...

        def set_time(self, seconds: int, told: bool) -> None:
            """Set the machine's clock, by which certificates are judged; told: it is the time, not only a floor."""
            ...

        def random(self, size: int) -> bytes: ...
        def feed(self) -> None: ...
        def reset_reason(self) -> str: ...

        def restart(self, why: str = "") -> None:
            """Start again from the beginning; `why` is the next start's reset_reason."""
            ...


def choose(configuration: "Configuration") -> "Board":
    """The board of this port."""
    if sys.platform in ("linux", "darwin"):
        from civicroot_device.board_unix import UnixBoard  # noqa: PLC0415 (not on the ESP32's flash)

        return UnixBoard(configuration)
    from civicroot_device.board_esp32 import Esp32Board  # noqa: PLC0415 (only there is a `machine` like that)

    return Esp32Board(configuration.pins)
