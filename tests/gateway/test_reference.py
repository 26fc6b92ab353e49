"""docs/gateway.md names every key of the configuration, every alarm, metric and log event of the gateway."""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from civicroot_gateway.config import model
from civicroot_gateway.operate import alarms, metrics

from .supervised import WELL

PAGE = (Path(__file__).parents[2] / "docs" / "gateway.md").read_text()
SOURCES = Path(str(files("civicroot_gateway")))


def _events() -> Iterator[str]:
    """First words of every log call above debug."""
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in ("info", "warning", "error", "critical"):
                assert isinstance(node, ast.Call)
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


def _metrics() -> Iterator[str]:
    for line in metrics.text(WELL).decode().splitlines():
        found = re.match(rf"# TYPE {metrics.PREFIX}_(\w+) ", line)
        if found:
            yield found[1]


KEYS = [
    f"[{'.'.join(key.tables)}] {key.name}" if key.tables else key.name
    for table in model.describe().walk()
    for key in table.keys
]


@pytest.mark.parametrize("name", [*KEYS, *alarms.TEXTS, *sorted(set(_metrics())), *sorted(set(_events()))])
def test_the_reference_names_it(name: str) -> None:
    assert re.search(rf"`{re.escape(name)}[`{{]", PAGE), f"{name} is missing in docs/gateway.md"
