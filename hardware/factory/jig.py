"""What each part must say on the jig, by driver: raw readings of the firmware's self-test with their limits.

The jig (docs/hardware/test.md): a bench supply in the battery's place, a plate 500 mm before the distance sensors, a
resistor bridge for the load cells, a potentiometer at its middle, a probe in air, the board level, 15 to 30 °C.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """A raw reading of a driver and what it must be within; `unit` as people read it."""

    driver: str
    reading: str
    low: float
    high: float
    unit: str
    wrong: str  # what is to be looked at first


_LEVEL = (
    Limit("lis3dh", "tilt.z", 900, 1_100, "mg", "accelerometer: solder, or the board is not level"),
    Limit("lis3dh", "tilt.x", -150, 150, "mg", "the same"),
    Limit("lis3dh", "tilt.y", -150, 150, "mg", "the same"),
    Limit("lis3dh", "temp", 1_000, 4_500, "1/100 °C", "the same; the chip's own offset is up to 10 °C"),
)
BIN = (
    Limit("vl53l1x", "fill", 480, 520, "mm", "time-of-flight port, window"),
    Limit("a02yyuw", "fill", 485, 515, "mm", "ultrasonic port, buffer, 5 V"),
    Limit("hx711", "weight", -400_000, 400_000, "counts", "load cell port: a line is open at ±8,388,607"),
    *_LEVEL,
    Limit("battery", "battery", 12_400, 12_800, "mV", "the divider: 1 MΩ and 180 kΩ; the supply stands at 12.6 V"),
)
TAG = (
    Limit("soil_capacitive", "soil", 1_200, 2_400, "mV", "soil port, switch, divider"),
    Limit("sht3x", "temp", 1_500, 3_000, "1/100 °C", "air port"),
    Limit("sht3x", "humidity", 1_000, 9_000, "1/100 %", "the same"),
    Limit("ds18b20", "soiltemp", 1_500, 3_000, "1/100 °C", "soil temperature port, its pull-up"),
    Limit("dendrometer", "girth", 450_000, 550_000, "ppm", "girth port, converter, excitation"),
    *_LEVEL,
    Limit("battery", "battery", 2_940, 3_060, "mV", "the divider: 1 MΩ and 1 MΩ; the supply stands at 3.00 V"),
)
LIMITS = {"smart-bin": BIN, "tree-tag": TAG, "tree-tag-lora": TAG}  # by the board file's name
EXPECTED_FAULT = "uncalibrated"  # of a new device, which nobody has calibrated yet
