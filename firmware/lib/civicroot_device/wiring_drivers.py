"""The drivers that a board file can name, and what each of them takes. A driver is imported when it is made."""

from civicroot_device.wiring_lines import NUMBER, SWITCH, TABLE, TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Driver:
    """How a driver is made: `lines` (key in the board file, type of line) and then `calibrations` and options by name.

    calibrations   parameter -> the quantity whose calibration it takes
    options        key -> type; `needed` are those without a default
    optional       lines that may be left out
    """

    def __init__(
        self,
        module: str,
        name: str,
        lines: "tuple[tuple[str, str], ...]",
        calibrations: "dict[str, str] | None" = None,
        options: "dict[str, str] | None" = None,
        needed: "tuple[str, ...]" = (),
        optional: "tuple[tuple[str, str], ...]" = (),
    ) -> None:
        self.module = module
        self.name = name
        self.lines = lines
        self.calibrations = calibrations or {}
        self.options = options or {}
        self.needed = needed
        self.optional = optional

    def load(self) -> "Any":
        """The class, imported now."""
        return getattr(__import__("civicroot_device." + self.module, None, None, (self.name,)), self.name)


_I2C, _UART, _ADC = (("bus", "i2c"),), (("bus", "uart"),), (("bus", "adc"),)
_ONE = {"calibration": "fill"}
SENSORS = {
    "vl53l1x": Driver("sensors.vl53l1x", "Vl53l1x", _I2C, _ONE, {"address": NUMBER}),
    "a02yyuw": Driver("sensors.a02yyuw", "A02yyuw", _UART, _ONE),
    "hx711": Driver("sensors.hx711", "Hx711", (("bus", "shift"),), {"calibration": "weight"}),
    "reed": Driver("sensors.reed", "Reed", (("bus", "input"),), {}, {"open_high": SWITCH}),
    "lis3dh": Driver(
        "sensors.lis3dh",
        "Lis3dh",
        _I2C,
        {"tilt": "tilt", "temp": "temp"},
        {"address": NUMBER, "knock_mg": NUMBER},
    ),
    "battery": Driver(
        "sensors.battery",
        "Battery",
        _ADC,
        {"calibration": "battery"},
        {"chemistry": TEXT, "upper_ohm": NUMBER, "lower_ohm": NUMBER},
        ("chemistry", "upper_ohm", "lower_ohm"),
    ),
    "soil_capacitive": Driver(
        "sensors.soil_capacitive",
        "SoilCapacitive",
        _ADC + (("power", "output"),),
        {"calibration": "soil"},
        {"settle_ms": NUMBER},
    ),
    "sdi12": Driver(
        "sensors.sdi12",
        "Sdi12",
        (("bus", "sdi12"),),
        {},
        {"address": TEXT, "values": TABLE, "checked": SWITCH},
        ("address", "values"),
        (("power", "output"),),
    ),
    "ds18b20": Driver(
        "sensors.ds18b20", "Ds18b20", (("bus", "onewire"),), {"calibration": "soiltemp"}, {"rom": TEXT, "name": TEXT}
    ),
    "sht3x": Driver("sensors.sht3x", "Sht3x", _I2C, {"temp": "temp", "humidity": "humidity"}, {"address": NUMBER}),
    "dendrometer": Driver(
        "sensors.dendrometer",
        "Dendrometer",
        _I2C + (("power", "output"),),
        {"calibration": "girth"},
        {"address": NUMBER, "wiper": NUMBER, "excitation": NUMBER},
    ),
}
DISPLAYS = {
    "ssd1681": Driver(
        "display.ssd1681",
        "Ssd1681",
        (("bus", "spi"), ("dc", "output"), ("reset", "output"), ("busy", "input")),
    )
}
# The number of pixels is the lamp's, not the ring's: what drives the bus is told what to show by it.
LAMPS = {"ws2812": Driver("lamp.ring", "Ring", (("bus", "pixels"),), {}, {"pixels": NUMBER}, ("pixels",))}
SCANNERS = {"gm861": Driver("claim.scanner", "Gm861", _UART)}
