"""What every verifier refuses before it verifies: SPEC.md §2 steps 1–4 (RFC 8032 §5.1, libsodium's rules)."""

from .errors import SignatureError

PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64
P = (1 << 255) - 19
L = (1 << 252) + 27742317777372353535851937790883648493
_SIGN_BIT = 1 << 255
# y of the eight points whose order divides the cofactor: identity (1), order 2 (−1), order 4 (0), order 8 (two values).
_Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL_ORDER_Y = (0, 1, P - 1, _Y8, P - _Y8)


def check_point(encoded: bytes, reason: str) -> None:
    """Raise SignatureError(reason) if a point's encoding is non-canonical or of small order."""
    y = int.from_bytes(encoded, "little") & (_SIGN_BIT - 1)
    if y >= P:
        raise SignatureError(reason, "non-canonical point")
    if y in SMALL_ORDER_Y:
        raise SignatureError(reason, "point of small order")


def check(public: bytes, signature: bytes) -> None:
    """Raise SignatureError unless key and signature are well-formed encodings."""
    # 1. Lengths.
    if len(public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        raise SignatureError("bad-length", "public key has 32 bytes, signature 64")
    # 2. S is reduced, so that nobody can make a second signature from a first.
    if int.from_bytes(signature[32:], "little") >= L:
        raise SignatureError("non-canonical-s")
    # 3. A is canonical and binds its owner: under a small-order key anything verifies.
    check_point(public, "weak-key")
    # 4. So is R.
    check_point(signature[:32], "weak-r")
