"""What a phone reads off a label, and what a printer makes of it."""

import subprocess
from pathlib import Path

import pypdfium2
from PIL import Image

SCALE = 8  # pixels of a point: 576 dots per inch


def pages(pdf: bytes) -> list[Image.Image]:
    """The pages of a PDF."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=SCALE).to_pil().convert("L") for page in document]
    finally:
        document.close()


def size_mm(pdf: bytes) -> tuple[float, float]:
    """Width and height of the first page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        width, height = document[0].get_size()
    finally:
        document.close()
    return round(width * 25.4 / 72, 1), round(height * 25.4 / 72, 1)


def text_of(pdf: bytes, page: int = 0) -> str:
    """The text of a page: it is text, and not a picture of it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        found: str = document[page].get_textpage().get_text_range()
    finally:
        document.close()
    return found


def read_code(picture: Image.Image, folder: Path) -> str:
    """What ZBar reads."""
    file = folder / "label.png"
    picture.save(file)
    command = ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.removesuffix("\n")
