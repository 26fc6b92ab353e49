"""Cosignature: a witness saw this checkpoint and all it grew from (c2sp.org/tlog-cosignature; SPEC.md §5.3)."""

from . import note
from .errors import MalformedError, SignatureError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

_TIME_BYTES = 8
_BLOB_BYTES = _TIME_BYTES + 64


def message(body: str, time: int) -> bytes:
    """What a witness signs: `time` in Unix seconds before the checkpoint's body."""
    return ("cosignature/v1\ntime %d\n" % time).encode() + body.encode()


def sign(body: str, time: int, key: note.VerifierKey, signer: "Sign") -> str:
    """A witness's signature line."""
    if key.algorithm != note.COSIGNATURE:
        raise MalformedError("wrong-algorithm", key.name + " is not a witness key")
    return note.line(key, time.to_bytes(_TIME_BYTES, "big") + signer(message(body, time)))


def verify(body: str, line: note.SignatureLine, key: note.VerifierKey, verifier: "Verify") -> int:
    """Return the witness's time in Unix seconds if `key` made the line over `body`."""
    if not line.is_by(key) or key.algorithm != note.COSIGNATURE:
        raise SignatureError("key-mismatch", "line is not by witness " + key.name)
    if len(line.signature) != _BLOB_BYTES:
        raise SignatureError("bad-length", "a cosignature is time and signature")
    time = int.from_bytes(line.signature[:_TIME_BYTES], "big")
    if time >= 1 << 63:
        raise SignatureError("out-of-range", "cosignature time")
    verifier(key.public, message(body, time), line.signature[_TIME_BYTES:])
    return time
