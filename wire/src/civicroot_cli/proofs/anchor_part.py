"""The external anchors of a bundle, from public material: which there are, says the city; that they hold, is verified.

The city lists them at `/api/v1/anchors`, and keeps evidence at `log/anchor/<name>/<size>`; a folder with a copy is
looked through. Of each anchor the smallest tree with the entry counts, which was fixed first.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from civicroot_anchor.checks import anchor_checks
from civicroot_anchor.evm_blocks import BlockSource
from civicroot_audit.anchors_listed import AnchorList, Listed, evidence_of
from civicroot_audit.errors import Missing
from civicroot_wire import anchors, merkle
from civicroot_wire.anchors import Anchored
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import WireError
from civicroot_wire.logged import Logged
from civicroot_wire.policy import Policy

from ..public_log import PublicLog
from .fork import LogForked


@dataclass(frozen=True)
class _Candidate:
    name: str
    size: int
    path: list[bytes] | None  # of one that the bundle carries already
    evidence: bytes


def renew(
    carried: list[Anchored], entry: Logged, policy: Policy, log: PublicLog, blocks: BlockSource | None
) -> tuple[list[Anchored], list[str]]:
    """The anchored trees with the entry, and a sentence for each anchor that could not be had. Raises LogForked."""
    said: list[str] = []
    chosen: dict[str, _Candidate] = {}
    for found in _candidates(carried, entry.index, policy, log, said):
        if found.name in chosen and chosen[found.name].size <= found.size:
            continue
        try:
            _check(found, entry, policy, log, blocks)
        except WireError as error:
            said.append(f"anchor {found.name} of {found.size} entries is left out: {error}")
            continue
        chosen[found.name] = found
    return _trees(list(chosen.values())[: anchors.MAX_ANCHORS], entry, log), said


def _candidates(
    carried: list[Anchored], index: int, policy: Policy, log: PublicLog, said: list[str]
) -> Iterator[_Candidate]:
    """What the bundle has, then what the city has: the smallest tree of each name first."""
    for tree in carried:
        for name, evidence in tree.evidence:
            yield _Candidate(name, tree.size, tree.path, evidence)
    if not policy.anchors:
        return
    try:
        listed = AnchorList(log.source).covering(index, log.size, policy)
    except Missing as error:
        said.append(f"no new anchors: {error}; the city's own address lists them")
        return
    for item in sorted(listed, key=_order):
        try:
            yield _Candidate(item.name, item.size, None, evidence_of(log.source, item))
        except Missing as error:
            said.append(f"anchor {item.name} of {item.size} entries is left out: {error}")


def _order(item: Listed) -> tuple[str, int]:
    return item.name, item.size


def _check(found: _Candidate, entry: Logged, policy: Policy, log: PublicLog, blocks: BlockSource | None) -> None:
    """Raises WireError if it does not hold under the policy; LogForked if it holds of another history."""
    origin, size = log.head.checkpoint.origin, found.size
    path = _path(log, entry.index, size) if found.path is None else found.path
    root = merkle.root_of_path(merkle.leaf_hash(entry.entry), entry.index, size, path)
    single = Anchored(size, path, [(found.name, found.evidence)])
    anchors.verify([single], entry, origin, policy, anchor_checks(blocks))
    if size <= log.size and log.reader.root(size) != root:
        detail = f"anchor {found.name} fixed its first {size} entries, and they are others now"
        raise LogForked(detail, f"{Checkpoint(origin, size, root).body()}\n{log.note}")


def _trees(chosen: list[_Candidate], entry: Logged, log: PublicLog) -> list[Anchored]:
    """One item for each size, as the bundle has them."""
    found: dict[int, Anchored] = {}
    for item in sorted(chosen, key=lambda item: (item.size, item.name)):
        path = _path(log, entry.index, item.size) if item.path is None else item.path
        tree = found.setdefault(item.size, Anchored(item.size, path, []))
        tree.evidence.append((item.name, item.evidence))
    return list(found.values())


def _path(log: PublicLog, index: int, size: int) -> list[bytes]:
    return log.reader.inclusion_path(index, size)
