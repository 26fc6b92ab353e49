"""Where fuzzing begins: the inputs of the committed vectors, valid and invalid."""

import json
from functools import cache
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[1] / "vectors"


@cache
def cases(family: str) -> list[dict[str, Any]]:
    """The vectors of a family."""
    found: list[dict[str, Any]] = json.loads((VECTORS / f"{family}.json").read_text(encoding="utf-8"))
    return found


def input_of(case: dict[str, Any]) -> bytes:
    """What a vector feeds."""
    if "text" in case:
        return str(case["text"]).encode()
    return bytes.fromhex(case["bytes"] if "bytes" in case else case["input"])


def seeds(families: tuple[str, ...], valid: bool | None = None) -> list[bytes]:
    """Inputs of the families, once each; only the valid or the invalid if asked."""
    found = {
        input_of(case): None for family in families for case in cases(family) if valid is None or case["valid"] is valid
    }
    return list(found)
