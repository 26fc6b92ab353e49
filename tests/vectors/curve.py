"""Edwards25519 from RFC 8032 §5.1, written for clarity: it makes the torsion points that signers never make."""

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
Point = tuple[int, int]
IDENTITY: Point = (0, 1)


def add(one: Point, two: Point) -> Point:
    """The sum of two points, in affine coordinates."""
    product = D * one[0] * two[0] * one[1] * two[1] % P
    x = (one[0] * two[1] + two[0] * one[1]) * pow(1 + product, -1, P) % P
    y = (one[1] * two[1] + one[0] * two[0]) * pow(1 - product, -1, P) % P
    return x, y


def multiply(scalar: int, point: Point) -> Point:
    """scalar · point, most significant bit first."""
    found = IDENTITY
    for bit in bin(scalar)[2:]:
        found = add(found, found)
        if bit == "1":
            found = add(found, point)
    return found


def x_of(y: int, odd: int) -> int | None:
    """The x coordinate of that parity, None if there is none (RFC 8032 §5.1.3)."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if (x * x - square) % P or (x == 0 and odd):
        return None
    return P - x if x % 2 != odd else x


def encode(point: Point) -> bytes:
    """32 bytes: y with the parity of x in the highest bit."""
    return (point[1] | (point[0] % 2) << 255).to_bytes(32, "little")


def base() -> Point:
    """The base point B."""
    y = 4 * pow(5, -1, P) % P
    x = x_of(y, 0)
    assert x is not None
    return x, y


def order_eight() -> Point:
    """A point of order 8, found as RFC 8032 suggests: L times any point outside the prime subgroup."""
    for y in range(2, 100):
        x = x_of(y, 0)
        if x is None:
            continue
        point = multiply(L, (x, y))
        if multiply(4, point) != IDENTITY:
            return point
    raise AssertionError("no point of order 8 among the first hundred")
