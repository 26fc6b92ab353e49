"""Flashing: what esptool and mpremote are called with, in an order in which a cut leaves no half application."""

import ast
import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_cli.main import CommandError
from civicroot_cli.provision import blank, conversation, flashing, port
from civicroot_cli.provision.flashing import Firmware

from tests.cli.provision.street import Street
from tests.support.micropython import ROOT

PORT = "/dev/ttyACM0"


def image(folder: Path, board: str) -> Path:
    """The beginning of an image for the board's chip."""
    path = folder / f"{board}.bin"
    path.write_bytes(bytes([0xE9, *bytes(11), flashing.CHIPS[board][1], *bytes(11)]))
    return path


def writes(command: list[str]) -> Iterator[tuple[str, Path]]:
    """Every file that `mpremote cp` writes, in its order: (path on the board, source)."""
    at = command.index("cp")
    *sources, to = command[at + 2 :] if command[at + 1] == "-r" else command[at + 1 :]
    for source in map(Path, sources):
        name = to.removeprefix(":") + ("" if to.endswith(".json") else source.name)
        if source.is_dir():
            yield from ((f"{name}/{file.relative_to(source)}", file) for file in sorted(source.rglob("*.py")))
        else:
            yield name, source


def imported(source: Path) -> set[str]:
    """The modules that a file imports, as files beside it."""
    nodes = list(ast.walk(ast.parse(source.read_text())))
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    found |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {f"{name}.py" for name in found}


@pytest.mark.parametrize("board", sorted(flashing.CHIPS))
def test_flashing_erases_writes_the_image_and_then_copies_the_application(tmp_path: Path, board: str) -> None:
    lines = flashing.commands(Firmware(ROOT / "firmware", image(tmp_path, board), board), PORT)
    said = [" ".join(line[2:]) for line in lines]
    assert said[0] == f"esptool --chip {flashing.CHIPS[board][0]} --port {PORT} erase-flash"
    assert said[1].endswith(f"write-flash 0x0 {tmp_path / board}.bin")
    assert said[-1] == f"mpremote connect {PORT} reset"
    assert "civicroot_simulator" not in " ".join(said)
    assert {line[2] for line in lines[2:]} == {"mpremote"}


@pytest.mark.parametrize("board", sorted(flashing.CHIPS))
def test_a_copy_that_is_cut_at_any_file_is_no_application_and_the_next_one_starts_clean(
    tmp_path: Path, board: str
) -> None:
    lines = flashing.commands(Firmware(ROOT / "firmware", image(tmp_path, board), board), PORT)
    order = [file for line in lines if "cp" in line for file in writes(line)]
    names = [name for name, _ in order]
    for name in flashing.ROOT_FILES:
        for module in imported(ROOT / "firmware" / name):
            assert module in names or not (ROOT / "firmware" / module).exists(), f"{name} needs it on the board, too"
    assert {"board.json", "factory.json", "lib/civicroot_device/app.py", "lib/civicroot_wire/record.py"} <= set(names)
    assert len(names) == len(set(names))
    # MicroPython starts main.py and nothing else: whatever was written before it does nothing yet.
    assert names.index("main.py") == len(names) - 1
    assert names.index("boot.py") == len(names) - 2
    assert lines[0][-1] == "erase-flash", "nothing of a copy that was cut is there when the next one begins"


def test_flashing_without_its_files_or_for_another_chip_is_refused_before_the_flash_is_erased(
    tmp_path: Path, tools: Path
) -> None:
    folder = ROOT / "firmware"
    flashing.check(Firmware(folder, image(tmp_path, "smart_bin"), "smart_bin"))
    with pytest.raises(CommandError, match=r"there is no .*none\.bin"):
        flashing.check(Firmware(folder, tmp_path / "none.bin", "smart_bin"))
    with pytest.raises(CommandError, match="there is no board lamp; there are smart_bin, tree_tag"):
        flashing.check(Firmware(folder, tmp_path, "lamp"))
    with pytest.raises(CommandError, match="is for another chip than the esp32c3 of tree_tag"):
        flashing.check(Firmware(folder, image(tmp_path, "smart_bin"), "tree_tag"))
    (tmp_path / "text.bin").write_text("no image" * 9)
    with pytest.raises(CommandError, match="is no image for an ESP32"):
        flashing.check(Firmware(folder, tmp_path / "text.bin", "smart_bin"))
    with pytest.raises(CommandError, match=r"there is no .*boards"):
        flashing.check(Firmware(tmp_path, image(tmp_path, "smart_bin"), "smart_bin"))
    assert not (tools / "said").exists()


def test_a_tool_is_looked_for_where_it_is_run_from(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="esptool is not installed: pip install esptool"):
        flashing.check(Firmware(ROOT / "firmware", image(tmp_path, "smart_bin"), "smart_bin"))


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Programs in the place of esptool and mpremote, which need a chip: they note how they are called."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for tool in flashing.TOOLS:
        (folder / f"{tool}.py").write_text(
            "import pathlib, sys\n"
            "here = pathlib.Path(__file__)\n"
            "with (here.parent / 'said').open('a') as said:\n"
            "    print(here.stem, *sys.argv[1:], file=said)\n"
            "if 'write-flash' in sys.argv and (here.parent / 'broken').exists():\n"
            "    sys.exit('a fatal error occurred: no serial data received')\n"
        )
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_a_tool_that_fails_or_hangs_is_one_line(tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firmware = Firmware(ROOT / "firmware", image(tmp_path, "smart_bin"), "smart_bin")
    said: list[str] = []
    flashing.flash(firmware, PORT, said.append)
    assert [line.split()[0] for line in (tools / "said").read_text().splitlines()] == ["esptool"] * 2 + ["mpremote"] * 6
    assert len(said) == 8
    (tools / "broken").touch()
    with pytest.raises(CommandError, match=r"write-flash .*: a fatal error occurred: no serial data received"):
        flashing.flash(firmware, PORT, said.append)
    assert (tools / "said").read_text().splitlines()[-1].endswith("smart_bin.bin"), "nothing is copied after it"
    (tools / "esptool.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(flashing, "FLASH_SECONDS", 0.2)
    with pytest.raises(CommandError, match=r"erase-flash: it is not done after 0\.2 s"):
        flashing.flash(firmware, PORT, said.append)


def test_a_board_that_answers_is_not_flashed_so_it_keeps_its_key(street: Street, tmp_path: Path, tools: Path) -> None:
    flags = ("--flash", image(tmp_path, "smart_bin"), "--firmware", ROOT / "firmware")
    with street.board("one") as board:
        done = street.provision("--subject", "bin/1", *flags)
        assert done.code == 3, done.out + done.err
        assert "it has firmware already" in done.out
        assert board.committed
    assert not (tools / "said").exists()


def test_a_board_that_nobody_answers_for_is_flashed_and_then_asked_again(
    street: Street, tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((blank, "PROBE_SECONDS"), (conversation, "START_SECONDS"), (port, "RESTART_SECONDS")):
        monkeypatch.setattr(module, name, 0.1)
    monkeypatch.setattr(conversation, "ASK_AGAIN_SECONDS", 0.1)
    end, silent = pty.openpty()
    try:
        street.port.symlink_to(os.ttyname(silent))
        flags = ("--flash", image(tmp_path, "smart_bin"), "--firmware", ROOT / "firmware")
        done = street.provision("--subject", "bin/1", *flags)
        assert (done.code, "no Civicroot device answers" in done.err) == (2, True), done.out + done.err
        assert len((tools / "said").read_text().splitlines()) == 8
        assert "  mpremote connect" in done.out
    finally:
        os.close(end)
        os.close(silent)
