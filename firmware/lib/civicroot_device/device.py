"""What all parts of a running device share: its configuration, board, flash, clock and log."""

import time

from civicroot_device.clock import Clock, Monotonic
from civicroot_device.places import Places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.board import Board
    from civicroot_device.boots import Boots
    from civicroot_device.config import Configuration
    from civicroot_device.storage.store import Store


class Device:
    """configuration, board, store, boots, places, clock; `ms()` is monotonic; `log` takes a line for the operator.

    Raises OSError, ConfigurationError (places.py).
    """

    def __init__(
        self,
        configuration: "Configuration",
        board: "Board",
        store: "Store",
        boots: "Boots",
        log: "Callable[[str], None]",
    ) -> None:
        self.configuration = configuration
        self.board = board
        self.store = store
        self.boots = boots
        self.log = log
        self.places = Places(configuration, store.flash)
        self.ms = Monotonic(board.ticks_ms, time.ticks_diff).ms
        self.clock = Clock(store.outbox.time)
        now = board.unix_time()
        if now is not None:
            self.clock.tell(now, self.ms())
