"""Labels as PDF, one a page, with the letters that they use embedded: a printer has no Korean or Chinese ones."""

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fpdf import FPDF
from fpdf.errors import FPDFException

from civicroot_cli.main import CommandError

from .label import ELLIPSIS, HEIGHT, WIDTH, Label, code, fitted, texts

POINTS_PER_MM = 72 / 25.4
FIND_SECONDS = 20.0


@dataclass(frozen=True)
class Font:
    """A font file, and which of those in it, for a collection."""

    path: Path
    number: int = 0


def draw(labels: Iterable[Label], font: Font | None = None) -> bytes:
    """The labels, each with `font` or one of this machine that has its letters. CommandError if there is none."""
    with _document() as document:
        _pages(document, labels, font)
        return bytes(document.output())


def check(labels: Iterable[Label], font: Font | None = None) -> None:
    """Raises what `draw` would."""
    with _document() as document:
        _pages(document, labels, font)


@contextmanager
def _document() -> Iterator[FPDF]:
    document = FPDF(orientation="L", unit="mm", format=(HEIGHT, WIDTH))
    document.set_auto_page_break(False)
    try:
        yield document
    finally:
        for font in document.fonts.values():  # of a file, which is open until then
            font.close()  # type: ignore[union-attr]


def _pages(document: FPDF, labels: Iterable[Label], font: Font | None) -> None:
    families: dict[Font, str] = {}
    chosen: dict[frozenset[str], Font] = {}
    for label in labels:
        letters = frozenset(letters_of(label))
        if letters not in chosen:
            chosen[letters] = font or _known(document, families, letters) or find("".join(letters))
        family = _family(document, families, chosen[letters])
        _check(document, family, chosen[letters], letters)
        _page(document, label, family)


def letters_of(label: Label) -> set[str]:
    """Every letter that its page may need."""
    return set("".join(text.text for text in texts(label)) + ELLIPSIS)


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


def _known(document: FPDF, families: dict[Font, str], letters: frozenset[str]) -> Font | None:
    """A font that is in the file already and has them: a box of a hundred is one file of one font."""
    return next((font for font, family in families.items() if not _lacks(document, family, letters)), None)


def _family(document: FPDF, families: dict[Font, str], font: Font) -> str:
    """The name of a font in this file."""
    if font not in families:
        family = f"label{len(families)}"
        try:
            document.add_font(family, fname=font.path, collection_font_number=font.number)
        except (FPDFException, OSError, ValueError, KeyError) as error:
            raise CommandError(f"{font.path} is no font for labels: {error}") from error
        families[font] = family
    return families[font]


def _check(document: FPDF, family: str, font: Font, letters: frozenset[str]) -> None:
    lacking = _lacks(document, family, letters)
    if lacking:
        raise CommandError(f"{font.path} has no {' '.join(lacking)}; say --font FILE with one that has")


def _lacks(document: FPDF, family: str, letters: frozenset[str]) -> list[str]:
    there = document.fonts[family].cmap  # type: ignore[union-attr]  # of a file; the standard fonts have none
    return sorted(letter for letter in letters if not letter.isspace() and ord(letter) not in there)


def _page(document: FPDF, label: Label, family: str) -> None:
    document.add_page()
    for square in code(label):
        document.rect(square.x, square.y, square.width, square.height, style="F")
    for text in texts(label):
        document.set_font(family, size=POINTS_PER_MM)
        for line in fitted(text, document.get_string_width):
            document.set_font(family, size=line.size * POINTS_PER_MM)
            document.text(line.x, line.y, line.text)
