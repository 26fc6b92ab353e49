"""Points for the Ed25519 tests, by the table generator's affine arithmetic, which the device does not use."""

import hashlib
import importlib.util

from tests.support.micropython import ROOT

_SPEC = importlib.util.spec_from_file_location(
    "make_ed25519_table", ROOT / "firmware" / "tools" / "make_ed25519_table.py"
)
assert _SPEC is not None and _SPEC.loader is not None
make_ed25519_table = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(make_ed25519_table)

Point = tuple[int, int]
P: int = make_ed25519_table.P
D: int = make_ed25519_table.D
L = 2**252 + 27742317777372353535851937790883648493
IDENTITY: Point = (0, 1)
BASE: Point = make_ed25519_table.base_point()


def add(left: Point, right: Point) -> Point:
    """The sum of two points."""
    total: Point = make_ed25519_table.add(left, right)
    return total


def multiply(scalar: int, point: Point) -> Point:
    """scalar times a point by double and add."""
    total = IDENTITY
    for bit in bin(scalar)[2:]:
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total


def encode(point: Point) -> bytes:
    """RFC 8032 §5.1.2."""
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


def challenge(point: bytes, public: bytes, message: bytes) -> int:
    """SHA-512(R ‖ A ‖ M) modulo L."""
    return int.from_bytes(hashlib.sha512(point + public + message).digest(), "little") % L


def _x_square(y: int) -> int:
    return (y * y - 1) * pow(D * y * y + 1, -1, P) % P


def _is_square(value: int) -> bool:
    return pow(value, (P - 1) // 2, P) in (0, 1)


def _square_root(value: int) -> int:
    root = pow(value, (P + 3) // 8, P)
    return root if root * root % P == value else root * pow(2, (P - 1) // 4, P) % P


def _torsion() -> list[Point]:
    """The eight points whose order divides 8: L times points that are not multiples of the base point."""
    for y in range(2, 1000):
        if _is_square(_x_square(y)):
            generator = multiply(L, (_square_root(_x_square(y)), y))
            if multiply(4, generator) != IDENTITY:
                return [multiply(count, generator) for count in range(8)]
    raise AssertionError("half of all points have a component of order 8")


TORSION = _torsion()


def weak_encodings() -> list[bytes]:
    """Every 32-byte string that decodes to a point of small order, or whose y is not below p; each with either sign."""
    small = {y for _, y in TORSION}
    values = sorted(small | set(range(P, 2**255)))
    return [(y | sign << 255).to_bytes(32, "little") for y in values for sign in (0, 1)]


def off_curve_encoding() -> bytes:
    """The smallest y that belongs to no point."""
    return next(y for y in range(2, 1000) if not _is_square(_x_square(y))).to_bytes(32, "little")
