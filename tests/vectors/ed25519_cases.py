"""Family ed25519 (SPEC.md §2): where implementations differ."""

import hashlib
from collections.abc import Iterator

from tests.vectors import city, curve
from tests.vectors.case import Case, invalid, valid
from tests.vectors.curve import L, P, Point

_SECRET = int.from_bytes(city.bytes_of("scalar"), "little") % L
_NONCE = int.from_bytes(city.bytes_of("nonce scalar"), "little") % L
_NOT_ON_CURVE = (2).to_bytes(32, "little")


def ed25519_cases() -> Iterator[Case]:
    """Signatures and their bit flips; keys and R of small order, mixed order, not canonical, not on the curve."""
    signer = city.key("ed25519")
    for size in (0, 1, 2, 47, 48, 111, 112, 127, 128, 1023):
        message = city.bytes_of("message", size)
        yield _case(f"message of {size} bytes", None, signer.public, message, signer(message))
    yield from _spoilt(signer.public, b"message", signer(b"message"))
    yield from _small_order()
    yield from _mixed_order()
    yield from _lengths(signer.public, b"message", signer(b"message"))


def _case(name: str, reason: str | None, public: bytes, message: bytes, signature: bytes) -> Case:
    inputs = {"public_key": public, "message": message, "signature": signature}
    return valid(name, **inputs) if reason is None else invalid(name, reason, **inputs)


def _spoilt(public: bytes, message: bytes, good: bytes) -> Iterator[Case]:
    scalar = int.from_bytes(good[32:], "little")
    yield _case("bit flipped in R", "bad-signature", public, message, bytes([good[0] ^ 1]) + good[1:])
    yield _case(
        "sign bit of R flipped", "bad-signature", public, message, good[:31] + bytes([good[31] ^ 128]) + good[32:]
    )
    yield _case("bit flipped in S", "bad-signature", public, message, good[:32] + bytes([good[32] ^ 1]) + good[33:])
    yield _case("another message", "bad-signature", public, b"massage", good)
    yield _case("sign bit of A flipped", "bad-signature", public[:31] + bytes([public[31] ^ 128]), message, good)
    for name, value in (
        ("S plus L", scalar + L),
        ("S is L", L),
        ("S of 256 ones", (1 << 256) - 1),
        ("S plus 8 L", scalar + 8 * L),
    ):
        yield _case(name, "non-canonical-s", public, message, good[:32] + value.to_bytes(32, "little"))
    yield _case("S is L minus 1", "bad-signature", public, message, good[:32] + (L - 1).to_bytes(32, "little"))
    yield _case("S is 0", "bad-signature", public, message, good[:32] + bytes(32))
    yield _case("A not on the curve", "weak-key", _NOT_ON_CURVE, message, good)
    yield _case("R not on the curve", "bad-signature", public, message, _NOT_ON_CURVE + good[32:])


def _encodings() -> Iterator[tuple[str, bytes]]:
    """Every encoding of a point of small order, canonical or not, and canonical-looking ones of high y."""
    torsion = curve.order_eight()
    for times in range(8):
        yield f"{times} T", curve.encode(curve.multiply(times, torsion))
    yield "identity with sign bit", _encoded(1, 1)
    yield "point of order 2 with sign bit", _encoded(P - 1, 1)
    for y in range(P, 1 << 255):
        if y - P in (0, 1, 2, 18):
            yield f"y = p + {y - P}", _encoded(y, 0)
            yield f"y = p + {y - P} with sign bit", _encoded(y, 1)


def _encoded(y: int, sign: int) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


def _small_order() -> Iterator[Case]:
    point = curve.encode(curve.multiply(_NONCE, curve.base()))
    scalar = _NONCE.to_bytes(32, "little")
    for name, encoded in _encodings():
        # R = [S]B: under a key of small order every eighth message or more verifies, whoever signs.
        message = b"pay the bearer"
        yield _case(f"A is {name}", "weak-key", encoded, message, point + scalar)
    secret_public = curve.encode(curve.multiply(_SECRET, curve.base()))
    for name, encoded in _encodings():
        challenge = _challenge(encoded, secret_public, b"message")
        signature = encoded + (challenge * _SECRET % L).to_bytes(32, "little")
        yield _case(f"R is {name}", "weak-r", secret_public, b"message", signature)


def _challenge(point: bytes, public: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(point + public + message).digest(), "little") % L


def _mixed_order() -> Iterator[Case]:
    """A = [a]B + T and R = [r]B + T: with the cofactor all of these verify, without it one does."""
    base, torsion = curve.base(), curve.order_eight()
    clean, nonce = curve.multiply(_SECRET, base), curve.multiply(_NONCE, base)
    mixed = curve.add(clean, torsion)
    for count in range(100):
        message = b"mixed %d" % count
        challenge = _challenge(curve.encode(nonce), curve.encode(mixed), message)
        if challenge % 8 == 0:
            yield _signed("A of mixed order, equation holds", None, mixed, nonce, message)
            break
    else:
        raise AssertionError("no message whose challenge is a multiple of 8")
    yield _signed("A of mixed order, holds only with the cofactor", "bad-signature", mixed, nonce, _odd(mixed, nonce))
    shifted = curve.add(nonce, torsion)
    yield _signed("R of mixed order, holds only with the cofactor", "bad-signature", clean, shifted, b"message")
    yield _signed("A and R of mixed order", "bad-signature", mixed, shifted, _even(mixed, shifted))


def _signed(name: str, reason: str | None, public: Point, point: Point, message: bytes) -> Case:
    challenge = _challenge(curve.encode(point), curve.encode(public), message)
    scalar = (_NONCE + challenge * _SECRET) % L
    signature = curve.encode(point) + scalar.to_bytes(32, "little")
    return _case(name, reason, curve.encode(public), message, signature)


def _odd(public: Point, point: Point) -> bytes:
    return next(m for m in _messages() if _challenge(curve.encode(point), curve.encode(public), m) % 2)


def _even(public: Point, point: Point) -> bytes:
    return next(m for m in _messages() if not _challenge(curve.encode(point), curve.encode(public), m) % 8)


def _messages() -> Iterator[bytes]:
    return (b"message %d" % count for count in range(1000))


def _lengths(public: bytes, message: bytes, good: bytes) -> Iterator[Case]:
    yield _case("key of 31 bytes", "bad-length", public[:31], message, good)
    yield _case("key of 33 bytes", "bad-length", public + b"\x00", message, good)
    yield _case("key empty", "bad-length", b"", message, good)
    yield _case("signature of 63 bytes", "bad-length", public, message, good[:63])
    yield _case("signature of 65 bytes", "bad-length", public, message, good + b"\x00")
    yield _case("signature empty", "bad-length", public, message, b"")
