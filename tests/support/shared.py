"""Public test vectors: they lie in `shared/vectors` beside the checkout and are not part of the project.

A test module says which families it runs in a module constant `VECTOR_FAMILIES`, takes the vectors from the
`vectors` fixture and counts each one that it ran:

    VECTOR_FAMILIES = ("ed25519",)

    def test_rfc8032(vectors):
        for case in vectors.json("ed25519", "rfc8032-7.1.json"):
            ...
            vectors.ran("ed25519")

The run then prints the number per family. With the folder present, a family of which none ran fails the run
(see `missing`); without it the run prints which families are absent.
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# The families that the project promises to run; a complete run must have run some of each.
REQUIRED_FAMILIES = ("cbor", "cose", "ed25519", "merkle", "ots", "qr", "senml", "sha2")


def shared_dir() -> Path | None:
    """The `shared` folder beside the checkout, or None where there is none (a clone of the project alone)."""
    folder = Path(__file__).resolve().parents[2].parent / "shared"
    return folder if (folder / "vectors").is_dir() else None


class VectorTally:
    """Reads vectors and counts those that ran, per family (a folder of `shared/vectors`)."""

    def __init__(self, shared: Path | None) -> None:
        self.root = shared / "vectors" if shared else None
        self.counts: Counter[str] = Counter()

    def path(self, family: str, name: str = ".") -> Path | None:
        """Where a file of the family lies; None only when the whole folder is absent."""
        if self.root is None:
            return None
        found = self.root / family / name
        if not found.exists():
            raise FileNotFoundError(f"{found}: shared vectors are present but this file is not")
        return found

    def text(self, family: str, name: str) -> str:
        """A file's text; empty without the folder."""
        found = self.path(family, name)
        return found.read_text() if found else ""

    def json(self, family: str, name: str) -> list[Any]:
        """A file holding an array of vectors; empty without the folder."""
        found = self.path(family, name)
        if found is None:
            return []
        cases: list[Any] = json.loads(found.read_text())
        return cases

    def ran(self, family: str, count: int = 1) -> None:
        """Count vectors that were run and whose outcome was checked."""
        self.counts[family] += count

    def missing(self, families: Iterable[str]) -> list[str]:
        """The families of which no vector ran although the folder is present."""
        return [] if self.root is None else sorted(set(families) - set(+self.counts))

    def lines(self, families: Iterable[str]) -> list[str]:
        """What the run prints at its end."""
        ran = ", ".join(f"{family} {count}" for family, count in sorted(self.counts.items()))
        shown = [f"vectors: {ran}"] if ran else []
        if self.root is None and (absent := sorted(set(families))):
            shown.append(f"absent: {', '.join(absent)} (no shared/vectors beside the checkout)")
        shown += [f"no vector ran: {family}" for family in self.missing(families)]
        return shown
