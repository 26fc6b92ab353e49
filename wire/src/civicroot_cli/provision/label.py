"""What stands on a device's label, and where: 50 × 30 mm, as label printers for equipment have them. Never a secret."""

from collections.abc import Callable
from dataclasses import dataclass

import segno

WIDTH, HEIGHT = 50.0, 30.0  # mm
QUIET_ZONE = 4  # modules of white around the code (ISO/IEC 18004)
CODE_MM = 25.0  # with its quiet zone: modules of 0.7 mm, which a phone reads from an arm's length
_CODE_X, _CODE_Y = 1.0, 2.5
_TEXT_X, _TEXT_MM = 26.5, 22.0  # where the text begins, and how wide it may be
MIN_MM = 1.4  # height below which nobody reads a letter outdoors
_EASY_MM = 1.9  # height down to which a text stays on one line, if it can be on two
_LEADING = 0.8  # of the distance of two lines: the height of their letters
_LOPSIDED = 0.7  # share of the whole that the wider of two lines may have, or it is cut anywhere
ELLIPSIS = "…"  # of a text that is too long
_DIGITS = 4  # of the device's number in a group


@dataclass(frozen=True, kw_only=True)
class Label:
    """`address` is the page's, as on the code; `kid` in hex, or "" on a label without it."""

    subject: str
    kid: str
    address: str
    asset: str
    support: str
    place: str = ""


@dataclass(frozen=True)
class Text:
    """A text: its baseline, the height of its letters and its greatest width, all in mm.

    `above`: the baseline of the first line if it is on two; None: it is never. `whole`: it is never cut, only made
    smaller: it says which device this is, or whom to call.
    """

    text: str
    x: float
    y: float
    size: float
    width: float
    whole: bool
    above: float | None = None


@dataclass(frozen=True)
class Line:
    """A line as it is drawn."""

    text: str
    x: float
    y: float
    size: float


@dataclass(frozen=True)
class Square:
    """A run of dark modules: left, top, width, height in mm."""

    x: float
    y: float
    width: float
    height: float


def texts(label: Label) -> list[Text]:
    """The lines, from top to bottom."""
    groups = [label.kid[at : at + _DIGITS] for at in range(0, len(label.kid), _DIGITS)]
    lines = [
        (label.subject, 6.5, 4.2, True, 4.1),
        (label.asset, 10.8, 3.0, False, None),
        (label.place, 14.6, 2.4, False, 12.8),
        (" ".join(groups), 18.4, 2.2, True, None),
        (label.support, 26.6, 2.6, True, 24.1),
    ]
    return [Text(text, _TEXT_X, y, size, _TEXT_MM, whole, above) for text, y, size, whole, above in lines if text]


def code(label: Label) -> list[Square]:
    """The QR code of the page's address in upper case, which takes fewer modules; level M, for labels get scratched."""
    matrix = segno.make(label.address.upper(), error="m", micro=False).matrix
    module = CODE_MM / (len(matrix) + 2 * QUIET_ZONE)
    found = []
    for row, cells in enumerate(matrix):
        column = 0
        while column < len(cells):
            start = column
            while column < len(cells) and cells[column]:
                column += 1
            if column > start:
                x, y = _CODE_X + (QUIET_ZONE + start) * module, _CODE_Y + (QUIET_ZONE + row) * module
                found.append(Square(x, y, (column - start) * module, module))
            column += 1
    return found


def fitted(text: Text, width: Callable[[str], float]) -> list[Line]:
    """The text as one line, or as two; `width(part)` is how wide a part is at a size of 1 mm."""
    one = min(text.size, text.width / width(text.text))
    if text.above is None or one >= _EASY_MM:
        return [_line(text, text.text, text.y, one, width)]
    most = (text.y - text.above) * _LEADING
    first, second = _halves(text.text, width)
    two = min(most, text.width / max(width(first), width(second)))
    if one >= max(two, MIN_MM):  # two lines would be no larger
        return [_line(text, text.text, text.y, one, width)]
    if two < MIN_MM and not text.whole:
        two = MIN_MM
        first, second = _filled(text, two, width)
    return [_line(text, first, text.above, two, width), _line(text, second, text.y, two, width)]


def _line(text: Text, part: str, y: float, size: float, width: Callable[[str], float]) -> Line:
    """A line; its end is cut off where it would have to be smaller than anybody reads."""
    if size < MIN_MM and not text.whole:
        size = MIN_MM
    if width(part) * size > text.width and not text.whole:
        while part and width(part + ELLIPSIS) * size > text.width:
            part = part[:-1]
        part = part.rstrip() + ELLIPSIS
    return Line(part, text.x, y, size)


def _halves(text: str, width: Callable[[str], float]) -> tuple[str, str]:
    """Two parts, neither much wider than the other; cut at a space if there is one to cut at."""

    def wider(at: int) -> float:
        return max(width(text[:at].rstrip()), width(text[at:].lstrip()))

    spaces = [at for at in range(1, len(text)) if text[at].isspace()]
    at = min(spaces, key=wider, default=0)
    if at == 0 or wider(at) > width(text) * _LOPSIDED:
        at = min(range(1, len(text)), key=wider, default=len(text))
    return text[:at].rstrip(), text[at:].lstrip()


def _filled(text: Text, size: float, width: Callable[[str], float]) -> tuple[str, str]:
    """As much as a line takes, and the rest."""
    whole = text.text
    end = max(at for at in range(1, len(whole) + 1) if at == 1 or width(whole[:at]) * size <= text.width)
    space = whole.rfind(" ", end // 2, end + 1)
    end = end if space < 0 else space
    return whole[:end].rstrip(), whole[end:].lstrip()
