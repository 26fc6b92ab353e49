"""The buses and pins of a board file with models of its chips on them, moved by a made-up street."""

from civicroot_simulator.simulated_i2c import SimulatedI2c

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from civicroot_device.simulation.world import World
    from civicroot_device.wiring import Part, Wiring

    from civicroot_simulator.stage import Stage

EMPTY_MM, FULL_MM = 1_100, 150  # from the sensors to the bottom, and to what is called full
TARE, COUNTS_PER_KG = 84_000, 21_000
LEAD_EMPTY_MV, LEAD_FULL_MV = 11_360, 12_730
CELLS_EMPTY_MV, CELLS_FULL_MV = 2_000, 3_500
HOUR_S = 3600
# Drivers whose chips do not answer in hours in which the world has a fault, and of which quantity.
AILING = (("vl53l1x", "fill"), ("hx711", "weight"), ("sht3x", "humidity"), ("ds18b20", "soiltemp"))


class Lines:
    """`lines[name]` is the bus or pin of the board file's `wiring`; `chips[driver]` the model of a part.

    seconds   gives the time in the world
    A sensor that is out of order in the world does not answer.
    """

    def __init__(self, wiring: "Wiring", world: "World | Stage", seconds: "Callable[[], int]") -> None:
        self._world = world
        self._seconds = seconds
        self._hour = -1
        self.chips: "dict[str, Any]" = {}
        self._lines: "dict[str, Any]" = {
            name: SimulatedI2c() for name, (kind, _) in wiring.lines.items() if kind == "i2c"
        }
        for part in wiring.parts:
            self._attach(part)

    def show_on(self, stage: "Stage") -> None:
        """Let people see what display and lamp show."""
        if "ssd1681" in self.chips:
            self.chips["ssd1681"].shown = stage.page
        if "ws2812" in self.chips:
            self.chips["ws2812"].shown = stage.frame

    def __getitem__(self, name: str) -> "Any":
        return self._lines[name]

    def _true(self, name: str) -> float:
        seconds = self._seconds()
        if seconds // HOUR_S != self._hour:
            self._hour = seconds // HOUR_S
            self._fall_ill(seconds)
        return self._world.true(name, seconds)

    def _fall_ill(self, seconds: int) -> None:
        for driver, quantity in AILING:
            if driver in self.chips:
                self.chips[driver].silent = self._world.broken(quantity, seconds)

    def _attach(self, part: "Part") -> None:
        make = getattr(self, "_" + part.name)
        self.chips[part.name] = make(part)

    def _on_bus(self, part: "Part", chip: "Any", address: int) -> "Any":
        self._lines[part.lines["bus"]].attach(part.options.get("address", address), chip)
        return chip

    def _alone(self, part: "Part", chip: "Any") -> "Any":
        self._lines[part.lines["bus"]] = chip
        return chip

    def _millimetres(self) -> float:
        return EMPTY_MM - self._true("fill") * (EMPTY_MM - FULL_MM)

    def _vl53l1x(self, part: "Part") -> "Any":
        from civicroot_simulator.vl53l1x import Vl53l1xModel  # noqa: PLC0415 (boards without one need it not)

        return self._on_bus(part, Vl53l1xModel(self._millimetres), 0x29)

    def _a02yyuw(self, part: "Part") -> "Any":
        from civicroot_simulator.a02yyuw import A02yyuwModel  # noqa: PLC0415

        return self._alone(part, A02yyuwModel(self._millimetres))

    def _hx711(self, part: "Part") -> "Any":
        from civicroot_simulator.hx711 import Hx711Model  # noqa: PLC0415

        return self._alone(part, Hx711Model(lambda: TARE + self._true("weight") * COUNTS_PER_KG))

    def _reed(self, part: "Part") -> "Any":
        from civicroot_simulator.reed import ReedModel  # noqa: PLC0415

        return self._alone(part, ReedModel(lambda: bool(self._true("lid"))))

    def _lis3dh(self, part: "Part") -> "Any":
        from civicroot_simulator.lis3dh import Lis3dhModel  # noqa: PLC0415

        def milli_g() -> "tuple[float, float, float]":
            leaning = self._true("tilt")  # radians, small: the sine is the angle
            return leaning * 1000, 0.0, 1000 - leaning * leaning * 500

        return self._on_bus(part, Lis3dhModel(milli_g, lambda: self._true("temp")), 0x18)

    def _battery(self, part: "Part") -> "Any":
        from civicroot_simulator.battery import BatteryModel  # noqa: PLC0415

        lead = part.options["chemistry"] == "lead"
        low, high = (LEAD_EMPTY_MV, LEAD_FULL_MV) if lead else (CELLS_EMPTY_MV, CELLS_FULL_MV)
        return self._alone(
            part,
            BatteryModel(
                lambda: low + (high - low) * self._true("battery") / 100,
                part.options["upper_ohm"],
                part.options["lower_ohm"],
            ),
        )

    def _soil_capacitive(self, part: "Part") -> "Any":
        from civicroot_simulator.soil_capacitive import SoilCapacitiveModel  # noqa: PLC0415

        chip = SoilCapacitiveModel(lambda: self._true("soil"))
        self._lines[part.lines["power"]] = chip.power
        return self._alone(part, chip)

    def _sdi12(self, part: "Part") -> "Any":
        from civicroot_simulator.sdi12 import Sdi12Model  # noqa: PLC0415
        from civicroot_simulator.soil_capacitive import Switch  # noqa: PLC0415

        if "power" in part.lines:
            self._lines[part.lines["power"]] = Switch()
        said = lambda: ["%+.1f" % (self._true("soil") * 100), "%+.1f" % self._true("soiltemp")]  # noqa: E731
        return self._alone(part, Sdi12Model(part.options["address"], said))

    def _ds18b20(self, part: "Part") -> "Any":
        from civicroot_simulator.ds18b20 import Ds18b20Model  # noqa: PLC0415

        return self._alone(part, Ds18b20Model(lambda: self._true("soiltemp")))

    def _sht3x(self, part: "Part") -> "Any":
        from civicroot_simulator.sht3x import Sht3xModel  # noqa: PLC0415

        chip = Sht3xModel(lambda: self._true("temp"), lambda: self._true("humidity"))
        return self._on_bus(part, chip, 0x44)

    def _dendrometer(self, part: "Part") -> "Any":
        from civicroot_simulator.dendrometer import DendrometerModel  # noqa: PLC0415

        chip = DendrometerModel(lambda: self._true("girth"))
        self._lines[part.lines["power"]] = chip.power
        return self._on_bus(part, chip, 0x48)

    def _ssd1681(self, part: "Part") -> "Any":
        from civicroot_simulator.ssd1681 import Ssd1681Model  # noqa: PLC0415

        chip = Ssd1681Model()
        faces = {"bus": chip.spi, "dc": chip.dc, "reset": chip.reset, "busy": chip.busy}
        for key, face in faces.items():
            self._lines[part.lines[key]] = face
        return chip

    def _ws2812(self, part: "Part") -> "Any":
        from civicroot_simulator.ws2812 import Ws2812Model  # noqa: PLC0415

        return self._alone(part, Ws2812Model())

    def _gm861(self, part: "Part") -> "Any":
        from civicroot_simulator.gm861 import Gm861Model  # noqa: PLC0415

        return self._alone(part, Gm861Model(lambda: self._world.card(self._seconds())))
