"""Stand-ins for `machine`, `time`, `onewire` and `neopixel` of an ESP32, under MicroPython's Unix port.

They write down what they are told. install() must come before the firmware's buses/esp32.py is imported.
"""

import sys

log = []  # what was done, in order


class World:
    now = 0  # microseconds
    call_us = 4  # what a call of a pin takes
    chip = None  # the Hx711Chip that hangs at pins 5 (clock) and 4 (data)


class Module:
    pass


class Pin:
    IN, OUT, PULL_UP = 1, 3, 2

    def __init__(self, number, mode=-1, pull=-1, value=None) -> None:
        self.number = number
        log.append(("pin", number, mode, pull, value))

    def __call__(self, *value):
        World.now += World.call_us
        if value:
            log.append(("set", self.number, value[0]))
            if World.chip and self.number == 5:
                World.chip.clock(value[0])
            return None
        return World.chip.data if World.chip and self.number == 4 else 1


class Hx711Chip:
    """Shifts out a code as the datasheet's Fig. 2 has it; `risen` says whether interrupts were off at each pulse."""

    def __init__(self, code) -> None:
        self.code = code
        self.data = 0
        self.risen = []
        self.level = 0

    def clock(self, level) -> None:
        if level and not self.level:
            pulse = len(self.risen)
            self.risen.append(Irq.off)
            self.data = self.code >> (23 - pulse) & 1 if pulse < 24 else 1
        self.level = level


class Irq:
    off = False

    @staticmethod
    def disable():
        Irq.off = True
        return 7

    @staticmethod
    def enable(state) -> None:
        if state != 7:
            raise AssertionError("another state")
        Irq.off = False


class Recorder:
    """Any peripheral: writes its calls down and answers from `answers`."""

    answers = {}  # noqa: RUF012 (MicroPython has no ClassVar)
    ATTN_11DB, INV_TX, INV_RX = 3, 32, 4

    def __init__(self, *arguments, **named) -> None:
        numbers = [argument.number if isinstance(argument, Pin) else argument for argument in arguments]
        named = {key: value.number if isinstance(value, Pin) else value for key, value in named.items()}
        log.append(("made", numbers, named))

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*arguments, **named):
            given = [bytes(argument) if isinstance(argument, bytearray) else argument for argument in arguments]
            log.append(tuple([name] + given + [named]))  # noqa: RUF005 (MicroPython has no [*a, b])
            answer = Recorder.answers.get(name)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


class NeoPixel:
    def __init__(self, pin, count) -> None:
        self.colours = [None] * count
        log.append(("chain", pin.number, count))

    def __len__(self) -> int:
        return len(self.colours)

    def __setitem__(self, at, colour) -> None:
        self.colours[at] = colour

    def write(self) -> None:
        log.append(("shown", list(self.colours)))


def install() -> None:
    machine, time, onewire, neopixel = Module(), Module(), Module(), Module()
    machine.Pin = Pin
    machine.I2C = machine.SPI = machine.UART = machine.ADC = onewire.OneWire = Recorder
    machine.disable_irq, machine.enable_irq = Irq.disable, Irq.enable
    neopixel.NeoPixel = NeoPixel
    time.ticks_us = lambda: World.now
    time.ticks_diff = lambda a, b: a - b
    time.sleep_us = lambda us: log.append(("slept", us))
    time.sleep_ms = lambda ms: log.append(("slept", 1000 * ms))
    for name, module in (("machine", machine), ("time", time), ("onewire", onewire), ("neopixel", neopixel)):
        sys.modules[name] = module


def shifted(code, slow=4):
    """(what Esp32Shift reads, whether interrupts were off at each pulse, whether they are now), with pins that slow."""
    from civicroot_device.buses.esp32 import Esp32Shift  # noqa: PLC0415 (after install)

    chip = World.chip = Hx711Chip(code)
    World.call_us = slow
    line = Esp32Shift(clock=5, data=4)
    try:
        if not line.ready():
            raise AssertionError("not ready")
        word = line.read(25)
    finally:
        World.chip, World.call_us = None, 4
    return word, chip.risen, Irq.off


def used(kind, options, calls, answers):
    """[(method, arguments)] on a line of the board file's type: (what was done, what came back)."""
    from civicroot_device.buses.esp32 import LINES  # noqa: PLC0415 (after install)

    log.clear()
    Recorder.answers = answers
    line = LINES[kind](**options)
    returned = [getattr(line, method)(*arguments) for method, arguments in calls]
    return list(log), returned


def failed(kind, options, method, arguments, errno):
    """What was done on a line whose peripheral fails with an OSError."""
    from civicroot_device.buses.esp32 import LINES  # noqa: PLC0415 (after install)

    line = LINES[kind](**options)
    log.clear()
    Recorder.answers = {method: OSError(errno)}
    try:
        getattr(line, method)(*arguments)
    except OSError as error:
        return list(log), error.args[0]
    raise AssertionError("no error")
