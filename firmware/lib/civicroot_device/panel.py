"""The task that shows pages on the e-paper: one refresh for each deposit, which stays when its offer is over.

A refresh takes seconds and wears the panel. So the newest page wins: one that was not drawn yet when the next deposit
came is not drawn at all. At the start the panel shows what the bin is, unless a deposit comes first.
"""

import asyncio

from civicroot_device.display import page
from civicroot_device.display.errors import DisplayFault
from civicroot_device.supervisor import LOOK_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from civicroot_device.device import Device
    from civicroot_device.display.ssd1681 import Ssd1681
    from civicroot_device.supervisor import Works

    Page = Coroutine[Any, Any, bytearray]

PANEL = "panel"  # name of the task


class Panel:
    """The display of the claim flow (claim/parts.py). `fault`: a flag of sensor.py, None if the panel is well."""

    def __init__(self, device: "Device", display: "Ssd1681", alive: "Callable[[str], None]") -> None:
        self._device = device
        self._display = display
        self._alive = alive
        self._ending = False
        self._next: "Callable[[], Page] | None" = self._idle
        self.fault: "str | None" = None
        self.shown = 0  # since the start

    def claim(self, url: str, digits: str, grams: int, seconds: int) -> None:
        """Show the code that claims a deposit."""
        options = self._device.configuration
        self._next = lambda: page.claim(url, digits, grams, options.label, seconds, options.language)

    def recorded(self, grams: int) -> None:
        """Show that a deposit is on record, and that nothing can be claimed here."""
        self._next = lambda: self._recorded(grams)

    def unweighed(self) -> None:
        """Show that nobody can say what was thrown in: the page of the deposit before is not this one's."""
        self._next = self._trouble

    def works(self) -> "Works":
        """The task."""
        return {PANEL: self._run()}

    def end(self) -> None:
        """Show nothing more."""
        self._ending = True

    async def _idle(self) -> bytearray:
        options = self._device.configuration
        return page.idle(options.label, options.realm, self._device.store.identity.kid.hex(), options.language)

    async def _recorded(self, grams: int) -> bytearray:
        options, kid = self._device.configuration, self._device.store.identity.kid
        return page.recorded(grams, options.label, options.realm, kid.hex(), options.language)

    async def _trouble(self) -> bytearray:
        options, kid = self._device.configuration, self._device.store.identity.kid
        return page.trouble(options.label, options.realm, kid.hex(), options.language)

    async def _run(self) -> None:
        while not self._ending:
            self._alive(PANEL)
            make, self._next = self._next, None
            if make is not None:
                await self._show(make)
            else:
                await asyncio.sleep(LOOK_MS / 1000)  # beside the seconds that a refresh takes, no delay

    async def _show(self, make: "Callable[[], Page]") -> None:
        drawn = await make()
        if self._next is not None:
            return
        try:
            await self._display.show(drawn)
        except DisplayFault as fault:
            self.fault = fault.flag
            self._device.log("display: " + fault.flag)
            return
        self.fault = None
        self.shown += 1
