"""MicroPython's prompt on a board: never on a provisioned one, whatever ends its program; always on any other.

boot.py, main.py and starter.py run in MicroPython on a littlefs, as the ESP32 port starts them (prompt_board.py), with
an error at each of their statements in turn.
"""

import ast
import functools
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.micropython import ROOT, micropython_binary, micropython_environment

DEVICE_SIDE = Path(__file__).parents[1] / "device_side"
FIRMWARE = ROOT / "firmware"
NAMES = ("boot.py", "main.py", "starter.py")
PROMPT, RESET, SOFT = "the prompt", "reset", "soft reset"
RUNS = "def main(arguments):\n    for step in range(3):\n        arguments = list(arguments)\n"
# What unlock.wipe does at last (provisioning/unlock.py), and then the program ends.
UNLOCKS = "import os\ndef main(arguments):\n    os.remove('/config.json')\n"
COMMITTED = {"/factory.json": "{}", "/config.json": "{}"}
NEW = {"/factory.json": "{}"}
PACKAGE = "/lib/civicroot_device"
# The heap is filled with pieces of a size, until there is no room for another.
FILL = (
    "def fill(size):\n"
    "    try:\n"
    "        while True:\n"
    "            FULL.append(bytearray(size))\n"
    "    except MemoryError:\n"
    "        return\n"
)
ERRORS = ("KeyboardInterrupt", "MemoryError", "SystemExit", "ImportError")
EACH = -2  # prompt_board.EACH
SOAK = bool(os.environ.get("CIVICROOT_SOAK"))
DEADLINE = 30.0


# What does nothing by itself; so does `while True`, which MicroPython compiles without a condition.
SILENT = (ast.Global, ast.FunctionDef, ast.ClassDef, ast.Pass, ast.Try)


class Counting(ast.NodeTransformer):
    """Puts `hit(n)` before each statement at which an error can come; n counts from `first`."""

    def __init__(self, first: int) -> None:
        self.count = first

    def body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for statement in statements:
            if not isinstance(statement, SILENT) and ast.unparse(statement)[:11] != "while True:":
                found += ast.parse(f"hit({self.count})").body
                self.count += 1
            found.append(self.generic_visit(statement))  # type: ignore[arg-type]
        return found

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for field in ("body", "orelse", "finalbody"):
            inner = getattr(node, field, None)
            if isinstance(inner, list) and inner and isinstance(inner[0], ast.stmt):
                setattr(node, field, self.body(inner))
        for handler in getattr(node, "handlers", []):
            self.generic_visit(handler)
        return node


def counted(name: str, first: int) -> tuple[str, int]:
    """A file of the firmware's root with its places, and the number of the next one after them."""
    tree = ast.parse((FIRMWARE / name).read_text())
    counting = Counting(first)
    if name == "starter.py":
        counting.generic_visit(tree)
    else:
        # What comes before its `try` is the subject of the last test.
        *_, guarded = tree.body
        assert isinstance(guarded, ast.Try)
        counting.generic_visit(guarded)
    return ast.unparse(ast.fix_missing_locations(tree)), counting.count


@functools.cache
def instrumented() -> dict[str, str]:
    """The files, and a program that runs, with their places."""
    files, count = {}, 0
    for name in NAMES:
        files["/" + name], count = counted(name, count)
    program = ast.parse(RUNS)
    counting = Counting(count)
    files[PACKAGE + "/start.py"] = ast.unparse(ast.fix_missing_locations(counting.generic_visit(program)))
    files[PACKAGE + "/__init__.py"] = ""
    return files


class Start:
    """What a start said, and how it ended: PROMPT, RESET or "soft reset"."""

    def __init__(self, folder: Path, files: dict[str, str], *, heap: str = "1m", **job: Any) -> None:
        path = folder / "job.json"
        path.write_text(json.dumps({"files": files, "at": -1, "error": "OSError", "mode": "friendly", **job}))
        done = subprocess.run(
            [micropython_binary(), "-X", f"heapsize={heap}", DEVICE_SIDE / "prompt_board.py", path],
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
            env=micropython_environment([DEVICE_SIDE]),
        )
        self.said = done.stdout.splitlines()
        self.was_hit = "hit" in self.said
        assert not done.stderr, done.stderr
        self.ended = RESET if done.returncode == -signal.SIGKILL else self.said[-1]


def places_of(folder: Path, flash: dict[str, str]) -> list[int]:
    """The places that a start gets to before its program ends, each once."""
    said = Start(folder, flash, at=EACH).said
    return sorted({int(line.split()[1]) for line in said if line.startswith("place ")})


def each(places: list[int]) -> list[tuple[int, str, str]]:
    """(place, error, mode): each place with one of the errors; in the soak test with all of them."""
    found = [(at, error, mode) for at in places for error in ERRORS for mode in ("friendly", "raw")]
    return found if SOAK else found[:: len(ERRORS) * 2 - 1]


def test_a_provisioned_board_restarts_whatever_happens_and_wherever(tmp_path: Path) -> None:
    flash = {**instrumented(), **COMMITTED}
    places = places_of(tmp_path, flash)
    assert len(places) > 40
    for at, error, mode in each(places):
        start = Start(tmp_path, flash, at=at, error=error, mode=mode)
        assert (start.ended, start.was_hit) == (RESET, True), (at, error, mode, start.said)


def test_so_it_does_when_boot_py_is_damaged(tmp_path: Path) -> None:
    flash = {**instrumented(), **COMMITTED, "/boot.py": "this is no program"}
    places = places_of(tmp_path, flash)
    assert len(places) > 40
    for at, error, _ in each(places):
        start = Start(tmp_path, flash, at=at, error=error)
        assert (start.ended, start.was_hit) == (RESET, True), (at, error, start.said)


@pytest.mark.parametrize("name", ["/main.py", "/starter.py", PACKAGE + "/start.py"])
def test_so_it_does_when_another_file_is_damaged_or_gone(tmp_path: Path, name: str) -> None:
    flash = {**instrumented(), **COMMITTED}
    assert Start(tmp_path, {**flash, name: "this is no program"}).ended == RESET
    del flash[name]
    assert Start(tmp_path, flash).ended == RESET


@pytest.mark.parametrize(
    "ending",
    [
        "pass",
        "raise SystemExit(2)",
        "raise KeyboardInterrupt",
        "raise ValueError('a fault')",
        "raise BaseException",
        "main(arguments)",  # until the stack is full
        "while True: FULL.append(bytearray(4000))",
        "for size in (4000, 400, 40, 1):\n        fill(size)\n    raise MemoryError",
    ],
)
def test_so_it_does_however_its_program_ends_and_with_a_full_heap(tmp_path: Path, ending: str) -> None:
    program = f"FULL = []\n{FILL}def main(arguments):\n    {ending}\n"
    flash = {**instrumented(), **COMMITTED, PACKAGE + "/start.py": program}
    assert Start(tmp_path, flash, heap="400k").ended == RESET
    without = {name: text for name, text in flash.items() if name != "/config.json"}
    # Nobody can prove with a full heap that the board is new; then the next start can.
    assert Start(tmp_path, without, heap="400k").ended in ((PROMPT, RESET) if "fill" in ending else (PROMPT, SOFT))


def test_so_it_does_when_a_release_brings_a_module_in_the_place_of_the_chips(tmp_path: Path) -> None:
    """MicroPython looks for `machine` in the folders of a release first."""
    program = "import sys\ndef main(arguments):\n    del sys.modules['machine']\n    sys.path[:] = ['/bad']\n"
    flash = {**instrumented(), **COMMITTED, PACKAGE + "/start.py": program, "/bad/machine.py": "reset = None\n"}
    assert Start(tmp_path, flash).ended == RESET


@pytest.mark.parametrize("program", [RUNS, UNLOCKS], ids=["new", "unlocked"])
def test_any_other_board_gives_the_prompt_at_once_or_after_a_restart(tmp_path: Path, program: str) -> None:
    """A restart is what an error does that comes before the program knows what the board is."""
    flash = {**instrumented(), PACKAGE + "/start.py": program, **(NEW if program == RUNS else COMMITTED)}
    places = places_of(tmp_path, flash)
    assert len(places) > 40
    for at in places if SOAK else places[::3]:
        start = Start(tmp_path, flash, at=at, error="KeyboardInterrupt")
        assert start.ended in (PROMPT, RESET), (at, start.said)
        assert start.was_hit
    assert Start(tmp_path, flash).ended == PROMPT


@pytest.mark.parametrize("name", ["/boot.py", "/main.py"])
def test_micropython_looks_for_ctrl_c_only_when_it_is_switched_off(tmp_path: Path, name: str) -> None:
    """An interrupt that comes as the file begins is raised where a callback runs that was scheduled then (vm.c)."""
    plain = {"/" + file: (FIRMWARE / file).read_text() for file in NAMES}
    flash = {**instrumented(), **plain, **NEW}
    assert Start(tmp_path, flash, mode="look", file=name).said[-1] == "looked -1"
    early = plain[name].replace("import micropython\n", "import micropython\n\nfor _ in range(2):\n    pass\n", 1)
    assert Start(tmp_path, {**flash, name: early}, mode="look", file=name).said[-1] == "looked 3"
