"""Batch: a gateway's signed Merkle root over records, and the message that carries both (SPEC.md §4)."""

from . import cose, merkle, shape
from .cbor import decode, encode
from .errors import MerkleError
from .sequence import Sequence, from_header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

KIND = "batch"
ROLE = "gateway"
MAX_BATCH_RECORDS = 1024  # a path of at most ten hashes
MAX_MESSAGE_BYTES = 256 * 1024  # below the default limits of brokers
MAX_HEADER_BYTES = 256
_LABELS = (cose.ALG, cose.KID, cose.SEQUENCE)
_SIZE, _ROOT, _OPENED, _CLOSED = 1, 2, 3, 4


class Header:
    """A decoded batch header: `encoded`, `kid`, `sequence`, `size`, `root`, `opened`, `closed` (Unix seconds)."""

    __slots__ = ("closed", "encoded", "kid", "message", "opened", "root", "sequence", "size")

    def __init__(
        self, encoded: bytes, message: cose.Sign1, sequence: Sequence, size: int, root: bytes, opened: int, closed: int
    ) -> None:
        self.encoded = encoded
        self.message = message
        self.kid = message.kid
        self.sequence = sequence
        self.size = size
        self.root = root
        self.opened = opened
        self.closed = closed


def root_of(records: "list[bytes]") -> bytes:
    """RFC 9162 root over the records' exact bytes."""
    return merkle.root([merkle.leaf_hash(item) for item in records])


def sign_header(
    kid: bytes, sequence: Sequence, records: "list[bytes]", opened: int, closed: int, realm: str, signer: "Sign"
) -> bytes:
    """Return the signed header over `records`."""
    headers: "dict[int, object]" = {cose.ALG: cose.ED25519, cose.KID: kid, cose.SEQUENCE: sequence.header()}
    payload = encode({_SIZE: len(records), _ROOT: root_of(records), _OPENED: opened, _CLOSED: closed})
    return cose.sign1(headers, payload, cose.aad(KIND, realm), signer)


def decode_header(data: bytes) -> Header:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    message = cose.decode_sign1(data, MAX_HEADER_BYTES, _LABELS)
    fields = shape.mapping(decode(message.payload, MAX_HEADER_BYTES), "batch header", (_SIZE, _ROOT, _OPENED, _CLOSED))
    opened = shape.integer(fields[_OPENED], "opened")
    return Header(
        data,
        message,
        from_header(message.headers[cose.SEQUENCE], 2),
        shape.integer(fields[_SIZE], "size", 1, MAX_BATCH_RECORDS),
        shape.octets(fields[_ROOT], "root", merkle.HASH_BYTES, merkle.HASH_BYTES),
        opened,
        shape.integer(fields[_CLOSED], "closed", opened),
    )


def verify_header(header: Header, realm: str, public_key: bytes, verifier: "Verify") -> Header:
    """Return the header if `public_key` signed it in `realm`; raises SignatureError."""
    cose.verify1(header.message, cose.aad(KIND, realm), public_key, verifier)
    return header


def content_digest(header: Header, realm: str) -> bytes:
    """32 bytes that tell one content from another under the same gateway seq."""
    return cose.content_digest(header.message, cose.aad(KIND, realm))


def encode_message(header: bytes, records: "list[bytes]") -> bytes:
    """`[header, [record, …]]`, each as a byte string."""
    return encode([header, records])


def decode_message(data: bytes) -> "tuple[bytes, list[bytes]]":
    """Return the header's bytes and the records' bytes; the records are not looked into."""
    header, items = shape.array(decode(data, MAX_MESSAGE_BYTES), "batch message", 2, 2)
    records = shape.array(items, "records", 1, MAX_BATCH_RECORDS)
    return (
        shape.octets(header, "batch header", 1, MAX_HEADER_BYTES),
        [shape.octets(item, "record", 0, MAX_MESSAGE_BYTES) for item in records],
    )


def check_records(header: Header, records: "list[bytes]") -> None:
    """Raise MerkleError unless `records` are what the header commits to."""
    if len(records) != header.size:
        raise MerkleError("size-mismatch", "%d records, header says %d" % (len(records), header.size))
    if root_of(records) != header.root:
        raise MerkleError("root-mismatch", "records do not hash to the header's root")
