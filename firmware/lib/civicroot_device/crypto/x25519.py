"""X25519 (RFC 7748 §5) between Ed25519 keys: what the link key is derived from (wire/SPEC.md §8.1).

The ladder comes from x25519_viper (native code) where the port can run it, else from x25519_plain. It runs once for
each gateway that a device ever has; the link key is kept.
"""

from civicroot_wire.errors import SignatureError

from civicroot_device.crypto.ed25519_curve import ENCODED_SIZE, SIGN_BIT, P, decode_point, is_weak_y
from civicroot_device.crypto.sha512 import sha512

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Engine(Protocol):
        """The Montgomery ladder."""

        def ladder(self, scalar: int, u: int) -> int: ...


try:
    from civicroot_device.crypto import x25519_viper

    _fastest: "Engine" = x25519_viper
except (ImportError, SyntaxError, ValueError):
    # As in ed25519: no micropython module, no native emitter, or an .mpy built for another architecture.
    from civicroot_device.crypto import x25519_plain

    _fastest = x25519_plain


def x25519(scalar: bytes, u: bytes, engine: "Engine" = _fastest) -> bytes:
    """RFC 7748's function on 32-byte strings. ValueError for another length."""
    if len(scalar) != ENCODED_SIZE or len(u) != ENCODED_SIZE:
        raise ValueError("scalar and u must be 32 bytes")
    clamped = bytearray(scalar)
    clamped[0] &= 248
    clamped[31] = clamped[31] & 127 | 64
    value = int.from_bytes(u, "little") % SIGN_BIT % P
    return engine.ladder(int.from_bytes(clamped, "little"), value).to_bytes(ENCODED_SIZE, "little")


def to_montgomery(public: bytes) -> bytes:
    """The u coordinate of an Ed25519 public key: (1 + y) / (1 - y) (RFC 7748 §4.1).

    Raises SignatureError for a key that no signature would be accepted from (SPEC.md §2).
    """
    if len(public) != ENCODED_SIZE:
        raise SignatureError("bad-length")
    if is_weak_y(public):
        raise SignatureError("weak-key")
    try:
        _, y = decode_point(public)
    except ValueError:
        raise SignatureError("weak-key")
    return ((1 + y) * pow(P + 1 - y, P - 2, P) % P).to_bytes(ENCODED_SIZE, "little")


def shared_secret(seed: bytes, public: bytes, engine: "Engine" = _fastest) -> bytes:
    """32 bytes that only the owners of the two Ed25519 keys know. SignatureError for a key of small order."""
    scalar = sha512(seed)[:ENCODED_SIZE]  # the one that signs, which x25519 clamps as Ed25519 does (RFC 8032 §5.1.5)
    found = x25519(scalar, to_montgomery(public), engine)
    if found == bytes(ENCODED_SIZE):
        raise SignatureError("weak-key", "X25519 gave zeros")
    return found
