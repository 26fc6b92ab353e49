"""Record: one signed report of a device (SPEC.md §3.1)."""

from . import cose, senml
from .sequence import Sequence, from_header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

KIND = "record"
ROLE = "device"
MAX_RECORD_BYTES = 512  # three measurements, a beacon and 16 thinned ranges
MAX_FRAME_BYTES = 222  # what a device may make: one LoRa frame
_LABELS = (cose.ALG, cose.KID, cose.SEQUENCE)


class Record:
    """A decoded record: `encoded` exact bytes, `kid`, `sequence`, `pack`, `message` (the COSE_Sign1)."""

    __slots__ = ("encoded", "kid", "message", "pack", "sequence")

    def __init__(self, encoded: bytes, message: cose.Sign1, sequence: Sequence, pack: senml.Pack) -> None:
        self.encoded = encoded
        self.message = message
        self.kid = message.kid
        self.sequence = sequence
        self.pack = pack

    @property
    def seq(self) -> int:
        """The record's number in the life of its key."""
        return self.sequence.seq


def sign(kid: bytes, sequence: Sequence, pack: senml.Pack, realm: str, signer: "Sign") -> bytes:
    """Return the signed record's bytes."""
    headers: "dict[int, object]" = {
        cose.ALG: cose.ED25519,
        cose.KID: kid,
        cose.SEQUENCE: sequence.header(),
    }
    return cose.sign1(headers, senml.encode_pack(pack), cose.aad(KIND, realm), signer)


def decode(data: bytes) -> Record:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    message = cose.decode_sign1(data, MAX_RECORD_BYTES, _LABELS)
    return Record(data, message, from_header(message.headers[cose.SEQUENCE], 4), senml.decode_pack(message.payload))


def verify(record: Record, realm: str, public_key: bytes, verifier: "Verify") -> Record:
    """Return the record if `public_key` signed it in `realm`; raises SignatureError."""
    cose.verify1(record.message, cose.aad(KIND, realm), public_key, verifier)
    return record


def content_digest(record: Record, realm: str) -> bytes:
    """32 bytes that tell one content from another under the same seq (SPEC.md §2)."""
    return cose.content_digest(record.message, cose.aad(KIND, realm))
