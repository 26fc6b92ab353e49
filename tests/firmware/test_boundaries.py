"""Who may touch the hardware and the network."""

import ast
from pathlib import Path

import pytest

from tests.support.micropython import ROOT

LIB = ROOT / "firmware" / "lib"
# Modules that only a board has, and who may import them.
OWNERS = {
    "machine": {
        "board_esp32.py",
        "buses/esp32.py",
        "buses/usb_host.py",
        "tag/esp32_sleep.py",
        "civicroot_radio/lora_radio.py",
        "civicroot_bridge/app.py",
        "starter.py",
        "main.py",
        "boot.py",
    },
    "network": {"net.py", "provisioning/wifi.py", "civicroot_radio/espnow_radio.py"},
    "ssl": {"net.py"},
    "esp32": {"tag/esp32_sleep.py"},
    "espnow": {"civicroot_radio/espnow_radio.py"},
    "aioespnow": {"civicroot_radio/espnow_radio.py"},
    "neopixel": {"buses/esp32.py"},
    "onewire": {"buses/esp32.py"},
}


def imported(source: str) -> set[str]:
    """Top-level names of all modules that the source imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("module", sorted(OWNERS))
def test_hardware_and_network_modules_are_imported_by_their_owners_alone(module: str) -> None:
    sources = sorted([*LIB.rglob("*.py"), *(ROOT / "firmware").glob("*.py")])
    assert len(sources) > 100
    found = {_name(path) for path in sources if module in imported(path.read_text())}
    assert found <= OWNERS[module]


def _name(path: Path) -> str:
    """Within civicroot_device, or with its package."""
    below = path.relative_to(ROOT / "firmware")
    return str(below).removeprefix("lib/").removeprefix("civicroot_device/")
