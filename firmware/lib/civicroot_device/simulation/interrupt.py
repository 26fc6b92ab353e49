"""SIGINT on the Unix port, looked for instead of caught.

MicroPython's own handler jumps out of whatever the interpreter does at that moment. Where that is the collection of
garbage, the heap stays locked for good, and the device cannot even say that it goes: on a bin that reports 20 times a
second one interrupt in 20 met that. So whoever starts a device blocks the signal,

    env --block-signal=INT micropython main.py CONFIG.json

and the device looks whether one is pending (proc_pid_status(5)). One that came before the first look waits for it.
"""

import asyncio

STATUS = "/proc/self/status"
LOOK_MS = 100  # between two looks, which take 0.03 ms each
_SIGINT = 1 << 1  # its bit in a mask: signal 2


def blocked() -> bool:
    """Whether SIGINT is held back from MicroPython's handler. Without /proc nothing can tell."""
    return _is_in("SigBlk:")


def came() -> bool:
    """Whether one is pending; it stays so."""
    return _is_in("ShdPnd:") or _is_in("SigPnd:")


async def come() -> None:
    """Return when one is pending."""
    while not came():
        await asyncio.sleep(LOOK_MS / 1000)


def _is_in(name: str) -> bool:
    try:
        with open(STATUS) as file:
            status = file.read()
    except OSError:
        return False
    mask = status.split(name)[1].split("\n")[0].strip()
    return bool(int(mask, 16) & _SIGINT)
