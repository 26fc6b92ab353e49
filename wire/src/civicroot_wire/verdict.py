"""Verdict: the backend's signed answer to a batch message (SPEC.md §4.2)."""

import hashlib

from . import cose, shape
from .batch import MAX_BATCH_RECORDS
from .cbor import decode as decode_cbor
from .cbor import encode
from .errors import MalformedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

KIND = "verdict"
ROLE = "backend"
COMMITTED, REFUSED = 0, 1
MAX_VERDICT_BYTES = 64 * 1024  # a reason for each of 1,024 records
MAX_REASON = 32
_LABELS = (cose.ALG, cose.KID)
_DIGEST, _STATUS, _INDEX, _REJECTED, _REASON = 1, 2, 3, 4, 5


class Verdict:
    """On the batch message with SHA-256 `digest`: committed at log `index` but for `rejected`, or refused."""

    __slots__ = ("digest", "index", "kid", "message", "reason", "rejected")

    def __init__(
        self,
        digest: bytes,
        index: "int | None" = None,
        rejected: "list[tuple[int, str]] | None" = None,
        reason: "str | None" = None,
    ) -> None:
        self.digest = digest
        self.index = index
        self.rejected = rejected or []
        self.reason = reason
        self.kid = b""
        self.message: "cose.Sign1 | None" = None

    @property
    def committed(self) -> bool:
        """Whether the batch is durable at the backend."""
        return self.index is not None


def digest_of(batch_message: bytes) -> bytes:
    """How a verdict names the batch message it judges."""
    return hashlib.sha256(batch_message).digest()


def sign(verdict: Verdict, kid: bytes, realm: str, signer: "Sign") -> bytes:
    """Return the backend's signed verdict."""
    fields: "dict[int, object]" = {_DIGEST: verdict.digest, _STATUS: COMMITTED if verdict.committed else REFUSED}
    if verdict.committed:
        fields[_INDEX] = verdict.index
        if verdict.rejected:
            fields[_REJECTED] = [[position, reason] for position, reason in verdict.rejected]
    else:
        fields[_REASON] = verdict.reason
    headers: "dict[int, object]" = {cose.ALG: cose.ED25519, cose.KID: kid}
    return cose.sign1(headers, encode(fields), cose.aad(KIND, realm), signer)


def decode(data: bytes) -> Verdict:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    message = cose.decode_sign1(data, MAX_VERDICT_BYTES, _LABELS)
    content = decode_cbor(message.payload, MAX_VERDICT_BYTES)
    fields = shape.mapping(content, "verdict", (_DIGEST, _STATUS), (_INDEX, _REJECTED, _REASON))
    status = shape.integer(fields[_STATUS], "status", COMMITTED, REFUSED)
    found = Verdict(shape.octets(fields[_DIGEST], "digest", 32, 32))
    found.message, found.kid = message, message.kid
    if status == COMMITTED:
        shape.mapping(content, "verdict", (_DIGEST, _STATUS, _INDEX), (_REJECTED,))
        found.index = shape.integer(fields[_INDEX], "log index")
        found.rejected = _rejected(fields[_REJECTED]) if _REJECTED in fields else []
    else:
        shape.mapping(content, "verdict", (_DIGEST, _STATUS, _REASON))
        found.reason = shape.text(fields[_REASON], "reason", 1, MAX_REASON)
    return found


def _rejected(value: object) -> "list[tuple[int, str]]":
    found: "list[tuple[int, str]]" = []
    for item in shape.array(value, "rejected", 1, MAX_BATCH_RECORDS):
        position, reason = shape.array(item, "rejected record", 2, 2)
        index = shape.integer(position, "index in the batch", 0, MAX_BATCH_RECORDS - 1)
        if found and index <= found[-1][0]:
            raise MalformedError("not-deterministic", "rejected records are not ascending")
        found.append((index, shape.text(reason, "reason", 1, MAX_REASON)))
    return found


def verify(verdict: Verdict, realm: str, public_key: bytes, verifier: "Verify") -> Verdict:
    """Return the verdict if the backend's key signed it in `realm`."""
    if verdict.message is None:
        raise ValueError("verify takes a decoded verdict")
    cose.verify1(verdict.message, cose.aad(KIND, realm), public_key, verifier)
    return verdict
