"""Data flows one way: the API asks the backend's packages, and none of them asks the API."""

import ast
from pathlib import Path

import civicroot_backend

PACKAGE = Path(civicroot_backend.__file__).parent
API = "civicroot_backend.api"
STARTS_IT = PACKAGE / "run.py"


def test_nothing_but_what_starts_the_api_imports_it() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        if PACKAGE / "api" not in path.parents and path != STARTS_IT
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom | ast.Import) and _is_of_the_api(node)
    ]
    assert found == []


def _is_of_the_api(node: ast.ImportFrom | ast.Import) -> bool:
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        names = [f"{node.module}.{name}" for name in names]
    return any(name == API or name.startswith(API + ".") for name in names)
