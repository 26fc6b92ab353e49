"""Finds the bitmap of a letter: Latin ones, and those of one language beyond them (glyphs_*.py)."""

from civicroot_device.display import glyphs_latin

TYPE_CHECKING = False
if TYPE_CHECKING:
    Sheet = tuple[int, str, bytes, bytes, bytes]

DOTS = "..."  # the font's own ellipsis is as wide as a Chinese character
_MISSING_WIDTH = 9  # pixels of the empty box that stands for a letter which no sheet has


class Font:
    """Letters of one size. `height` of a line in pixels."""

    def __init__(self, sheets: "list[Sheet]") -> None:
        self._sheets = sheets
        self.height = sheets[0][0]

    def glyph(self, letter: str) -> "tuple[int, bytearray]":
        """Width in pixels, and the bitmap: rows of whole bytes, bit 7 leftmost, 1 = ink."""
        for height, letters, widths, offsets, bitmaps in self._sheets:
            at = letters.find(letter)
            if at >= 0:
                begin = offsets[2 * at] << 8 | offsets[2 * at + 1]
                return widths[at], bytearray(bitmaps[begin : begin + (widths[at] + 7) // 8 * height])
        return _MISSING_WIDTH, self._box()

    def width(self, text: str) -> int:
        """Pixels of a line."""
        total = 0
        for letter in text:
            total += self._advance(letter)
        return total

    def _advance(self, letter: str) -> int:
        for sheet in self._sheets:
            at = sheet[1].find(letter)
            if at >= 0:
                return sheet[2][at]
        return _MISSING_WIDTH

    def cut(self, text: str, width: int) -> str:
        """The text, or as much of its beginning as fits, with three dots."""
        if self.width(text) <= width:
            return text
        while text and self.width(text + DOTS) > width:
            text = text[:-1]
        return text + DOTS

    def _box(self) -> bytearray:
        """An outline in two bytes a row, a fifth of the line above and below it empty."""
        bitmap = bytearray(2 * self.height)
        top, bottom = self.height // 5, self.height - self.height // 5 - 1
        for y in range(top, bottom + 1):
            bitmap[2 * y] = 0x7F if y in (top, bottom) else 0x41
        return bitmap


def load(language: str) -> "tuple[Font, Font]":
    """Small and large letters of a language (texts.LANGUAGES)."""
    small, large = [glyphs_latin.SMALL], [glyphs_latin.LARGE]
    if language == "ko":
        from civicroot_device.display import glyphs_ko  # noqa: PLC0415 (a board loads its own language only)

        small.append(glyphs_ko.SMALL)
        large.append(glyphs_ko.LARGE)
    elif language == "zh":
        from civicroot_device.display import glyphs_zh  # noqa: PLC0415

        small.append(glyphs_zh.SMALL)
        large.append(glyphs_zh.LARGE)
    return Font(small), Font(large)
