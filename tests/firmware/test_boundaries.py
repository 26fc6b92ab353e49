"""Who may touch the hardware and the network."""

import ast

import pytest

from tests.support.micropython import ROOT

DEVICE = ROOT / "firmware" / "lib" / "civicroot_device"
OWNERS = {"machine": {"board.py"}, "network": {"net.py"}, "ssl": {"net.py"}, "esp32": set()}


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
def test_hardware_and_network_modules_have_one_importer(module: str) -> None:
    sources = sorted([*DEVICE.rglob("*.py"), *(ROOT / "firmware").glob("*.py")])
    assert len(sources) > 30
    assert {path.name for path in sources if module in imported(path.read_text())} == OWNERS[module]
