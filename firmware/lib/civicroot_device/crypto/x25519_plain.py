"""X25519's ladder in plain integers (RFC 7748 §5): runs everywhere, and is what the native one is tested against.

Its time depends on secrets: big integers are not constant-time.
"""

from civicroot_device.crypto.ed25519_curve import P

A24 = 121665  # (486662 - 2) / 4
BITS = 255


def ladder(scalar: int, u: int) -> int:
    """The u coordinate of scalar times the point with coordinate u, for a clamped scalar and u below P."""
    x2, z2, x3, z3 = 1, 0, u, 1
    for at in range(BITS - 1, -1, -1):
        bit = scalar >> at & 1
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb = d * a % P, c * b % P
        aa, bb = a * a % P, b * b % P
        e = aa - bb
        x3, z3 = (da + cb) * (da + cb) % P, u * ((da - cb) * (da - cb) % P) % P
        x2, z2 = aa * bb % P, e * (aa + A24 * e) % P
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return x2 * pow(z2, P - 2, P) % P
