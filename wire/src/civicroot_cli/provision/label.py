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
    """A line of text: its baseline, the height of its letters and its greatest width, all in mm.

    `whole`: it is never cut, only made smaller: it says which device this is.
    """

    text: str
    x: float
    y: float
    size: float
    width: float
    whole: bool


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
        (label.subject, 6.5, 4.2, True),
        (label.asset, 10.8, 3.0, False),
        (label.place, 14.6, 2.4, False),
        (" ".join(groups), 18.4, 2.2, True),
        (label.support, 26.6, 2.6, False),
    ]
    return [Text(text, _TEXT_X, y, size, _TEXT_MM, whole) for text, y, size, whole in lines if text]


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


def fitted(line: Text, width: Callable[[str], float]) -> tuple[str, float]:
    """The text and the size at which it fits; `width(text)` is how wide it is at a size of 1 mm."""
    text = line.text
    wanted = width(text)
    size = line.size if wanted * line.size <= line.width else line.width / wanted
    if size >= MIN_MM or line.whole:
        return text, size
    while text and width(text + "…") * MIN_MM > line.width:
        text = text[:-1]
    return text.rstrip() + "…", MIN_MM
