"""Data masks of a QR code and their penalties (ISO/IEC 18004:2015 §7.8), a whole row at a time.

A row is an integer, its leftmost module the highest bit, so that runs, blocks and patterns of all its modules are found
by a few shifts. Where small integers have 62 bits (the Unix port) nothing is allocated; on an ESP32 they have 30, and a
row of up to 49 modules is a small object that lives for one operation. Loops go over indices, since MicroPython makes a
tuple for every step of an enumerate.
"""

MASKS = range(8)

_RUN, _BLOCK, _PATTERN, _BALANCE = 3, 3, 40, 10  # N1 to N4 (§7.8.3.1)
_PERIOD = 6  # of every mask along a row; it is 12 down a column
_REPEATS = 9  # 54 modules, of which version 8 needs 49
_REPEAT = sum([1 << _PERIOD * count for count in range(_REPEATS)])
_ONES = bytes(sum([number >> bit & 1 for bit in range(7)]) for number in range(128))


def mask_row(mask: int, y: int, size: int) -> int:
    """The modules of row y that the mask turns over, function patterns included (Table 10)."""
    pattern = 0
    for x in range(_PERIOD):
        pattern = pattern << 1 | _condition(mask, y, x)
    return pattern * _REPEAT >> _PERIOD * _REPEATS - size


def _condition(mask: int, i: int, j: int) -> bool:
    """Whether the mask turns over the module at row i, column j, in the standard's own letters."""
    if mask == 0:
        rest = (i + j) % 2
    elif mask == 1:
        rest = i % 2
    elif mask == 2:
        rest = j % 3
    elif mask == 3:
        rest = (i + j) % 3
    elif mask == 4:
        rest = (i // 2 + j // 3) % 2
    elif mask == 5:
        rest = i * j % 2 + i * j % 3
    elif mask == 6:
        rest = (i * j % 2 + i * j % 3) % 2
    else:
        rest = ((i + j) % 2 + i * j % 3) % 2
    return rest == 0


def masked(rows: "list[int]", function: "list[int]", mask: int) -> "list[int]":
    """The rows with the mask applied to all modules that are no function pattern."""
    size = len(rows)
    return [rows[y] ^ mask_row(mask, y, size) & ~function[y] for y in range(size)]


def penalty(rows: "list[int]") -> int:
    """The sum of the four scores; the mask with the lowest one is taken."""
    return runs(rows) + blocks(rows) + patterns(rows) + balance(rows)


def runs(rows: "list[int]") -> int:
    """Five modules in a row or column of one colour cost 3, each further one 1 more."""
    size = len(rows)
    across, down = (1 << size - 1) - 1, (1 << size) - 1
    total = above = 0
    for y in range(size):
        row = rows[y]
        same = ~(row ^ row >> 1) & across  # neighbours of one colour; four such pairs are five modules
        five = same & same >> 1 & same >> 2 & same >> 3
        total += ones(five) + (_RUN - 1) * ones(five & ~(five >> 1))
        five = 0
        if y + 4 < size:
            five = down & ~(row ^ rows[y + 1] | row ^ rows[y + 2] | row ^ rows[y + 3] | row ^ rows[y + 4])
            total += ones(five) + (_RUN - 1) * ones(five & ~above)
        above = five
    return total


def blocks(rows: "list[int]") -> int:
    """Each square of 2 × 2 modules of one colour costs 3."""
    across = (1 << len(rows) - 1) - 1
    total = 0
    for y in range(len(rows) - 1):
        row, below = rows[y], rows[y + 1]
        total += ones(across & ~((row ^ row >> 1) | (row ^ below) | (below ^ below >> 1)))
    return _BLOCK * total


def patterns(rows: "list[int]") -> int:
    """Whatever looks like a finder pattern, 1011101 with four light modules before or after it, costs 40.

    What lies beyond the edge is the quiet zone, which is light.
    """
    size = len(rows)
    total = 0
    for y in range(size):
        row = rows[y]
        core = row & ~(row >> 1) & row >> 2 & row >> 3 & row >> 4 & ~(row >> 5) & row >> 6
        if core:
            before = row >> 7 | row >> 8 | row >> 9 | row >> 10
            total += ones(core & ~(before & (row << 1 | row << 2 | row << 3 | row << 4)))
        if y + 6 < size:
            core = row & ~rows[y + 1] & rows[y + 2] & rows[y + 3] & rows[y + 4] & ~rows[y + 5] & rows[y + 6]
            if core:
                total += ones(core & ~(_any(rows, y - 4, y) & _any(rows, y + 7, y + 11)))
    return _PATTERN * total


def _any(rows: "list[int]", begin: int, end: int) -> int:
    """The columns in which one of some rows is dark."""
    found = 0
    for y in range(max(begin, 0), min(end, len(rows))):
        found |= rows[y]
    return found


def balance(rows: "list[int]") -> int:
    """Every full 5 % by which the share of dark modules is off a half costs 10."""
    total = len(rows) * len(rows)
    dark = 0
    for row in rows:
        dark += ones(row)
    return _BALANCE * (abs(20 * dark - 10 * total) // total)


def ones(bits: int) -> int:
    """How many bits are set."""
    count = 0
    while bits:
        count += _ONES[bits & 127]
        bits >>= 7
    return count
