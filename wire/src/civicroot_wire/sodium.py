"""Ed25519 by libsodium through PyNaCl, for CPython. Its verdict is the rule (SPEC.md §2).

PyNaCl is the dependency of the distributions that use this module (gateway, backend); the device has its own signer.
"""

from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from . import ed25519_encoding, keys
from .errors import SignatureError


class Signer:
    """A private key: call it with a message to get 64 bytes; `.public` has 32 bytes, `.kid` 8."""

    def __init__(self, seed: bytes) -> None:
        self._key = SigningKey(seed)
        self.public = bytes(self._key.verify_key)
        self.kid = keys.kid(self.public)

    @classmethod
    def generate(cls) -> "Signer":
        """A new key from the operating system's randomness."""
        return cls(bytes(SigningKey.generate()))

    @property
    def seed(self) -> bytes:
        """The 32 secret bytes, to be stored with mode 0600."""
        return bytes(self._key)

    def __call__(self, message: bytes) -> bytes:
        return self._key.sign(message).signature


def verify(public: bytes, message: bytes, signature: bytes) -> None:
    """Raise SignatureError with the reason unless libsodium accepts."""
    ed25519_encoding.check(public, signature)
    try:
        VerifyKey(public).verify(message, signature)
    except CryptoError as error:
        if not _on_curve(public):
            raise SignatureError("weak-key", "not a point of the curve") from error
        raise SignatureError("bad-signature") from error


def _on_curve(public: bytes) -> bool:
    y = int.from_bytes(public, "little") & ((1 << 255) - 1)
    p = ed25519_encoding.P
    d = -121665 * pow(121666, -1, p) % p
    x2 = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
    return x2 == 0 or pow(x2, (p - 1) // 2, p) == 1
