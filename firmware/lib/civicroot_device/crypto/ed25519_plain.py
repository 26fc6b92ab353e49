"""Curve arithmetic for ed25519 in plain integers: runs everywhere, and is what the native one is tested against.

A point is (X, Y, Z, T) with x = X/Z, y = Y/Z, T = XY/Z (RFC 8032 §5.1.4). An addend is in Niels form:
(y + x, y - x, 2dxy, 2), or with another Z, (Y + X, Y - X, 2dT, 2Z).

Its time depends on secrets: big integers are not constant-time, and the table is read at a secret index.
"""

from os import urandom

from civicroot_device.crypto.ed25519_curve import D2, P, comb_digits, window_digits
from civicroot_device.crypto.ed25519_table import TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    Affine = tuple[int, int]
    Extended = tuple[int, int, int, int]
    Niels = tuple[int, int, int, int]

_IDENTITY = (0, 1, 1, 0)
_BLOCKS, _COLUMNS, _ENTRIES = 8, 8, 8
_FIELD_SIZE = 32
_ENTRY_SIZE = 3 * _FIELD_SIZE


def base_multiple(scalar: int) -> "Affine":
    """The affine (x, y) of scalar times the base point, for 0 <= scalar < L."""
    return _affine(_base_multiple(scalar))


def combination(base_scalar: int, scalar: int, point: "Affine") -> "Affine":
    """The affine base_scalar times the base point plus scalar times the affine point. Not for secrets."""
    return _affine(_add(_multiple(scalar, point), _niels(_base_multiple(base_scalar))))


def _base_multiple(scalar: int) -> "Extended":
    digits = comb_digits(scalar)
    total = _IDENTITY
    for column in range(_COLUMNS - 1, -1, -1):
        total = _double(total)
        for block in range(_BLOCKS):
            total = _add(total, _entry(block, digits, column))
    return total


def _entry(block: int, digits: bytes, column: int) -> "Niels":
    """The addend that a block's four teeth choose in this column; the top tooth is the entry's sign."""
    index = 0
    for tooth in range(4):
        index |= (digits[4 * block + tooth] >> column & 1) << tooth
    negative = index < _ENTRIES
    at = _ENTRY_SIZE * (_ENTRIES * block + (index ^ 7 if negative else index & 7))
    plus, minus, product = [
        int.from_bytes(TABLE[at + skip : at + skip + _FIELD_SIZE], "little")
        for skip in range(0, _ENTRY_SIZE, _FIELD_SIZE)
    ]
    return (minus, plus, P - product, 2) if negative else (plus, minus, product, 2)


def _multiple(scalar: int, point: "Affine") -> "Extended":
    x, y = point
    addend = (x, y, 1, x * y % P)
    first = _niels(addend)
    multiples = [first]
    for _ in range(7):
        addend = _add(addend, first)
        multiples.append(_niels(addend))
    total = _IDENTITY
    for digit in reversed(window_digits(scalar)):
        for _ in range(4):
            total = _double(total)
        if digit > 0:
            total = _add(total, multiples[digit - 1])
        elif digit < 0:
            plus, minus, product, z2 = multiples[-digit - 1]
            total = _add(total, (minus, plus, P - product, z2))
    return total


def _affine(point: "Extended") -> "Affine":
    x, y, z, _ = point
    # Z tells about a secret scalar and the steps of the inversion follow its input; Z times a random number tells
    # nothing.
    blind = 1 + int.from_bytes(urandom(_FIELD_SIZE), "little") % (P - 1)
    inverse = _invert(z * blind % P) * blind % P
    return x * inverse % P, y * inverse % P


def _invert(value: int) -> int:
    """The inverse modulo P by Euclid's algorithm (four times as fast as Fermat's); value is from 1 to P - 1."""
    remainder, left = P, value
    coefficient, result = 0, 1
    while left > 1:
        quotient = remainder // left
        remainder, left = left, remainder - quotient * left
        coefficient, result = result, coefficient - quotient * result
    return result % P


def _niels(point: "Extended") -> "Niels":
    x, y, z, t = point
    return y + x, y - x, t * D2 % P, 2 * z


def _add(point: "Extended", addend: "Niels") -> "Extended":
    """RFC 8032 §5.1.4's complete addition, the addend's part of it already done."""
    x, y, z, t = point
    plus, minus, product, z2 = addend
    a = (y - x) * minus % P
    b = (y + x) * plus % P
    c = t * product % P
    d = z * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _double(point: "Extended") -> "Extended":
    """RFC 8032 §5.1.4's doubling."""
    x, y, z, _ = point
    a = x * x % P
    b = y * y % P
    h = a + b
    e = h - (x + y) * (x + y) % P
    g = a - b
    f = 2 * z * z + g
    return e * f % P, g * h % P, f * g % P, e * h % P
