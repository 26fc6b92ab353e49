"""Curve arithmetic for ed25519 in native code: see ed25519_field for the machine, ed25519_plain for the formulas.

Registers: X Y Z T of the running total, an addend in Niels form, temporaries, and 2d. All in one bytearray of
about 1.5 kB per call (4 kB when verifying), zeroed afterwards.
Importing this fails (ImportError, SyntaxError or ValueError) where viper is not available.
"""

from civicroot_device.crypto.ed25519_curve import D2, P, comb_digits, window_digits
from civicroot_device.crypto.ed25519_field import (
    ADD,
    CARRY,
    ENTRY_SCRATCH,
    FIRST_REGISTER,
    MULTIPLY,
    REGISTER_SIZE,
    STORED_SIZE,
    SUBTRACT,
    VALUE_BITS,
    is_aligned,
    load,
    run,
    select,
    store,
)
from civicroot_device.crypto.ed25519_table import TABLE

_BLOCKS, _COLUMNS = 8, 8
_BLOCK_SIZE = 8 * 96

_X, _Y, _Z, _T = range(FIRST_REGISTER, FIRST_REGISTER + 4)
_PLUS, _MINUS, _PRODUCT, _Z2 = range(_T + 1, _T + 5)  # the addend
_A, _B, _C, _D, _E, _F, _G, _H = range(_Z2 + 1, _Z2 + 9)
_TWO_D = _H + 1
_REGISTERS = _TWO_D + 1
_MULTIPLES = 8  # of a point, kept as addends when verifying
_ADDEND_SIZE = 4 * REGISTER_SIZE

# E·F, G·H, F·G and E·H, which end every formula.
_PRODUCTS = (
    (MULTIPLY, _X, _E, _F),
    (MULTIPLY, _Y, _G, _H),
    (MULTIPLY, _Z, _F, _G),
    (MULTIPLY, _T, _E, _H),
)


def _program(*steps: "tuple[int, int, int, int]") -> bytes:
    return bytes([byte for step in steps for byte in step])


def _addition(plus: int, minus: int, f: int, g: int) -> bytes:
    """The total plus the addend; with plus and minus, and f and g, exchanged: minus the addend."""
    return _program(
        (SUBTRACT, _A, _Y, _X),
        (MULTIPLY, _A, _A, minus),
        (ADD, _B, _Y, _X),
        (MULTIPLY, _B, _B, plus),
        (MULTIPLY, _C, _T, _PRODUCT),
        (MULTIPLY, _D, _Z, _Z2),
        (SUBTRACT, _E, _B, _A),
        (SUBTRACT, f, _D, _C),
        (ADD, g, _D, _C),
        (ADD, _H, _B, _A),
        *_PRODUCTS,
    )


_ADDITION = _addition(_PLUS, _MINUS, _F, _G)
_SUBTRACTION = _addition(_MINUS, _PLUS, _G, _F)

# The addend's Z is 1: D = 2Z is an addition, carried because F and G are to be factors of each other.
_TABLE_ADDITION = _ADDITION.replace(_program((MULTIPLY, _D, _Z, _Z2)), _program((ADD, _D, _Z, _Z), (CARRY, _D, _D, _D)))

_DOUBLING = _program(
    (MULTIPLY, _A, _X, _X),
    (MULTIPLY, _B, _Y, _Y),
    (MULTIPLY, _C, _Z, _Z),
    (ADD, _C, _C, _C),
    (ADD, _H, _A, _B),
    (ADD, _E, _X, _Y),
    (MULTIPLY, _E, _E, _E),
    (SUBTRACT, _E, _H, _E),  # a sum of three
    (CARRY, _E, _E, _E),
    (SUBTRACT, _G, _A, _B),
    (ADD, _F, _C, _G),  # a sum of four
    (CARRY, _F, _F, _F),
    *_PRODUCTS,
)

_SQUARINGS = _program((MULTIPLY, _A, _A, _A)) * 99  # _invert's longest chain, its first squaring apart

# The total in Niels form.
_NIELS = _program(
    (ADD, _PLUS, _Y, _X),
    (CARRY, _PLUS, _PLUS, _PLUS),
    (SUBTRACT, _MINUS, _Y, _X),
    (CARRY, _MINUS, _MINUS, _MINUS),
    (MULTIPLY, _PRODUCT, _T, _TWO_D),
    (ADD, _Z2, _Z, _Z),
    (CARRY, _Z2, _Z2, _Z2),
)


def base_multiple(scalar: int) -> "tuple[int, int]":
    """The affine (x, y) of scalar times the base point, for 0 <= scalar < L."""
    registers = bytearray(_REGISTERS * REGISTER_SIZE)
    _base_multiple(registers, scalar)
    return _affine(registers)


def combination(base_scalar: int, scalar: int, point: "tuple[int, int]") -> "tuple[int, int]":
    """The affine base_scalar times the base point plus scalar times the affine point. Not for secrets."""
    registers = bytearray(_REGISTERS * REGISTER_SIZE)
    view = memoryview(registers)
    _set(view, _TWO_D, D2)
    _multiple(registers, scalar, point)
    _run(registers, _NIELS)
    addend = bytes(_addend(view))
    _base_multiple(registers, base_scalar)
    _addend(view)[:] = addend
    _run(registers, _ADDITION)
    return _affine(registers)


def _base_multiple(registers: bytearray, scalar: int) -> None:
    """Leave scalar times the base point in the total."""
    digits = comb_digits(scalar)
    table = memoryview(TABLE if is_aligned(TABLE) else bytearray(TABLE))
    blocks = [table[at : at + _BLOCK_SIZE] for at in range(0, len(TABLE), _BLOCK_SIZE)]
    addend = _addend(memoryview(registers))
    scratch = bytearray(ENTRY_SCRATCH)
    _set_identity(registers)
    for column in range(_COLUMNS - 1, -1, -1):
        _run(registers, _DOUBLING)
        for block in range(_BLOCKS):
            at = 4 * block
            digit = (
                (digits[at] >> column & 1)
                | (digits[at + 1] >> column & 1) << 1
                | (digits[at + 2] >> column & 1) << 2
                | (digits[at + 3] >> column & 1) << 3
            )
            select(addend, blocks[block], digit, scratch)
            _run(registers, _TABLE_ADDITION)
    scratch[:] = bytes(len(scratch))


def _multiple(registers: bytearray, scalar: int, point: "tuple[int, int]") -> None:
    """Leave scalar times the affine point in the total, by signed windows of four bits."""
    view = memoryview(registers)
    multiples = memoryview(_multiples(registers, point))
    addend = _addend(view)
    _set_identity(registers)
    for digit in reversed(window_digits(scalar)):
        for _ in range(4):
            _run(registers, _DOUBLING)
        if digit:
            at = (abs(digit) - 1) * _ADDEND_SIZE
            addend[:] = multiples[at : at + _ADDEND_SIZE]
            _run(registers, _ADDITION if digit > 0 else _SUBTRACTION)


def _multiples(registers: bytearray, point: "tuple[int, int]") -> bytearray:
    """The addends of 1 to 8 times the affine point."""
    view = memoryview(registers)
    x, y = point
    for register, value in ((_X, x), (_Y, y), (_Z, 1), (_T, x * y % P)):
        _set(view, register, value)
    addend = _addend(view)
    _run(registers, _NIELS)
    first = bytes(addend)
    multiples = bytearray(first)
    for _ in range(_MULTIPLES - 1):
        addend[:] = first
        _run(registers, _ADDITION)
        _run(registers, _NIELS)
        multiples.extend(addend)
    return multiples


def _run(registers: bytearray, program: bytes) -> None:
    run(registers, registers, 0, registers, program, len(program))


def _addend(view: memoryview) -> memoryview:
    """The addend's four registers."""
    return view[_PLUS * REGISTER_SIZE : (_Z2 + 1) * REGISTER_SIZE]


def _set_identity(registers: bytearray) -> None:
    view = memoryview(registers)
    for register, value in ((_X, 0), (_Y, 1), (_Z, 1), (_T, 0)):
        _set(view, register, value)


def _set(view: memoryview, register: int, value: int) -> None:
    load(view[register * REGISTER_SIZE :], value.to_bytes(32, "little"))


def _affine(registers: bytearray) -> "tuple[int, int]":
    """The affine (x, y) of the total as integers; the registers are zeroed."""
    _invert(registers)
    _run(registers, _program((MULTIPLY, _X, _X, _A), (MULTIPLY, _Y, _Y, _A)))
    result = _get(registers, _X), _get(registers, _Y)
    registers[:] = bytes(len(registers))
    return result


def _invert(registers: bytearray) -> None:
    """Leave Z^(p-2), the inverse of Z, in register A.

    265 multiplications, a quarter of signing's time; Euclid's algorithm on integers takes half of that but 35 kB of
    garbage, and its steps follow its secret input.
    """
    # Each step: target = (source to the 2^squarings) times factor. z_n is Z to the 2^n - 1.
    z11, z5, z10, z20, z50, z100 = _B, _C, _D, _E, _F, _G
    z9, z40, z200, z250 = _H, _PLUS, _MINUS, _PRODUCT
    _run(registers, _program((MULTIPLY, z11, _Z, _Z)))  # Z^2
    for target, source, squarings, factor in (
        (z9, z11, 2, _Z),  # Z^9
        (z11, z9, 0, z11),  # Z^11
        (z5, z11, 1, z9),
        (z10, z5, 5, z5),
        (z20, z10, 10, z10),
        (z40, z20, 20, z20),
        (z50, z40, 10, z10),
        (z100, z50, 50, z50),
        (z200, z100, 100, z100),
        (z250, z200, 50, z50),
        (_A, z250, 5, z11),  # Z^(2^255 - 21)
    ):
        if squarings:
            _run(registers, _program((MULTIPLY, _A, source, source)))
            run(registers, registers, 0, registers, _SQUARINGS, 4 * (squarings - 1))
        _run(registers, _program((MULTIPLY, target, _A if squarings else source, factor)))


def _get(registers: bytearray, register: int) -> int:
    """A register's value modulo p."""
    stored = bytearray(STORED_SIZE)
    carry = store(stored, memoryview(registers)[register * REGISTER_SIZE :])
    return (int.from_bytes(stored, "little") + (carry << VALUE_BITS)) % P
