"""What every driver is to the rest of the firmware, and the flags under which a failed reading is reported.

A flag is said in a record's `fault` as `name:flag` (SPEC.md §3.1); docs/devices.md says what a crew does about each.
"""

from civicroot_device.errors import SensorFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from civicroot_device.reporting.kinds import Reading

    class Sensor(Protocol):
        """One chip, or one pin. `names` are the SenML names of what it measures.

        `start()` begins a measurement and returns the milliseconds after which `read()` may be called; 0: at once.
        `read()` returns a reading, or a SensorFault in its place, for each of `names`; or the milliseconds after which
        it is to be called again, because the measurement has several steps. Both raise SensorFault if nothing at all
        is known. Neither blocks for longer than MAX_BLOCK_MS. After a `start()` that succeeded, `read()` is called to
        its end in any case: it switches off what `start()` switched on.
        """

        names: tuple[str, ...]

        def start(self) -> int: ...
        def read(self) -> dict[str, Reading | SensorFault] | int: ...


MAX_BLOCK_MS = 50  # what may hold up the other tasks once: the connection's keep-alive and the lid's switch wait for it
MAX_STEPS = 64  # calls of one `read()`: enough for any probe's retries; a driver that asks for more is broken

NO_ANSWER = "no-answer"  # the chip does not acknowledge, or the line stays silent
BAD_CRC = "bad-crc"  # it answers, and the check sum is wrong
NOT_READY = "not-ready"  # it acknowledges, but its measurement did not end in time
SATURATED = "saturated"  # the signal is over the end of the converter's range
OUT_OF_RANGE = "out-of-range"  # a value that the sensor cannot have measured, or that the chip itself doubts
UNCALIBRATED = "uncalibrated"  # no calibration, without which the raw value says nothing
FLAGS = (NO_ANSWER, BAD_CRC, NOT_READY, SATURATED, OUT_OF_RANGE, UNCALIBRATED)
