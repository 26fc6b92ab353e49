"""Recorded bus traffic for drivers; runs on CPython and on MicroPython.

A Tape holds the expected transactions in order, for one bus or for several that a driver uses together. Anything
else that a driver does is an AssertionError with both sides. A transaction is a tuple: what the driver does, then
what it gets.

    I2c      ("w", address, data)   ("r", address, answer)   ("wr", address, data, answer)
    OneWire  ("reset", present)     ("w", data)              ("r", answer)
    Uart     ("w", data)            ("r", arrived): lasts for as many reads as the driver likes; b"": nothing came
             ("break",)
    Spi      ("w", data)
    Adc      ("mv", millivolts)
    Shift    ("ready", flag)        ("bits", count, value)   ("sleep",)   ("wake",)
    Input    ("high", level)        Output  ("set", level)   Pixels  ("pixels", colours)

SILENT in place of the answer, or after the data of a write, is an OSError (nobody acknowledges). The transactions of a
bus that was given a name begin with it: ("power", "set", True).
"""

from civicroot_device.errors import SensorFault

SILENT = "silent"
ENODEV = 19  # what MicroPython's I2C raises if the address is not acknowledged


class Tape:
    """The expected transactions. Use as a context manager, or call `done()`: all must be used up."""

    def __init__(self, transactions) -> None:
        self.transactions = [tuple(transaction) for transaction in transactions]
        self.at = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace) -> None:
        if kind is None:
            self.done()

    def done(self) -> None:
        if self.at != len(self.transactions):
            raise AssertionError(f"not used up, from number {self.at}: {self.transactions[self.at :]!r}")

    def peek(self):
        """The next expected transaction; () at the end."""
        return self.transactions[self.at] if self.at < len(self.transactions) else ()

    def take(self, done, answers, more=()):
        """The answer to what the driver has done; `more` of it (a size) is only shown."""
        expected = self.peek()
        silent = len(expected) == len(done) + 1 and expected[-1] == SILENT
        if expected[: len(done)] != done or not (silent or len(expected) == len(done) + answers):
            self.deviates(done + more)
        self.at += 1
        if silent:
            raise OSError(ENODEV)
        return expected[-1]

    def deviates(self, actual) -> None:
        expected = self.peek() or "the end"
        raise AssertionError(f"transaction {self.at}: expected {expected!r}, actual {actual!r}")


class _Face:
    def __init__(self, tape, name="") -> None:
        self.tape = tape if isinstance(tape, Tape) else Tape(tape)
        self.name = (name,) if name else ()

    def take(self, done, answers=1, more=()):
        return self.tape.take(self.name + done, answers, more)

    def sized(self, done, size):
        """The answer to a read of `size` bytes."""
        answer = self.take(done, 1, (size,))
        if len(answer) != size:
            self.tape.at -= 1
            self.tape.deviates(self.name + done + (size,))
        return bytes(answer)

    def done(self) -> None:
        self.tape.done()


class ReplayI2c(_Face):
    def write(self, address, data) -> None:
        self.take(("w", address, bytes(data)), 0)

    def read(self, address, size):
        return self.sized(("r", address), size)

    def write_read(self, address, data, size):
        return self.sized(("wr", address, bytes(data)), size)


class ReplayOneWire(_Face):
    def reset(self):
        return self.take(("reset",))

    def write(self, data) -> None:
        self.take(("w", bytes(data)), 0)

    def read(self, size):
        return self.sized(("r",), size)


class ReplayUart(_Face):
    rest = b""

    def write(self, data) -> None:
        self.take(("w", bytes(data)), 0)

    def send_break(self) -> None:
        self.take(("break",), 0)

    def read(self, size):
        if not self.rest:
            self.rest = bytes(self.take(("r",), 1, (size,)))
        answer = self.rest[:size]
        self.rest = self.rest[size:]
        return answer

    def done(self) -> None:
        if self.rest:
            raise AssertionError(f"never read: {self.rest!r}")
        self.tape.done()


class ReplaySpi(_Face):
    def write(self, data) -> None:
        self.take(("w", bytes(data)), 0)


class ReplayInput(_Face):
    def high(self):
        return self.take(("high",))


class ReplayOutput(_Face):
    def set(self, high) -> None:
        self.take(("set", high), 0)


class ReplayAdc(_Face):
    def millivolts(self):
        return self.take(("mv",))


class ReplayShift(_Face):
    def ready(self):
        return self.take(("ready",))

    def read(self, bits):
        return self.take(("bits", bits))

    def sleep(self) -> None:
        self.take(("sleep",), 0)

    def wake(self) -> None:
        self.take(("wake",), 0)


class ReplayPixels(_Face):
    def write(self, colours) -> None:
        self.take(("pixels", [tuple(colour) for colour in colours]), 0)


FACES = {
    "i2c": ReplayI2c,
    "onewire": ReplayOneWire,
    "uart": ReplayUart,
    "spi": ReplaySpi,
    "input": ReplayInput,
    "output": ReplayOutput,
    "adc": ReplayAdc,
    "shift": ReplayShift,
    "pixels": ReplayPixels,
}


def said(reading):
    """A reading as plain data: a fault is its flag after "!"."""
    return "!" + reading.flag if hasattr(reading, "flag") else reading


def measure(module, driver, faces, transactions, arguments=(), rounds=1):
    """Build civicroot_device.sensors.<module>.<driver>(*faces, *arguments); start and read it `rounds` times.

    faces    (kind, name) of each bus, in the order of the driver's parameters; name "" for none
    Returns [(milliseconds that start() asks for, {name: reading or "!flag"})]; "!flag" in place of what was raised.
    """
    tape = Tape(transactions)
    buses = [FACES[kind](tape, name) for kind, name in faces]
    imported = __import__("civicroot_device.sensors." + module, None, None, ["*"])
    made = getattr(imported, driver)(*(buses + list(arguments)))
    result = []
    for _ in range(rounds):
        wait = None
        try:
            wait = made.start()
            found = made.read()
            while isinstance(found, int):
                found = made.read()  # the next step; how long the driver asks to wait is each driver's own test
            readings = {name: said(reading) for name, reading in found.items()}
        except SensorFault as fault:
            readings = said(fault)
        result.append((wait, readings))
    for bus in buses:
        bus.done()
    return result
