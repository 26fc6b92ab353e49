"""The pages of a bin. All have a black bar on top; what must be read from afar is large, what a crew needs is small.

A claim's QR code has 3 pixels (0.41 mm) a module: version 8 with its quiet zone is a square of 171, and the bar and the
name beside it take the 29 that remain each way.
"""

import asyncio

from civicroot_device.display import glyphs, qr, qr_codewords, qr_segments
from civicroot_device.display.canvas import BLACK, WHITE, Canvas
from civicroot_device.display.canvas_size import SIDE
from civicroot_device.display.texts import TEXTS
from civicroot_device.errors import ConfigurationError

LONGEST_CLAIM = 270  # digits of a token of 112 bytes: the longest with seq and expiry below 2^32

_BAR = 29  # height in pixels; also the column left of a QR code
_MARGIN = 8
_BAR_LARGE, _BAR_SMALL = 2, 8  # from the top: both sizes stand on one line
_STEPS_TOP, _STEP = 44, 37
_RULE = 157  # line above the footer
_REALM, _DEVICE = 162, 180


def check(url: str) -> None:
    """Raise ConfigurationError unless claims under this address, "HTTPS://HOST/B/", can be drawn."""
    if not url or any(letter not in qr_segments.ALPHABET for letter in url):
        raise ConfigurationError("claim_url: upper-case letters, digits, '-', '.', '/' and ':' only")
    try:
        qr_codewords.smallest_version(_segments(url, "9" * LONGEST_CLAIM), qr_codewords.M)
    except qr_codewords.QrTooLong as error:
        raise ConfigurationError("claim_url is too long: %s" % error) from error


async def claim(url: str, digits: str, grams: int, name: str, seconds: int, language: str) -> bytearray:
    """The code that claims a deposit, what it weighed, and for how long it is good. Gives way while it draws.

    QrTooLong if `url` and `digits` need a symbol larger than the page has room for.
    """
    matrix = None
    for drawn in qr.steps(_segments(url, digits)):
        matrix = drawn
        await asyncio.sleep(0)
    assert matrix is not None  # the last step is the symbol
    small, large = glyphs.load(language)
    canvas = _begin(weight(grams), large)
    _kilograms(canvas, grams, small, large)
    scan = TEXTS[language]["scan"].format(seconds)
    canvas.text(SIDE - _MARGIN - small.width(scan), _BAR_SMALL, scan, small, WHITE)
    square = matrix.size + 2 * qr.QUIET_ZONE
    scale = (SIDE - _BAR) // square
    edge = _BAR + (SIDE - _BAR - scale * square) // 2 + scale * qr.QUIET_ZONE
    canvas.symbol(edge, edge, matrix, scale)
    length = scale * matrix.size
    canvas.upwards(_MARGIN, edge + length - 1, small.cut(name, length), small)
    return canvas.page


def idle(name: str, realm: str, device: str, language: str) -> bytearray:
    """What to do at this bin, and which bin it is."""
    small, large = glyphs.load(language)
    canvas = _begin(name, large)
    for number, text in enumerate(TEXTS[language]["steps"].split("\n")):
        y = _STEPS_TOP + number * _STEP
        canvas.frame.ellipse(20, y + 11, 12, 12, BLACK, True)
        figure = str(number + 1)
        canvas.text(20 - small.width(figure) // 2, y + 3, figure, small, WHITE)
        canvas.text(42, y - 1, text, large)
    _footer(canvas, realm, device, small)
    return canvas.page


def recorded(grams: int, name: str, realm: str, device: str, language: str) -> bytearray:
    """That a deposit is on record and cannot be claimed here now (the bin has no time to put into a claim)."""
    small, large = glyphs.load(language)
    canvas = _begin(weight(grams), large)
    _kilograms(canvas, grams, small, large)
    width = small.width(name)
    canvas.text(max(SIDE - _MARGIN - width, SIDE // 2), _BAR_SMALL, small.cut(name, SIDE // 2 - _MARGIN), small, WHITE)
    texts = TEXTS[language]
    _notice(canvas, texts["recorded"], texts["unclaimable"], small, large)
    for thick in range(5):  # a tick
        canvas.frame.line(90, 58 + thick, 97, 65 + thick, WHITE)
        canvas.frame.line(97, 65 + thick, 110, 52 + thick, WHITE)
    _footer(canvas, realm, device, small)
    return canvas.page


def trouble(name: str, realm: str, device: str, language: str) -> bytearray:
    """That deposits do not count: nobody can say what was thrown in."""
    small, large = glyphs.load(language)
    canvas = _begin(name, large)
    texts = TEXTS[language]
    _notice(canvas, texts["fault"], texts["advice"], small, large)
    canvas.frame.fill_rect(98, 48, 5, 15, WHITE)  # an exclamation mark
    canvas.frame.fill_rect(98, 67, 5, 5, WHITE)
    _footer(canvas, realm, device, small)
    return canvas.page


def weight(grams: int) -> str:
    """Three figures of kilograms; half a digit is rounded up."""
    if grams < 9_995:
        hundredths = (grams + 5) // 10
        return "%d.%02d" % (hundredths // 100, hundredths % 100)
    if grams < 99_950:
        tenths = (grams + 50) // 100
        return "%d.%d" % (tenths // 10, tenths % 10)
    return "%d" % ((grams + 500) // 1000)


def _segments(url: str, digits: str) -> "list[qr_segments.Segment]":
    return [(qr_segments.ALPHANUMERIC, url), (qr_segments.NUMERIC, digits)]


def _begin(title: str, font: glyphs.Font) -> Canvas:
    """A page with its bar, and the title in it."""
    canvas = Canvas()
    canvas.frame.fill_rect(0, 0, SIDE, _BAR, BLACK)
    canvas.text(_MARGIN, _BAR_LARGE, font.cut(title, SIDE - 2 * _MARGIN), font, WHITE)
    return canvas


def _kilograms(canvas: Canvas, grams: int, small: glyphs.Font, large: glyphs.Font) -> None:
    """The unit, after a weight in the bar."""
    canvas.text(_MARGIN + large.width(weight(grams)) + 4, _BAR_SMALL, "kg", small, WHITE)


def _notice(canvas: Canvas, heading: str, lines: str, small: glyphs.Font, large: glyphs.Font) -> None:
    """A disc for a sign, a large line and two small ones, in the middle."""
    canvas.frame.ellipse(100, 60, 20, 20, BLACK, True)
    canvas.centred(86, heading, large)
    for number, line in enumerate(lines.split("\n")):
        canvas.centred(115 + 19 * number, line, small)


def _footer(canvas: Canvas, realm: str, device: str, font: glyphs.Font) -> None:
    """City and device id, for the crew."""
    canvas.frame.hline(_MARGIN, _RULE, SIDE - 2 * _MARGIN, BLACK)
    canvas.text(_MARGIN, _REALM, font.cut(realm, SIDE - 2 * _MARGIN), font)
    canvas.text(_MARGIN, _DEVICE, font.cut(device, SIDE - 2 * _MARGIN), font)
