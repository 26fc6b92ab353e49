"""Anchors in a bundle: somebody outside the city fixed a tree that holds the entry (SPEC.md §7.5).

What is anchored is a checkpoint's body; nobody's signature is needed under it. The root is computed from the entry, so
the evidence is of a tree with this very entry in it, whatever log the city shows.
"""

from . import merkle, shape
from .checkpoint import MAX_SIZE, Checkpoint
from .errors import MalformedError
from .finding import CHECKED, NOT_CHECKED
from .names import realm as check_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .finding import Found
    from .logged import Logged
    from .policy import Policy
    from .policy_anchor import Anchor

    AnchorCheck = Callable[[bytes, Checkpoint, Anchor], "AnchorFinding"]

MAX_ANCHORS = 8  # more kinds and names than a city will ever pay for
MAX_EVIDENCE_BYTES = 24 * 1024  # a receipt proof from a busy block is 4 KiB, a time-stamp with its chain 6


class Anchored:
    """A tree of `size` entries, the `path` from the bundle's main entry to its root, `evidence`: (name, bytes) each."""

    __slots__ = ("evidence", "path", "size")

    def __init__(self, size: int, path: "list[bytes]", evidence: "list[tuple[str, bytes]]") -> None:
        self.size = size
        self.path = path
        self.evidence = evidence


class AnchorFinding:
    """What one anchor shows: `name`, `kind`, `status`, `says` for people, and the `size` of the tree that it fixed.

    `time`: Unix seconds by which the tree existed. If the status is NOT_CHECKED it is what the evidence claims, or
    None. `block`: for a chain, (chain id, block number, block hash of 32 bytes) to look up, or None.
    """

    __slots__ = ("block", "kind", "name", "says", "size", "status", "time")

    def __init__(
        self,
        name: str,
        kind: str,
        size: int,
        status: str,
        time: "int | None",
        says: str,
        block: "tuple[int, int, bytes] | None" = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.size = size
        self.status = status
        self.time = time
        self.says = says
        self.block = block


def to_item(anchored: "list[Anchored]") -> "list[object]":
    """The CBOR item of a bundle's anchors."""
    return [
        [tree.size, tree.path, [[name, evidence] for name, evidence in sorted(tree.evidence)]]
        for tree in sorted(anchored, key=_size)
    ]


def _size(tree: Anchored) -> int:
    return tree.size


def from_item(value: object) -> "list[Anchored]":
    """Read a decoded item strictly; nothing is verified yet. Raises MalformedError."""
    found = [_tree(item) for item in shape.array(value, "anchors", 1, MAX_ANCHORS)]
    # 1. One form: ascending by size, by name within a size.
    sizes = [tree.size for tree in found]
    if sizes != sorted(set(sizes)):
        raise MalformedError("not-deterministic", "anchored trees are not ascending")
    # 2. No anchor speaks twice.
    names = [name for tree in found for name, _ in tree.evidence]
    if len(set(names)) != len(names):
        raise MalformedError("not-deterministic", "an anchor stands in the bundle twice")
    if len(names) > MAX_ANCHORS:
        raise MalformedError("out-of-range", "more than %d anchors" % MAX_ANCHORS)
    return found


def _tree(value: object) -> Anchored:
    size, path, rows = shape.array(value, "anchored tree", 3, 3)
    evidence = [_evidence(row) for row in shape.array(rows, "evidence", 1, MAX_ANCHORS)]
    names = [name for name, _ in evidence]
    if names != sorted(names):
        raise MalformedError("not-deterministic", "anchors are not ascending by name")
    return Anchored(
        shape.integer(size, "anchored size", 1, MAX_SIZE),
        shape.hashes(path, "anchored path", merkle.MAX_PATH),
        evidence,
    )


def _evidence(value: object) -> "tuple[str, bytes]":
    name, evidence = shape.array(value, "anchor", 2, 2)
    return check_name(shape.text(name, "anchor's name")), shape.octets(evidence, "evidence", 1, MAX_EVIDENCE_BYTES)


def tree_of(tree: Anchored, entry: "Logged", origin: str) -> Checkpoint:
    """The tree that is anchored, computed from the entry. Raises MerkleError."""
    root = merkle.root_of_path(merkle.leaf_hash(entry.entry), entry.index, tree.size, tree.path)
    return Checkpoint(origin, tree.size, root)


def verify(
    anchored: "list[Anchored]", entry: "Logged", origin: str, policy: "Policy", checks: "dict[str, AnchorCheck]"
) -> "list[AnchorFinding]":
    """What each anchor shows; one that fails raises: a bundle carries nothing that does not hold.

    `checks`: by kind, what verifies its evidence. A kind that is not among them is not checked, as on a device.
    """
    found = []
    for tree in anchored:
        # 1. The entry's own path says which tree: evidence of another leads nowhere.
        fixed = tree_of(tree, entry, origin)
        for name, evidence in tree.evidence:
            # 2. An anchor that the policy accepts for this tree.
            trusted = policy.anchor(name, tree.size - 1)
            # 3. Its evidence leads from this tree to what it claims.
            check = checks.get(trusted.kind)
            if check is None:
                says = "%s: this verifier cannot check anchors of kind %s" % (name, trusted.kind)
                found.append(AnchorFinding(name, trusted.kind, tree.size, NOT_CHECKED, None, says))
            else:
                found.append(check(evidence, fixed, trusted))
    return found


def finding_of(found: "list[AnchorFinding]") -> "Found":
    """The step's own finding: checked if one anchor was."""
    if not found:
        return NOT_CHECKED, "the proof carries no external anchors"
    checked = any(anchor.status == CHECKED for anchor in found)
    return CHECKED if checked else NOT_CHECKED, "; ".join([anchor.says for anchor in found])
