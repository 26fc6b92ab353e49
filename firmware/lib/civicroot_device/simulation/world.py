"""A made-up street for the Unix port: what the sensors of one bin or tree say at a time. Deterministic.

Every value is a function of the seed and the time alone, so that a device that starts again goes on where the
street is by then. Bins fill deposit by deposit and are emptied; soil dries and is watered; and, where that is wanted,
sensors fail now and then.
"""

import math

from civicroot_device.errors import SensorFault
from civicroot_device.sensors.sensor import NO_ANSWER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.reporting.kinds import Reading

DAY_S = 86_400
_DEPOSITS = 80  # between two emptyings
_LID_OPEN = 0.04  # share of the time between two deposits
_CARD_FROM_S, _CARD_UNTIL_S = 25, 40  # after the lid was opened: it is closed, the deposit weighed and offered
_LONGEST_VISIT = 0.9  # of the time to the next deposit, in a street that is faster than its people
_FAULT_ONE_IN = 150  # hours in which a sensor gives nothing
_MASK = 0xFFFFFFFF


def noise(*numbers: int) -> float:
    """A number in [0, 1) that depends on the arguments' lower 40 bits (FNV-1a with a final mix)."""
    value = 2166136261
    for number in numbers:
        for shift in (0, 8, 16, 24, 32):
            value = (value ^ number >> shift & 0xFF) * 16777619 & _MASK
    value = (value ^ value >> 15) * 0x2C1B3C6D & _MASK
    value = (value ^ value >> 12) * 0x297A2D39 & _MASK
    return ((value ^ value >> 15) & 0xFFFFFF) / 0x1000000


class World:
    """The street around device `seed` (0 … 2³²−1); `read(name, seconds)` is one sensor's value at world time.

    lid_s   seconds that the lid is open for each deposit; None: _LID_OPEN of the time, so that the few samples of a
            device without drivers meet an open one
    speed   of the street; its people open lids and show cards as slowly as ever
    ailing  whether each sensor gives nothing in one of _FAULT_ONE_IN hours; else none ever fails
    """

    def __init__(self, seed: int, lid_s: "int | None" = None, speed: float = 1, ailing: bool = False) -> None:
        self._seed = seed
        self._lid_s = lid_s
        self._speed = speed
        self._ailing = ailing
        self._sensors: "dict[str, Callable[[int], Reading]]" = {
            "fill": self._fill,
            "temp": lambda t: 13 + self._daily(t, 0.6) * 7 + self._jitter(1, t),
            "lid": self._lid,
            "weight": lambda t: self._fill(t) * (12 + 20 * noise(seed, 2)),
            "soil": self._soil,
            "soiltemp": lambda t: 12 + self._daily(t, 0.7) * 3 + self._jitter(3, t) / 3,
            "humidity": lambda t: 65 - self._daily(t, 0.6) * 20 + self._jitter(12, t) * 4,
            "girth": lambda t: t % (90 * DAY_S) / DAY_S * 1e-5 - self._daily(t, 0.6) * 4e-5,
            "tilt": lambda t: 0.01 + 0.03 * noise(seed, 4) + 0.004 * noise(seed, 5, t // 600),
            "battery": lambda t: 70 + 20 * math.sin(2 * math.pi * (t / (20 * DAY_S) + noise(seed, 6))),
        }

    def read(self, name: str, seconds: int) -> "Reading":
        """Raises SensorFault for an unknown name, and in the hours in which that sensor is out of order."""
        if name not in self._sensors or self.broken(name, seconds):
            raise SensorFault(NO_ANSWER, name)
        return self._sensors[name](seconds)

    def broken(self, name: str, seconds: int) -> bool:
        """Whether this sensor is out of order in this hour."""
        return self._ailing and noise(self._seed, 7, seconds // 3600, *name.encode()) * _FAULT_ONE_IN < 1

    def true(self, name: str, seconds: int) -> float:
        """What there is to measure, whether or not the sensor is in order."""
        return float(self._sensors[name](seconds))

    def card(self, seconds: int) -> "bytes | None":
        """The code that somebody holds before the scanner, after every third deposit."""
        length, number, share = self._visit(seconds)
        since = share * length / self._pace(length)
        if noise(self._seed, 13, number) * 3 >= 1 or not _CARD_FROM_S <= since < _CARD_UNTIL_S:
            return None
        return b"CIVICROOT-CARD-%06d" % (number % 1000)

    def _cycle(self, t: int, least_days: float, most_days: float) -> "tuple[int, float]":
        """Which cycle of this device t is in, and how far, in [0, 1)."""
        length = self._length(least_days, most_days)
        t += int(length * noise(self._seed, 9))
        return t // length, t % length / length

    def _length(self, least_days: float, most_days: float) -> int:
        return int(DAY_S * (least_days + (most_days - least_days) * noise(self._seed, 8)))

    def _fill(self, t: int) -> float:
        number, share = self._cycle(t, 1.5, 4)
        return int(share * _DEPOSITS) / _DEPOSITS * (0.75 + 0.25 * noise(self._seed, 10, number))

    def _lid(self, t: int) -> bool:
        length, _, share = self._visit(t)
        return share < (_LID_OPEN if self._lid_s is None else self._lid_s * self._pace(length) / length)

    def _pace(self, length: float) -> float:
        """Seconds of the street in one of its people's, of whom each goes before the next one comes."""
        return min(self._speed, _LONGEST_VISIT * length / _CARD_UNTIL_S)

    def _visit(self, t: int) -> "tuple[float, int, float]":
        """(seconds between two deposits, which one it is, how far it is from there to the next, in [0, 1))."""
        cycle, share = self._cycle(t, 1.5, 4)
        number = int(share * _DEPOSITS)
        return self._length(1.5, 4) / _DEPOSITS, cycle * _DEPOSITS + number, share * _DEPOSITS - number

    def _soil(self, t: int) -> float:
        share = self._cycle(t, 2, 6)[1]
        dry = 0.08 + 0.06 * noise(self._seed, 11)
        return dry + 0.25 * math.exp(-3 * share)

    def _daily(self, t: int, warmest: float) -> float:
        """−1 … 1 over the day, 1 at the share `warmest` of it."""
        return math.cos(2 * math.pi * (t % DAY_S / DAY_S - warmest))

    def _jitter(self, which: int, t: int) -> float:
        return noise(self._seed, which, t // 1800) - 0.5
