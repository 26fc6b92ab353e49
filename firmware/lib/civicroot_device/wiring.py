"""The board file: which parts are at which pins, and from it the drivers of this very board.

JSON: {"name", "chip", "kind", "lines": {name: {"type", pins and options}}, "sensors": [{"driver", "bus", …}],
"display", "lamp", "scanner": {"driver", "bus", …} or left out}. A line is a bus or a single pin; a part names the
lines that it is on. wiring_lines.py says what types of lines there are, wiring_drivers.py what a driver takes. A part
may have "calibration": {quantity: name} if its calibration is not that of the quantity: two sensors of one quantity
hang at different places. Of these the first in the file is preferred. The circuit's netlist is checked against this.
"""

import json

from civicroot_device.errors import ConfigurationError
from civicroot_device.wiring_drivers import DISPLAYS, LAMPS, SCANNERS, SENSORS
from civicroot_device.wiring_lines import PINS, SHARED, TABLE, an_object, checked, typed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from civicroot_device.wiring_drivers import Driver
    from civicroot_device.wiring_lines import Options

    Calibrated = Callable[[str], dict[str, int]]  # the calibration of that name

_KEYS = ("name", "chip", "kind", "lines", "sensors", "display", "lamp", "scanner")
_OWN = "calibration"  # key of a part that renames calibrations


class Part:
    """One part of a board: what it is (`name` of the driver), its `driver`, the names of its `lines`, its `options`."""

    def __init__(
        self, name: str, driver: "Driver", lines: "dict[str, str]", options: "Options", own: "dict[str, str]"
    ) -> None:
        self.name = name
        self.driver = driver
        self.lines = lines
        self.options = options
        self._own = own

    def calibration(self, quantity: str) -> str:
        """The name of the calibration by which this part measures the quantity."""
        return self._own.get(quantity, quantity)

    def make(self, lines: "Options", calibrated: "Calibrated", *more: object) -> "Any":
        """The driver's object. `lines` are the bus objects by name; `more` comes after those of this part."""
        arguments = [lines[self.lines[key]] for key, _ in self.driver.lines]
        named = dict(self.options)
        for key, quantity in self.driver.calibrations.items():
            named[key] = calibrated(self.calibration(quantity))
        for key, _ in self.driver.optional:
            if key in self.lines:
                named[key] = lines[self.lines[key]]
        if "rom" in named:
            named["rom"] = _rom(named["rom"])
        return self.driver.load()(*(arguments + list(more)), **named)


class Wiring:
    """A board file, checked. `lines`: name -> (type, pins and options); `sensors`; display, lamp, scanner or None.

    Raises ConfigurationError, which names the part.
    """

    def __init__(self, fields: "Options") -> None:
        for key in fields:
            if key not in _KEYS:
                raise ConfigurationError("board: %s is unknown" % key)
        for key in ("name", "chip", "kind"):
            if not isinstance(fields.get(key), str):
                raise ConfigurationError("board: %s is missing or no text" % key)
        self.name: str = fields["name"]
        self.chip: str = fields["chip"]
        self.kind: str = fields["kind"]
        if self.chip not in PINS:
            raise ConfigurationError("board: chip %s is none of %s" % (self.chip, ", ".join(sorted(PINS))))
        self.lines = checked(an_object(fields.get("lines"), "lines"), self.chip)
        sensors = fields.get("sensors")
        if not isinstance(sensors, list) or not sensors:
            raise ConfigurationError("board: sensors is no list of at least one")
        self._used: "set[str]" = set()
        self.sensors = [self._part(item, "sensor", SENSORS) for item in sensors]
        self.display = self._optional(fields, "display", DISPLAYS)
        self.lamp = self._optional(fields, "lamp", LAMPS)
        self.scanner = self._optional(fields, "scanner", SCANNERS)
        for name in self.lines:
            if name not in self._used:
                raise ConfigurationError("board: nothing is on line " + name)

    @property
    def parts(self) -> "list[Part]":
        """All of them."""
        return self.sensors + [part for part in (self.display, self.lamp, self.scanner) if part is not None]

    def _optional(self, fields: "Options", key: str, drivers: "dict[str, Driver]") -> "Part | None":
        return None if fields.get(key) is None else self._part(fields[key], key, drivers)

    def _part(self, item: object, what: str, drivers: "dict[str, Driver]") -> Part:
        fields = an_object(item, what)
        name = fields.get("driver")
        if name not in drivers:
            raise ConfigurationError("board: %s: no driver %s" % (what, name))
        driver = drivers[name]
        kinds = dict(driver.lines + driver.optional)
        lines: "dict[str, str]" = {}
        options: "Options" = {}
        own: "Any" = {}
        for key, value in fields.items():
            if key in kinds:
                lines[key] = self._on(value, kinds[key], name)
            elif key in driver.options:
                options[key] = typed(value, driver.options[key], "%s: %s" % (name, key))
            elif key == _OWN:
                own = typed(value, TABLE, "%s: %s" % (name, key))
            elif key != "driver":
                raise ConfigurationError("board: %s: %s is unknown" % (name, key))
        for key in [key for key, _ in driver.lines] + list(driver.needed):
            if key not in fields:
                raise ConfigurationError("board: %s: %s is missing" % (name, key))
        return Part(name, driver, lines, options, own)

    def _on(self, line: object, kind: str, part: str) -> str:
        if not isinstance(line, str) or line not in self.lines:
            raise ConfigurationError("board: %s: there is no line %s" % (part, line))
        if self.lines[line][0] != kind:
            raise ConfigurationError("board: %s: line %s is no %s" % (part, line, kind))
        if line in self._used and kind not in SHARED:
            raise ConfigurationError("board: %s: line %s belongs to another part" % (part, line))
        self._used.add(line)
        return line


def load(path: str) -> Wiring:
    """Read a board file. Raises ConfigurationError."""
    try:
        with open(path, "rb") as file:
            fields = json.loads(file.read())  # json.load asks the file for each byte
    except OSError as error:
        raise ConfigurationError("board %s: %r" % (path, error))
    except ValueError:
        raise ConfigurationError("board %s is not JSON" % path)
    return Wiring(an_object(fields, "file"))


def _rom(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ConfigurationError("board: ds18b20: rom is not hexadecimal")
