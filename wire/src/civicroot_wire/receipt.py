"""COSE receipt: the log's signed word that an entry is in a tree (RFC 9942 §5.2; SPEC.md §5.6).

    18([{1: -19, 4: kid, 15: {1: iss, 2: sub}, 395: 1}, {396: {-1: [<<[size, index, [hash, …]]>>]}}, null, signature])

The payload is detached: it is the root that the path leads to, so a verifier computes what was signed from the entry.
"""

from . import cose, keys, merkle, shape
from .cbor import Tag, encode
from .cbor import decode as decode_cbor
from .checkpoint import MAX_SIZE
from .errors import MalformedError, SignatureError
from .tile import MAX_ENTRY_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

MAX_RECEIPT_BYTES = 4096  # 63 hashes of 34 bytes, names of 128 bytes, a signature
MAX_RECEIPTS = 16  # as many as a checkpoint has signatures
MAX_TRANSPARENT_BYTES = MAX_ENTRY_BYTES + MAX_RECEIPTS * (MAX_RECEIPT_BYTES + 8)
_DATA_STRUCTURE, _PROOFS, _RECEIPTS = 395, 396, 394  # `vds`, `vdp`, `receipts`
_RFC9162_SHA256 = 1
_INCLUSION = -1
_ISS, _SUB = 1, 2


class Receipt:
    """By the log key `kid`, called `issuer` (the origin): the entry about `subject` is at `index` of a tree of `size`.

    The size is not signed: only a checkpoint says how far the log is.
    """

    __slots__ = ("index", "issuer", "kid", "path", "protected", "signature", "size", "subject")

    def __init__(self, kid: bytes, issuer: str, subject: str, size: int, index: int, path: "list[bytes]") -> None:
        self.kid = kid
        self.issuer = issuer
        self.subject = subject
        self.size = size
        self.index = index
        self.path = path
        self.protected = encode({
            cose.ALG: cose.ED25519,
            cose.KID: kid,
            cose.CWT_CLAIMS: {_ISS: issuer, _SUB: subject},
            _DATA_STRUCTURE: _RFC9162_SHA256,
        })  # fmt: skip
        self.signature = b""


def sign(receipt: Receipt, root: bytes, signer: "Sign") -> bytes:
    """The receipt's bytes; `root` (32 bytes) is that of the tree its path leads to, `signer` the log's key."""
    receipt.signature = signer(cose.sig_structure(receipt.protected, root, b""))
    proof = encode([receipt.size, receipt.index, receipt.path])
    unprotected = {_PROOFS: {_INCLUSION: [proof]}}
    return encode(Tag(cose.SIGN1_TAG, [receipt.protected, unprotected, None, receipt.signature]))


def decode(data: bytes) -> Receipt:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    tagged = decode_cbor(data, MAX_RECEIPT_BYTES)
    if not isinstance(tagged, Tag) or tagged.number != cose.SIGN1_TAG:
        raise MalformedError("wrong-type", "not a tagged COSE_Sign1")
    protected, unprotected, payload, signature = shape.array(tagged.value, "COSE_Sign1", 4, 4)
    if payload is not None:
        raise MalformedError("wrong-type", "a receipt's payload is detached")
    size, index, path = _proof(unprotected)
    raw = shape.octets(protected, "protected header", 1, MAX_RECEIPT_BYTES)
    found = Receipt(*_names(raw), size, index, path)
    if found.protected != raw:
        raise MalformedError("not-deterministic", "protected header")
    found.signature = shape.octets(signature, "signature", cose.SIGNATURE_BYTES, cose.SIGNATURE_BYTES)
    return found


def _proof(unprotected: object) -> "tuple[int, int, list[bytes]]":
    proofs = shape.mapping(unprotected, "unprotected header", (_PROOFS,))[_PROOFS]
    listed = shape.mapping(proofs, "proofs", (_INCLUSION,))[_INCLUSION]
    (encoded,) = shape.array(listed, "inclusion proofs", 1, 1)
    content = decode_cbor(shape.octets(encoded, "inclusion proof", 1, MAX_RECEIPT_BYTES), MAX_RECEIPT_BYTES)
    size, index, path = shape.array(content, "inclusion proof", 3, 3)
    count = shape.integer(size, "tree size", 1, MAX_SIZE)
    place = shape.integer(index, "leaf index", 0, count - 1)
    return count, place, shape.hashes(path, "inclusion path", merkle.MAX_PATH)


def _names(protected: bytes) -> "tuple[bytes, str, str]":
    headers = shape.mapping(
        decode_cbor(protected, MAX_RECEIPT_BYTES),
        "protected header",
        (cose.ALG, cose.KID, cose.CWT_CLAIMS, _DATA_STRUCTURE),
    )
    if headers[cose.ALG] != cose.ED25519:
        raise MalformedError("wrong-algorithm", "alg is not %d" % cose.ED25519)
    shape.integer(headers[_DATA_STRUCTURE], "verifiable data structure", _RFC9162_SHA256, _RFC9162_SHA256)
    fields = shape.mapping(headers[cose.CWT_CLAIMS], "CWT claims", (_ISS, _SUB))
    kid = shape.octets(headers[cose.KID], "kid", keys.KID_BYTES, keys.KID_BYTES)
    return kid, shape.text(fields[_ISS], "iss"), shape.text(fields[_SUB], "sub")


def verify(receipt: Receipt, entry: bytes, log_key: bytes, verifier: "Verify") -> Receipt:
    """Return the receipt if the log's key (32 bytes) signed the tree that has `entry` at its index."""
    # 1. By this key.
    if keys.kid(log_key) != receipt.kid:
        raise SignatureError("key-mismatch", "kid is not of this log's key")
    # 2. Over the root that the entry and the path lead to: another entry leads to another root.
    root = merkle.root_of_path(merkle.leaf_hash(entry), receipt.index, receipt.size, receipt.path)
    verifier(log_key, cose.sig_structure(receipt.protected, root, b""), receipt.signature)
    return receipt


def attach(statement: bytes, receipts: "list[bytes]") -> bytes:
    """The transparent statement (RFC 9943): a signed statement that carries its receipts in header 394."""
    message = cose.parse(statement, MAX_ENTRY_BYTES)
    if message.unprotected:
        raise MalformedError("unknown-key", "the unprotected header is empty")
    if not 1 <= len(receipts) <= MAX_RECEIPTS:
        raise MalformedError("out-of-range", "a transparent statement has 1 to %d receipts" % MAX_RECEIPTS)
    parts = [message.protected, {_RECEIPTS: list(receipts)}, message.payload, message.signature]
    return encode(Tag(cose.SIGN1_TAG, parts))


def detach(data: bytes) -> "tuple[bytes, list[bytes]]":
    """The signed statement as it was logged, and the receipts. Raises MalformedError."""
    message = cose.parse(data, MAX_TRANSPARENT_BYTES)
    listed = shape.mapping(message.unprotected, "unprotected header", (_RECEIPTS,))[_RECEIPTS]
    receipts = [
        shape.octets(item, "receipt", 1, MAX_RECEIPT_BYTES) for item in shape.array(listed, "receipts", 1, MAX_RECEIPTS)
    ]
    parts = [message.protected, {}, message.payload, message.signature]
    return encode(Tag(cose.SIGN1_TAG, parts)), receipts
