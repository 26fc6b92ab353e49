"""The end of a provisioned tag's wake: if a computer is at its USB port, the tag stays awake and answers (awake.py).

A wake without one costs two looks at a register, and loads nothing more than this. Only after power or reset is a
computer waited for: whoever wants to speak with a tag plugs it in and presses its button.
"""

from civicroot_device.buses import usb_host
from civicroot_device.provisioning.awake import LINGER_MS
from civicroot_device.tag.cycle import LEAST_SLEEP_MS, POWER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.board import Board
    from civicroot_device.config import Configuration
    from civicroot_device.storage.store import Store
    from civicroot_device.tag.cycle import Sleep


class Visit:
    """Make it at a wake's beginning. `path` is the configuration's."""

    def __init__(self, configuration: "Configuration", board: "Board", path: str) -> None:
        self._configuration = configuration
        self._board = board
        self._path = path
        self._host = usb_host.of(board, configuration.data)

    def __call__(self, store: "Store", sleep: "Sleep", why: str) -> None:
        """Answer, if somebody is there; the sleep is shorter by that time. Raises OSError, SystemExit."""
        if not self._host.seen_within(LINGER_MS if why == POWER else 0):
            return
        from civicroot_device.boots import Boots  # noqa: PLC0415 (not in a wake that nobody visits)
        from civicroot_device.device import Device  # noqa: PLC0415
        from civicroot_device.provisioning import usb  # noqa: PLC0415
        from civicroot_device.storage.flash import Flash  # noqa: PLC0415

        boots = Boots(Flash(self._configuration.data))
        device = Device(self._configuration, self._board, store, boots, print)
        usb.visited(device, self._path, self._host)
        sleep.ms = max(LEAST_SLEEP_MS, sleep.ms - device.ms())
