"""Reed–Solomon check codewords over GF(256), as QR codes have them (ISO/IEC 18004:2015 §7.5.2 and annex A)."""

_POLYNOMIAL = 0x11D  # x⁸ + x⁴ + x³ + x² + 1, of which x is a generator

_EXP = bytearray(512)  # powers of x, twice round, so that a sum of two logarithms needs no reduction
_LOG = bytearray(256)


def _fill_tables() -> None:
    value = 1
    for power in range(255):
        _EXP[power] = _EXP[power + 255] = value
        _LOG[value] = power
        value <<= 1
        if value & 0x100:
            value ^= _POLYNOMIAL


_fill_tables()


def generator(count: int) -> bytearray:
    """Logarithms of the coefficients of (z − 1)(z − x)…(z − x^(count−1)), without the leading one.

    None of them is zero for the sizes that QR codes use (annex A), so that each has a logarithm.
    """
    coefficients = bytearray(count + 1)
    coefficients[0] = 1
    for power in range(count):
        for at in range(power + 1, 0, -1):
            if coefficients[at - 1]:
                coefficients[at] ^= _EXP[_LOG[coefficients[at - 1]] + power]
    return bytearray(_LOG[coefficient] for coefficient in coefficients[1:])


def remainder(data: bytearray, begin: int, end: int, divisor: bytearray) -> bytearray:
    """The check codewords of data[begin:end], as many as the generator `divisor` has coefficients."""
    count, size = len(divisor), end - begin
    rest = bytearray(size + count)
    rest[:size] = data[begin:end]
    for at in range(size):
        if rest[at]:
            power = _LOG[rest[at]]
            for index in range(count):
                rest[at + 1 + index] ^= _EXP[power + divisor[index]]
    return rest[size:]
