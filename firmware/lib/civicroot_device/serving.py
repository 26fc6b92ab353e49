"""A device with a network while it runs: its tasks, what ends them, and what becomes of a crash."""

import asyncio
import sys

from civicroot_device.app import App
from civicroot_device.boots import CRASH
from civicroot_device.errors import ConfigurationError
from civicroot_device.supervisor import LOOK_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from civicroot_device.device import Device
    from civicroot_device.net import Network


def serve(device: "Device", network: "Network", until_eof: bool, asked_at: str) -> None:
    """Run it until it is interrupted, or asked to end. `asked_at` is as in start.py."""
    app: "App | None" = None
    try:
        app = App(device, network.opener)
        asyncio.run(_lapse(app, device) if device.configuration.lapse_h else _life(app, device, until_eof, asked_at))
    except ConfigurationError:
        raise
    except KeyboardInterrupt:
        if app is not None:
            asyncio.run(app.stop())
    except Exception as error:  # noqa: BLE001 (reported, then the board starts again)
        sys.print_exception(error)
        device.board.restart(CRASH)


async def _lapse(app: "App", device: "Device") -> None:
    from civicroot_simulator.day import lapse  # noqa: PLC0415 (tests alone)

    await lapse(app, device, device.configuration.lapse_h or 0)


async def _life(app: "App", device: "Device", until_eof: bool, asked_at: str) -> None:
    tasks = []  # whoever makes one has to hold it
    if sys.platform in ("linux", "darwin"):
        from civicroot_device.simulation import interrupt  # noqa: PLC0415 (not on the ESP32's flash)

        if interrupt.blocked():
            tasks.append(asyncio.create_task(_end(app, interrupt.come)))
    if until_eof:
        await _until_eof(app)
        return
    if asked_at:
        from civicroot_device.provisioning import usb  # noqa: PLC0415 (only devices that answer on USB)

        beside = asyncio.create_task(usb.beside(device, asked_at, app.restart))
        await app.run()
        beside.cancel()
        return
    await app.run()


async def _end(app: "App", asked: "Callable[[], Awaitable[None]]") -> None:
    """End cleanly when somebody asks for it, and at once: App.run looks only once a second whether it was stopped."""
    await asked()
    await app.stop()
    raise SystemExit(0)


async def _until_eof(app: "App") -> None:
    """Run the device until standard input ends, so that it does not outlive whoever started it."""
    running = asyncio.create_task(app.run())
    reader = asyncio.StreamReader(sys.stdin)
    while not running.done():
        try:
            if not await asyncio.wait_for(reader.read(64), LOOK_MS / 1000):
                await app.stop()
                break
        except asyncio.TimeoutError:
            continue
    await running
