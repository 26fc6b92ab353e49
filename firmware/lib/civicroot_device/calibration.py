"""The calibration of a device's sensors, kept durably with its key.

File `calibration` in the key's folder: magic, JSON {sensor: {key: integer}, "unsaid": [sensor]}, CRC-32. It is replaced
atomically, so a power cut leaves the old calibration or the new one. A file that is damaged is not guessed at: its
sensors are uncalibrated, say so, and are calibrated again.

What was set is reported as a signed record (`cal.<sensor>.<key>`, SPEC.md §3.1), so that anybody who reads a value
later can tell how the sensor was set at the time. A sensor is `unsaid` from `set` until that record is durable: a
power cut in between leaves it to be said at the next start.
"""

import json
import struct
from binascii import crc32

from civicroot_wire import names
from civicroot_wire.errors import WireError
from civicroot_wire.senml import Measurement

from civicroot_device.calibration_limits import OPTIONAL, check, limits
from civicroot_device.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from civicroot_device.storage.flash import Flash

FILE = "calibration"
MAX_BYTES = 2048  # four times what all keys of all sensors take
UNSAID = "unsaid"  # no sensor measures that
_MAGIC = b"CRK1"
_CRC = "<I"
_CRC_BYTES = 4


class Calibration:
    """`damaged`: how many parts of the file could not be used at this start (1 if all of it). Raises OSError.

    unsaid   the sensors whose calibration is in force and in no record yet
    """

    def __init__(self, flash: "Flash") -> None:
        self._flash = flash
        self.damaged = 0
        # One dict for each sensor, for ever: drivers hold it, and see what is set later.
        self._values: "dict[str, dict[str, int]]" = {}
        found = self._load()
        unsaid = found.pop(UNSAID, [])
        for sensor, values in found.items():
            try:
                check(sensor, values)  # names of records were checked when it was set
            except ConfigurationError:
                self.damaged += 1  # of a firmware with other limits: not to be used with these
                continue
            self._values[sensor] = values
        self.unsaid = [sensor for sensor in self._values if isinstance(unsaid, list) and sensor in unsaid]

    def of(self, sensor: str) -> "dict[str, int]":
        """The sensor's calibration, for its driver: later changes are seen in it. Empty if it has none."""
        if sensor not in self._values:
            self._values[sensor] = {}
        return self._values[sensor]

    def all(self) -> "dict[str, dict[str, int]]":
        """What is set, by sensor."""
        return {sensor: values for sensor, values in self._values.items() if values}

    def complete(self, sensor: str) -> bool:
        """Whether the sensor has all that it cannot measure without."""
        found = self.of(sensor)
        return all(key in found or key in OPTIONAL for key in limits(sensor))

    def set(self, sensor: str, values: "dict[str, int]") -> None:
        """Set some keys of a sensor, durably; the others stay. Raises ConfigurationError, OSError."""
        _check(sensor, values)
        merged = dict(self.of(sensor))
        merged.update(values)
        check(sensor, merged)
        unsaid = [name for name in self.unsaid if name != sensor] + [sensor]
        self._write(sensor, merged, unsaid)
        self._values[sensor].update(values)
        self.unsaid = unsaid

    def said(self, sensor: str) -> None:
        """The record of the sensor's calibration is durable. Raises OSError."""
        unsaid = [name for name in self.unsaid if name != sensor]
        if len(unsaid) != len(self.unsaid):
            self._write(sensor, self._values[sensor], unsaid)
            self.unsaid = unsaid

    def measurements(self, sensor: str) -> "list[Measurement]":
        """What a record says of the sensor's calibration, by key; none if it has no calibration."""
        found = self.of(sensor)
        return [Measurement(_name(sensor, key), found[key]) for key in sorted(found)]

    def _write(self, sensor: str, values: "dict[str, int]", unsaid: "list[str]") -> None:
        written: "dict[str, object]" = {name: found for name, found in self._values.items() if found}
        written[sensor] = values
        written[UNSAID] = unsaid
        body = _MAGIC + json.dumps(written).encode()
        self._flash.replace(FILE, [body + struct.pack(_CRC, crc32(body))])

    def _load(self) -> "dict[str, Any]":
        if FILE not in self._flash.names():
            return {}
        with self._flash.open(FILE) as file:
            data = file.read(MAX_BYTES + 1)
        found = _decode(data)
        if found is None:
            self.damaged = 1
            return {}
        return found


def _check(sensor: str, values: "dict[str, int]") -> None:
    check(sensor, values)
    for key in values:
        _name(sensor, key)


def _name(sensor: str, key: str) -> str:
    try:
        return names.measurement("cal.%s.%s" % (sensor, key))
    except WireError as error:
        raise ConfigurationError(str(error))


def _decode(data: bytes) -> "dict[str, Any] | None":
    """What the file says; None if it is damaged."""
    body = data[:-_CRC_BYTES]
    if not len(_MAGIC) + _CRC_BYTES < len(data) <= MAX_BYTES or body[: len(_MAGIC)] != _MAGIC:
        return None
    if struct.unpack(_CRC, data[-_CRC_BYTES:])[0] != crc32(body):
        return None
    try:
        found = json.loads(body[len(_MAGIC) :])
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
