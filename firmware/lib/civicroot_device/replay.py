"""Sensors that replay a file of samples, over and over.

The file is CSV: a header `seconds,<name>,…` with SenML names, then lines with ascending whole seconds from 0 and a
number, `true` or `false` per name; an empty cell is a sensor that gave nothing. A line holds until the next one's time.
It is read line by line: only two lines are in memory.
"""

from civicroot_device.errors import ConfigurationError, SensorFault

MAX_LINES = 1_000_000  # hourly samples of a century; bounds the look through the file at the start


class Replay:
    """`names` are the file's sensors; `read(name, seconds)` is one value. Raises ConfigurationError."""

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            self._file = open(path)  # noqa: SIM115 (kept open: a device reads it as long as it lives)
        except OSError as error:
            raise ConfigurationError("samples %s: %r" % (path, error))
        header = self._file.readline().strip().split(",")
        if header[0] != "seconds" or len(header) < 2:
            raise ConfigurationError(path + ": the header is not seconds,<name>,…")
        self.names = header[1:]
        self._period = self._look_through()
        self._rewind()

    def read(self, name: str, seconds: int):
        """The value in force at world time. Raises SensorFault for an empty cell or an unknown name."""
        if name not in self.names:
            raise SensorFault(name)
        self._seek(seconds % self._period)
        cell = self._line[1 + self.names.index(name)]
        if cell in ("true", "false"):
            return cell == "true"
        try:
            return float(cell)
        except ValueError:
            raise SensorFault(name)

    def _look_through(self) -> int:
        """Check every line's form and time; the seconds until the file begins again."""
        before, last, lines = 0, -1, 0
        line = self._next()
        while line is not None:
            lines += 1
            if len(line) != 1 + len(self.names) or int(line[0]) <= last or lines > MAX_LINES:
                raise ConfigurationError("%s: line %d" % (self._path, lines + 1))
            before, last = last, int(line[0])
            line = self._next()
        if last < 0:
            raise ConfigurationError(self._path + ": no samples")
        return last + max(1, last - max(before, 0))

    def _rewind(self) -> None:
        self._file.seek(0)
        self._file.readline()
        self._line = self._next()
        self._following = self._next()

    def _seek(self, seconds: int) -> None:
        if seconds < int(self._line[0]):
            self._rewind()
        while self._following is not None and int(self._following[0]) <= seconds:
            self._line = self._following
            self._following = self._next()

    def _next(self) -> "list[str] | None":
        line = self._file.readline().strip()
        return line.split(",") if line else None
