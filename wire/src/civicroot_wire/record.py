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
_PROTECTED_AT = 2  # after tag 18 and the array's head; an empty map of one byte follows it
_SIGNATURE_ITEM = 2 + cose.SIGNATURE_BYTES  # with its head
_HEAD_BYTES = {24: 2, 25: 3}  # of a string, by the low bits of its first; else it has one
_SIGNATURE1 = b"\x84\x6aSignature1"


class Record:
    """A decoded record: `encoded` exact bytes, `kid`, `sequence`; `message` (the COSE_Sign1) and `pack` on demand.

    Only for bytes that are known to be a record: of others say `decode`.
    """

    __slots__ = ("_message", "_pack", "encoded", "kid", "sequence")

    def __init__(
        self,
        encoded: bytes,
        kid: bytes,
        sequence: Sequence,
        message: "cose.Sign1 | None" = None,
        pack: "senml.Pack | None" = None,
    ) -> None:
        self.encoded = encoded
        self.kid = kid
        self.sequence = sequence
        self._message = message
        self._pack = pack

    @property
    def seq(self) -> int:
        """The record's number in the life of its key."""
        return self.sequence.seq

    @property
    def message(self) -> cose.Sign1:
        """The COSE_Sign1."""
        if self._message is None:
            self._message = cose.decode_sign1(self.encoded, MAX_RECORD_BYTES, _LABELS)
        return self._message

    @property
    def pack(self) -> senml.Pack:
        """The measurements."""
        if self._pack is None:
            item = self.encoded[self._payload_at() : -_SIGNATURE_ITEM]
            self._pack = senml.decode_pack(item[_HEAD_BYTES.get(item[0] & 31, 1) :])
        return self._pack

    @property
    def signature(self) -> bytes:
        """64 bytes: the last item."""
        return self.encoded[-cose.SIGNATURE_BYTES :]

    def sig_structure(self, external: bytes) -> bytes:
        """What is signed (RFC 9052 §4.4); `external` is the CBOR byte string of `cose.aad`.

        The record holds both its parts in the same encoding, so they are copied and not encoded again.
        """
        payload = self._payload_at()
        protected = self.encoded[_PROTECTED_AT : payload - 1]
        return _SIGNATURE1 + protected + external + self.encoded[payload:-_SIGNATURE_ITEM]

    def _payload_at(self) -> int:  # the longest protected header, sixteen ranges of large numbers, has 212 bytes
        head = self.encoded[_PROTECTED_AT] & 31
        size = 1 + head if head < 24 else 2 + self.encoded[_PROTECTED_AT + 1]
        return _PROTECTED_AT + size + 1


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
    sequence = from_header(message.headers[cose.SEQUENCE], 4)
    return Record(data, message.kid, sequence, message, senml.decode_pack(message.payload))


def verify(record: Record, realm: str, public_key: bytes, verifier: "Verify") -> Record:
    """Return the record if `public_key` signed it in `realm`; raises SignatureError."""
    cose.verify1(record.message, cose.aad(KIND, realm), public_key, verifier)
    return record


def content_digest(record: Record, realm: str) -> bytes:
    """32 bytes that tell one content from another under the same seq (SPEC.md §2)."""
    return cose.content_digest(record.message, cose.aad(KIND, realm))
