"""tlog-proof: an inclusion proof as text, for other people's tools (c2sp.org/tlog-proof; SPEC.md §7.4)."""

from . import base64, merkle, note
from .cbor import text as utf8
from .checkpoint import MAX_SIZE
from .errors import MalformedError

FIRST_LINE = "c2sp.org/tlog-proof@v1"
MAX_EXTRA = 64 * 1024  # a log entry
MAX_BYTES = 2 * MAX_EXTRA + note.MAX_NOTE_BYTES  # base64, 63 hashes of 45 bytes, a note
_EXTRA, _INDEX = "extra ", "index "


class TlogProof:
    """The entry at `index` is in the tree of `checkpoint` (a signed note) by `path`; `extra` bytes nobody vouches for.

    Civicroot puts the entry itself into `extra`, so that the file is enough to check the entry.
    """

    __slots__ = ("checkpoint", "extra", "index", "path")

    def __init__(self, index: int, path: "list[bytes]", checkpoint: str, extra: "bytes | None" = None) -> None:
        self.index = index
        self.path = path
        self.checkpoint = checkpoint
        self.extra = extra


def render(proof: TlogProof) -> str:
    """The text, lines ending in a newline."""
    lines = [FIRST_LINE]
    if proof.extra is not None:
        lines.append(_EXTRA + base64.encode(proof.extra))
    lines.append(_INDEX + str(proof.index))
    lines.extend([base64.encode(item) for item in proof.path])
    return "\n".join(lines) + "\n\n" + proof.checkpoint


def parse(data: "bytes | str") -> TlogProof:
    """Read strictly; nothing is verified yet. Raises MalformedError."""
    raw = data.encode() if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        raise MalformedError("too-large", "tlog-proof of %d bytes" % len(raw))
    text = utf8(raw)
    head, gap, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or lines[0] != FIRST_LINE:
        raise MalformedError("malformed", "a tlog-proof begins with " + FIRST_LINE)
    extra, at = None, 1
    if len(lines) > 1 and lines[1].startswith(_EXTRA):
        extra, at = base64.decode(lines[1][len(_EXTRA) :]), 2
    if len(lines) <= at or not lines[at].startswith(_INDEX):
        raise MalformedError("malformed", "a tlog-proof names the index")
    path = [base64.decode(line) for line in lines[at + 1 :]]
    if len(path) > merkle.MAX_PATH:
        raise MalformedError("out-of-range", "path of %d hashes" % len(path))
    if any(len(item) != merkle.HASH_BYTES for item in path):
        raise MalformedError("bad-length", "a hash has 32 bytes")
    note.parse(checkpoint)
    return TlogProof(_index(lines[at][len(_INDEX) :]), path, checkpoint, extra)


def _index(digits: str) -> int:
    if not 1 <= len(digits) <= 19 or any(digit not in "0123456789" for digit in digits):
        raise MalformedError("malformed", "index is not decimal")
    found = int(digits)
    if str(found) != digits or found > MAX_SIZE:
        raise MalformedError("malformed", "index has a leading zero or is too big")
    return found
