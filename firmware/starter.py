"""Chooses which copy of the application starts: that of slot a or b, or the factory's. It is never updated.

    a/lib, b/lib   the slots, in the folder of the configuration file ("/" on a board): each a whole release
    lib            the factory's copy, which is never changed; on the Unix port, wherever main.py lies
    slots          which slot is followed, which is on trial, and how often that was started (State)

Every start of a slot is counted, durably, before it begins; the application says when a start came to something
(civicroot_device/update/slots.py). So a slot that does not start, in whatever way, is left after a few starts: one on
trial for the one that is followed, that one for the one before it, and at last for the factory's copy.

This file and main.py are all that a bad release cannot break: they need os, sys, struct and binascii alone, and the
layout of `slots` is for ever.
"""

import os
import struct
import sys
from binascii import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Files(Protocol):
        """The files of the folder in which the slots are."""

        def read(self, name: str) -> bytes:
            """All of a file. Raises OSError."""
            ...

        def replace(self, name: str, data: bytes) -> None:
            """Make a file, durably: a power cut leaves the old one or the new one. Raises OSError."""
            ...

    Version = tuple[int, int, int]


FILE = "slots"
FOLDERS = ("", "a", "b")  # by slot
FACTORY = 0
TRIAL_STARTS = 3  # one may be lost to a power cut and one to a crew that plugs and unplugs
FOLLOWED_STARTS = 10  # five failed boots are safe mode's beginning (boots.py), and it must have had its chance
# A slot on trial that is undecided after this long has missed its own deadline (updates.py), so it is not even able to
# give itself up: the board starts again, which counts.
GUARD_MS = 1_800_000

_MAGIC = b"CRS1"
_BODY = "<4s5B6H"
_SIZE = struct.calcsize(_BODY) + 4
_SERVING: "tuple[list[str], ...]" = ([], ["--until-eof"])  # what follows the configuration; else it is a command

# What `run` chose, for the application: the slot, its folder of slots, and the folders of its modules; whether the slot
# is on trial, and whether this start was counted.
chosen = FACTORY
on_trial = counted = False
root = ""
libs: "list[str]" = []


class State:
    """What the file says. Slots are places in FOLDERS, FACTORY where there is none.

    followed    the slot whose version has proved itself;  previous: the one before it, still whole
    trial       the slot whose version is to prove itself;  tries: starts that came to nothing yet, of it or of followed
    committed   the newest version that has proved itself
    candidate   the version on trial, or the last one that failed;  failures: how often it failed
    """

    def __init__(self) -> None:
        self.followed = self.previous = self.trial = FACTORY
        self.tries = self.failures = 0
        self.committed: "Version" = (0, 0, 0)
        self.candidate: "Version" = (0, 0, 0)

    def roll_back(self) -> None:
        """What is on trial has failed."""
        self.trial = FACTORY
        self.tries = 0
        self.failures = min(255, self.failures + 1)

    def pack(self) -> bytes:
        """The file's content."""
        slots = (self.followed, self.previous, self.trial, self.tries, self.failures)
        body = struct.pack(_BODY, _MAGIC, *(slots + self.committed + self.candidate))
        return body + struct.pack("<I", crc32(body))


def read(files: "Files") -> "State | None":
    """What the file says; None if it is not there, or damaged: then the factory's copy is all that is known."""
    try:
        return unpack(files.read(FILE))
    except OSError:
        return None


def unpack(data: bytes) -> "State | None":
    """What the content of the file says; None if it is damaged."""
    if len(data) != _SIZE or struct.unpack("<I", data[-4:])[0] != crc32(data[:-4]):
        return None
    fields = struct.unpack(_BODY, data[:-4])
    if fields[0] != _MAGIC or max(fields[1:4]) >= len(FOLDERS):
        return None
    state = State()
    state.followed, state.previous, state.trial, state.tries, state.failures = fields[1:6]
    state.committed, state.candidate = fields[6:9], fields[9:12]
    return state


def choose(files: "Files", counted: bool = True, woken: bool = False) -> int:
    """The slot to start now; its start is counted when this returns.

    `woken`: a tag wakes from deep sleep. Of a slot on trial that is a start like any other; of one that is followed it
    is none: it would be two writes of the flash an hour, and a wake that fails counts itself (tag/app.py).
    """
    state = read(files)
    if state is None:
        return FACTORY
    before = state.pack()
    # 1. One on trial that was started often enough in vain has failed.
    if state.trial != FACTORY and state.tries >= TRIAL_STARTS:
        state.roll_back()
    # 2. So has the one that is followed, after more starts: its files are damaged.
    elif state.trial == FACTORY and state.followed != FACTORY and state.tries >= FOLLOWED_STARTS:
        state.followed, state.previous, state.tries = state.previous, FACTORY, 0
    slot = state.trial or state.followed
    if not counted:
        return slot
    # 3. This start counts, but the factory's: there is nothing else to turn to.
    if slot != FACTORY and not (woken and state.trial == FACTORY):
        state.tries = min(255, state.tries + 1)
    try:
        if state.pack() != before:
            files.replace(FILE, state.pack())
    except OSError:
        return state.followed  # a trial that cannot be counted could go on for ever
    return slot


class Disk:
    """The files of a folder of a real file system."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def read(self, name: str) -> bytes:
        """See Files."""
        with open(self._folder + "/" + name, "rb") as file:
            return file.read()

    def replace(self, name: str, data: bytes) -> None:
        """See Files. On littlefs a rename is atomic and durable; elsewhere the order of the two is enough here."""
        half = self._folder + "/" + name + ".new"
        with open(half, "wb") as file:
            file.write(data)
            file.flush()  # on MicroPython's Unix port this is fsync(2)
        os.rename(half, self._folder + "/" + name)


def run(arguments: "list[str]", factory: "list[str]") -> None:
    """Start the application; `arguments` are the configuration file and what follows it, `factory` its folders."""
    global chosen, root, libs, on_trial, counted  # noqa: PLW0603 (this module is what the application asks)
    if arguments:
        root = arguments[0].rpartition("/")[0] if "/" in arguments[0] else "."
        serving, woken = arguments[1:] in _SERVING, _woken()
        chosen = choose(Disk(root), serving, woken)
        state = read(Disk(root)) if chosen != FACTORY else None
        on_trial = state is not None and state.trial == chosen
        counted = serving and (on_trial or not woken)
    # A slot is a whole release: what it lacks is not taken from the factory's copy, for no mixture was ever tested.
    libs = [root + "/" + FOLDERS[chosen] + "/lib"] if chosen != FACTORY else factory
    sys.path[:] = libs + [path for path in sys.path if path not in factory]
    try:
        if chosen != FACTORY:
            _guard()
        from civicroot_device.start import main  # noqa: PLC0415 (its folder is known by now)

        main(arguments)
    except Exception as error:  # of a copy that cannot even say what is wrong
        if chosen == FACTORY:
            raise
        sys.print_exception(error)
        _restart()


def _woken() -> bool:
    """Whether a tag wakes from deep sleep. The Unix port cannot tell: there each process is a start."""
    try:
        from machine import DEEPSLEEP_RESET, reset_cause  # noqa: PLC0415 (a board alone has them)
    except ImportError:
        return False
    return reset_cause() == DEEPSLEEP_RESET


def _guard() -> None:
    """On a board: start again if this slot is still on trial after GUARD_MS, whatever it does meanwhile."""
    try:
        from machine import Timer, reset  # noqa: PLC0415 (a board alone has them)
    except ImportError:
        return  # the Unix port; whoever started the process watches it

    def look(_timer: object) -> None:
        state = read(Disk(root))
        if state is not None and state.trial == chosen:
            reset()

    Timer(0, mode=Timer.ONE_SHOT, period=GUARD_MS, callback=look)


def _restart() -> None:
    try:
        from machine import reset  # noqa: PLC0415
    except ImportError:
        raise SystemExit(1)
    reset()
