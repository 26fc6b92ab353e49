"""The buses and pins of an ESP32, over MicroPython's `machine`. Runs on a board only; all that uses them does not.

The constructors take the pins and options of a line in the board file (wiring_lines.py) by the same names. An answer
that does not come is an OSError, which `machine` raises by itself.
"""

import errno
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neopixel import NeoPixel

I2C_TIMEOUT_US = 50_000  # a chip that stretches the clock for longer is broken; also what may hold up the other tasks
MAX_INDEX = 4  # bytes of a register's number that readfrom_mem takes
UART_BUFFER = 512  # bytes: half a second at 9600 baud
BREAK_MARKING_MS = 9  # SDI-12 v1.4 §7.1: at least 8.33 ms after a break
SDI12_BAUD = 1200
PULSE_LIMIT_US = 50  # HX711, Fig. 2: T3; from 60 µs on it falls asleep (Fig. 3)
FALL_ASLEEP_US = 80
MICROVOLTS = 1000  # in a millivolt


class Esp32I2c:
    """A bus.I2c on one of the two controllers."""

    def __init__(self, scl: int, sda: int, id: int = 0, hz: int = 400_000) -> None:
        from machine import I2C, Pin  # noqa: PLC0415 (only on boards, here and below)

        self._bus = I2C(id, scl=Pin(scl), sda=Pin(sda), freq=hz, timeout=I2C_TIMEOUT_US)

    def write(self, address: int, data: bytes) -> None:
        self._bus.writeto(address, data)

    def read(self, address: int, size: int) -> bytes:
        return self._bus.readfrom(address, size)

    def write_read(self, address: int, data: bytes, size: int) -> bytes:
        if len(data) <= MAX_INDEX:
            # One transaction of the controller, with a repeated start.
            return self._bus.readfrom_mem(address, int.from_bytes(data, "big"), size, addrsize=8 * len(data))
        self._bus.writeto(address, data, False)
        return self._bus.readfrom(address, size)


class Esp32OneWire:
    """A bus.OneWire, by the port's own `onewire`, whose timing is written in C."""

    def __init__(self, pin: int) -> None:
        from machine import Pin  # noqa: PLC0415
        from onewire import OneWire  # noqa: PLC0415

        self._bus = OneWire(Pin(pin))

    def reset(self) -> bool:
        return bool(self._bus.reset())

    def write(self, data: bytes) -> None:
        self._bus.write(data)

    def read(self, size: int) -> bytes:
        found = bytearray(size)
        self._bus.readinto(found)
        return bytes(found)


class Esp32Uart:
    """A bus.Uart: 8 bits, no parity, one stop bit."""

    def __init__(self, tx: int, rx: int, id: int = 1, baud: int = 9600) -> None:
        from machine import UART  # noqa: PLC0415

        self._line = UART(id, baudrate=baud, tx=tx, rx=rx, rxbuf=UART_BUFFER)

    def write(self, data: bytes) -> None:
        self._line.write(data)

    def read(self, size: int) -> bytes:
        size = min(size, self._line.any())
        return (self._line.read(size) or b"") if size else b""


class Esp32Sdi12:
    """A bus.BreakUart behind a line driver; `direction` is high while the device talks."""

    def __init__(self, tx: int, rx: int, direction: int, id: int = 1) -> None:
        from machine import UART, Pin  # noqa: PLC0415

        self._direction = Pin(direction, Pin.OUT, value=0)
        self._line = UART(
            id,
            baudrate=SDI12_BAUD,
            bits=7,
            parity=0,
            stop=1,
            tx=tx,
            rx=rx,
            rxbuf=UART_BUFFER,
            invert=UART.INV_TX | UART.INV_RX,
        )

    def write(self, data: bytes) -> None:
        """The line is given back as soon as the last bit is out: a probe answers 8 ms later."""
        self._direction(1)
        self._line.write(data)
        self._line.flush()
        self._direction(0)

    def read(self, size: int) -> bytes:
        size = min(size, self._line.any())
        return (self._line.read(size) or b"") if size else b""

    def send_break(self) -> None:
        """The port sends a zero at two fifths of the baud rate: 9 bits of spacing, 18.75 ms."""
        self._direction(1)
        self._line.sendbreak()
        time.sleep_ms(BREAK_MARKING_MS)


class Esp32Spi:
    """A bus.Spi: mode 0, most significant bit first, the chip select low during each write."""

    def __init__(self, sck: int, mosi: int, cs: int, id: int = 1, hz: int = 4_000_000) -> None:
        from machine import SPI, Pin  # noqa: PLC0415

        self._select = Pin(cs, Pin.OUT, value=1)
        self._bus = SPI(id, baudrate=hz, polarity=0, phase=0, sck=Pin(sck), mosi=Pin(mosi))

    def write(self, data: bytes) -> None:
        self._select(0)
        try:
            self._bus.write(data)
        finally:
            self._select(1)


class Esp32Input:
    """A bus.Input."""

    def __init__(self, pin: int, pull_up: bool = True) -> None:
        from machine import Pin  # noqa: PLC0415

        self._pin = Pin(pin, Pin.IN, Pin.PULL_UP) if pull_up else Pin(pin, Pin.IN)

    def high(self) -> bool:
        return bool(self._pin())


class Esp32Output:
    """A bus.Output; `high` is its level from the start."""

    def __init__(self, pin: int, high: bool = False) -> None:
        from machine import Pin  # noqa: PLC0415

        self._pin = Pin(pin, Pin.OUT, value=int(high))

    def set(self, high: bool) -> None:
        self._pin(int(high))


class Esp32Adc:
    """A bus.Adc, with the chip's factory calibration, at its widest range (battery.py says how wide)."""

    def __init__(self, pin: int) -> None:
        from machine import ADC, Pin  # noqa: PLC0415

        self._input = ADC(Pin(pin), atten=ADC.ATTN_11DB)

    def millivolts(self) -> int:
        return self._input.read_uv() // MICROVOLTS


class Esp32Shift:
    """A bus.Shift by hand: interrupts are off during each pulse, but not between pulses, where time does not matter."""

    def __init__(self, clock: int, data: int) -> None:
        from machine import Pin, disable_irq, enable_irq  # noqa: PLC0415

        self._clock = Pin(clock, Pin.OUT, value=0)
        self._data = Pin(data, Pin.IN)
        self._disable_irq = disable_irq
        self._enable_irq = enable_irq

    def ready(self) -> bool:
        return not self._data()

    def read(self, bits: int) -> int:
        word = 0
        longest = 0
        for _ in range(bits):
            bit, lasted = self._pulse()
            word = word << 1 | bit
            longest = max(longest, lasted)
        # The other core, or its writing to the flash, can hold up this one even then.
        if longest > PULSE_LIMIT_US:
            raise OSError(errno.ETIMEDOUT)
        return word

    def sleep(self) -> None:
        self._clock(1)
        time.sleep_us(FALL_ASLEEP_US)

    def wake(self) -> None:
        self._clock(0)

    def _pulse(self) -> "tuple[int, int]":
        """The data line during one pulse, and how long that was in µs, measured from outside."""
        clock, data, now = self._clock, self._data, time.ticks_us
        state = self._disable_irq()
        began = now()
        clock(1)
        bit = data()
        clock(0)
        ended = now()
        self._enable_irq(state)
        return int(bit), time.ticks_diff(ended, began)


class Esp32Pixels:
    """A bus.Pixels, by the port's own `neopixel`, whose timing is written in C."""

    def __init__(self, pin: int) -> None:
        from machine import Pin  # noqa: PLC0415

        self._pin = Pin(pin, Pin.OUT)
        self._chain: "NeoPixel | None" = None

    def write(self, colours: "list[tuple[int, int, int]]") -> None:
        if self._chain is None or len(self._chain) != len(colours):
            from neopixel import NeoPixel  # noqa: PLC0415

            self._chain = NeoPixel(self._pin, len(colours))
        for at, colour in enumerate(colours):
            self._chain[at] = colour
        self._chain.write()


# By the type of a line in the board file.
LINES = {
    "i2c": Esp32I2c,
    "onewire": Esp32OneWire,
    "uart": Esp32Uart,
    "sdi12": Esp32Sdi12,
    "spi": Esp32Spi,
    "input": Esp32Input,
    "output": Esp32Output,
    "adc": Esp32Adc,
    "shift": Esp32Shift,
    "pixels": Esp32Pixels,
}
