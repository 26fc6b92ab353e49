"""Ed25519's constants and encodings in plain integers (RFC 8032 §5.1), shared by both engines."""

P = 2**255 - 19  # the field
L = 2**252 + 27742317777372353535851937790883648493  # the order of the base point
D = 37095705934669439343138083508754565189542113879843219016388785533085940283555  # -121665/121666 mod P
D2 = 2 * D % P
SQRT_MINUS_ONE = 19681161376707505956807079304988542015446066515923890162744021073123829784752
ENCODED_SIZE = 32

SIGN_BIT = 1 << 255
_ORDER_8_Y = 2707385501144840649318225287225658788936804267575313519463743609750303402022
# y of every point whose order divides 8, which are the points that belong to everybody's key:
# the identity, order 2, order 4, and the two classes of order 8.
SMALL_ORDER_Y = (1, P - 1, 0, _ORDER_8_Y, P - _ORDER_8_Y)

COMB_DIGITS = 256  # of the signed comb: 8 blocks of 4 teeth at spacing 8 (firmware/tools/make_ed25519_table.py)
WINDOWS = 64  # signed hexadecimal digits of a scalar below L


def is_weak_y(encoded: bytes) -> bool:
    """Whether an encoded point is non-canonical (y >= P) or of small order, as libsodium refuses for A and R.

    The sign bit plays no part: it is either free or, at x = 0, a second encoding of a small-order point.
    """
    y = int.from_bytes(encoded, "little") % SIGN_BIT
    return y >= P or y in SMALL_ORDER_Y


def decode_point(encoded: bytes) -> "tuple[int, int]":
    """The affine (x, y) of a canonical encoding (RFC 8032 §5.1.3); ValueError where no point of the curve has that y.

    Not for secrets: its time depends on the point. Check is_weak_y first.
    """
    value = int.from_bytes(encoded, "little")
    y = value % SIGN_BIT
    # 1. x² = u / v; the candidate root needs no inversion: u·v³·(u·v⁷)^((P-5)/8).
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    cube = v * v * v % P
    x = u * cube * pow(u * cube * cube * v % P, (P - 5) // 8, P) % P
    # 2. Its square is x² or -x² or x² does not exist.
    square = v * x * x % P
    if square != u:
        if square != P - u:
            raise ValueError("not on the curve")
        x = x * SQRT_MINUS_ONE % P
    # 3. The sign bit chooses between x and -x.
    if x % 2 != value // SIGN_BIT:
        x = P - x
    return x, y


def encode_point(point: "tuple[int, int]") -> bytes:
    """The 32-byte encoding (RFC 8032 §5.1.2) of an affine (x, y), both below P."""
    x, y = point
    return (y + SIGN_BIT * (x & 1)).to_bytes(ENCODED_SIZE, "little")


def comb_digits(scalar: int) -> bytes:
    """The digits ±1 (as bits 1 and 0, least significant first) whose sum of digit·2^i is scalar modulo L.

    Every scalar has as many digits, none of them zero, so the additions do not depend on it. Bit i stands for
    2·bit - 1: (scalar + 2^256 - 1) / 2 modulo L has those bits.
    """
    doubled = (scalar + (1 << COMB_DIGITS) - 1) % L
    return ((doubled + (doubled & 1) * L) >> 1).to_bytes(COMB_DIGITS // 8, "little")


def window_digits(scalar: int) -> "list[int]":
    """WINDOWS digits from -8 to 7, least significant first, with the sum of digit·16^i equal to scalar < L."""
    digits, carry = [], 0
    for byte in scalar.to_bytes(WINDOWS // 2, "little"):
        for nibble in (byte & 15, byte >> 4):
            digit = nibble + carry
            carry = 1 if digit > 7 else 0
            digits.append(digit - 16 * carry)
    return digits
