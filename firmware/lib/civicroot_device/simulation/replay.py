"""Sensors that replay a file of samples, over and over.

The file is CSV: a header `seconds,<name>,…` with SenML names, then lines with ascending whole seconds from 0 and a
number, `true` or `false` per name; an empty cell is a sensor that gave nothing. A line holds until the next one's time.
It is read line by line: only two lines are in memory.
"""

from civicroot_device.errors import ConfigurationError, SensorFault
from civicroot_device.sensors.sensor import NO_ANSWER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from civicroot_device.reporting.kinds import Reading

MAX_LINES = 1_000_000  # hourly samples of a century; bounds the look through the file at the start


class Replay:
    """`names` are the file's sensors; `read(name, seconds)` is one value. Raises ConfigurationError."""

    def __init__(self, path: str) -> None:
        try:
            self.names, self._period = _examine(path)
            self._file = open(path)  # noqa: SIM115 (kept open: a device reads it as long as it lives)
        except OSError as error:
            raise ConfigurationError("samples %s: %r" % (path, error))
        self._rewind()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read(self, name: str, seconds: int) -> "Reading":
        """The value in force at world time. Raises SensorFault for an empty cell or an unknown name."""
        if name not in self.names:
            raise SensorFault(NO_ANSWER, name)
        self._seek(seconds % self._period)
        cell = self._line[1 + self.names.index(name)]
        if cell in ("true", "false"):
            return cell == "true"
        try:
            return float(cell)
        except ValueError:
            raise SensorFault(NO_ANSWER, name)

    def _rewind(self) -> None:
        self._file.seek(0)
        self._file.readline()
        line = _next(self._file)
        if line is None:
            raise ConfigurationError("samples: the file was emptied")
        self._line = line
        self._following = _next(self._file)

    def _seek(self, seconds: int) -> None:
        if seconds < int(self._line[0]):
            self._rewind()
        while self._following is not None and int(self._following[0]) <= seconds:
            self._line = self._following
            self._following = _next(self._file)


def _next(file: "TextIO") -> "list[str] | None":
    line = file.readline().strip()
    return line.split(",") if line else None


def _examine(path: str) -> "tuple[list[str], int]":
    """The names of a well-formed file, and the seconds until it begins again."""
    with open(path) as file:
        header = _next(file)
        if header is None or header[0] != "seconds" or len(header) < 2:
            raise ConfigurationError(path + ": the header is not seconds,<name>,…")
        before, last, lines = 0, -1, 0
        line = _next(file)
        while line is not None:
            lines += 1
            seconds = _seconds(line[0])
            if len(line) != len(header) or seconds <= last or lines > MAX_LINES:
                raise ConfigurationError("%s: line %d" % (path, lines + 1))
            before, last = last, seconds
            line = _next(file)
    if last < 0:
        raise ConfigurationError(path + ": no samples")
    return header[1:], last + max(1, last - max(before, 0))


def _seconds(cell: str) -> int:
    try:
        return int(cell)
    except ValueError:
        return -1
