"""The independent verifier shares no code with civicroot: its imports, read from its syntax, say so."""

import ast
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
MODULES = sorted(FOLDER.glob("independent_*.py"))
OURS = "tests.conformance."
# The standard library's, and OpenSSL for Ed25519.
ALLOWED = {
    *("ast", "base64", "binascii", "collections.abc", "dataclasses", "hashlib", "re", "typing", "zlib"),
    *("cryptography.exceptions", "cryptography.hazmat.primitives.asymmetric.ed25519"),
}


def imports(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: a relative import hides where it leads"
            module = node.module or ""
            found |= {f"{module}.{alias.name}" if module == "tests.conformance" else module for alias in node.names}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("__import__", "exec", "eval", "compile"), f"{path.name}: imports by call"
    return found


def test_nothing_of_civicroot_is_imported() -> None:
    assert len(MODULES) >= 8
    names = {path.stem for path in MODULES}
    for path in MODULES:
        for module in imports(path) - ALLOWED:
            assert module.startswith(OURS), f"{path.name} imports {module}"
            assert module.removeprefix(OURS) in names, f"{path.name} imports {module}"


def test_the_check_sees_an_import_inside_a_function(tmp_path: Path) -> None:
    sly = tmp_path / "independent_sly.py"
    sly.write_text(
        "def read():\n    from civicroot_wire import cbor\n    import civicroot_wire.note\n    return cbor\n"
    )
    assert imports(sly) == {"civicroot_wire", "civicroot_wire.note"}
