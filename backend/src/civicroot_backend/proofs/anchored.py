"""Anchored: the external anchors of a bundle; of each the smallest tree that has the entry, which was fixed first."""

from civicroot_wire.anchors import MAX_ANCHORS, Anchored
from civicroot_wire.policy import Policy
from sqlalchemy import Connection, func, select

from civicroot_backend.anchor.book import CONFIRMED
from civicroot_backend.database.tables import anchorings
from civicroot_backend.log.city_log import CityLog


class AnchorShelf:
    """Confirmed evidence, for those who assemble bundles; threads may use it at the same time."""

    def __init__(self, policy: Policy, log: CityLog) -> None:
        self.policy = policy
        self._log = log

    def of(self, connection: Connection, index: int) -> list[Anchored]:
        """The anchored trees with the entry at log `index`, at most as many anchors as a bundle carries."""
        trees: dict[int, Anchored] = {}
        chosen = [(size, name) for name in self._names() if (size := self._smallest(connection, name, index))]
        for size, name in sorted(chosen)[:MAX_ANCHORS]:
            mine = (anchorings.c.name == name) & (anchorings.c.size == size) & (anchorings.c.state == CONFIRMED)
            evidence = connection.execute(select(anchorings.c.evidence).where(mine)).scalar_one()
            tree = trees.setdefault(size, Anchored(size, self._log.path(index, size), []))
            tree.evidence.append((name, evidence))
        return list(trees.values())

    def _names(self) -> set[str]:
        return {anchor.name for anchor in self.policy.anchors}

    def _smallest(self, connection: Connection, name: str, index: int) -> int | None:
        """The size of the smallest tree that the policy still accepts; a bundle carries nothing that fails."""
        mine = (anchorings.c.name == name) & (anchorings.c.state == CONFIRMED) & (anchorings.c.size > index)
        found: list[int] = []
        for anchor in self.policy.anchors:
            if anchor.name == name:
                within = anchorings.c.size > anchor.first
                if anchor.last is not None:
                    within &= anchorings.c.size <= anchor.last + 1
                smallest = connection.execute(select(func.min(anchorings.c.size)).where(mine & within)).scalar_one()
                found += [] if smallest is None else [smallest]
        return min(found, default=None)


def without_largest(anchored: list[Anchored]) -> list[Anchored]:
    """All but the anchor with the largest evidence: bundles that get too large leave anchors out first.

    Anchors come back with `civicroot proof upgrade` and say when; a status list says whether a key may be believed.
    """
    largest = max((len(evidence), name) for tree in anchored for name, evidence in tree.evidence)[1]
    kept = [Anchored(tree.size, tree.path, [pair for pair in tree.evidence if pair[0] != largest]) for tree in anchored]
    return [tree for tree in kept if tree.evidence]
