"""Labels as PDF, one a page, with the letters that they use embedded: a printer has no Korean or Chinese ones."""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fpdf import FPDF
from fpdf.errors import FPDFException

from civicroot_cli.main import CommandError

from .label import HEIGHT, WIDTH, Label, code, fitted, texts

POINTS_PER_MM = 72 / 25.4
_FAMILY = "label"
FIND_SECONDS = 20.0


@dataclass(frozen=True)
class Font:
    """A font file, and which of those in it, for a collection."""

    path: Path
    number: int = 0


def draw(labels: Iterable[Label], font: Font | None = None) -> bytes:
    """The labels; with `font`, or one of this machine that has all their letters. CommandError if there is none."""
    drawn = list(labels)
    chosen = font or find("".join(text.text for label in drawn for text in texts(label)) + "…")
    document = FPDF(orientation="L", unit="mm", format=(HEIGHT, WIDTH))
    document.set_auto_page_break(False)
    try:
        document.add_font(_FAMILY, fname=chosen.path, collection_font_number=chosen.number)
    except (FPDFException, OSError, ValueError) as error:
        raise CommandError(f"{chosen.path} is no font for labels: {error}") from error
    for label in drawn:
        document.add_page()
        for square in code(label):
            document.rect(square.x, square.y, square.width, square.height, style="F")
        for line in texts(label):
            document.set_font(_FAMILY, size=POINTS_PER_MM)
            text, size = fitted(line, document.get_string_width)
            document.set_font(_FAMILY, size=size * POINTS_PER_MM)
            document.text(line.x, line.y, text)
    return bytes(document.output())


def find(letters: str) -> Font:
    """A font of this machine with these letters, by fontconfig. CommandError."""
    wanted = " ".join(f"{ord(letter):x}" for letter in sorted(set(letters)) if not letter.isspace())
    command = ["fc-match", "-f", "%{file}\n%{index}\n", f"sans:charset={wanted}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FIND_SECONDS, check=True)
        path, number = done.stdout.splitlines()
        return Font(Path(path), int(number) & 0xFFFF)  # the upper half names an instance of a variable font
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise CommandError("no font was found on this machine; say --font FILE") from error
