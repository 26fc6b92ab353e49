"""X25519's ladder in native code: see ed25519_field for the machine, x25519_plain for the formulas.

Registers: the input u, the two points X2 : Z2 and X3 : Z3, temporaries and (A - 2) / 4, in one bytearray of about
1.3 kB, zeroed afterwards. The points are exchanged by masks, never by a branch. Importing this fails (ImportError,
SyntaxError or ValueError) where viper is not available.
"""

import micropython

from civicroot_device.crypto.ed25519_curve import P
from civicroot_device.crypto.ed25519_field import (
    ADD,
    FIRST_REGISTER,
    MULTIPLY,
    REGISTER_SIZE,
    STORED_SIZE,
    SUBTRACT,
    VALUE_BITS,
    load,
    run,
    store,
)
from civicroot_device.crypto.x25519_plain import A24, BITS

_U, _X2, _Z2, _X3, _Z3, _A24 = range(FIRST_REGISTER, FIRST_REGISTER + 6)
_A, _B, _C, _D, _E, _F = range(_A24 + 1, _A24 + 7)
_REGISTERS = _F + 1


def _program(*steps: "tuple[int, int, int, int]") -> bytes:
    return bytes([byte for step in steps for byte in step])


# No factor is more than a sum of two products, which is what MULTIPLY can take.
_STEP = _program(
    (ADD, _A, _X2, _Z2),
    (SUBTRACT, _B, _X2, _Z2),
    (ADD, _C, _X3, _Z3),
    (SUBTRACT, _D, _X3, _Z3),
    (MULTIPLY, _D, _D, _A),  # DA
    (MULTIPLY, _C, _C, _B),  # CB
    (MULTIPLY, _A, _A, _A),  # AA
    (MULTIPLY, _B, _B, _B),  # BB
    (SUBTRACT, _E, _A, _B),
    (ADD, _X3, _D, _C),
    (MULTIPLY, _X3, _X3, _X3),
    (SUBTRACT, _Z3, _D, _C),
    (MULTIPLY, _Z3, _Z3, _Z3),
    (MULTIPLY, _Z3, _Z3, _U),
    (MULTIPLY, _X2, _A, _B),
    (MULTIPLY, _F, _E, _A24),
    (ADD, _F, _F, _A),
    (MULTIPLY, _Z2, _E, _F),
)
_SQUARE = _program((MULTIPLY, _A, _A, _A))
_TIMES_Z = _program((MULTIPLY, _A, _A, _Z2))
_QUOTIENT = _program((MULTIPLY, _X2, _X2, _A))


@micropython.viper
def _exchange(left: ptr32, right: ptr32, bit: int):
    """Exchange 40 words (two registers) if bit is 1, in the same time if it is 0."""
    mask = 0 - bit
    i = 0
    while i < 40:
        difference = (left[i] ^ right[i]) & mask
        left[i] ^= difference
        right[i] ^= difference
        i += 1


def ladder(scalar: int, u: int) -> int:
    """The u coordinate of scalar times the point with coordinate u, for a clamped scalar and u below P."""
    registers = bytearray(_REGISTERS * REGISTER_SIZE)
    view = memoryview(registers)
    for register, value in ((_U, u), (_X2, 1), (_X3, u), (_Z3, 1), (_A24, A24)):
        load(view[register * REGISTER_SIZE :], value.to_bytes(32, "little"))
    first, second = view[_X2 * REGISTER_SIZE :], view[_X3 * REGISTER_SIZE :]
    secret = bytearray(scalar.to_bytes(32, "little"))
    before = 0
    for at in range(BITS - 1, -1, -1):
        bit = secret[at >> 3] >> (at & 7) & 1
        _exchange(first, second, bit ^ before)
        _run(registers, _STEP)
        before = bit
    _exchange(first, second, before)
    secret[:] = bytes(len(secret))
    _divide(registers)
    stored = bytearray(STORED_SIZE)
    carry = store(stored, view[_X2 * REGISTER_SIZE :])
    registers[:] = bytes(len(registers))
    return (int.from_bytes(stored, "little") + (carry << VALUE_BITS)) % P


def _divide(registers: bytearray) -> None:
    """X2 = X2 / Z2, with Z2^(p-2) by squaring and multiplying along the public exponent; Z2 = 0 gives 0."""
    exponent = P - 2
    _run(registers, _program((SUBTRACT, _B, _B, _B), (ADD, _A, _Z2, _B)))
    for at in range(BITS - 2, -1, -1):
        _run(registers, _SQUARE)
        if exponent >> at & 1:
            _run(registers, _TIMES_Z)
    _run(registers, _QUOTIENT)


def _run(registers: bytearray, program: bytes) -> None:
    run(registers, registers, 0, registers, program, len(program))
