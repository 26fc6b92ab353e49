"""Sighting: the quorum of witnesses had seen a smaller tree with the entry, so it was public before (SPEC.md §7.6).

A bundle proves its entries in a recent tree, whose cosignatures are as recent. Those of the first tree that had the
entry say since when it has been public.
"""

from . import checkpoint, head, merkle, note, shape
from .errors import MalformedError, MerkleError, TrustError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Verify
    from .logged import Logged
    from .policy import Policy


class Sighting:
    """A tree of `size` entries, the `path` to its root from the bundle's main entry, the witnesses' `lines`."""

    __slots__ = ("lines", "path", "size")

    def __init__(self, size: int, path: "list[bytes]", lines: str) -> None:
        self.size = size
        self.path = path
        self.lines = lines

    def as_item(self) -> "list[object]":
        """The CBOR item."""
        return [self.size, self.path, self.lines]


def from_item(value: object) -> Sighting:
    """Read a decoded item strictly; nothing is verified yet. Raises MalformedError."""
    size, path, lines = shape.array(value, "sighting", 3, 3)
    return Sighting(
        shape.integer(size, "size of the sighting", 1, checkpoint.MAX_SIZE),
        shape.hashes(path, "path of the sighting", merkle.MAX_PATH),
        note.text_of(lines, "lines of the sighting"),
    )


def of_note(text: str, path: "list[bytes]", witnesses: "list[note.VerifierKey]") -> Sighting:
    """What the cosignatures of a note come to, the log's own signature left out. Raises MalformedError."""
    signed = note.parse(text)
    mine = [line for line in signed.lines if any(line.is_by(witness) for witness in witnesses)]
    lines = note.render(note.Note(signed.body, mine))[len(signed.body) + 1 :]
    return Sighting(checkpoint.parse_body(signed.body).size, path, lines)


def verify(sighting: Sighting, entry: "Logged", later: head.Head, policy: "Policy", verifier: "Verify") -> head.Head:
    """The tree as the witnesses saw it, in the log of the `later` head. Raises WireError."""
    # 1. Earlier than the bundle's checkpoint: otherwise it says nothing.
    if sighting.size >= later.checkpoint.size:
        raise MerkleError("wrong-order", "a sighting is of a smaller tree than the checkpoint's")
    # 2. The entry's own path says which tree: cosignatures of another do not verify.
    root = merkle.root_of_path(merkle.leaf_hash(entry.entry), entry.index, sighting.size, sighting.path)
    seen = checkpoint.Checkpoint(later.checkpoint.origin, sighting.size, root)
    signed = note.parse(seen.body() + "\n" + sighting.lines)
    if signed.body != seen.body():
        raise MalformedError("malformed", "lines of a sighting are signature lines alone")
    # 3. Every line is a known witness's and verifies, and they are as many as the policy asks for.
    cosigned = head.cosigned_by(signed, policy, sighting.size - 1, verifier, True)
    if len(cosigned) < policy.quorum:
        raise TrustError("quorum-missed", "%d of %d cosignatures of the sighting" % (len(cosigned), policy.quorum))
    return head.Head(seen, signed, cosigned)
