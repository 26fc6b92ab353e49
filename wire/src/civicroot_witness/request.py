"""The body of add-checkpoint: `old N`, proof lines, an empty line, a checkpoint (c2sp.org/tlog-witness)."""

from dataclasses import dataclass

from civicroot_wire import base64, note
from civicroot_wire.errors import WireError
from civicroot_wire.merkle import HASH_BYTES, MAX_PATH

from .errors import MalformedRequest
from .submitted import Submitted, parse_checkpoint

_OLD_LINE = 4 + 19 + 1  # "old ", a number below 2⁶³, newline
_PROOF_LINE = 44 + 1  # 32 bytes in base64, newline
MAX_BODY_BYTES = _OLD_LINE + MAX_PATH * _PROOF_LINE + 1 + note.MAX_NOTE_BYTES  # what a valid request can need
_OLD = b"old "
_MAX_OLD = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks for: cosign `submitted`, which `proof` shows to grow from a tree of `old` entries."""

    old: int
    proof: list[bytes]
    submitted: Submitted


def parse(body: bytes) -> Request:
    """Read strictly; nothing is verified. Raises MalformedRequest."""
    # 1. No more than a valid request needs.
    if len(body) > MAX_BODY_BYTES:
        raise MalformedRequest(f"a request has at most {MAX_BODY_BYTES} bytes")
    # 2. The first empty line ends what is about the checkpoint; a checkpoint's own lines follow.
    head, gap, checkpoint = body.partition(b"\n\n")
    if not gap:
        raise MalformedRequest("no empty line before the checkpoint")
    first, *lines = head.split(b"\n")
    old = _old(first)
    # 3. Hashes are 32 bytes each in canonical base64, and no more than any tree needs.
    if len(lines) > MAX_PATH:
        raise MalformedRequest(f"more than {MAX_PATH} proof lines")
    proof = [_hash(line) for line in lines]
    # 4. The checkpoint is a signed note.
    return Request(old, proof, parse_checkpoint(checkpoint))


def _old(line: bytes) -> int:
    digits = line[len(_OLD) :]
    if not line.startswith(_OLD) or not 1 <= len(digits) <= 19 or any(digit not in b"0123456789" for digit in digits):
        raise MalformedRequest('the first line is not "old" and a decimal size')
    size = int(digits)
    if str(size).encode() != digits or size > _MAX_OLD:
        raise MalformedRequest("old size has a leading zero or is too big")
    return size


def _hash(line: bytes) -> bytes:
    try:
        found = base64.decode(line.decode("ascii"))
    except (WireError, UnicodeDecodeError) as error:
        raise MalformedRequest("a proof line is not base64") from error
    if len(found) != HASH_BYTES:
        raise MalformedRequest(f"a proof line is {HASH_BYTES} bytes in base64")
    return found
