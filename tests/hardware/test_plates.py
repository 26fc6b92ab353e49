"""A plate's code is read from a metre: drawn as a phone sees it there, blurred, grainy and tilted, and read by ZBar."""

import math
import random
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from hardware.__main__ import label_files
from hardware.labels.plate import DISTANCE_MM, PLATES, Plate, modules, side_mm, size_mm
from hardware.labels.reading import QUIET, code_mm, module_mm, pixels_per_mm
from tests.firmware.display import distortions
from tests.firmware.display.pictures import read, symbol_picture
from tests.hardware.units import MADE

FINE = 10  # pixels a module of the drawing that the phone looks at
BLUR = 1.0  # pixels, standard deviation: hand and focus
GRAIN = 0.03  # share of the brightness
DIM = (60, 190)  # black and white in the evening


def seen(plate: Plate, distance: float, tilt: float, seed: int, side: float | None = None) -> Image.Image:
    """The code, `side` mm wide, as a phone has it, tilted around the upright axis and half as much around the other."""
    drawn = symbol_picture(modules(plate), FINE, QUIET)
    half, scale = (side or side_mm(plate)) / 2, pixels_per_mm(distance) * distance
    around, over = math.radians(tilt), math.radians(tilt / 2)
    corners = []
    for x, y in ((-half, -half), (-half, half), (half, half), (half, -half)):
        depth = distance + x * math.sin(around) + y * math.sin(over)
        corners.append((scale * x * math.cos(around) / depth, scale * y * math.cos(over) / depth))
    margin = 40
    size = round(2 * max(max(map(abs, corner)) for corner in corners)) + 2 * margin
    true = [(0, 0), (0, drawn.height), (drawn.width, drawn.height), (drawn.width, 0)]
    placed = [(x + size / 2, y + size / 2) for x, y in corners]
    # Drawn four times as fine and then averaged, as a sensor's pixels do.
    fine = drawn.transform(
        (size * 4, size * 4),
        Image.Transform.PERSPECTIVE,
        distortions._homography([(x * 4, y * 4) for x, y in placed], true),
        Image.Resampling.BILINEAR,
        fillcolor=255,
    )
    picture = fine.resize((size, size), Image.Resampling.BOX)
    picture = picture.filter(ImageFilter.GaussianBlur(BLUR))
    picture = picture.point(lambda value: DIM[0] + value * (DIM[1] - DIM[0]) // 255)
    noise = random.Random(f"{plate.name} {tilt} {seed}")
    return Image.blend(picture, Image.frombytes("L", picture.size, noise.randbytes(size * size)), GRAIN)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("tilt", [0, 20, 35])
@pytest.mark.parametrize("plate", PLATES, ids=lambda plate: plate.name)
def test_a_plate_is_read_from_a_metre(plate: Plate, tilt: float, seed: int, tmp_path: Path) -> None:
    assert read(seen(plate, DISTANCE_MM, tilt, seed), tmp_path) == plate.address.upper()


@pytest.mark.parametrize("plate", PLATES, ids=lambda plate: plate.name)
def test_a_small_label_is_not_and_so_the_test_can_fail(plate: Plate, tmp_path: Path) -> None:
    assert read(seen(plate, DISTANCE_MM, 20, 0, side=25.0), tmp_path) is None


def test_size_follows_from_the_camera() -> None:
    assert pixels_per_mm(1_000) == pytest.approx(1.45, abs=0.01)
    assert module_mm(1_000) == pytest.approx(2.41, abs=0.01)
    assert code_mm(29, 1_000) == pytest.approx(37 * module_mm(1_000))
    for plate in PLATES:
        assert side_mm(plate) == pytest.approx(code_mm(len(modules(plate)), DISTANCE_MM))
        assert 70 < size_mm(plate)[0] < 100 and size_mm(plate)[1] < 130


def test_artwork_is_made_again_byte_for_byte() -> None:
    for name, text in label_files():
        assert (MADE / name).read_text(encoding="utf-8") == text, f"{name}: run `make hardware` and commit"
