"""Draws the pictures of pages in docs/pictures: `python -m tests.firmware.display.draw_pictures`."""

import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageOps

from tests.support.micropython import ROOT, MicroPython

sys.path.insert(0, str(ROOT / "firmware" / "lib"))

from tests.firmware.display.pictures import SIDE, page_picture
from tests.firmware.display.qr_cases import LONGEST, REALM, URL

DEVICE = "a4f1c09e5b7d2310"
SCALE = 2
BORDER, GREY = 2, 160  # pixels around a page, and their brightness: a page is white, and so is the document

MEASURE = """
from civicroot_device.display import glyphs
from civicroot_device.display.texts import LARGE, TEXTS
small, large = glyphs.load(language)
result = {}, []
for name, texts in TEXTS[language].items():
    font = large if name in LARGE else small
    texts = texts.replace("{}", "90").split("\\n")
    result[0][name] = max([font.width(text) for text in texts])
    box = font._box()
    result[1].extend([letter for text in texts for letter in text if font.glyph(letter)[1] == box])
"""


class Pages:
    """display/page.py on MicroPython (CPython has no framebuf)."""

    def __init__(self, process: MicroPython) -> None:
        self._process = process

    def claim(self, *arguments: object) -> bytes:
        source = """
        import asyncio
        from civicroot_device.display import page
        result = asyncio.run(page.claim(*arguments))
        """
        return bytes(self._process.run(source, arguments=list(arguments)))

    def idle(self, *arguments: object) -> bytes:
        return bytes(self._process.call("civicroot_device.display.page.idle", *arguments))

    def trouble(self, *arguments: object) -> bytes:
        return bytes(self._process.call("civicroot_device.display.page.trouble", *arguments))

    def recorded(self, *arguments: object) -> bytes:
        return bytes(self._process.call("civicroot_device.display.page.recorded", *arguments))

    def widths(self, language: str) -> dict[str, int]:
        """Pixels of the widest line of each text."""
        widths: dict[str, int] = self._process.run(MEASURE, language=language)[0]
        return widths

    def missing(self, language: str) -> list[str]:
        """Letters of the texts that the fonts lack."""
        missing: list[str] = self._process.run(MEASURE, language=language)[1]
        return missing


def framed(page: bytes) -> Image.Image:
    """A page twice as large, in a grey border."""
    picture = page_picture(page).resize((SCALE * SIDE, SCALE * SIDE), Image.Resampling.NEAREST)
    return ImageOps.expand(picture, BORDER, GREY)


PICTURES: dict[str, Callable[[Pages], Image.Image]] = {
    "e-paper-claim": lambda pages: framed(pages.claim(URL, LONGEST, 1240, "Bin 12", 90, "en")),
    "e-paper-idle": lambda pages: framed(pages.idle("Bin 12", REALM, DEVICE, "en")),
    "e-paper-recorded": lambda pages: framed(pages.recorded(430, "Bin 12", REALM, DEVICE, "zh")),
    "e-paper-trouble": lambda pages: framed(pages.trouble("Bin 12", REALM, DEVICE, "ko")),
}


def path(name: str) -> Path:
    """Where a picture lies."""
    return ROOT / "docs" / "pictures" / f"{name}.png"


def main() -> None:
    """Write all pictures."""
    with MicroPython() as process:
        for name, draw in PICTURES.items():
            path(name).parent.mkdir(exist_ok=True)
            draw(Pages(process)).save(path(name), optimize=True)


if __name__ == "__main__":
    main()
