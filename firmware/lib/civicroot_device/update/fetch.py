"""Fetches one content in pieces by its SHA-256 (SPEC.md §8): a state machine without I/O.

One question is under way. Whatever is not its answer changes nothing: pieces that come late, twice, for something else
or unasked are only counted. What does not come is asked for again, after a pause that grows.
"""

from civicroot_wire import piece
from civicroot_wire.errors import WireError
from civicroot_wire.piece import Want

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_wire.piece import Piece

# Bytes: half a block of the flash. An ESP32 holds the packet, its decoded copy and the write: 6 KiB.
PIECE_BYTES = 2048
ANSWER_MS = 10_000  # a gateway that has the content answers within a second; over a slow link in a few
LATER_MS = 2_000  # the gateway is fetching it
REFUSED_MS = 60_000  # it does not know it, or says something else: perhaps in a while
LONGEST_MS = 900_000  # the end of an outage is noticed within a quarter of an hour
MAX_DOUBLINGS = 10


def decode(data: bytes) -> "Piece | None":
    """The piece in a message; None if it is malformed."""
    try:
        return piece.decode(data)
    except WireError:
        return None


class Pauses:
    """How long to wait before the next question: doubling with each failure, the upper half random."""

    def __init__(self, random: "Callable[[], float]") -> None:
        self._random = random
        self._failures = 0

    def next(self, first_ms: int) -> int:
        """Milliseconds after one more failure of a kind that begins with `first_ms`."""
        pause = min(LONGEST_MS, first_ms << min(self._failures, MAX_DOUBLINGS))
        self._failures += 1
        return pause // 2 + int(self._random() * (pause // 2))

    def over(self) -> None:
        """It goes on: the next failure is the first again."""
        self._failures = 0


class Fetch:
    """Content of `size` bytes (at least 1) of which `have` are there; `due_ms`: not before. `counts` by name."""

    def __init__(
        self, digest: bytes, size: int, have: int, pauses: Pauses, due_ms: int, counts: "dict[str, int]"
    ) -> None:
        self.digest = digest
        self.size = size
        self.have = have
        self._pauses = pauses
        self._due_ms = due_ms
        self._asked = False
        self._counts = counts

    def poll(self, now_ms: int) -> "bytes | None":
        """The question to send now, if one is due."""
        if now_ms < self._due_ms:
            return None
        self._due_ms = now_ms + ANSWER_MS
        if self._asked:
            self._count("unanswered")
            self._due_ms += self._pauses.next(ANSWER_MS)
        self._asked = True
        return piece.encode_want(Want(self.digest, self.have, min(PIECE_BYTES, self.size - self.have)))

    def wait_ms(self, now_ms: int) -> int:
        """Milliseconds until a question is due."""
        return max(0, self._due_ms - now_ms)

    def take(self, found: "Piece", now_ms: int) -> bytes:
        """The bytes that come next, if the answer has them; they count as had."""
        # 1. An answer to what is under way.
        if not self._asked or found.digest != self.digest:
            self._count("stray")
            return b""
        if found.reason is not None:
            self._later(found.reason, LATER_MS if found.reason == piece.NOT_YET else REFUSED_MS, now_ms)
            return b""
        if found.offset != self.have or len(found.octets) > PIECE_BYTES:
            self._count("stray")
            return b""
        # 2. Of the size that the manifest says: else the gateway talks of something else.
        if found.size != self.size:
            self._later("size-mismatch", REFUSED_MS, now_ms)
            return b""
        self._count("pieces")
        self._pauses.over()
        self._asked = False
        self._due_ms = now_ms
        self.have += len(found.octets)
        return found.octets

    def _later(self, why: str, first_ms: int, now_ms: int) -> None:
        self._count(why)
        self._asked = False
        self._due_ms = now_ms + self._pauses.next(first_ms)

    def _count(self, name: str) -> None:
        self._counts[name] = self._counts.get(name, 0) + 1
