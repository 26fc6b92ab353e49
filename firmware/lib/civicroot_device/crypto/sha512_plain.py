"""SHA-512's compression function in plain integers: runs everywhere, and is what the native one is tested against."""

import struct

from civicroot_device.crypto.sha512_constants import INITIAL_STATE, ROUND_CONSTANTS

_MASK = (1 << 64) - 1
_SCHEDULE = 80


def initial_state() -> "list[int]":
    """The initial hash value (FIPS 180-4 §5.3.5), eight 64-bit integers."""
    return list(struct.unpack(">8Q", INITIAL_STATE))


def digest(state: "list[int]") -> bytes:
    """The state as 64 big-endian bytes."""
    return struct.pack(">8Q", *state)


def compress(state: "list[int]", block: bytearray) -> None:
    """Replace the state by that after one 128-byte block (FIPS 180-4 §6.4.2)."""
    words = _schedule(block)
    a, b, c, d, e, f, g, h = state
    for t in range(_SCHEDULE):
        (constant,) = struct.unpack_from(">Q", ROUND_CONSTANTS, 8 * t)
        ee = e | e << 64  # twice in a row, so that a shift is a rotation
        aa = a | a << 64
        sigma1 = ee >> 14 ^ ee >> 18 ^ ee >> 41
        sigma0 = aa >> 28 ^ aa >> 34 ^ aa >> 39
        t1 = h + (sigma1 & _MASK) + (e & f ^ ~e & g) + constant + words[t]
        t2 = (sigma0 & _MASK) + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = t1 + t2 & _MASK, a, b, c, d + t1 & _MASK, e, f, g
    for index, value in enumerate((a, b, c, d, e, f, g, h)):
        state[index] = state[index] + value & _MASK


def _schedule(block: bytearray) -> "list[int]":
    """The eighty words of the message schedule."""
    words = list(struct.unpack(">16Q", block))
    for t in range(16, _SCHEDULE):
        x, y = words[t - 15], words[t - 2]
        xx, yy = x | x << 64, y | y << 64
        sigma0 = (xx >> 1 ^ xx >> 8) & _MASK ^ x >> 7
        sigma1 = (yy >> 19 ^ yy >> 61) & _MASK ^ y >> 6
        words.append(sigma1 + words[t - 7] + sigma0 + words[t - 16] & _MASK)
    return words
