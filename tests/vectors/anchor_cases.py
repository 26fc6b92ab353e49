"""Anchors in bundles (SPEC.md §7.5): which trees they may be of, and which anchors a policy accepts.

The evidence of each kind has vectors of its own. Here whoever runs the cases checks kind `rfc3161` by a rule of the
vectors alone: evidence is the SHA-256 of the anchored body and a time, then that time, uint64 big-endian. It has no
check for the other kinds.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from civicroot_wire import base64
from civicroot_wire.checkpoint import Checkpoint

from tests.vectors import city
from tests.vectors.citylog import Log

CLOCK = {"name": "clock.example", "kind": "rfc3161", "first": 0, "certificate": base64.encode(b"a certificate")}
CHAIN = {"name": "chain.example", "kind": "evm", "first": 0, "chain": 31337, "contract": "0x" + "5f" * 20}
BLOCKS = {"name": "blocks.example", "kind": "opentimestamps", "first": 0, "work": 72, "blocks": ["0b" * 32]}
EVERY = [CLOCK, CHAIN, BLOCKS]
ANCHORED_TIME = city.NOW + 3600


def fixed(log: Log, size: int, time: int = ANCHORED_TIME, origin: str = city.ORIGIN) -> bytes:
    """Evidence by the vectors' rule that the first `size` entries existed at `time`."""
    said = time.to_bytes(8, "big")
    body = Checkpoint(origin, size, log.root(size)).body()
    return hashlib.sha256(body.encode() + said).digest() + said


def tree(log: Log, index: int, size: int, *evidence: list[Any]) -> list[Any]:
    """An anchored tree of the first `size` entries, with the path of entry `index`."""
    return [size, log.path(index, size), list(evidence)]


def good_anchors(log: Log, index: int) -> Iterator[tuple[str, list[Any], list[list[Any]]]]:
    """Name, part 11, and what each anchor shows: its name, size, status, time."""
    now, first = len(log.entries), index + 1
    clock = [CLOCK["name"], fixed(log, now)]
    shown = [CLOCK["name"], now, "checked", ANCHORED_TIME]
    yield "anchored as it is", [tree(log, index, now, clock)], [shown]
    earlier = [CLOCK["name"], fixed(log, first)]
    yield "anchored earlier", [tree(log, index, first, earlier)], [[CLOCK["name"], first, "checked", ANCHORED_TIME]]
    chain = [CHAIN["name"], b"not looked at"]
    unseen = [CHAIN["name"], now, "not-checked", None]
    yield "an anchor of a kind that nobody here can check", [tree(log, index, now, chain)], [unseen]
    blocks = [BLOCKS["name"], b"not looked at"]
    yield (
        "three anchors of two trees",
        [tree(log, index, first, blocks), tree(log, index, now, chain, clock)],
        [[BLOCKS["name"], first, "not-checked", None], unseen, shown],
    )


def malformed_anchors(log: Log, index: int) -> Iterator[tuple[str, str, Any]]:
    """Name, reason and part 11: what does not decode."""
    now, first = len(log.entries), index + 1
    clock, chain = [CLOCK["name"], fixed(log, now)], [CHAIN["name"], b"x"]
    yield "anchors are no array", "wrong-type", {}
    yield "no anchored tree", "out-of-range", []
    yield "tree without evidence", "out-of-range", [tree(log, index, now)]
    yield "tree of two parts", "out-of-range", [[now, log.path(index)]]
    yield "tree of size 0", "out-of-range", [[0, [], [clock]]]
    yield "anchored path is no array", "wrong-type", [[now, b"", [clock]]]
    yield "anchored path's hash of 31 bytes", "bad-length", [[now, [bytes(31)], [clock]]]
    yield "anchored path of 64 hashes", "out-of-range", [[now, [bytes(32)] * 64, [clock]]]
    yield "evidence is text", "wrong-type", [tree(log, index, now, [CLOCK["name"], "x"])]
    yield "evidence empty", "out-of-range", [tree(log, index, now, [CLOCK["name"], b""])]
    yield "evidence of 24,577 bytes", "out-of-range", [tree(log, index, now, [CLOCK["name"], bytes(24577)])]
    yield "anchor of three parts", "out-of-range", [tree(log, index, now, [*clock, 0])]
    yield "anchor's name with a capital", "bad-text", [tree(log, index, now, ["Clock", b"x"])]
    yield "anchor's name empty", "out-of-range", [tree(log, index, now, ["", b"x"])]
    yield "names not ascending", "not-deterministic", [tree(log, index, now, clock, chain)]
    yield "a name twice in a tree", "not-deterministic", [tree(log, index, now, clock, clock)]
    yield (
        "a name in two trees",
        "not-deterministic",
        [tree(log, index, first, chain), tree(log, index, now, chain)],
    )
    yield (
        "trees not ascending",
        "not-deterministic",
        [tree(log, index, now, clock), tree(log, index, first, chain)],
    )
    yield "a tree twice", "not-deterministic", [tree(log, index, now, clock), tree(log, index, now, chain)]
    nine = [[f"a{number}", b"x"] for number in range(9)]
    yield "nine anchors in a tree", "out-of-range", [tree(log, index, now, *nine)]
    yield "nine anchors in two trees", "out-of-range", [
        tree(log, index, first, *nine[:4]),
        tree(log, index, now, *nine[4:]),
    ]  # fmt: skip


def failing_anchors(log: Log, index: int) -> Iterator[tuple[str, str, Any]]:
    """Name, reason and part 11: what fails at the step `anchors`."""
    now = len(log.entries)
    clock = [CLOCK["name"], fixed(log, now)]
    yield "evidence of another tree", "bad-anchor", [tree(log, index, now, [CLOCK["name"], fixed(log, index)])]
    other = fixed(log, now, origin="another.example/log")
    yield "evidence of another log", "bad-anchor", [tree(log, index, now, [CLOCK["name"], other])]
    yield "evidence cut", "bad-length", [tree(log, index, now, [CLOCK["name"], fixed(log, now)[:-1]])]
    yield "tree without the entry", "out-of-range", [[index, log.path(0, index), [clock]]]
    yield "anchored path of another entry", "bad-anchor", [[now, log.path(0, now), [clock]]]
    yield "anchored path too short", "bad-path", [[now, log.path(index, now)[:-1], [clock]]]
    yield "anchored path too long", "bad-path", [[now, [*log.path(index, now), bytes(32)], [clock]]]
    yield "an anchor that the policy does not know", "untrusted", [tree(log, index, now, ["nobody.example", b"x"])]


def failing_policies(size: int) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Name, reason and the policy's anchors, for a bundle whose tree of `size` entries `clock.example` fixed."""
    yield "no anchor accepted", "untrusted", []
    yield "accepted from a later tree on", "untrusted", [{**CLOCK, "first": size}]
    yield "accepted up to an earlier tree", "untrusted", [{**CLOCK, "last": size - 2}]
