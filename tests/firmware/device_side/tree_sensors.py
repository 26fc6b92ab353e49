"""All sensors of a tree tag with their true drivers on simulated chips; runs on CPython and on MicroPython."""

from civicroot_device.calibration import Calibration
from civicroot_device.reporting.kinds import KINDS
from civicroot_device.reporting.sensing import Sensing
from civicroot_device.sensors.dendrometer import Dendrometer
from civicroot_device.sensors.ds18b20 import Ds18b20
from civicroot_device.sensors.sdi12 import Sdi12
from civicroot_device.sensors.sht3x import Sht3x
from civicroot_device.sensors.soil_capacitive import SoilCapacitive
from civicroot_simulator.dendrometer import DendrometerModel
from civicroot_simulator.ds18b20 import Ds18b20Model
from civicroot_simulator.sdi12 import Sdi12Model
from civicroot_simulator.sht3x import Sht3xModel
from civicroot_simulator.simulated_i2c import SimulatedI2c
from civicroot_simulator.soil_capacitive import SoilCapacitiveModel, Switch
from simulated_flash import SimulatedFlash

NAMES = ("soil", "soiltemp", "temp", "humidity", "girth")
TRUE = {"soil": 0.31, "soiltemp": 11.5, "temp": -3.2, "humidity": 87.5, "girth": 0.0042}
CALIBRATIONS = (
    ("soil", {"dry": 2300, "wet": 1100}),
    ("girth", {"zero": 200000, "travel": 50000}),
    ("soiltemp", {"offset": 50}),
)


class Tree:
    """`probe`: an SDI-12 probe in place of the capacitive one and the DS18B20."""

    def __init__(self, probe) -> None:
        self.calibration = Calibration(SimulatedFlash())
        self.air = Sht3xModel(lambda: TRUE["temp"], lambda: TRUE["humidity"])
        self.band = DendrometerModel(lambda: TRUE["girth"])
        bus = SimulatedI2c({0x44: self.air, 0x48: self.band})
        of = self.calibration.of
        self.sensors = [
            Sht3x(bus, of("temp"), of("humidity")),
            Dendrometer(bus, self.band.power, of("girth")),
        ]
        self.chips = {"sht3x": self.air, "dendrometer": self.band}
        self.powers = [self.band.power]
        if probe:
            self.powers.append(Switch())
            chip = Sdi12Model("0", lambda: ["%+.1f" % (TRUE["soil"] * 100), "%+.1f" % TRUE["soiltemp"]])  # noqa: UP031
            self.chips["sdi12"] = chip
            self.sensors.append(Sdi12(chip, "0", {"soil": [0, -2], "soiltemp": [1, 0]}, self.powers[-1]))
        else:
            soil, ground = SoilCapacitiveModel(lambda: TRUE["soil"]), Ds18b20Model(lambda: TRUE["soiltemp"])
            self.chips["soil_capacitive"] = soil
            self.chips["ds18b20"] = ground
            self.powers.append(soil.power)
            self.sensors.append(SoilCapacitive(soil, soil.power, of("soil")))
            self.sensors.append(Ds18b20(ground, of("soiltemp")))

    def look(self):
        """(values, faults, milliseconds it took), and everything is off again."""
        waits = []
        kind = [quantity for quantity in KINDS["tree"] if quantity.name in NAMES]
        sample = Sensing(kind, self.sensors).look_with(waits.append)
        if any(power.on for power in self.powers):
            raise AssertionError("left on")
        return sample.values, sample.faults, sum(waits)


def looks(probe):
    """Uncalibrated, calibrated, and with each chip in turn switched to a fault."""
    tree = Tree(probe)
    found = [tree.look()]
    for sensor, values in CALIBRATIONS:
        tree.calibration.set(sensor, values)
    found.append(tree.look())
    for name, switch in (
        ("sht3x", "bad_crc"),
        ("dendrometer", "silent"),
        ("ds18b20", "unpowered"),
        ("sdi12", "silent"),
    ):
        if name in tree.chips:
            setattr(tree.chips[name], switch, True)
            found.append(tree.look())
            setattr(tree.chips[name], switch, False)
    found.append(tree.look())
    return found
