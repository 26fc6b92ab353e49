"""A tag's safe mode: after wakes in a row that did not end, it looks at its battery alone, and says so.

A driver that hangs, or raises what none should, would else keep the tag from its radio at every wake, and only a visit
would end that. The count is in RTC memory, which outlasts the watchdog's reset and costs no write of the flash; whoever
changes the battery begins anew. Once a day the sensors are tried again.
"""

from civicroot_device.equipment import Equipment
from civicroot_device.errors import ConfigurationError
from civicroot_device.reporting.sampling import Sample

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.board import Board
    from civicroot_device.calibration import Calibration
    from civicroot_device.config import Configuration
    from civicroot_device.reporting.kinds import Kind
    from civicroot_device.tag.retained import Retained

SAFE_AFTER = 5  # as of a bin (boots.py)
DAY_S = 86_400
DEVICE, FLAG = "device", "safe-mode"  # in the record's `fault`
BATTERY = "battery"


class Senses:
    """What the tag can look at in this wake. `kind`: those quantities; `safe`: whether it is the battery alone.

    Made before any driver is loaded: it notes first that a wake has begun. Call `ended` when it has come to its end.
    Raises ConfigurationError for a board that a healthy tag cannot have.
    """

    def __init__(
        self, configuration: "Configuration", board: "Board", calibration: "Calibration", kept: "Retained"
    ) -> None:
        self._kept = kept
        self.safe = self._begin(max(1, int(DAY_S / configuration.sample_s)))
        self.kind: "Kind" = ()
        self.equipment: "Equipment | None" = None
        if not self.safe:
            self.equipment = Equipment(board, configuration.kind, calibration)
            self.kind = self.equipment.kind
            return
        gauge = tuple([quantity for quantity in configuration.kind if quantity.name == BATTERY])
        try:
            self.equipment = Equipment(board, gauge, calibration, (BATTERY,))
            self.kind = gauge
        except ConfigurationError:
            return  # it has no gauge either

    def look(self, rest: "Callable[[int], object]") -> Sample:
        """One look."""
        sample = Sample({}, {}) if self.equipment is None else self.equipment.look_with(rest)
        if self.safe:
            sample.faults[DEVICE] = FLAG
        return sample

    def ended(self) -> None:
        """This wake came to its end. One in safe mode proves nothing of the sensors."""
        if not self.safe:
            self._kept.begun = 0
        self._kept.save()

    def _begin(self, wakes_a_day: int) -> bool:
        """Whether this wake is one in safe mode; it is noted that it has begun."""
        kept = self._kept
        safe = SAFE_AFTER <= kept.begun < SAFE_AFTER + wakes_a_day
        # The wake in which the sensors are tried again counts as a failure until it ends.
        kept.begun = kept.begun + 1 if safe or kept.begun < SAFE_AFTER else SAFE_AFTER
        kept.save()
        return safe
