"""Arithmetic modulo 2^255 - 19 in native code (MicroPython's viper) on one block of memory: no heap, no branch on data.

A register is a field element of 20 signed limbs of 13 bits (80 bytes), any value congruent modulo p. A program is
a bytes object of four-byte steps (operation, target, left, right), each of the last three a register number. Running
whole formulas in one call spares the call overhead of every single operation.

Why 13 bits: viper multiplies to 32 bits, and a column of a product is a sum of 20 products. MULTIPLY and CARRY
leave limbs of at most about 2^12 in magnitude, so factors may be sums or differences of two such
elements: 20 * 2^13 * 2^13 < 2^31. A sum of three may be multiplied by such a sum of two at most
(20 * 3 * 2^12 * 2^13 < 2^31), anything larger goes through CARRY first.

The same source is exact on 32-bit and 64-bit machines: ptr32 loads are not sign-extended on the latter, hence
`(x ^ top) - top`. No literal reaches 2^30, which xtensawin cannot hold.
"""

import micropython
from micropython import const

MULTIPLY = 0
ADD = 1
SUBTRACT = 2
CARRY = 3

LIMBS = 20
VALUE_BITS = 260
REGISTER_SIZE = 4 * LIMBS
STORED_SIZE = 33  # bytes that store writes
ENTRY_SCRATCH = 100  # bytes: the 24 words of an entry, and one that unpacking the last limb touches
FIRST_REGISTER = 2  # registers 0 and 1 are the multiplier's 40 columns

_SIZE = const(80)


@micropython.viper
def run(  # noqa: PLR0915 (a viper function calls others only through slow boxed calls)
    row: ptr32, right: ptr32, factor: int, registers: ptr32, program: ptr8, size: int
):
    """Run `size` bytes of program on the registers.

    The first three arguments are placeholders (pass registers, registers, 0): viper keeps its first three locals
    in machine registers, and these are the ones of the inner loop.
    """
    top = 1
    top = top << 31
    step = 0
    while step < size:
        operation = program[step]
        target = ptr32(int(registers) + program[step + 1] * _SIZE)
        left = ptr32(int(registers) + program[step + 2] * _SIZE)
        right = ptr32(int(registers) + program[step + 3] * _SIZE)
        step += 4
        i = 0
        if operation == 1:
            while i < 20:
                target[i] = left[i] + right[i]
                i += 1
            continue
        if operation == 2:
            while i < 20:
                target[i] = left[i] - right[i]
                i += 1
            continue
        carry = 0
        if operation == 3:
            while i < 20:
                factor = (left[i] ^ top) - top + carry
                carry = (factor + 4096) >> 13
                target[i] = factor - (carry << 13)
                i += 1
        else:
            # 1. The 39 columns of the product.
            while i < 40:
                registers[i] = 0
                i += 1
            i = 0
            while i < 20:
                factor = left[i]
                row = ptr32(int(registers) + (i << 2))
                row[0] += factor * right[0]
                row[1] += factor * right[1]
                row[2] += factor * right[2]
                row[3] += factor * right[3]
                row[4] += factor * right[4]
                row[5] += factor * right[5]
                row[6] += factor * right[6]
                row[7] += factor * right[7]
                row[8] += factor * right[8]
                row[9] += factor * right[9]
                row[10] += factor * right[10]
                row[11] += factor * right[11]
                row[12] += factor * right[12]
                row[13] += factor * right[13]
                row[14] += factor * right[14]
                row[15] += factor * right[15]
                row[16] += factor * right[16]
                row[17] += factor * right[17]
                row[18] += factor * right[18]
                row[19] += factor * right[19]
                i += 1
            # 2. Carry them into limbs; the last carry is limb 39.
            i = 0
            while i < 39:
                factor = (registers[i] ^ top) - top + carry
                carry = (factor + 4096) >> 13
                registers[i] = factor - (carry << 13)
                i += 1
            registers[39] = carry
            # 3. Fold: 2^260 = 19 * 2^5 = 608 modulo p.
            row = ptr32(int(registers) + 80)
            carry = 0
            i = 0
            while i < 20:
                factor = (registers[i] ^ top) - top + ((row[i] ^ top) - top) * 608 + carry
                carry = (factor + 4096) >> 13
                target[i] = factor - (carry << 13)
                i += 1
        # The carry out of limb 19 comes back at limb 0, and once more into limb 1, which it barely enlarges.
        factor = (target[0] ^ top) - top + carry * 608
        carry = (factor + 4096) >> 13
        target[0] = factor - (carry << 13)
        target[1] += carry


@micropython.viper
def load(target: ptr32, source: ptr8):
    """Set a register (its address) to 255 little-endian bits in 32 readable bytes; bit 255 is not looked at."""
    bit = 0
    i = 0
    while i < 19:
        at = bit >> 3
        target[i] = ((source[at] | (source[at + 1] << 8) | (source[at + 2] << 16)) >> (bit & 7)) & 8191
        bit += 13
        i += 1
    target[19] = (source[30] >> 7) | ((source[31] & 127) << 1)


@micropython.viper
def store(target: ptr8, source: ptr32) -> int:
    """Write a register as 260 little-endian bits into 33 bytes; returns the carry, worth 2^260, signed."""
    top = 1
    top = top << 31
    carry = 0
    pending = 0
    bits = 0
    at = 0
    i = 0
    while i < 20:
        value = (source[i] ^ top) - top + carry
        carry = value >> 13
        pending |= (value - (carry << 13)) << bits
        bits += 13
        while bits >= 8:
            target[at] = pending
            pending = pending >> 8
            bits -= 8
            at += 1
        i += 1
    target[at] = pending
    return carry


@micropython.viper
def select(target: ptr32, block: ptr32, digit: int, entry: ptr32):
    """Set the three registers at target to the addend (y + x, y - x, 2dxy) that a comb digit chooses.

    block: the 8 entries of 24 words each; digit: four teeth, bit 3 set where the whole is positive; entry:
    ENTRY_SCRATCH bytes of scratch. Every entry is read, and the digit only ever makes masks.
    """
    negative = (digit >> 3) - 1
    index = (digit ^ negative) & 7
    i = 0
    while i < 24:
        entry[i] = 0
        i += 1
    e = 0
    while e < 8:
        mask = ((e ^ index) - 1) >> 3
        i = 0
        while i < 24:
            entry[i] |= block[i] & mask
            i += 1
        block = ptr32(int(block) + 96)
        e += 1
    # A point's negative swaps the first two elements and negates the third.
    i = 0
    while i < 8:
        swap = (entry[i] ^ entry[i + 8]) & negative
        entry[i] ^= swap
        entry[i + 8] ^= swap
        i += 1
    source = ptr8(entry)
    e = 0
    while e < 3:
        bit = 0
        i = 0
        while i < 20:
            at = bit >> 3
            # Limb 19 has the last eight bits; its third byte belongs to the next element (or is past the last).
            value = source[at] | (source[at + 1] << 8) | (source[at + 2] << 16)
            target[i] = (value >> (bit & 7)) & 8191
            bit += 13
            i += 1
        target[19] &= 255
        if e == 2:
            i = 0
            while i < 20:
                target[i] = (target[i] ^ negative) - negative
                i += 1
        target = ptr32(int(target) + _SIZE)
        source = ptr8(int(source) + 32)
        e += 1


@micropython.viper
def is_aligned(data: ptr8) -> bool:
    """Whether select may read data as words (a bytes constant in flash may lie at any address)."""
    return (int(data) & 3) == 0
