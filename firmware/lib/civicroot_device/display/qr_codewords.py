"""Codewords of a QR code: what a version holds, padding, checks, and their order (ISO/IEC 18004:2015 §7.4 to §7.6)."""

from civicroot_device.display import qr_segments, reed_solomon

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.display.qr_segments import Segment

MAX_VERSION = 8  # 57 modules with the quiet zone: 3 pixels each on a panel of 200, and a line of text beside it
L, M, Q, H = "L", "M", "Q", "H"  # levels of error correction: about 7, 15, 25 and 30 % may be wrong

_TOTAL = (26, 44, 70, 100, 134, 172, 196, 242)  # codewords of versions 1 to 8 (Table 1)
# Check codewords of a block, and blocks, for versions 1 to 8 (Table 9).
_CHECKS = {
    L: (7, 10, 15, 20, 26, 18, 20, 24),
    M: (10, 16, 26, 18, 24, 16, 18, 22),
    Q: (13, 22, 18, 26, 18, 24, 18, 22),
    H: (17, 28, 22, 16, 22, 28, 26, 26),
}
_BLOCKS = {
    L: (1, 1, 1, 1, 1, 2, 2, 2),
    M: (1, 1, 1, 2, 2, 4, 4, 4),
    Q: (1, 1, 2, 2, 4, 4, 6, 6),
    H: (1, 1, 2, 4, 4, 4, 5, 6),
}
_PADDING = (0xEC, 0x11)  # alternating (§7.4.10)


class QrTooLong(ValueError):
    """The text does not fit the largest version."""


def capacity(version: int, level: str) -> int:
    """Data codewords of a symbol."""
    return _TOTAL[version - 1] - _CHECKS[level][version - 1] * _BLOCKS[level][version - 1]


def smallest_version(segments: "list[Segment]", level: str) -> int:
    """The first version that holds the segments. QrTooLong if none does."""
    bits = qr_segments.length(segments)
    for version in range(1, MAX_VERSION + 1):
        if bits <= 8 * capacity(version, level):
            return version
    raise QrTooLong("%d bits; version %d-%s holds %d" % (bits, MAX_VERSION, level, 8 * capacity(MAX_VERSION, level)))


def codewords(segments: "list[Segment]", version: int, level: str) -> bytearray:
    """All codewords in the order in which they are placed. QrTooLong if they do not fit."""
    room = capacity(version, level)
    if qr_segments.length(segments) > 8 * room:
        raise QrTooLong("version %d-%s holds %d bits" % (version, level, 8 * room))
    bits = qr_segments.Bits(room)
    qr_segments.write(segments, bits)
    # The terminator is up to four zeros, and zeros fill the byte (§7.4.9): the buffer is zero already.
    for count, at in enumerate(range((min(bits.size + 4, 8 * room) + 7) // 8, room)):
        bits.data[at] = _PADDING[count % 2]
    return _interleave(bits.data, version, level)


def _interleave(data: bytearray, version: int, level: str) -> bytearray:
    """The first codewords of all blocks, the second ones, …, then the checks likewise; later blocks may be longer."""
    checks, blocks = _CHECKS[level][version - 1], _BLOCKS[level][version - 1]
    divisor = reed_solomon.generator(checks)
    short, longer = len(data) // blocks, len(data) % blocks  # `longer` blocks have one codeword more
    out = bytearray(_TOTAL[version - 1])
    begin = 0
    for block in range(blocks):
        size = short + (block >= blocks - longer)
        for at in range(short):
            out[at * blocks + block] = data[begin + at]
        if size > short:
            out[short * blocks + block - (blocks - longer)] = data[begin + short]
        for at, check in enumerate(reed_solomon.remainder(data, begin, begin + size, divisor)):
            out[len(data) + at * blocks + block] = check
        begin += size
    return out
