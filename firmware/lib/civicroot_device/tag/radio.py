"""A tag's radio: on for a moment, one frame at a time, over the drivers that bridges use (civicroot_radio)."""

from civicroot_radio.driver import BUSY, SENT

from civicroot_device.tag.timing import ESPNOW_LOOK_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from civicroot_radio.driver import Driver

    from civicroot_device.tag.allowance import Allowance

    class Radio(Protocol):
        """What the tag's cycle asks of a radio. Methods raise OSError if the chip does not answer."""

        def on(self) -> None: ...
        def off(self) -> None: ...

        def send(self, frame: bytes) -> bool:
            """Whether it went; it may not have been allowed to, or found no free channel."""
            ...

        def receive(self, timeout_ms: int) -> bytes | None:
            """The next frame, None if none came in time."""
            ...

        def confirm(self) -> None:
            """The frame that came last was our gateway's answer."""
            ...

        def elsewhere(self) -> bool:
            """Try another place for it, since nobody answers here; False if there is none."""
            ...


BUSY_TRIES = 8
BUSY_MS = 25  # and up to twice as long by chance: longer than most frames that others send


class PolledRadio:
    """A radio over a driver that `make` turns on; one place, one address that frames are sent to (`address`).

    `ticks` are milliseconds, `pause(ms)` waits, `chance()` is a number in [0, 1); `look_ms` and `first_ms` are
    timing.py's.
    """

    def __init__(
        self,
        make: "Callable[[], Driver]",
        ticks: "Callable[[], int]",
        pause: "Callable[[int], None]",
        chance: "Callable[[], float]",
        address: bytes = b"",
        allowance: "Allowance | None" = None,
        look_ms: int = ESPNOW_LOOK_MS,
        first_ms: int = 0,
    ) -> None:
        self._make = make
        self._ticks = ticks
        self._pause = pause
        self._chance = chance
        self._allowance = allowance
        self._look_ms = look_ms
        self._first_ms = first_ms
        self._quiet_until = 0  # nothing for us can have come before
        self._driver: "Driver | None" = None
        self.address = address
        self.heard_from = b""  # address of the last frame that came

    def on(self) -> None:
        """Turn it on."""
        self._driver = self._make()

    def off(self) -> None:
        """Turn it off; it may be off."""
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.close()

    def send(self, frame: bytes) -> bool:
        """Send it to `address`, waiting for a free channel a few times."""
        assert self._driver is not None
        if self._allowance is not None and not self._allowance.take(len(frame), self._ticks()):
            return False
        for _ in range(BUSY_TRIES):
            result = self._driver.send(self.address, frame)
            if result != BUSY:
                self._quiet_until = self._ticks() + self._first_ms
                return result == SENT
            self._pause(BUSY_MS + int(self._chance() * BUSY_MS))
        return False

    def receive(self, timeout_ms: int) -> "bytes | None":
        """The next frame."""
        assert self._driver is not None
        until = self._ticks() + timeout_ms
        while True:
            now = self._ticks()
            if now < self._quiet_until:
                self._pause(min(until, self._quiet_until) - now)
            found = self._driver.receive()
            if found is not None:
                self.heard_from = found[0]
                return found[2]
            left = until - self._ticks()
            if left <= 0:
                return None
            self._pause(min(left, self._look_ms))

    def confirm(self) -> None:
        """Everybody hears all here: nothing to learn."""

    def elsewhere(self) -> bool:
        """There is one place."""
        return False
