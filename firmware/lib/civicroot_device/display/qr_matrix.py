"""Modules of a QR code: function patterns, and where codewords go (ISO/IEC 18004:2015 §6.3, §7.7, §7.9, §7.10)."""

_ALIGNMENT = ((), (6, 18), (6, 22), (6, 26), (6, 30), (6, 34), (6, 22, 38), (6, 24, 42))  # centres (annex E)
_LEVEL_BITS = {"L": 1, "M": 0, "Q": 3, "H": 2}  # Table 12
_FORMAT_GENERATOR, _FORMAT_MASK = 0x537, 0x5412  # BCH (15, 5), annex C
_VERSION_GENERATOR = 0x1F25  # BCH (18, 6), annex D
_FIRST_WITH_VERSION = 7


class Matrix:
    """`size` modules a side; `modules` and `function` hold one bit for each: rows of `stride` bytes, bit 7 leftmost.

    A bit of `modules` is 1 where the module is dark, one of `function` where no codeword may go.
    """

    def __init__(self, version: int) -> None:
        """All light but for finder, alignment and timing patterns; room is reserved for format and version."""
        self.version = version
        self.size = 17 + 4 * version
        self.stride = (self.size + 7) // 8
        self.modules = bytearray(self.size * self.stride)
        self.function = bytearray(self.size * self.stride)
        for left, top in ((0, 0), (self.size - 7, 0), (0, self.size - 7)):
            self._finder(left, top)
        self._alignment()
        for at in range(8, self.size - 8):
            self._fix(at, 6, at % 2 == 0)
            self._fix(6, at, at % 2 == 0)
        self._format(0, False)
        self._version(0)

    def dark(self, x: int, y: int) -> bool:
        """Whether a module is dark."""
        return bool(self.modules[y * self.stride + (x >> 3)] & 0x80 >> (x & 7))

    def rows(self, bits: bytearray) -> "list[int]":
        """`modules` or `function` as an integer for each row, its leftmost module the highest bit."""
        padding = 8 * self.stride - self.size
        return [
            int.from_bytes(bits[at : at + self.stride], "big") >> padding for at in range(0, len(bits), self.stride)
        ]

    def set_rows(self, rows: "list[int]") -> None:
        """Replace all modules."""
        padding = 8 * self.stride - self.size
        for y in range(self.size):
            at = y * self.stride
            self.modules[at : at + self.stride] = (rows[y] << padding).to_bytes(self.stride, "big")

    def place(self, codewords: bytearray) -> None:
        """Fill the modules that are no function pattern, two columns at a time, up and down in turn (§7.7.3)."""
        at, last = 0, 8 * len(codewords)
        upwards = True
        right = self.size - 1
        while right > 0:
            if right == 6:  # the vertical timing pattern is a column of its own
                right = 5
            for step in range(self.size):
                y = self.size - 1 - step if upwards else step
                for x in range(right, right - 2, -1):  # not over a pair, which would be 1,200 tuples
                    index, bit = y * self.stride + (x >> 3), 0x80 >> (x & 7)
                    if self.function[index] & bit or at == last:
                        continue
                    if codewords[at >> 3] & 0x80 >> (at & 7):
                        self.modules[index] |= bit
                    at += 1
            upwards = not upwards
            right -= 2

    def complete(self, level: str, mask: int) -> None:
        """Write format and version: the last step (§7.1), after the mask is chosen."""
        data = _LEVEL_BITS[level] << 3 | mask
        self._format((data << 10 | _bch(data << 10, _FORMAT_GENERATOR)) ^ _FORMAT_MASK, True)
        self._version(self.version << 12 | _bch(self.version << 12, _VERSION_GENERATOR))

    def _fix(self, x: int, y: int, dark: bool) -> None:
        """Set a module of a function pattern."""
        index, bit = y * self.stride + (x >> 3), 0x80 >> (x & 7)
        self.function[index] |= bit
        self.modules[index] = self.modules[index] | bit if dark else self.modules[index] & ~bit

    def _finder(self, left: int, top: int) -> None:
        """Squares of 7, 5 and 3 modules, and the light separator around them."""
        for y in range(max(top - 1, 0), min(top + 8, self.size)):
            for x in range(max(left - 1, 0), min(left + 8, self.size)):
                self._fix(x, y, max(abs(x - left - 3), abs(y - top - 3)) in (0, 1, 3))

    def _alignment(self) -> None:
        """Squares of 5, 3 and 1 modules around each centre that is not in a finder pattern."""
        centres = _ALIGNMENT[self.version - 1]
        for row in centres:
            for column in centres:
                if self.function[row * self.stride + (column >> 3)] & 0x80 >> (column & 7):
                    continue
                for y in range(-2, 3):
                    for x in range(-2, 3):
                        self._fix(column + x, row + y, max(abs(x), abs(y)) != 1)

    def _format(self, bits: int, always: bool) -> None:
        """Level and mask, twice (§7.9, Figure 25), and the module that is always dark in the end."""
        for index in range(15):
            dark = bool(bits >> index & 1)
            # Index 0 is the least significant: down column 8, and from the right along row 8.
            self._fix(8, index + (index > 5) if index < 8 else self.size - 15 + index, dark)
            self._fix(self.size - 1 - index if index < 8 else 15 - index - (index > 8), 8, dark)
        self._fix(8, self.size - 8, always)

    def _version(self, bits: int) -> None:
        """The version, twice (§7.10), from version 7 on."""
        if self.version < _FIRST_WITH_VERSION:
            return
        for index in range(18):
            short, long = index // 3, self.size - 11 + index % 3
            self._fix(short, long, bool(bits >> index & 1))
            self._fix(long, short, bool(bits >> index & 1))


def _bch(value: int, generator: int) -> int:
    """The remainder of a division of polynomials over GF(2)."""
    degree = 0
    while generator >> degree > 1:
        degree += 1
    for shift in range(17 - degree, -1, -1):
        if value >> (shift + degree) & 1:
            value ^= generator << shift
    return value
