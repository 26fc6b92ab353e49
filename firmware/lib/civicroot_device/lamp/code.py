"""How the ring blinks six symbols out of four colours, again and again while an offer is open.

Each colour has a shape of its own, so that the code can be read by the colours, by the shapes, or by both:

    0  blue    one long        ▬▬▬▬▬
    1  green   two             ▬▬ ▬▬
    2  yellow  three short     ▪ ▪ ▪
    3  pink    long and short  ▬▬▬ ▪

Before the first symbol the ring fills with white, after the last one it empties. Within a symbol all pixels are alike.
There are never more than three flashes in a second (WCAG 2.2, 2.3.1).
"""

from civicroot_device.lamp.colours import BLUE, DARK, GREEN, PINK, WHITE, YELLOW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.lamp.colours import Frame

SYMBOLS = 6
COLOURS = (BLUE, GREEN, YELLOW, PINK)
NAMES = ("blue", "green", "yellow", "pink")
SHAPES = ((5,), (2, 1, 2), (1, 1, 1, 1, 1), (3, 1, 1))  # lit, dark, lit, … in units

UNIT_MS = 200  # an eye tells it from 400, and a camera of 20 pictures a second sees four of it
SHAPE_MS = 5 * UNIT_MS
GAP_MS = 4 * UNIT_MS  # dark after a symbol and after a marker: longer than any gap within
MARK_MS = 6 * UNIT_MS  # to fill or to empty the ring

START_MS = MARK_MS + GAP_MS
SYMBOL_MS = SHAPE_MS + GAP_MS
PERIOD_MS = START_MS + SYMBOLS * SYMBOL_MS + MARK_MS + GAP_MS  # 14.8 s: six times in an offer of 90 s


def check(code: bytes) -> None:
    """Raise ValueError unless it is six numbers from 0 to 3."""
    if len(code) != SYMBOLS or max(code) >= len(COLOURS):
        raise ValueError("a code is six numbers from 0 to 3")


def frame(code: bytes, pixels: int, ms: int) -> "Frame":
    """The colours of all pixels, so many milliseconds after the offer began."""
    ms %= PERIOD_MS
    if ms < START_MS:
        return _mark(pixels, ms)
    ms -= START_MS
    number, within = divmod(ms, SYMBOL_MS)
    if number < SYMBOLS:
        colour = COLOURS[code[number]] if _lit(SHAPES[code[number]], within) else DARK
        return [colour] * pixels
    ms -= SYMBOLS * SYMBOL_MS
    return _mark(pixels, MARK_MS - 1 - ms) if ms < MARK_MS else [DARK] * pixels


def _lit(shape: "tuple[int, ...]", ms: int) -> bool:
    """Whether a symbol is lit so many milliseconds after it began."""
    lit = True
    for units in shape:
        if ms < units * UNIT_MS:
            return lit
        ms -= units * UNIT_MS
        lit = not lit
    return False


def _mark(pixels: int, ms: int) -> "Frame":
    """The ring, filled in the share of MARK_MS that is over; dark after it."""
    filled = 1 + ms * pixels // MARK_MS if ms < MARK_MS else 0
    return [WHITE] * filled + [DARK] * (pixels - filled)
