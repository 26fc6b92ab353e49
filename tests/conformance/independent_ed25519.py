"""Ed25519 (RFC 8032) by OpenSSL."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.conformance.independent_refusal import Refused, require


def verify(public: bytes, message: bytes, signature: bytes) -> None:
    """Refuse unless `public` (32 bytes) signed the message."""
    require(len(public) == 32 and len(signature) == 64, "a key has 32 bytes, a signature 64")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise Refused("signature does not verify") from error
