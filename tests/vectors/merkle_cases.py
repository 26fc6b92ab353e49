"""Families merkle_root, merkle_inclusion and merkle_consistency (RFC 9162 §2.1; SPEC.md §5.5)."""

from collections.abc import Iterator
from typing import Any

from tests.vectors import city
from tests.vectors.case import Case, invalid, valid
from tests.vectors.rfc9162 import consistency, inclusion, leaf, tree_root

LEAVES = [city.bytes_of(f"leaf {i}", i % 40) for i in range(70)]


def merkle_root_cases() -> Iterator[Case]:
    """Roots of trees up to nine leaves and around powers of two."""
    for size in (*range(10), 31, 32, 33, 64, 65):
        yield valid(f"tree of {size}", leaves=LEAVES[:size], decoded={"root": tree_root(LEAVES[:size]).hex()})


def _inclusion(index: int, size: int) -> dict[str, Any]:
    tree = LEAVES[:size]
    return {
        "leaf_hash": leaf(tree[index]),
        "index": index,
        "size": size,
        "path": inclusion(index, tree),
        "root": tree_root(tree),
    }


def merkle_inclusion_cases() -> Iterator[Case]:
    """Every leaf of small trees, some of larger, and each way to spoil a proof."""
    places = [(index, size) for size in range(1, 9) for index in range(size)]
    for index, size in (*places, (0, 33), (31, 33), (32, 33), (63, 65), (64, 65), (40, 70)):
        yield valid(f"leaf {index} of {size}", **_inclusion(index, size))
    for index, size in ((0, 1), (0, 2), (5, 7), (6, 7), (64, 65)):
        for name, reason, changes in _bad_inclusion(_inclusion(index, size)):
            yield invalid(f"leaf {index} of {size}: {name}", reason, **{**_inclusion(index, size), **changes})


def _bad_inclusion(good: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    path, size, index = good["path"], good["size"], good["index"]
    yield "path too long", "bad-path", {"path": [*path, bytes(32)]}
    yield "root of another tree", "bad-path", {"root": bytes(32)}
    yield "another leaf", "bad-path", {"leaf_hash": bytes(32)}
    yield "index beyond the tree", "out-of-range", {"index": size}
    yield "index negative", "out-of-range", {"index": -1}
    yield "empty tree", "out-of-range", {"size": 0}
    yield "leaf hash of 31 bytes", "bad-length", {"leaf_hash": good["leaf_hash"][:31]}
    yield "root of 33 bytes", "bad-length", {"root": good["root"] + b"\x00"}
    yield "path of 63 hashes", "bad-path", {"path": [bytes(32)] * 63}
    yield "path of 64 hashes", "out-of-range", {"path": [bytes(32)] * 64}
    if path:
        yield "path too short", "bad-path", {"path": path[:-1]}
        yield "path without its first", "bad-path", {"path": path[1:]}
        yield "hash of 31 bytes", "bad-length", {"path": [path[0][:31], *path[1:]]}
        yield "bytes shifted between hashes", "bad-length", {"path": [path[0] + b"\x00", *path[1:]]}
        yield "bit flipped in the path", "bad-path", {"path": [bytes([path[0][0] ^ 1]) + path[0][1:], *path[1:]]}
        yield "neighbour's index", "bad-path", {"index": index - 1 if index else index + 1}
    if len(path) > 1:
        yield "path backwards", "bad-path", {"path": path[::-1]}


def _consistency(first: int, second: int) -> dict[str, Any]:
    return {
        "first": first,
        "second": second,
        "path": consistency(first, LEAVES[:second]),
        "first_root": tree_root(LEAVES[:first]),
        "second_root": tree_root(LEAVES[:second]),
    }


def merkle_consistency_cases() -> Iterator[Case]:
    """Every pair of small trees, some larger, and each way to spoil a proof."""
    pairs = [(first, second) for second in range(1, 9) for first in range(1, second + 1)]
    for first, second in (*pairs, (32, 33), (33, 65), (64, 70), (1, 70), (69, 70)):
        yield valid(f"{first} to {second}", **_consistency(first, second))
    for first, second in ((1, 2), (4, 8), (3, 7), (6, 7), (64, 70)):
        for name, reason, changes in _bad_consistency(_consistency(first, second)):
            yield invalid(f"{first} to {second}: {name}", reason, **{**_consistency(first, second), **changes})
    root = tree_root(LEAVES[:5])
    same = {"first": 5, "second": 5, "path": [], "first_root": root, "second_root": root}
    yield invalid("same size: two roots", "bad-path", **{**same, "first_root": bytes(32)})
    yield invalid("same size: with a path", "bad-path", **{**same, "path": [bytes(32)]})
    empty = {**same, "first": 0, "first_root": tree_root([])}
    yield invalid("from size 0", "out-of-range", **empty)
    yield invalid("from 0 to 0", "out-of-range", **{**empty, "second": 0, "second_root": tree_root([])})


def _bad_consistency(good: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    path, first = good["path"], good["first"]
    yield "path empty", "bad-path", {"path": []}
    yield "path too short", "bad-path", {"path": path[:-1]}
    yield "path too long", "bad-path", {"path": [*path, bytes(32)]}
    yield "first root is another", "bad-path", {"first_root": bytes(32)}
    yield "second root is another", "bad-path", {"second_root": bytes(32)}
    yield "sizes exchanged", "out-of-range", {"first": good["second"], "second": first}
    yield "bit flipped in the path", "bad-path", {"path": [bytes([path[0][0] ^ 1]) + path[0][1:], *path[1:]]}
    yield "hash of 33 bytes", "bad-length", {"path": [path[0] + b"\x00", *path[1:]]}
    yield "first root of 31 bytes", "bad-length", {"first_root": good["first_root"][:31]}
    yield "path of 63 hashes", "bad-path", {"path": [bytes(32)] * 63}
    yield "path of 64 hashes", "out-of-range", {"path": [bytes(32)] * 64}
