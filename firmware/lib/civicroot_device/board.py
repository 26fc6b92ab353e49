"""What the firmware asks of the hardware that it runs on, chosen at run time."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from civicroot_device.config import Configuration
    from civicroot_device.reporting.kinds import Reading
    from civicroot_device.wiring import Wiring

    class Board(Protocol):
        """What the firmware asks of its hardware.

        `wiring` is its board file, `lines[name]` a bus or pin of it (buses/bus.py), made when it is asked for first.
        Without a board file (only on the Unix port) `names` are the quantities that there are, None: those of its kind,
        and `look()` is one look at all of them: what it returns gives a quantity's number or boolean by its name, or
        raises SensorFault.
        """

        wiring: Wiring | None
        lines: Any
        names: list[str] | None

        def look(self) -> Callable[[str], Reading]: ...
        def ticks_ms(self) -> int: ...

        def machine_time(self) -> int:
            """What the machine's clock says, Unix seconds, true or not."""
            ...

        def unix_time(self) -> int | None:
            """Unix seconds; None if nobody has set the machine's clock."""
            ...

        def set_time(self, seconds: int, told: bool) -> None:
            """Set the machine's clock, by which certificates are judged; told: it is the time, not only a floor."""
            ...

        def random(self, size: int) -> bytes: ...

        def secret(self, size: int) -> bytes:
            """Random bytes that nobody can guess, for keys and challenges; the radio may be on afterwards."""
            ...

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

    return Esp32Board(configuration)
