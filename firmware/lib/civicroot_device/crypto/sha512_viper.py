"""SHA-512's compression function in native code (MicroPython's viper), with 64-bit words as two 32-bit halves.

One source for 32-bit and 64-bit machines: a value is exact in its low 32 bits only, and every right shift acts on one
just loaded from memory through `uint`, which is clean. No literal reaches 2^30, which xtensawin cannot hold.
Importing this fails (ImportError, SyntaxError or ValueError) where viper is not available.
"""

import struct

import micropython

from civicroot_device.crypto.sha512_constants import INITIAL_STATE, ROUND_CONSTANTS

_STATE_WORDS = 16  # eight 64-bit words, each as high half, low half
_SCRATCH = 4 * (32 + 16 + 8)  # sixteen schedule words, the eight working variables, four temporaries


def _native_words(data: bytes) -> bytearray:
    """Big-endian 32-bit words in the machine's own order, in memory aligned for ptr32 (a bytes constant may not be)."""
    count = len(data) // 4
    return bytearray(struct.pack("%dI" % count, *struct.unpack(">%dI" % count, data)))


_ROUND_WORDS = _native_words(ROUND_CONSTANTS)


def initial_state() -> bytearray:
    """The initial hash value (FIPS 180-4 §5.3.5) as sixteen 32-bit halves."""
    return _native_words(INITIAL_STATE)


def digest(state: bytearray) -> bytes:
    """The state as 64 big-endian bytes."""
    return struct.pack(">%dI" % _STATE_WORDS, *struct.unpack("%dI" % _STATE_WORDS, state))


def compress(state: bytearray, block: bytearray) -> None:
    """Replace the state by that after one 128-byte block (FIPS 180-4 §6.4.2)."""
    _compress(state, block, _ROUND_WORDS, bytearray(_SCRATCH))


@micropython.viper
def _compress(  # noqa: PLR0915 (a viper function calls others only through slow boxed calls)
    state: ptr32, block: ptr8, constants: ptr32, scratch: ptr32
):
    # scratch: words 0..31 schedule ring, 32..47 working variables a..h as a ring, 48.. clean copies.
    ring = ptr32(int(scratch) + 128)
    clean = ptr32(int(scratch) + 192)
    i = 0
    while i < 16:
        ring[i] = state[i]
        i += 1
    i = 0
    while i < 32:
        j = i << 2
        scratch[i] = (block[j] << 24) | (block[j + 1] << 16) | (block[j + 2] << 8) | block[j + 3]
        i += 1

    t = 0
    while t < 80:
        w = (t & 15) << 1
        if t >= 16:
            # W[t] = sigma1(W[t-2]) + W[t-7] + sigma0(W[t-15]) + W[t-16]; low halves are summed as 16-bit pieces
            j = ((t + 1) & 15) << 1
            hi = uint(scratch[j])
            lo = uint(scratch[j + 1])
            clean[0] = ((lo >> 1) | (hi << 31)) ^ ((lo >> 8) | (hi << 24)) ^ ((lo >> 7) | (hi << 25))
            high = int(((hi >> 1) | (lo << 31)) ^ ((hi >> 8) | (lo << 24)) ^ (hi >> 7))
            j = ((t + 14) & 15) << 1
            hi = uint(scratch[j])
            lo = uint(scratch[j + 1])
            clean[1] = ((lo >> 19) | (hi << 13)) ^ ((hi >> 29) | (lo << 3)) ^ ((lo >> 6) | (hi << 26))
            high += int(((hi >> 19) | (lo << 13)) ^ ((lo >> 29) | (hi << 3)) ^ (hi >> 6))
            j = ((t + 9) & 15) << 1
            high += scratch[j] + scratch[w]
            x = uint(clean[0])
            y = uint(clean[1])
            hi = uint(scratch[j + 1])
            lo = uint(scratch[w + 1])
            low = int((x & 65535) + (y & 65535) + (hi & 65535) + (lo & 65535))
            mid = int((x >> 16) + (y >> 16) + (hi >> 16) + (lo >> 16)) + (low >> 16)
            scratch[w] = high + (mid >> 16)
            scratch[w + 1] = (mid << 16) | (low & 65535)

        # Variable v (a = 0 … h = 7) of this round lies at ring[(v - t) & 7]: nothing is moved from round to round.
        j = ((4 - t) & 7) << 1
        hi = uint(ring[j])
        lo = uint(ring[j + 1])
        clean[0] = ((lo >> 14) | (hi << 18)) ^ ((lo >> 18) | (hi << 14)) ^ ((hi >> 9) | (lo << 23))
        high = int(((hi >> 14) | (lo << 18)) ^ ((hi >> 18) | (lo << 14)) ^ ((lo >> 9) | (hi << 23)))
        i = ((5 - t) & 7) << 1
        j = ((6 - t) & 7) << 1
        # choose(e, f, g) = g ^ (e & (f ^ g))
        high += ring[j] ^ (int(hi) & (ring[i] ^ ring[j]))
        clean[1] = ring[j + 1] ^ (int(lo) & (ring[i + 1] ^ ring[j + 1]))
        h = ((7 - t) & 7) << 1
        high += ring[h] + constants[t + t] + scratch[w]
        x = uint(clean[0])
        y = uint(clean[1])
        hi = uint(ring[h + 1])
        lo = uint(constants[t + t + 1])
        low = int((x & 65535) + (y & 65535) + (hi & 65535) + (lo & 65535))
        mid = int((x >> 16) + (y >> 16) + (hi >> 16) + (lo >> 16))
        x = uint(scratch[w + 1])
        low += int(x & 65535)
        mid += int(x >> 16) + (low >> 16)
        # t1 = (high, mid, low); d += t1 makes the next round's e
        high += mid >> 16
        mid &= 65535
        low &= 65535
        j = ((3 - t) & 7) << 1
        x = uint(ring[j + 1])
        lower = int(x & 65535) + low
        carry = int(x >> 16) + mid + (lower >> 16)
        ring[j] = ring[j] + high + (carry >> 16)
        ring[j + 1] = (carry << 16) | (lower & 65535)

        # t1 + Sigma0(a) + majority(a, b, c) takes h's place: the next round's a
        j = ((0 - t) & 7) << 1
        hi = uint(ring[j])
        lo = uint(ring[j + 1])
        clean[0] = ((lo >> 28) | (hi << 4)) ^ ((hi >> 2) | (lo << 30)) ^ ((hi >> 7) | (lo << 25))
        high += int(((hi >> 28) | (lo << 4)) ^ ((lo >> 2) | (hi << 30)) ^ ((lo >> 7) | (hi << 25)))
        i = ((1 - t) & 7) << 1
        j = ((2 - t) & 7) << 1
        # majority(a, b, c) = (a & b) | (c & (a | b))
        high += (int(hi) & ring[i]) | (ring[j] & (int(hi) | ring[i]))
        clean[1] = (int(lo) & ring[i + 1]) | (ring[j + 1] & (int(lo) | ring[i + 1]))
        x = uint(clean[0])
        y = uint(clean[1])
        low += int((x & 65535) + (y & 65535))
        mid += int((x >> 16) + (y >> 16)) + (low >> 16)
        ring[h] = high + (mid >> 16)
        ring[h + 1] = (mid << 16) | (low & 65535)
        t += 1

    # After 80 rounds (a multiple of 8) a..h are back at ring[0..7].
    i = 0
    while i < 16:
        x = uint(state[i + 1])
        y = uint(ring[i + 1])
        low = int((x & 65535) + (y & 65535))
        mid = int((x >> 16) + (y >> 16)) + (low >> 16)
        state[i] = state[i] + ring[i] + (mid >> 16)
        state[i + 1] = (mid << 16) | (low & 65535)
        i += 2
