"""Anchors in a bundle, from wire/SPEC.md §6.1 and §7.5; evidence itself is judged by whoever is given for its kind."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conformance import independent_merkle as merkle
from tests.conformance.independent_refusal import require

NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?")
Judge = Callable[[bytes, bytes], int]  # (evidence, anchored text) -> Unix seconds


@dataclass(frozen=True)
class Shown:
    """One anchor: `time` is None if nobody was given who could judge its kind."""

    name: str
    size: int
    time: int | None


def read(
    item: Any, entry: bytes, index: int, origin: str, accepted: list[dict[str, Any]], judges: dict[str, Judge]
) -> list[Shown]:
    """What each anchor of part 11 shows of the tree with `entry` at `index`."""
    require(isinstance(item, list) and 1 <= len(item) <= 8, "one to eight trees")
    require([size for size, _, _ in item] == sorted({size for size, _, _ in item}), "trees ascend")
    names = [name for _, _, rows in item for name, _ in rows]
    require(len(names) <= 8 and len(set(names)) == len(names), "each anchor once, eight at most")
    found = []
    for size, path, rows in item:
        require(isinstance(path, list) and len(path) <= 63 and all(len(step) == 32 for step in path), "a path")
        require(isinstance(rows, list) and len(rows) > 0, "a tree has evidence")
        require([name for name, _ in rows] == sorted(name for name, _ in rows), "anchors ascend by name")
        require(isinstance(size, int) and 0 <= index < size, "the entry is in the tree")
        root = merkle.root_of(merkle.leaf_hash(entry), index, size, path)
        text = f"{origin}\n{size}\n{b64encode(root).decode()}\n".encode()
        for name, evidence in rows:
            require(NAME.fullmatch(name) is not None, "an anchor's name")
            require(isinstance(evidence, bytes) and 1 <= len(evidence) <= 24576, "evidence is bytes")
            kinds = [a["kind"] for a in accepted if a["name"] == name and a["first"] < size <= a.get("last", size) + 1]
            require(len(kinds) == 1, "an anchor that the policy does not accept")
            judge = judges.get(kinds[0])
            found.append(Shown(name, size, None if judge is None else judge(evidence, text)))
    return found
