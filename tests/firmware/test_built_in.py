"""What is built into MicroPython is held when the application starts: no file of that name is looked for, or loaded."""

import subprocess
from pathlib import Path

from tests.support.micropython import ROOT, micropython_binary

SOURCES = [str(ROOT / "firmware" / "lib"), str(ROOT / "wire" / "src")]


def run(folder: Path, source: str) -> str:
    """What a program prints on MicroPython, with `folder` before everything else on its path."""
    program = f"import sys\nsys.path[:0] = {[str(folder), *SOURCES]}\n{source}"
    done = subprocess.run([micropython_binary(), "-c", program], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def test_a_file_that_bears_its_name_does_not_take_its_place(tmp_path: Path) -> None:
    for name in ("struct", "json", "hashlib", "time"):
        (tmp_path / f"{name}.py").write_text("print('a file')\ndef pack(*_): return b''\n")
    assert run(tmp_path, "import struct, json, hashlib, time") == "a file\n" * 3 + "a file"
    held = "import civicroot_device\nimport struct, json, hashlib, time\nprint(struct.pack('<H', 1), json.dumps([1]))"
    assert run(tmp_path, held) == "b'\\x01\\x00' [1]"


def test_what_is_no_module_of_this_port_and_the_path_are_left_alone(tmp_path: Path) -> None:
    source = "before = sys.path[:]\nimport civicroot_device\nprint(before == sys.path, 'esp32' in sys.modules)"
    assert run(tmp_path, source) == "True False"


def test_a_tags_wake_loads_nothing_that_only_a_device_with_wi_fi_needs(tmp_path: Path) -> None:
    source = (
        "from civicroot_device import start\nfrom civicroot_device.tag import app\n"
        "print(sorted([name for name in sys.modules if name.startswith('civicroot')]))"
    )
    loaded = run(tmp_path, f"sys.path.insert(0, {str(ROOT / 'firmware')!r})\n{source}")
    assert "civicroot_device.tag.tag" in loaded
    for name in ("asyncio", "mqtt", "supervisor", "serving", "x25519", "claim", "display", "places", "updating"):
        assert name not in loaded, name
