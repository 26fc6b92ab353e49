"""A device that lives some hours in time-lapse, ends by itself, and tells what that took of its memory."""

import asyncio
import gc
import json

from micropython import mem_info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.app import App
    from civicroot_device.device import Device

HOUR_S = 3600
LOOK_S = 60  # between two looks at how full the heap is: some while the garbage of one collection gathers
PIECE = 1024  # bytes between two blocks that stay
SHARE = 2  # of the free heap is broken into pieces: one over this


def fragment() -> "list[bytearray]":
    """Break half of the free heap into pieces of PIECE bytes, as years of other work would; keep what it returns."""
    gc.collect()
    kept, dropped = [], []
    for _ in range(gc.mem_free() // SHARE // (PIECE + 64)):
        dropped.append(bytearray(PIECE))
        kept.append(bytearray(16))
    dropped = []
    gc.collect()
    return kept


async def lapse(app: "App", device: "Device", hours: float) -> None:
    """Run the device for so many hours of its own time. Prints one JSON line an hour, and what mem_info says."""
    kept = fragment() if device.configuration.fragment else []
    board = device.board
    if board.lapse is not None:  # type: ignore[attr-defined]  # it is a UnixBoard
        board.lapse.waits = lambda: app.awaits  # type: ignore[attr-defined]
    running = asyncio.create_task(app.run())
    hour = 0
    while hour < hours and not running.done():
        peak = await _peak(min(1, hours - hour) * HOUR_S)
        hour += 1
        gc.collect()
        counts = {"hour": hour, "peak": peak, "live": gc.mem_alloc(), "free": gc.mem_free()}
        counts["waiting"] = device.store.outbox.waiting
        print(json.dumps(counts))
        mem_info()
    if not running.done():
        await app.stop()
    await running
    print(json.dumps(figures(app, device, len(kept))))


async def _peak(seconds: float) -> int:
    """The most bytes in use that were seen over so long a time, garbage included."""
    peak = 0
    while seconds > 0:
        await asyncio.sleep(min(LOOK_S, seconds))
        seconds -= LOOK_S
        peak = max(peak, gc.mem_alloc())
    return peak


def figures(app: "App", device: "Device", pieces: int) -> "dict[str, object]":
    """What happened."""
    found: "dict[str, object]" = {"made": device.store.outbox.made, "waiting": device.store.outbox.waiting}
    found["pieces"] = pieces
    found.update(app.figures())
    chips = device.board.lines.chips if device.board.wiring is not None else {}
    if "ssd1681" in chips:
        found["refreshes"] = chips["ssd1681"].refreshes
    return found
