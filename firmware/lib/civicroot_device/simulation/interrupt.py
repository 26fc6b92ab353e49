"""SIGINT on the Unix port, looked for instead of caught.

MicroPython's own handler jumps out of whatever the interpreter does at that moment. Where that is the collection of
garbage, the heap stays locked for good, and the device cannot even say that it goes: on a bin that reports 20 times a
second one interrupt in 20 met that. So whoever starts a device blocks the signal,

    env --block-signal=INT micropython main.py CONFIG.json

and the device looks whether one is pending (proc_pid_status(5)). One that came before the first look waits for it.
"""

import asyncio

STATUS = "/proc/self/status"
LOOK_MS = 100  # between two looks, which take 0.1 ms each
_SIGINT = 1 << 1  # its bit in a mask: signal 2
_LONGEST = 4096  # bytes of that file: 1.5 KB, and room for longer lists of processors


def blocked() -> bool:
    """Whether SIGINT is held back from MicroPython's handler. Without /proc nothing can tell."""
    return _is_in(b"SigBlk:", bytearray(_LONGEST))


def came() -> bool:
    """Whether one is pending; it stays so."""
    return _pending(bytearray(_LONGEST))


async def come() -> None:
    """Return when one is pending."""
    buffer = bytearray(_LONGEST)  # kept: as garbage it would have the heap collected once a second
    while not _pending(buffer):
        await asyncio.sleep(LOOK_MS / 1000)


def _pending(buffer: bytearray) -> bool:
    return _is_in(b"ShdPnd:", buffer) or _is_in(b"SigPnd:", buffer)


def _is_in(name: bytes, buffer: bytearray) -> bool:
    try:
        with open(STATUS, "rb") as file:
            file.readinto(buffer)
    except OSError:
        return False
    at = buffer.find(name) + len(name) + 1  # behind the tab; 16 digits of a mask of 64 signals
    return bool(int(bytes(buffer[at : at + 16]).decode(), 16) & _SIGINT)
