"""The task that drives the lamp: what the lid, the claim flow and the device's state say, frame by frame.

While nothing moves on it a frame a second is enough, so that the bin may sleep between.
"""

import asyncio

from civicroot_device.claim.lamp_face import LampFace
from civicroot_device.lamp import states
from civicroot_device.lamp.lamp import FRAME_MS, Lamp
from civicroot_device.supervisor import LOOK_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.device import Device
    from civicroot_device.lamp.ring import Ring
    from civicroot_device.supervisor import Works

LIGHT = "light"  # name of the task


class SignalLight:
    """`face` is the lamp of the claim flow (claim/parts.py)."""

    def __init__(self, device: "Device", lamp: Lamp, ring: "Ring", alive: "Callable[[str], None]") -> None:
        self._device = device
        self._lamp = lamp
        self._ring = ring
        self._alive = alive
        self._ending = False
        self._wake = asyncio.Event()
        self.face = LampFace(lamp, self._wake.set)

    def works(self) -> "Works":
        """The task."""
        return {LIGHT: self._run()}

    def end(self) -> None:
        """Drive it no more."""
        self._ending = True
        self._wake.set()

    def lid(self, is_open: bool, weighing: bool) -> None:
        """The lid moved, or the scale has settled. An offer that follows says so itself."""
        self._lamp.set(states.LID_OPEN if is_open else states.WEIGHING if weighing else states.IDLE)
        self._wake.set()

    def trouble(self, faulty: bool) -> None:
        """Whether a sensor has a fault."""
        self._lamp.trouble = states.FAULT if faulty else None

    async def _run(self) -> None:
        while not self._ending:
            self._alive(LIGHT)
            self._ring.step(self._device.ms())
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), (FRAME_MS if self._lamp.moving else LOOK_MS) / 1000)
            except asyncio.TimeoutError:
                continue  # the ordinary case: the next frame
