"""What a witness is asked, and how its answer is judged (c2sp.org/tlog-witness). Nothing is sent here."""

from collections.abc import Callable
from dataclasses import dataclass

from civicroot_wire import base64, cosignature, note
from civicroot_wire.errors import WireError
from civicroot_wire.note import VerifierKey
from civicroot_wire.sodium import verify

from civicroot_backend.witnesses.errors import WitnessFault
from civicroot_backend.witnesses.quorum import Cosignature

MAX_CLOCK_OFFSET = 300  # seconds between a witness's time and ours: clocks that are kept are within one or two
MAX_SIZE_DIGITS = 19  # a size below 2⁶³
SIZE_TYPE = "text/x.tlog.size"


@dataclass(frozen=True)
class Question:
    """A checkpoint of `size` to be cosigned: the `note` with the log's own signature.

    `prove` gives the consistency proof from a smaller size, or raises BackendError; any thread may call it.
    """

    size: int
    note: str
    prove: Callable[[int], list[bytes]]

    @property
    def body(self) -> str:
        """The text that is signed."""
        return note.parse(self.note).body


def request(question: Question, old: int) -> bytes:
    """The body of add-checkpoint for a witness that last saw a tree of `old` entries."""
    hashes = question.prove(old) if 0 < old < question.size else []
    lines = [f"old {old}", *(base64.encode(item) for item in hashes), "", question.note]
    return "\n".join(lines).encode()


def size_in(body: bytes) -> int:
    """The size that a 409 says. Raises WitnessFault."""
    digits = body.removesuffix(b"\n")
    if not digits.isdigit() or len(digits) > MAX_SIZE_DIGITS or str(int(digits)).encode() != digits:
        raise WitnessFault("malformed", f"its size is {body[:40]!r}")
    return int(digits)


def judge(question: Question, body: bytes, key: VerifierKey, now: float) -> Cosignature:
    """The cosignature in the body of a 200. Lines of other keys are not looked at. Raises WitnessFault."""
    # 1. Signature lines, and nothing else.
    own = note.parse(question.note)
    try:
        lines = note.parse(question.note.encode() + body).lines[len(own.lines) :]
    except WireError as error:
        raise WitnessFault("malformed", f"its answer: {error}") from error
    # 2. One of them is by the key that the policy has of this witness.
    mine = [line for line in lines if line.is_by(key)]
    if len(mine) != 1:
        raise WitnessFault("wrong-key", f"{len(mine)} of {len(lines)} lines are by {key}")
    # 3. It is a signature over this checkpoint.
    try:
        time = cosignature.verify(own.body, mine[0], key, verify)
    except WireError as error:
        raise WitnessFault("bad-signature", str(error)) from error
    # 4. Its time is one: a witness far ahead or behind would shift the interval that readings are given.
    if abs(time - now) > MAX_CLOCK_OFFSET:
        raise WitnessFault("clock", f"it signed at {time}, and here it is {int(now)}")
    return Cosignature(key.name, time, mine[0])
