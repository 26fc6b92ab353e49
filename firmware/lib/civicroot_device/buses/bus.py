"""The interfaces of all buses and pins. An answer that does not come is an OSError, as `machine` has it."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class I2c(Protocol):
        """A bus master. Addresses have 7 bits. OSError if nobody acknowledges."""

        def write(self, address: int, data: bytes) -> None: ...
        def read(self, address: int, size: int) -> bytes: ...

        def write_read(self, address: int, data: bytes, size: int) -> bytes:
            """Write, and read after a repeated start."""
            ...

    class OneWire(Protocol):
        """A Dallas bus."""

        def reset(self) -> bool:
            """Whether anybody answered with a presence pulse."""
            ...

        def write(self, data: bytes) -> None: ...
        def read(self, size: int) -> bytes: ...

    class Uart(Protocol):
        """A serial line."""

        def write(self, data: bytes) -> None: ...

        def read(self, size: int) -> bytes:
            """What has arrived, at most `size` bytes; empty if nothing has."""
            ...

    class BreakUart(Uart, Protocol):
        """The line of SDI-12 probes: 1200 baud, 7 bits, even parity, inverted; what is written may be heard again."""

        def send_break(self) -> None:
            """Spacing for at least 12 ms, then marking for at least 8.33 ms (SDI-12 v1.4 §7.1)."""
            ...

    class Spi(Protocol):
        """A bus with its own chip select, low during each call."""

        def write(self, data: bytes) -> None: ...

    class Input(Protocol):
        """A pin that is read."""

        def high(self) -> bool: ...

    class Output(Protocol):
        """A pin that is driven."""

        def set(self, high: bool) -> None: ...

    class Adc(Protocol):
        """An analog input, with the chip's own calibration."""

        def millivolts(self) -> int: ...

    class Shift(Protocol):
        """A clock and a data line by which a converter is read bit by bit (HX711)."""

        def ready(self) -> bool: ...

        def read(self, bits: int) -> int:
            """The first bit is the most significant. OSError if a pulse was so long that the converter fell asleep."""
            ...

        def sleep(self) -> None:
            """Hold the clock high: the converter has no power."""
            ...

        def wake(self) -> None:
            """The clock is low again: the converter begins anew."""
            ...

    class Pixels(Protocol):
        """A chain of WS2812 LEDs."""

        def write(self, colours: list[tuple[int, int, int]]) -> None: ...
