"""Measures two parts of a tag's wake that wake.py cannot see, and prints them as one line of JSON.

    micropython parts.py FOLDER …      folders of the sources of civicroot_device, civicroot_radio, civicroot_wire

"running_us"   the bodies of all modules that a tag imports, run once more: what is left of importing when they are
               frozen into the image. In this process each `import` looks its name up among thousands that came with the
               sources, one after the other; in an image the names are sorted. So every line of import is taken at what
               it costs in a young process ("line_young_us") and not here ("line_us").
"lora_us"      the SX1262 set up, a frame sent, asleep again, over a bus that answers at once;  "look_us": a look at it
"""

import gc
import json
import sys
import time

sys.path[:0] = sys.argv[1:]

from civicroot_device.tag.radio import PolledRadio  # noqa: E402
from civicroot_radio import lora_radio  # noqa: E402
from civicroot_radio.lora_radio import LoraRadio, SpiBus  # noqa: E402
from civicroot_radio.sx1262 import Sx1262  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15  # of which the quickest counts: on a shared machine the rest tells about the others
LINES = 100
RECORD_BYTES = 172
EU = ("EU868", 868_100_000, 10, 14)


def quickest(function: "Callable[[], object]") -> float:
    """Microseconds of a call."""
    found = []
    for _ in range(ROUNDS):
        gc.collect()
        began = time.ticks_us()
        function()
        found.append(time.ticks_diff(time.ticks_us(), began))
    return min(found)


def import_line() -> float:
    """Microseconds of one line of import of a module that is loaded."""
    code = compile("from civicroot_wire.errors import WireError\n" * LINES, "lines", "exec")
    return quickest(lambda: exec(code, {"__name__": "lines"})) / LINES


class Pins:
    """The chip's pins and its SPI: it is of type LoRa, never busy, and the frame is out; no answer comes."""

    looking = False

    def value(self, _level: int = 0) -> int:
        """Of a pin."""
        return 0

    def write_readinto(self, _out: bytes, found: bytearray) -> None:
        """The lowest bit says yes to whatever is asked."""
        found[-1] = 0 if Pins.looking else 1


class Bus(SpiBus):
    """Its driver, on these pins."""

    def __init__(self) -> None:
        self._spi = self._select = self._reset = self._busy = Pins()  # type: ignore[assignment]

    def reset(self) -> None:
        """Without its 6 ms."""


def lora() -> "tuple[float, float]":
    """Microseconds of a wake's use of the chip, and of a look."""
    lora_radio.LOOK_MS = 0
    frame, clock = bytes(RECORD_BYTES), [0]

    def rest(ms: int) -> None:
        clock[0] += ms

    def make() -> LoraRadio:
        return LoraRadio(Sx1262(Bus()), EU, rest)

    radio = PolledRadio(make, lambda: clock[0], rest, lambda: 0.5, look_ms=1)

    def wake() -> None:
        Pins.looking = False
        radio.on()
        radio.send(frame)
        radio.off()

    radio.on()
    Pins.looking = True
    looks = quickest(lambda: radio.receive(LINES)) / LINES
    return quickest(wake), looks


def source(name: str) -> "tuple[str, dict[str, object]]":
    """A module's source, and what it begins with."""
    for folder in sys.argv[1:]:
        path = folder + "/" + name.replace(".", "/")
        for ending in (".py", "/__init__.py"):
            try:
                with open(path + ending) as file:
                    text = file.read()
            except OSError:
                continue
            space: "dict[str, object]" = {"__name__": name}
            if ending != ".py":
                space["__path__"] = path
            return text, space
    raise ImportError(name)


def body(name: str) -> "tuple[float, int]":
    """Microseconds of a module's body, and how many lines of import are among it."""
    text, space = source(name)
    code = compile(text, name, "exec")
    lines = [line for line in text.split("\n") if line.startswith(("from ", "import "))]
    return quickest(lambda: exec(code, dict(space))), len(lines)


def main() -> None:
    """Measure and print."""
    import civicroot_wire.errors  # noqa: F401, PLC0415

    young = import_line()
    from civicroot_device import start  # noqa: F401, PLC0415
    from civicroot_device.sensors import (  # noqa: F401, PLC0415
        battery,
        dendrometer,
        ds18b20,
        lis3dh,
        sht3x,
        soil_capacitive,
    )
    from civicroot_device.tag import app  # noqa: F401, PLC0415

    modules = [name for name in sys.modules if name.startswith("civicroot") or name == "starter"]
    line = import_line()
    found = [body(name) for name in modules]
    lines = sum([count for _, count in found])
    running = sum([spent for spent, _ in found]) - lines * (line - young)
    lora_us, look_us = lora()
    print(
        json.dumps(
            {
                "modules": len(modules),
                "lines": lines,
                "line_us": round(line, 2),
                "line_young_us": round(young, 2),
                "running_us": round(running),
                "lora_us": round(lora_us),
                "look_us": round(look_us, 1),
            }
        )
    )


main()
