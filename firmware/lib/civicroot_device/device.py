"""What all parts of a running device share: its configuration, board, flash, clock and log."""

import time

from civicroot_device import clock
from civicroot_device.calibration import Calibration
from civicroot_device.clock import TOLERANCE_S, Clock, Monotonic
from civicroot_device.places import Places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.board import Board
    from civicroot_device.boots import Boots
    from civicroot_device.config import Configuration
    from civicroot_device.storage.store import Store


class Device:
    """configuration, board, store, boots, calibration, places, clock.

    `ms()` is monotonic; `log` takes a line for the operator. Raises OSError, ConfigurationError (places.py).
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
        self.calibration = Calibration(store.flash)
        if configuration.homes:  # a tag has none: it reports to whoever hears it
            self.places = Places(configuration, store.flash)
        self.ms = Monotonic(board.ticks_ms, time.ticks_diff).ms
        self.clock = Clock(store.outbox.time)
        now = board.unix_time()
        if now is not None:
            self.clock.tell(now, self.ms())
        self._told = now is not None
        least = clock.floor(board.machine_time(), store.outbox.time)
        if least is not None and configuration.radio is None:  # a tag sleeps by that clock, and judges no certificate
            board.set_time(least, False)

    def exhausted(self) -> bool:
        """Whether it has made all the records that it may (a demo's limit): then it only delivers."""
        limit = self.configuration.limit
        return limit is not None and self.store.outbox.made >= limit

    def keep_time(self) -> None:
        """Let the machine's clock follow what the gateway told: it judges certificates, and outlasts a reset."""
        now = self.clock.now(self.ms())
        if now is not None and (not self._told or abs(self.board.machine_time() - now) > TOLERANCE_S):
            self.board.set_time(now, True)
            self._told = True
