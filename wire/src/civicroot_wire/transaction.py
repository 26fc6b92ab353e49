"""Transaction: a wallet pays points to another (SPEC.md §3.8)."""

from . import cose, shape
from .cbor import decode as decode_cbor
from .cbor import encode
from .sequence import MAX_SEQ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

KIND = "transaction"
ROLE = "wallet"
MAX_TRANSACTION_BYTES = 256
_LABELS = (cose.ALG, cose.KID)
_SEQ, _PAYEE, _AMOUNT, _EXPIRY = 1, 2, 3, 4


class Transaction:
    """`kid` of the payer, wallet `seq`, `payee` (32-byte thumbprint), `amount` ≥ 1, `expires` in Unix seconds."""

    __slots__ = ("amount", "expires", "kid", "message", "payee", "seq")

    def __init__(self, message: cose.Sign1, seq: int, payee: bytes, amount: int, expires: int) -> None:
        self.message = message
        self.kid = message.kid
        self.seq = seq
        self.payee = payee
        self.amount = amount
        self.expires = expires


def sign(kid: bytes, seq: int, payee: bytes, amount: int, expires: int, realm: str, signer: "Sign") -> bytes:
    """Return the signed transaction."""
    payload = encode({_SEQ: seq, _PAYEE: payee, _AMOUNT: amount, _EXPIRY: expires})
    headers: "dict[int, object]" = {cose.ALG: cose.ED25519, cose.KID: kid}
    return cose.sign1(headers, payload, cose.aad(KIND, realm), signer)


def decode(data: bytes) -> Transaction:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    message = cose.decode_sign1(data, MAX_TRANSACTION_BYTES, _LABELS)
    content = decode_cbor(message.payload, MAX_TRANSACTION_BYTES)
    fields = shape.mapping(content, "transaction", (_SEQ, _PAYEE, _AMOUNT, _EXPIRY))
    return Transaction(
        message,
        shape.integer(fields[_SEQ], "wallet seq", 0, MAX_SEQ),
        shape.octets(fields[_PAYEE], "payee", 32, 32),
        shape.integer(fields[_AMOUNT], "amount", 1),
        shape.integer(fields[_EXPIRY], "expiry"),
    )


def verify(found: Transaction, realm: str, public_key: bytes, verifier: "Verify") -> Transaction:
    """Return the transaction if the wallet's key signed it in `realm`."""
    cose.verify1(found.message, cose.aad(KIND, realm), public_key, verifier)
    return found
