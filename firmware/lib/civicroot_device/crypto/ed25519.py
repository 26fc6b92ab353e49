"""Ed25519 (RFC 8032 §5.1.5 to §5.1.7) with libsodium's strict verdict (wire/SPEC.md, "Strict verification").

The curve arithmetic comes from ed25519_viper (native code) where the port can run it, else from ed25519_plain;
both have the same two functions. Three plain functions are the whole interface, so that a secure element can
stand in for sign and public_key.

Side channels: no branch here or in the native engine depends on a secret, and it reads its whole table for every
digit. MicroPython's big integers, which add and reduce scalars modulo L (and do everything in the plain engine), take
time that depends on their values, and freed memory is not wiped. Whoever can measure a device's power or run code
on it is to be met with a secure element.
"""

from civicroot_wire.errors import SignatureError

from civicroot_device.crypto.ed25519_curve import ENCODED_SIZE, L, P, decode_point, encode_point, is_weak_y
from civicroot_device.crypto.sha512 import sha512

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Engine(Protocol):
        """Curve arithmetic with affine points (x, y)."""

        def base_multiple(self, scalar: int) -> tuple[int, int]: ...
        def combination(self, base_scalar: int, scalar: int, point: tuple[int, int]) -> tuple[int, int]: ...


try:
    from civicroot_device.crypto import ed25519_viper

    _fastest: "Engine" = ed25519_viper
except (ImportError, SyntaxError, ValueError):
    # No micropython module (CPython), no native emitter on this port, or an .mpy built for another architecture.
    from civicroot_device.crypto import ed25519_plain

    _fastest = ed25519_plain

SEED_SIZE = 32
SIGNATURE_SIZE = 64


def public_key(seed: bytes, engine: "Engine" = _fastest) -> bytes:
    """The 32-byte public key of a 32-byte seed. ValueError for a seed of another length.

    `engine` is ed25519_viper or ed25519_plain (tests name it; everything else takes the default).
    """
    return encode_point(engine.base_multiple(_expand(seed)[0] % L))


def sign(seed: bytes, public: bytes, message: bytes, engine: "Engine" = _fastest) -> bytes:
    """The 64-byte signature R ‖ S of message (deterministic). ValueError for a seed or key of another length.

    `public` must be public_key(seed), computed once when the key is made: two signatures of one message under
    different keys tell the secret, so it must come from where the seed comes from and never from a caller's input.
    """
    if len(public) != ENCODED_SIZE:
        raise ValueError("public key must be 32 bytes")
    secret, prefix = _expand(seed)
    nonce = int.from_bytes(sha512(prefix, message), "little") % L
    point = encode_point(engine.base_multiple(nonce))
    challenge = int.from_bytes(sha512(point, public, message), "little") % L
    return point + ((nonce + challenge * secret) % L).to_bytes(ENCODED_SIZE, "little")


def verify(public: bytes, message: bytes, signature: bytes, engine: "Engine" = _fastest) -> None:
    """Return if signature is a valid signature of message by public, else raise SignatureError.

    Every input that libsodium refuses is refused here and no other.
    """
    # 1. Lengths.
    if len(public) != ENCODED_SIZE or len(signature) != SIGNATURE_SIZE:
        raise SignatureError("bad-length")
    point, scalar = signature[:ENCODED_SIZE], int.from_bytes(signature[ENCODED_SIZE:], "little")
    # 2. S >= L: anybody could add L to S and have a second signature.
    if scalar >= L:
        raise SignatureError("non-canonical-s")
    # 3. A that has two encodings, or under which signatures of any message can be made, or that is no point.
    if is_weak_y(public):
        raise SignatureError("weak-key")
    try:
        x, y = decode_point(public)
    except ValueError:
        raise SignatureError("weak-key")
    # 4. R with two encodings or of small order.
    if is_weak_y(point):
        raise SignatureError("weak-r")
    # 5. R = [S]B - [k]A without cofactor, compared as bytes.
    challenge = int.from_bytes(sha512(point, public, message), "little") % L
    if encode_point(engine.combination(scalar, challenge, (P - x, y))) != point:
        raise SignatureError("bad-signature")


def _expand(seed: bytes) -> "tuple[int, bytes]":
    """The secret scalar and the prefix that makes nonces (RFC 8032 §5.1.5 steps 1 and 2)."""
    if len(seed) != SEED_SIZE:
        raise ValueError("seed must be 32 bytes")
    digest = sha512(seed)
    scalar = bytearray(digest[:32])
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    return int.from_bytes(scalar, "little"), digest[32:]
