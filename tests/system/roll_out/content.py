"""What the releases of this test hold: the firmware of this checkout, another version string, and once a fault."""

import ast
from pathlib import Path

from tests.firmware.update.test_process import REPORTER_FILE, changed

# What a bin without drivers never imports. A release of everything is brought to one device in
# tests/firmware/update/test_process.py; fifty times the whole would be minutes of copying files that nobody reads.
LEFT_OUT = tuple(
    "civicroot_device." + name
    for name in (
        "board_esp32",
        "claim",
        "commands",
        "provisioning.usb",
        "safe_mode",
        "smart_bin",
        "tag",
        "wiring_drivers",
        "wiring_lines",
    )
)
START = "civicroot_device.start"
PADDING = b"# " + b"larger " * 1000 + b"\n"  # four pieces more


def good(version: str) -> dict[str, bytes]:
    """A release that works; one of its files comes in many pieces."""
    files = needed(changed(version))
    files[REPORTER_FILE] += PADDING
    return files


def mute(version: str) -> dict[str, bytes]:
    """One that boots, measures and connects, but whose records never leave."""
    files = needed(changed(version))
    whole = files[REPORTER_FILE]
    files[REPORTER_FILE] = whole.replace(b"return self._delivery.poll(now_ms)", b"return None")
    assert files[REPORTER_FILE] != whole
    return files


def write(folder: Path, files: dict[str, bytes]) -> list[Path]:
    """Lay a release out as `civicroot release roll-out` takes it; the files that have to be offered."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return [folder / name for name, data in files.items() if data]


def needed(files: dict[str, bytes], left_out: tuple[str, ...] = LEFT_OUT) -> dict[str, bytes]:
    """The modules that START imports, and those that these import, at once or later; without those left out."""
    by_module = {_module(path): path for path in files}
    found: dict[str, bytes] = {}
    todo = [START]
    while todo:
        name = todo.pop()
        path = by_module.get(name)
        if path is None or path in found or name.startswith(left_out):
            continue
        found[path] = files[path]
        todo += [name.rpartition(".")[0], *_imports(path, files[path])]
    return found


def _module(path: str) -> str:
    return path.removeprefix("lib/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imports(path: str, source: bytes) -> list[str]:
    """Whatever a module may import, now or later; `from .` is from its package."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [item.name for item in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = [_module(path).rpartition(".")[0]] if node.level else []
            base = ".".join([*package, *([node.module] if node.module else [])])
            found += [base, *(f"{base}.{item.name}" for item in node.names)]
    return found
