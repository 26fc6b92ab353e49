"""Pages and symbols as pictures, and ZBar, which reads them as a phone would."""

import subprocess
from pathlib import Path

from PIL import Image

from tests.firmware.display.qr_cases import Modules

SIDE = 200  # pixels of the panel
WHITE, BLACK = 255, 0


def page_picture(page: bytes) -> Image.Image:
    """The panel's bytes (1 = white) as a picture."""
    assert len(page) == SIDE * SIDE // 8
    return Image.frombytes("1", (SIDE, SIDE), page).convert("L")


def symbol_picture(rows: Modules, scale: int = 4, quiet: int = 4) -> Image.Image:
    """A symbol with its quiet zone."""
    size = len(rows) + 2 * quiet
    picture = Image.new("L", (size, size), WHITE)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                picture.putpixel((x + quiet, y + quiet), BLACK)
    return picture.resize((size * scale, size * scale), Image.Resampling.NEAREST)


def read(picture: Image.Image, folder: Path) -> str | None:
    """What ZBar reads in a picture; None if nothing."""
    file = folder / "seen.png"
    picture.save(file, compress_level=1)
    command = ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode in (0, 4), result.stderr  # 4: no symbol was found
    return result.stdout.rstrip("\n") or None
