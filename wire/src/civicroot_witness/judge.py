"""Whether a checkpoint may be cosigned after what was cosigned before: the witness's whole duty, as one function."""

from dataclasses import dataclass

from civicroot_wire import merkle
from civicroot_wire.errors import MerkleError

from .errors import BadProof, MalformedRequest, OldSize, OtherRoot
from .request import Request


@dataclass(frozen=True, slots=True)
class Head:
    """A cosigned tree: `note` is its text with the log's signatures, `time` the Unix seconds it was signed with."""

    size: int
    root: bytes
    note: str
    time: int


def judge(latest: Head | None, request: Request) -> None:
    """Return if the submitted tree is, or grew from, the `latest` cosigned one.

    Raises MalformedRequest, OldSize, OtherRoot or BadProof; the signature was checked before.
    """
    size, root = request.submitted.size, request.submitted.root
    # 1. A tree does not grow smaller.
    if request.old > size:
        raise MalformedRequest(f"old size {request.old} is over the checkpoint's {size}")
    # 2. The client knows what was cosigned last: its proof is about that, and about nothing older.
    known = latest.size if latest else 0
    if request.old != known:
        raise OldSize(known)
    # 3. One size has one root: never two heads of one size.
    if latest is not None and size == known and root != latest.root:
        raise OtherRoot(f"size {size} was cosigned with another root: the log signed two histories")
    # 4. The larger tree has the smaller as its beginning; nothing is to be proved about the empty tree.
    if latest is None or known in (0, size):
        if request.proof:
            raise BadProof("a proof from size 0, or to the same size, is empty")
        return
    try:
        merkle.verify_consistency(known, size, request.proof, latest.root, root)
    except MerkleError as error:
        raise BadProof(f"not shown to grow from the tree of {known}: {error}") from error
