"""A board's start as MicroPython's ESP32 port does it (ports/esp32/main.c), with the true boot.py, main.py, starter.py.

    micropython prompt_board.py JOB.json

The root is a littlefs with the job's files. `machine` and `micropython` are stand-ins. A reset kills the process, so
nothing can catch it; a start that comes back to the prompt prints PROMPT. hit(n), which the test puts before each
statement, raises the job's error when it is at the job's place.
"""

import builtins
import json
import os
import sys

import vfs
from littlefs_cut import formatted
from nor_flash import NorFlash

PROMPT = "the prompt"
CTRL_C = 3
EACH = -2  # in the place of a place: say all that are reached
ERRORS = {
    "KeyboardInterrupt": KeyboardInterrupt,
    "MemoryError": MemoryError,
    "ImportError": ImportError,
    "OSError": OSError,
    "SystemExit": SystemExit,
}


class Board:
    """What the port and its modules know."""

    interrupt = -1  # the character that interrupts
    at = -1  # where the error comes, once
    error = None
    seen = 0
    looked = None  # what the interrupt was when MicroPython looked for one first


class Machine:
    @staticmethod
    def reset() -> None:
        os.system("kill -9 $PPID")


class Micropython:
    @staticmethod
    def kbd_intr(character) -> None:
        Board.interrupt = character


def hit(number) -> None:
    if Board.at == EACH:
        print("place", number)
    if number == Board.at:
        Board.at = -1
        print("hit")
        raise Board.error("injected")


def look(_) -> None:
    """MicroPython calls this where it would raise an interrupt that came before the file began."""
    if Board.looked is None:
        Board.looked = Board.interrupt


def write(path, text) -> None:
    so_far = ""
    for part in path.split("/")[1:-1]:
        if part not in os.listdir(so_far or "/"):  # noqa: PTH208 (MicroPython has no pathlib)
            os.mkdir(so_far + "/" + part)  # noqa: PTH102
        so_far += "/" + part
    with open(path, "w") as file:  # noqa: PTH123
        file.write(text)


def run(path, schedule=None) -> str:
    """As pyexec.c runs a file: Ctrl-C is let through at its beginning, and not after it. How it ended."""
    names = {"__name__": "__main__"}
    try:
        with open(path) as file:  # noqa: PTH123
            code = compile(file.read(), path, "exec")
        Board.interrupt = CTRL_C
        if schedule is not None:
            schedule(look, None)
        exec(code, names)
    except SystemExit:
        return "soft reset"
    except BaseException as error:  # noqa: BLE001 (printed by MicroPython, which goes on)
        sys.print_exception(error)
        return "failed"
    finally:
        Board.interrupt = -1
    return "ran"


def start(mode) -> str:
    """`mode` is "friendly", or "raw" after a soft reset from the raw prompt."""
    if run("/boot.py") == "soft reset":
        return "soft reset"
    if mode == "friendly" and run("/main.py") == "soft reset":
        return "soft reset"
    return PROMPT


def main() -> None:
    with open(sys.argv[1]) as file:  # noqa: PTH123
        job = json.load(file)
    import micropython  # noqa: PLC0415 (the true one)

    schedule = micropython.schedule
    vfs.umount("/")
    vfs.mount(vfs.VfsLfs2(NorFlash(formatted(24), False)), "/")
    for path, text in job["files"].items():
        write(path, text)
    sys.modules["machine"], sys.modules["micropython"] = Machine, Micropython
    builtins.hit = hit
    for name in [name for name in sys.modules if name.startswith("civicroot")]:
        del sys.modules[name]  # the board has its own
    del sys.argv[1:]
    sys.path[:] = ["", "/lib"]
    Board.at, Board.error = job["at"], ERRORS[job["error"]]
    if job["mode"] == "look":
        run(job["file"], schedule)
        print("looked", Board.looked)
    else:
        print(start(job["mode"]))


main()
