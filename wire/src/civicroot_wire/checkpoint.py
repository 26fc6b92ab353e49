"""Checkpoint: a log's signed tree head (c2sp.org/tlog-checkpoint; SPEC.md §5.2)."""

from . import base64, note
from .errors import MalformedError
from .merkle import EMPTY_ROOT, HASH_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign

MAX_SIZE = (1 << 63) - 1


class Checkpoint:
    """`origin`, `size` (entries) and `root` (32 bytes)."""

    __slots__ = ("origin", "root", "size")

    def __init__(self, origin: str, size: int, root: bytes) -> None:
        self.origin = origin
        self.size = size
        self.root = root

    def body(self) -> str:
        """The text that is signed."""
        return "%s\n%d\n%s\n" % (self.origin, self.size, base64.encode(self.root))


def parse_body(body: str) -> Checkpoint:
    """Read a checkpoint's body strictly: three lines, no extension."""
    lines = body.split("\n")
    if len(lines) != 4 or lines[3]:
        raise MalformedError("malformed", "a checkpoint has origin, size and root, and no more")
    origin, digits, encoded, _ = lines
    note.check_name(origin)
    if not 1 <= len(digits) <= 19 or any(digit not in "0123456789" for digit in digits):
        raise MalformedError("malformed", "checkpoint size is not decimal")
    size = int(digits)
    if str(size) != digits or size > MAX_SIZE:
        raise MalformedError("malformed", "checkpoint size has a leading zero or is too big")
    root = base64.decode(encoded)
    if len(root) != HASH_BYTES:
        raise MalformedError("bad-length", "checkpoint root has 32 bytes")
    if size == 0 and root != EMPTY_ROOT:
        raise MalformedError("bad-path", "the empty tree has another root")
    return Checkpoint(origin, size, root)


def size_in(text: str) -> int:
    """The size that a signed note says, before anybody has verified it. Raises MalformedError."""
    return parse_body(note.parse(text).body).size


def sign(checkpoint: Checkpoint, key: note.VerifierKey, signer: "Sign") -> str:
    """The signed note of a checkpoint; the key's name is the origin."""
    if key.name != checkpoint.origin:
        raise MalformedError("malformed", "log key %s does not belong to %s" % (key.name, checkpoint.origin))
    return note.sign(checkpoint.body(), key, signer)
