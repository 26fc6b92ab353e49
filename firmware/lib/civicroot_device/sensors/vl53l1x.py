"""VL53L1X: time-of-flight distance under the lid, over I2C.

Sources: ST DS12385 (DocID031281) for the interface (§4: 16-bit register index, auto-increment) and the ranges of the
distance modes; ST UM2510 and the ultra lite driver it describes (STSW-IMG009) for registers and their values, which no
datasheet lists. Register names are ST's. The laser is off between readings.
"""

from civicroot_device.errors import SensorFault
from civicroot_device.sensors.fill_level import fill
from civicroot_device.sensors.sensor import NO_ANSWER, NOT_READY, OUT_OF_RANGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.buses.bus import I2c
    from civicroot_device.reporting.kinds import Reading

ADDRESS = 0x29
VHV_CONFIG__TIMEOUT_MACROP_LOOP_BOUND = 0x0008
VHV_CONFIG__INIT = 0x000B
SETTINGS = 0x002D  # first register of the block below
PAD_I2C_HV__EXTSUP_CONFIG = 0x002E  # 0 at power-up, 1 in the block below
GPIO__TIO_HV_STATUS = 0x0031  # bit 0: data ready, with the polarity of the block below (active high)
SYSTEM__INTERRUPT_CLEAR = 0x0086  # and after it SYSTEM__MODE_START, so that one write does both
SYSTEM__MODE_START = 0x0087
RESULT__RANGE_STATUS = 0x0089
FIRMWARE__SYSTEM_STATUS = 0x00E5
IDENTIFICATION__MODEL_ID = 0x010F  # and MODULE_TYPE

MODEL = b"\xea\xcc"  # of the VL53L1X; its siblings differ in the second byte or both
BOOTED = 0x01
CLEAR = b"\x01"
RANGING, STOPPED = b"\x40", b"\x00"
PREVIOUS_TEMPERATURE = b"\x00"  # the voltage search begins where the last one ended
# … and is short: enough as long as the chip ranges now and then while it gets warm or cold (UM2510).
TWO_BOUNDS = b"\x09"

# Registers 0x2D to 0x87 as ST's driver sets them, in long mode and 100 ms, but for pull-ups to 2.8 V (0x2E, 0x2F), as
# the usual modules have them. The last byte leaves the chip stopped.
_DEFAULTS = (
    b"\x00\x01\x01\x01\x02\x00\x02\x08\x00\x08\x10\x01\x01\x00\x00\x00\x00\xff\x00"  # 0x2D
    b"\x0f\x00\x00\x00\x00\x00\x20\x0b\x00\x00\x02\x0a\x21\x00\x00\x05"  # 0x40
    b"\x00\x00\x00\x00\xc8\x00\x00\x38\xff\x01\x00\x08\x00\x00\x01\xcc"  # 0x50
    b"\x0f\x01\xf1\x0d\x01\x68\x00\x80\x08\xb8\x00\x00\x00\x00\x0f\x89"  # 0x60
    b"\x00\x00\x00\x00\x00\x00\x00\x01\x0f\x0d\x0e\x0e\x00\x00\x02\xc7"  # 0x70
    b"\xff\x9b\x00\x00\x00\x01\x00\x00"  # 0x80
)
# What the distance mode changes, and a timing budget of 100 ms in that mode.
_LONG = ((0x61, b"\x01\xea"),)
_SHORT = (
    (0x4B, b"\x14"),  # PHASECAL_CONFIG__TIMEOUT_MACROP
    (0x5E, b"\x02\xe1"),  # RANGE_CONFIG__TIMEOUT_MACROP_A
    (0x60, b"\x07"),  # RANGE_CONFIG__VCSEL_PERIOD_A
    (0x61, b"\x03\x88"),  # RANGE_CONFIG__TIMEOUT_MACROP_B
    (0x63, b"\x05"),  # RANGE_CONFIG__VCSEL_PERIOD_B
    (0x69, b"\x38"),  # RANGE_CONFIG__VALID_PHASE_HIGH
    (0x78, b"\x07\x05\x06\x06"),  # SD_CONFIG__WOI_SD0, SD_CONFIG__INITIAL_PHASE_SD0
)
SHORT_UP_TO_MM = (
    1200  # short mode sees 1.3 m in any light; long mode 4 m, but in sunlight only 0.7 m (DS12385, ranging)
)

MIN_MM, MAX_MM = 40, 4000  # DS12385, ranging performance
RANGING_MS = 120  # the timing budget, and the firmware's time around it
POLL_MS = 10
MAX_POLLS = 20  # twice the time it should take

STATUS_BITS = 0x1F
VALID = 9  # RESULT__RANGE_STATUS of a good range
VALID_UNCHECKED = 19  # the same, not checked against wrap-around, which a bin's depth excludes
DOUBTS = {4: "weak signal", 5: "out of bounds", 6: "sigma", 7: "wrap-around", 8: "too near", 12: "cover glass"}


def settings(long: bool) -> bytes:
    """The registers from SETTINGS on for a distance mode."""
    block = bytearray(_DEFAULTS)
    for register, value in _LONG if long else _SHORT:
        block[register - SETTINGS : register - SETTINGS + len(value)] = value
    return bytes(block)


class Vl53l1x:
    """The chip as a Sensor of `fill`. After a fault of its own it is set up anew.

    calibration   {"empty": mm, "full": mm} (fill_level.py); an `empty` up to SHORT_UP_TO_MM chooses the short mode
    """

    names = ("fill",)

    def __init__(self, bus: "I2c", calibration: "dict[str, int]", address: int = ADDRESS) -> None:
        self._bus = bus
        self._calibration = calibration
        self._address = address
        self._mode: "bool | None" = None  # whether long; None: the chip is not set up
        self._tuning = False  # its first ranging is only for its own voltages
        self._polls = 0
        self._raw: "dict[str, int]" = {}

    def start(self) -> int:
        """Begin a ranging; at first one by which the chip tunes itself. Raises SensorFault."""
        self._raw = {}
        long = self._calibration.get("empty", MAX_MM) > SHORT_UP_TO_MM
        if self._mode != long or self._lost_power():
            self._mode = None
            self._set_up(long)
            self._mode = long
            self._tuning = True
        self._start()
        return RANGING_MS

    def read(self) -> "dict[str, Reading | SensorFault] | int":
        """{"fill": 0.0 to 1.0}. Raises SensorFault."""
        if not self._read(GPIO__TIO_HV_STATUS, 1)[0] & 1:
            return self._wait()
        if self._tuning:
            self._write(SYSTEM__INTERRUPT_CLEAR, CLEAR + STOPPED)
            self._write(VHV_CONFIG__TIMEOUT_MACROP_LOOP_BOUND, TWO_BOUNDS)
            self._write(VHV_CONFIG__INIT, PREVIOUS_TEMPERATURE)
            self._tuning = False
            self._start()
            return RANGING_MS
        result = self._read(RESULT__RANGE_STATUS, 15)
        self._write(SYSTEM__INTERRUPT_CLEAR, CLEAR + STOPPED)
        return {"fill": fill(self._calibration, self._distance(result))}

    def raw(self) -> "dict[str, int]":
        """{"fill": mm} of the last read, before calibration; empty if it failed."""
        return self._raw

    def _distance(self, result: bytes) -> int:
        status = result[0] & STATUS_BITS
        if status not in (VALID, VALID_UNCHECKED):
            if status not in DOUBTS:
                self._mode = None  # a fault of the chip, or it lost its power and has no result at all
            raise SensorFault(OUT_OF_RANGE, DOUBTS.get(status, "status %d" % status))
        mm = result[13] << 8 | result[14]  # RESULT__FINAL_CROSSTALK_CORRECTED_RANGE_MM_SD0, 0x0096
        if not MIN_MM <= mm <= MAX_MM:
            raise SensorFault(OUT_OF_RANGE, "%d mm" % mm)
        self._raw = {"fill": mm}
        return mm

    def _lost_power(self) -> bool:
        return not self._read(PAD_I2C_HV__EXTSUP_CONFIG, 1)[0] & 1

    def _set_up(self, long: bool) -> None:
        if not self._read(FIRMWARE__SYSTEM_STATUS, 1)[0] & BOOTED:
            raise SensorFault(NOT_READY, "it has not booted")
        model = self._read(IDENTIFICATION__MODEL_ID, 2)
        if model != MODEL:
            raise SensorFault(NO_ANSWER, "another chip: %r" % model)
        self._write(SETTINGS, settings(long))

    def _start(self) -> None:
        self._polls = 0
        # An interrupt of before a restart of the board would pass for this ranging's.
        self._write(SYSTEM__INTERRUPT_CLEAR, CLEAR + RANGING)

    def _wait(self) -> int:
        self._polls += 1
        if self._polls <= MAX_POLLS:
            return POLL_MS
        self._write(SYSTEM__MODE_START, STOPPED)
        self._mode = None
        raise SensorFault(NOT_READY, "no end of the ranging")

    def _read(self, register: int, size: int) -> bytes:
        try:
            return self._bus.write_read(self._address, register.to_bytes(2, "big"), size)
        except OSError as error:
            self._mode = None
            raise SensorFault(NO_ANSWER, repr(error))

    def _write(self, register: int, data: bytes) -> None:
        try:
            self._bus.write(self._address, register.to_bytes(2, "big") + data)
        except OSError as error:
            self._mode = None
            raise SensorFault(NO_ANSWER, repr(error))
