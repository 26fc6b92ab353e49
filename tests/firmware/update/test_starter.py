"""starter.py where a board has it: in the root of a littlefs, with a `machine` that resets (starter_board.py)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import starter

from tests.support.micropython import ROOT, MicroPython

DEVICE_SIDE = Path(__file__).parents[1] / "device_side"


@pytest.fixture(scope="module")
def board() -> Iterator[MicroPython]:
    with MicroPython([DEVICE_SIDE, ROOT / "firmware"]) as process:
        # All that is imported has to be there before the root is another one.
        process.run("import starter_board")
        yield process


def test_a_slot_that_raises_is_started_three_times_and_then_the_one_before(board: MicroPython) -> None:
    starts, failures = board.call("starter_board.story")
    assert starts == [("factory", "ran"), *[("b", "Reset")] * starter.TRIAL_STARTS, ("a", "ran")]
    assert failures == 1


def test_a_command_is_not_counted(board: MicroPython) -> None:
    (said, ended), tries = board.call("starter_board.commands")
    assert (said, ended, tries) == ([("a", ["/config.json", "--info"])], "ran", 0)


def test_what_a_slot_lacks_is_not_taken_from_the_factorys_copy(board: MicroPython) -> None:
    assert board.call("starter_board.mixture") == "Reset"


def test_a_trial_that_is_still_undecided_after_half_an_hour_ends_in_a_reset(board: MicroPython) -> None:
    period, ended = board.call("starter_board.guard")
    assert period == 30 * 60 * 1000
    assert ended == ["reset", "goes on"]


def test_the_root_of_a_board_works_as_a_flash(board: MicroPython) -> None:
    found = board.run(
        """
        from starter_board import Flash, folder_of
        flash = Flash(folder_of(""))
        flash.replace("x", [b"one"])
        flash.append("x", b" two")
        folder = flash.folder("c").folder("lib")
        folder.replace("y", [b"three"])
        with open("/c/lib/z.new", "wb") as file:
            file.write(b"half")
        folder.remove("y")
        left = folder.names()
        flash.folder("c").remove_folder("lib")
        flash.remove_folder("c")
        with flash.open("x") as file:
            result = [file.read(), left, "c" in flash.folders(), flash.free() > 4096]
        """
    )
    assert found == [b"one two", [], False, True]


def test_a_folder_that_a_release_has_no_more_is_gone_for_it_would_hide_a_module(board: MicroPython) -> None:
    found = board.run(
        """
        import sys
        from starter_board import Flash, Slot, folder_of
        flash = Flash(folder_of("")).folder("d")
        slot = Slot(flash)
        slot.create("lib/shy/__init__.py", [b"who = 'package'"])
        slot.create("lib/shy/deep/x.py", [b""])
        slot.create("lib/shy.py", [b"who = 'module'"])
        slot.sweep(["lib/shy.py"])
        sys.path.insert(0, "/d/lib")
        import shy
        result = [shy.who, flash.folder("lib").folders(), flash.folder("lib").names()]
        """
    )
    assert found == ["module", [], ["shy.py"]]
