"""The parts of this very device, made from its board file when they are asked for; one look at all its sensors."""

from civicroot_device.errors import ConfigurationError
from civicroot_device.reporting import sensing
from civicroot_device.reporting.sensing import Sensing
from civicroot_device.sensors.sensor import NO_ANSWER

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator
    from typing import Any

    from civicroot_device.board import Board
    from civicroot_device.calibration import Calibration
    from civicroot_device.reporting.kinds import Kind
    from civicroot_device.reporting.sampling import Sample
    from civicroot_device.sensors.sensor import Sensor
    from civicroot_device.wiring import Part, Wiring


class Equipment:
    """`kind`: what the device measures, as far as it has sensors. Raises ConfigurationError.

    `only`: the drivers that are made, None for all (safe mode makes as few as can be).
    """

    def __init__(
        self, board: "Board", kind: "Kind", calibration: "Calibration", only: "tuple[str, ...] | None" = None
    ) -> None:
        self._board = board
        self._calibration = calibration
        self.parts: "dict[str, tuple[Part, Sensor]]" = {}
        self._busy: "asyncio.Lock | None" = None  # a driver measures for one at a time; a tag does nothing else
        names = board.names
        if board.wiring is not None:
            for part in board.wiring.sensors:
                if only is None or part.name in only:
                    self.parts[part.name] = (part, self.make(part))
            names = [name for _, sensor in self.parts.values() for name in sensor.names]
        self.kind = fitted(kind, names)
        self._sensing = Sensing(self.kind, [sensor for _, sensor in self.parts.values()])

    @property
    def wiring(self) -> "Wiring | None":
        """The board file; None on a simulated board without drivers."""
        return self._board.wiring

    def make(self, part: "Part", *more: object) -> "Any":
        """A part's driver, given `more` after its lines. Raises ConfigurationError."""
        return part.make(self._board.lines, self._calibration.of, *more)

    @property
    def busy(self) -> bool:
        """Whether somebody is measuring."""
        return self._busy is not None and self._busy.locked()

    async def look(self) -> "Sample":
        """One look at all sensors; it takes as long as the slowest of them needs."""
        if self.wiring is None:
            return sensing.take(self.kind, self._board.look())
        return await self.measure(self._sensing)

    def look_with(self, rest: "Callable[[int], object]") -> "Sample":
        """The same for a tag, which does nothing else meanwhile: it waits with `rest(ms)`."""
        if self.wiring is None:
            return sensing.take(self.kind, self._board.look())
        return self._sensing.look_with(rest)

    async def measure(self, what: "Sensing") -> "Sample":
        """What these sensors say."""
        if self._busy is None:
            import asyncio  # noqa: PLC0415 (not in a tag's wakes)

            self._busy = asyncio.Lock()
        async with self._busy:
            await _drive(what.look())
        assert what.sample is not None
        return what.sample

    async def single(self, sensor: "Sensor", name: str) -> "tuple[int | bool | None, str]":
        """(value, "") of one reading of one sensor in the kind's units, or (None, flag)."""
        quantity = tuple([item for item in self.kind if item.name == name])
        sample = await self.measure(Sensing(quantity, [sensor], 1))
        return sample.values.get(name), sample.faults.get(name, NO_ANSWER)


def fitted(kind: "Kind", names: "list[str] | None") -> "Kind":
    """The quantities of the kind for which the board has a sensor. Raises ConfigurationError if there is none."""
    found = tuple([quantity for quantity in kind if names is None or quantity.name in names])
    if not found:
        raise ConfigurationError("the board has no sensor of this kind of device: " + ", ".join(names or []))
    return found


async def _drive(waits: "Iterator[int]") -> None:
    import asyncio  # noqa: PLC0415 (not in a tag's wakes)

    for ms in waits:
        await asyncio.sleep(ms / 1000)
