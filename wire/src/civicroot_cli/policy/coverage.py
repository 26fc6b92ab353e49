"""Whether a policy's quorum can be met everywhere: keys that are retired too early leave nobody to ask."""

from itertools import pairwise

from civicroot_wire.policy import Policy


def open_end(policy: Policy) -> tuple[int, int]:
    """(from which log index on nothing changes any more, how many witnesses are trusted from there on)."""
    start = max((_next(item.first, item.last) for item in policy.witnesses), default=0)
    return start, sum(item.covers(start) for item in policy.witnesses)


def short_sizes(policy: Policy) -> list[tuple[int, int]]:
    """Ranges (first, last) of tree sizes for which fewer witnesses are trusted than the quorum asks for."""
    if not policy.quorum:
        return []
    edges = {0} | {item.first for item in policy.witnesses}
    edges |= {item.last + 1 for item in policy.witnesses if item.last is not None}
    ordered = sorted(edges)
    found: list[tuple[int, int]] = []
    for start, end in pairwise(ordered):
        if sum(item.covers(start) for item in policy.witnesses) < policy.quorum:
            joined = bool(found) and found[-1][1] == start
            found[-1:] = [(found[-1][0], end)] if joined else [*found[-1:], (start + 1, end)]
    return found


def _next(first: int, last: int | None) -> int:
    return first if last is None else last + 1
