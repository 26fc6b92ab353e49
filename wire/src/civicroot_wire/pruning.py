"""Pruning: before batches are pruned, the backend puts on record which numbers they held (SPEC.md §3.9).

What is on record stays accounted for: pruned is not the same as lost, and hides no loss.
"""

from . import claims, keys, shape
from .cbor import decode as decode_cbor
from .cbor import encode
from .checkpoint import MAX_SIZE
from .errors import MalformedError
from .sequence import MAX_SEQ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import cose
    from .cose import Sign, Verify

    Spans = list[tuple[int, int]]

ROLE = "backend"
MAX_KEYS = 4096  # what a log entry can carry, at 15 bytes a key
MAX_SPANS = 16384  # ranges of one key, at 4 bytes a range
_RANGE, _KEYS = 1, 2


class PrunedKey:
    """What the batches decided about a key's numbers: ascending ranges (first, last), both inclusive, not adjoining."""

    __slots__ = ("kid", "received", "rejected", "skipped", "thinned")

    def __init__(
        self,
        kid: bytes,
        received: "Spans",
        skipped: "Spans | None" = None,
        thinned: "Spans | None" = None,
        rejected: "Spans | None" = None,
    ) -> None:
        self.kid = kid
        self.received = received
        self.skipped = skipped or []
        self.thinned = thinned or []
        self.rejected = rejected or []

    def spans(self) -> "list[Spans]":
        """The four lists in the order in which they are written."""
        return [self.received, self.skipped, self.thinned, self.rejected]


class Pruning:
    """The blobs of batch headers at log indices `first` … `end`−1 may be gone; `keys` ascending by kid."""

    __slots__ = ("claims", "end", "first", "keys", "message")

    def __init__(self, first: int, end: int, pruned: "list[PrunedKey]") -> None:
        self.first = first
        self.end = end
        self.keys = pruned
        self.claims: "claims.Claims | None" = None
        self.message: "cose.Sign1 | None" = None


def sign(pruning: Pruning, kid: bytes, issuer: str, origin: str, realm: str, signer: "Sign") -> bytes:
    """Return the backend's signed statement; `origin` is the log's."""
    listed = [[item.kid] + [_written(spans) for spans in item.spans()] for item in pruning.keys]
    payload = encode({_RANGE: [pruning.first, pruning.end], _KEYS: listed})
    return claims.sign(kid, claims.Claims(claims.PRUNING_TYP, issuer, origin, realm), payload, signer)


def _written(spans: "Spans") -> "list[list[int]]":
    return [[first, last] for first, last in spans]


def decode(data: bytes) -> Pruning:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    message, about = claims.decode_typ(data, claims.PRUNING_TYP)
    content = decode_cbor(message.payload, claims.MAX_STATEMENT_BYTES)
    fields = shape.mapping(content, "pruning", (_RANGE, _KEYS))
    first, end = shape.array(fields[_RANGE], "pruned range", 2, 2)
    low = shape.integer(first, "first pruned index", 0, MAX_SIZE)
    found = Pruning(low, shape.integer(end, "end of the pruned range", low + 1, MAX_SIZE), [])
    for item in shape.array(fields[_KEYS], "pruned keys", 0, MAX_KEYS):
        found.keys.append(_key(item, found.keys[-1].kid if found.keys else b""))
    found.claims, found.message = about, message
    return found


def _key(value: object, before: bytes) -> PrunedKey:
    kid, *lists = shape.array(value, "pruned key", 5, 5)
    found = PrunedKey(shape.octets(kid, "kid", keys.KID_BYTES, keys.KID_BYTES), *[_spans(item) for item in lists])
    if found.kid <= before:
        raise MalformedError("not-deterministic", "pruned keys are not ascending")
    return found


def _spans(value: object) -> "Spans":
    found: "Spans" = []
    least = 0
    for item in shape.array(value, "ranges", 0, MAX_SPANS):
        pair = shape.array(item, "range", 2, 2)
        first = shape.integer(pair[0], "first of a range", least, MAX_SEQ)
        last = shape.integer(pair[1], "last of a range", first, MAX_SEQ)
        found.append((first, last))
        least = last + 2  # adjoining ranges would be one range
    return found


def verify(pruning: Pruning, realm: str, backend_key: bytes, verifier: "Verify") -> Pruning:
    """Return the statement if the backend's key signed it for `realm`."""
    if pruning.message is None or pruning.claims is None:
        raise ValueError("verify takes a decoded pruning statement")
    claims.verify(pruning.message, pruning.claims, realm, backend_key, verifier)
    return pruning
