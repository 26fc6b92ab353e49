"""A02YYUW: waterproof ultrasonic distance under the lid, over a serial line (9600 baud, 8N1).

Source: DFRobot SEN0311, "Communication Protocol Description": frames FF H L SUM come by themselves, one every 100 to
300 ms while the sensor's RX floats or is high; SUM is the low byte of FF + H + L; the distance is H·256 + L mm.
"""

from civicroot_device.errors import SensorFault
from civicroot_device.sensors.fill_level import fill
from civicroot_device.sensors.sensor import BAD_CRC, NO_ANSWER, NOT_READY, OUT_OF_RANGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.buses.bus import Uart
    from civicroot_device.reporting.kinds import Reading

BAUD = 9600
HEADER = 0xFF
FRAME = 4  # bytes
FRAME_MS = 350  # the longest response time, 300 ms, and the frame's own 4 ms on the line
MIN_MM, MAX_MM = 30, 4500  # SEN0311, specification: blind zone 3 cm, range 450 cm
MAX_STALE = (
    1024  # bytes dropped before a measurement: more than any receive buffer holds, so that a noisy line ends, too
)
CHUNK = 64


def newest(data: bytes) -> "int | None":
    """The distance in mm of the last whole frame; None if there is no whole frame.

    Raises SensorFault(BAD_CRC) if what looked like frames was none.
    """
    found, bad, at = None, False, 0
    while at + FRAME <= len(data):
        if data[at] != HEADER:
            at += 1
        elif (HEADER + data[at + 1] + data[at + 2]) & 0xFF == data[at + 3]:
            found, bad = data[at + 1] << 8 | data[at + 2], False
            at += FRAME
        else:
            bad = found is None
            at += 1  # FF may also be the low byte of a distance
    if bad:
        raise SensorFault(BAD_CRC, repr(data))
    return found


class A02yyuw:
    """The module as a Sensor of `fill`.

    calibration   {"empty": mm, "full": mm} (fill_level.py)
    """

    names = ("fill",)

    def __init__(self, line: "Uart", calibration: "dict[str, int]") -> None:
        self._line = line
        self._calibration = calibration
        self._raw: "dict[str, int]" = {}

    def start(self) -> int:
        """Drop what has arrived: it is as old as the last reading."""
        self._raw = {}
        for _ in range(MAX_STALE // CHUNK):
            if not self._line.read(CHUNK):
                break
        return FRAME_MS

    def read(self) -> "dict[str, Reading | SensorFault]":
        """{"fill": 0.0 to 1.0}. Raises SensorFault."""
        data = self._line.read(CHUNK)
        if not data:
            raise SensorFault(NO_ANSWER, "the line is silent")
        mm = newest(data)
        if mm is None:
            raise SensorFault(NOT_READY, "no whole frame: %r" % data)
        if not MIN_MM <= mm <= MAX_MM:
            raise SensorFault(OUT_OF_RANGE, "%d mm" % mm)
        self._raw = {"fill": mm}
        return {"fill": fill(self._calibration, mm)}

    def raw(self) -> "dict[str, int]":
        """{"fill": mm} of the last read, before calibration; empty if it failed."""
        return self._raw
