"""A checkpoint as a stranger submits it (c2sp.org/tlog-checkpoint).

More is taken than Civicroot's own logs write (SPEC.md §5.2): an origin may be any line, and extension lines may follow
the root. They are signed with the rest, and say nothing that a witness vouches for.
"""

from dataclasses import dataclass

from civicroot_wire import checkpoint, note
from civicroot_wire.errors import WireError
from civicroot_wire.note import Note

from .errors import MalformedRequest

_ANY_ORIGIN = "any"  # stands for the origin while size and root are read


@dataclass(frozen=True, slots=True)
class Submitted:
    """A tree head that its `note` claims: nothing of it is verified."""

    origin: str
    size: int
    root: bytes
    note: Note


def parse_checkpoint(raw: bytes) -> Submitted:
    """Read a signed note whose text is a checkpoint. Raises MalformedRequest."""
    try:
        found = note.parse(raw)
        origin, size, root = _head(found.body)
    except WireError as error:
        raise MalformedRequest(f"checkpoint: {error}") from error
    return Submitted(origin, size, root, found)


def _head(body: str) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint's text."""
    lines = body.split("\n")[:-1]
    if len(lines) < 3 or not all(lines):
        raise MalformedRequest("a checkpoint has origin, size, root, and no empty line")
    head = checkpoint.parse_body("\n".join([_ANY_ORIGIN, *lines[1:3]]) + "\n")
    return lines[0], head.size, head.root
