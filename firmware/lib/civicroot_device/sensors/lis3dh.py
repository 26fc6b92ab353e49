"""LIS3DH: tilt against the mounted position, knocks, and the housing's temperature, over I2C.

Sources: ST LIS3DH datasheet DocID17530 rev. 2 (§ numbers), application note AN3308 rev. 3. Register names are ST's.
With knocks the chip runs at 400 Hz and about 73 µA (Table 12), without it sleeps between readings.
"""

import math

from civicroot_device.errors import SensorFault
from civicroot_device.sensors.sensor import NO_ANSWER, NOT_READY, OUT_OF_RANGE, SATURATED, UNCALIBRATED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.buses.bus import I2c
    from civicroot_device.reporting.kinds import Reading

    Vector = tuple[int, int, int]

ADDRESS = 0x18  # SA0 to ground; 0x19 to supply (§6.1.1)
SEQUENTIAL = 0x80  # in the register's number: the next byte is of the next register (§6.1.1)
STATUS_REG_AUX = 0x07  # and OUT_ADC1 to OUT_ADC3 after it (§8.1 to §8.4)
WHO_AM_I = 0x0F
TEMP_CFG_REG = 0x1F  # and CTRL_REG1 to CTRL_REG6 after it
CTRL_REG1 = 0x20
REFERENCE = 0x26
STATUS_REG = 0x27  # and OUT_X, OUT_Y, OUT_Z after it
CLICK_CFG = 0x38
CLICK_SRC = 0x39
CLICK_THS = 0x3A  # and TIME_LIMIT, TIME_LATENCY, TIME_WINDOW after it

CHIP = 0x33  # WHO_AM_I (§8.5)
TEMPERATURE_ON = 0xC0  # TEMP_CFG_REG: ADC_EN, TEMP_EN (§8.7)
FAST = 0x77  # CTRL_REG1: 400 Hz, all axes (§8.8): a blow lasts milliseconds
SLOW = 0x57  # 100 Hz
DOWN = 0x07  # power-down
KNOCK_FILTER = 0x04  # CTRL_REG2: high-pass for clicks alone (§8.9), so that gravity is not in them but in the outputs
KNOCK_PIN = 0x80  # CTRL_REG3: I1_CLICK (§8.10), for boards that wake by it
UPDATE = 0x80  # CTRL_REG4: block data update (§8.11; the converter of the temperature needs it, §3.7), ±2 g
PRECISE = 0x88  # and high resolution
ANY_AXIS = 0x15  # CLICK_CFG: single clicks on X, Y, Z (§8.29)
LATCHED = 0x80  # CLICK_THS: until CLICK_SRC is read (§8.31)
THRESHOLD_MG = 16  # one step of CLICK_THS at ±2 g (full scale / 128)
KNOCK_LIMIT = 10  # TIME_LIMIT in samples: 25 ms; longer is leaning or wind
NEW_AXES, NEW_ADC3, CLICKED = 0x08, 0x04, 0x40  # ZYXDA, 3DA, IA

FAST_WAKE_MS = 20  # from power-down one sample and the filters; eight samples
SLOW_WAKE_MS = 80  # high resolution needs 7 samples (Table 11)
SAMPLE_MS = 5  # two samples at 400 Hz

DIGITS_SHIFT = 4  # 12 bits, left-justified; 1 mg each at ±2 g (Table 4); with 10 bits the lowest two are 0
FULL_SCALE = 2044  # digits; the last step of 10 bits
# At rest the chip feels 1 g. Half of it or half more is a bin that is being carried, or a broken chip.
REST_LOW_MG, REST_HIGH_MG = 500, 1500
NOMINAL = 2500  # hundredths of a degree at which OUT_ADC3 is 0, as ST's driver has it; only the change is specified
STEPS_PER_DEGREE = 256  # of the left-justified 16 bits (§3.7, Table 5)
COLD, HOT = -4500, 12500  # hundredths of a degree: beyond the chip's range, but a burning bin must be able to say so
ADC_HIGHEST, ADC_LOWEST = 0x7FC0, -0x8000  # of 10 bits


class Lis3dh:
    """The chip as a Sensor. After a fault it is set up anew.

    tilt       calibration {"x", "y", "z": milli-g in the mounted position}
    temp       calibration {"offset": hundredths of a kelvin to add}
    knock_mg   blows from this acceleration on are knocks; None: no `knock`
    """

    def __init__(
        self,
        bus: "I2c",
        tilt: "dict[str, int]",
        temp: "dict[str, int]",
        address: int = ADDRESS,
        knock_mg: "int | None" = None,
    ) -> None:
        self.names = ("tilt", "temp") if knock_mg is None else ("tilt", "temp", "knock")
        self._bus = bus
        self._mounted = tilt
        self._temp = temp
        self._address = address
        self._knock_mg = knock_mg
        self._running = False
        self._listening = False  # for knocks; not before the high-pass has settled
        self._raw: "dict[str, int]" = {}

    def start(self) -> int:
        """Wake the chip, or just wait for a new sample. Raises SensorFault."""
        self._raw = {}
        if self._running:
            return SAMPLE_MS
        if self._read(WHO_AM_I, 1)[0] != CHIP:
            raise SensorFault(NO_ANSWER, "another chip")
        if self._knock_mg is None:
            self._write(TEMP_CFG_REG, bytes([TEMPERATURE_ON, SLOW, 0, 0, PRECISE]))
            return SLOW_WAKE_MS
        threshold = min(0x7F, max(1, self._knock_mg // THRESHOLD_MG))
        self._write(TEMP_CFG_REG, bytes([TEMPERATURE_ON, FAST, KNOCK_FILTER, KNOCK_PIN, UPDATE]))
        self._write(CLICK_THS, bytes([LATCHED | threshold, KNOCK_LIMIT, 0, 0]))
        self._write(CLICK_CFG, bytes([ANY_AXIS]))
        self._running = True
        self._listening = False
        return FAST_WAKE_MS

    def read(self) -> "dict[str, Reading | SensorFault]":
        """{"tilt": rad, "temp": degrees Celsius, "knock": whether there was one since the last read}."""
        axes = self._read(STATUS_REG, 7)
        converter = self._read(STATUS_REG_AUX, 7)
        found: "dict[str, Reading | SensorFault]" = {}
        if self._knock_mg is None:
            self._write(CTRL_REG1, bytes([DOWN]))
        else:
            found["knock"] = self._knocked()
        for name, convert, block in (("tilt", self._angle, axes), ("temp", self._degrees, converter)):
            try:
                found[name] = convert(block)
            except SensorFault as fault:
                found[name] = fault
        return found

    def raw(self) -> "dict[str, int]":
        """{"tilt.x", "tilt.y", "tilt.z": milli-g, "temp": 0.01 °C} of the last read, before calibration."""
        return self._raw

    def _knocked(self) -> bool:
        if not self._listening:
            # The step from nothing to gravity went through the high-pass: this reading lets it settle at once (AN3308).
            self._read(REFERENCE, 1)
            self._read(CLICK_SRC, 1)
            self._listening = True
            return False
        return bool(self._read(CLICK_SRC, 1)[0] & CLICKED)

    def _angle(self, block: bytes) -> float:
        if not block[0] & NEW_AXES:
            self._running = False  # it lost its power and sleeps
            raise SensorFault(NOT_READY, "no new acceleration")
        now = (_word(block, 1) >> DIGITS_SHIFT, _word(block, 3) >> DIGITS_SHIFT, _word(block, 5) >> DIGITS_SHIFT)
        if max(now) >= FULL_SCALE or min(now) <= -FULL_SCALE:
            raise SensorFault(SATURATED, repr(now))
        if not _at_rest(now):
            raise SensorFault(OUT_OF_RANGE, "not at rest: %r" % (now,))
        self._raw["tilt.x"], self._raw["tilt.y"], self._raw["tilt.z"] = now
        mounted = (self._mounted.get("x", 0), self._mounted.get("y", 0), self._mounted.get("z", 0))
        if not _at_rest(mounted):
            raise SensorFault(UNCALIBRATED, "mounted position %r" % (mounted,))
        return angle(now, mounted)

    def _degrees(self, block: bytes) -> float:
        if not block[0] & NEW_ADC3:
            raise SensorFault(NOT_READY, "no new temperature")
        word = _word(block, 5)
        if word >= ADC_HIGHEST or word <= ADC_LOWEST:
            raise SensorFault(SATURATED, "0x%04x" % (word & 0xFFFF))
        hundredths = NOMINAL + word * 100 // STEPS_PER_DEGREE
        self._raw["temp"] = hundredths
        offset = self._temp.get("offset")
        if offset is None:
            raise SensorFault(UNCALIBRATED, "the chip measures only changes")
        if not COLD <= hundredths + offset <= HOT:
            raise SensorFault(OUT_OF_RANGE, "%d hundredths of a degree" % (hundredths + offset))
        return (hundredths + offset) / 100

    def _read(self, register: int, size: int) -> bytes:
        try:
            return self._bus.write_read(self._address, bytes([register | (SEQUENTIAL if size > 1 else 0)]), size)
        except OSError as error:
            self._running = False
            raise SensorFault(NO_ANSWER, repr(error))

    def _write(self, register: int, data: bytes) -> None:
        try:
            self._bus.write(self._address, bytes([register | (SEQUENTIAL if len(data) > 1 else 0)]) + data)
        except OSError as error:
            self._running = False
            raise SensorFault(NO_ANSWER, repr(error))


def angle(a: "Vector", b: "Vector") -> float:
    """Radians between two vectors. By the cross product, because the cosine of a small angle says nothing about it."""
    dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    x = a[1] * b[2] - a[2] * b[1]
    y = a[2] * b[0] - a[0] * b[2]
    z = a[0] * b[1] - a[1] * b[0]
    return math.atan2(math.sqrt(x * x + y * y + z * z), dot)


def _at_rest(vector: "Vector") -> bool:
    return REST_LOW_MG**2 <= sum([axis * axis for axis in vector]) <= REST_HIGH_MG**2


def _word(block: bytes, at: int) -> int:
    """A little-endian two's complement."""
    word = block[at] | block[at + 1] << 8
    return word - 0x10000 if word & 0x8000 else word
