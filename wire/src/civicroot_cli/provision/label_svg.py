"""A label as SVG. Its text is text, in a font of whoever shows it, so its width is estimated, and rather too large."""

import unicodedata
from xml.sax.saxutils import escape

from .label import HEIGHT, WIDTH, Label, Line, Text, code, fitted, texts

# Widths of letters in heights, rather too large: East Asian ones and the widest Latin ones; capitals; the others.
_WIDE, _CAPITAL, _NARROW = 1.0, 0.75, 0.62
_WIDEST = "WMwm@%…—"


def draw(label: Label) -> bytes:
    """The label."""
    squares = "".join(f"M{s.x:.3f} {s.y:.3f}h{s.width:.3f}v{s.height:.3f}h-{s.width:.3f}z" for s in code(label))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}mm" height="{HEIGHT:g}mm" '
        f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}">\n'
        f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#fff"/>\n'
        f'<path d="{squares}" shape-rendering="crispEdges"/>\n'
        f'<g font-family="Noto Sans, Noto Sans CJK KR, sans-serif">\n{"".join(map(_text, texts(label)))}</g>\n</svg>\n'
    ).encode()


def _text(text: Text) -> str:
    return "".join(map(_line, fitted(text, width)))


def _line(line: Line) -> str:
    return f'<text x="{line.x:g}" y="{line.y:g}" font-size="{line.size:.3f}">{escape(line.text)}</text>\n'


def width(text: str) -> float:
    """How wide a text is at most, in heights of its letters."""
    return sum(map(_width, text))


def _width(letter: str) -> float:
    if letter in _WIDEST or unicodedata.east_asian_width(letter) in "WF":
        return _WIDE
    return _CAPITAL if letter.isupper() else _NARROW
