"""Segments of a QR code: text as a stream of bits (ISO/IEC 18004:2015 §7.4), for versions 1 to 9.

A claim is an alphanumeric segment (the address, 5.5 bits a character) and a numeric one (the token's digits, 3.33 bits
each): the densest form that is still an address.
"""

NUMERIC, ALPHANUMERIC, BYTES = 1, 2, 4  # mode indicators (Table 2)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"  # in the order of their values (Table 5)

_MODE_BITS = 4
_COUNT_BITS = {NUMERIC: 10, ALPHANUMERIC: 9, BYTES: 8}  # of the character count, versions 1 to 9 (Table 3)
_DIGIT_BITS = (0, 4, 7, 10)  # for so many digits

TYPE_CHECKING = False
if TYPE_CHECKING:
    Segment = tuple[int, str]


class Bits:
    """A stream of bits, the most significant of each byte first. `size` in bits."""

    def __init__(self, capacity: int) -> None:
        """Room for `capacity` bytes."""
        self.data = bytearray(capacity)
        self.size = 0

    def append(self, value: int, count: int) -> None:
        """The lowest `count` bits of value."""
        while count:
            room = 8 - (self.size & 7)  # bits left in the byte
            taken = min(room, count)
            count -= taken
            self.data[self.size >> 3] |= (value >> count & (1 << taken) - 1) << room - taken
            self.size += taken


def segment(text: str) -> "Segment":
    """The densest mode that holds all of the text."""
    if all(letter in "0123456789" for letter in text):
        return NUMERIC, text
    if all(letter in ALPHABET for letter in text):
        return ALPHANUMERIC, text
    return BYTES, text


def length(segments: "list[Segment]") -> int:
    """How many bits the segments take, indicators included."""
    bits = 0
    for mode, text in segments:
        bits += _MODE_BITS + _COUNT_BITS[mode]
        if mode == NUMERIC:
            bits += 10 * (len(text) // 3) + _DIGIT_BITS[len(text) % 3]
        elif mode == ALPHANUMERIC:
            bits += 11 * (len(text) // 2) + 6 * (len(text) % 2)
        else:
            bits += 8 * len(text.encode())
    return bits


def write(segments: "list[Segment]", bits: Bits) -> None:
    """Append the segments. ValueError for a letter that its mode does not have."""
    for mode, text in segments:
        bits.append(mode, _MODE_BITS)
        if mode == NUMERIC:
            _write_digits(text, bits)
        elif mode == ALPHANUMERIC:
            _write_letters(text, bits)
        else:
            _write_bytes(text.encode(), bits)


def _write_digits(text: str, bits: Bits) -> None:
    """Groups of three (§7.4.3)."""
    bits.append(len(text), _COUNT_BITS[NUMERIC])
    for at in range(0, len(text), 3):
        group = text[at : at + 3]
        bits.append(int(group), _DIGIT_BITS[len(group)])


def _write_letters(text: str, bits: Bits) -> None:
    """Pairs (§7.4.4)."""
    bits.append(len(text), _COUNT_BITS[ALPHANUMERIC])
    for at in range(0, len(text) - 1, 2):
        bits.append(45 * ALPHABET.index(text[at]) + ALPHABET.index(text[at + 1]), 11)
    if len(text) % 2:
        bits.append(ALPHABET.index(text[-1]), 6)


def _write_bytes(data: bytes, bits: Bits) -> None:
    bits.append(len(data), _COUNT_BITS[BYTES])
    for byte in data:
        bits.append(byte, 8)
