"""What happens to a page between the panel and a phone's sensor. Each takes a picture and a source of randomness."""

import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

from tests.firmware.display.pictures import BLACK, WHITE

SCALE = 4  # pixels of the phone's sensor for one of the panel: 800 for a page, held at about 20 cm
MODULE = 3 * SCALE  # of a version 8 claim

SPECKS = 0.01  # share of the panel's pixels that dust or a defect turns over
GRAIN = 0.01  # share of the sensor's pixels that are black or white by chance
BLUR = (0.3, 0.45)  # standard deviation, in modules
TILT = 0.06  # of the side, by which each corner is off
CONTRAST = (30, 60)  # brightness between black and white, of 255
DIM = 0.02  # share of the brightness that is grain when there is little light
STAIN = (0.08, 0.13)  # diameter, as a share of the symbol's side

Distortion = Callable[[Image.Image, random.Random], Image.Image]


def enlarged(page: Image.Image) -> Image.Image:
    """As the sensor has it."""
    return page.resize((page.width * SCALE, page.height * SCALE), Image.Resampling.NEAREST)


def specks(page: Image.Image, noise: random.Random) -> Image.Image:
    """Salt and pepper on the panel."""
    page = page.copy()
    for _ in range(round(SPECKS * page.width * page.height)):
        at = noise.randrange(page.width), noise.randrange(page.height)
        page.putpixel(at, noise.choice((BLACK, WHITE)))
    return enlarged(page)


def grain(page: Image.Image, noise: random.Random) -> Image.Image:
    """Salt and pepper in the picture."""
    picture = enlarged(page)
    pixels = bytearray(picture.tobytes())
    for _ in range(round(GRAIN * len(pixels))):
        pixels[noise.randrange(len(pixels))] = noise.choice((BLACK, WHITE))
    return Image.frombytes("L", picture.size, bytes(pixels))


def blur(page: Image.Image, noise: random.Random) -> Image.Image:
    """Out of focus."""
    return enlarged(page).filter(ImageFilter.GaussianBlur(noise.uniform(*BLUR) * MODULE))


def perspective(page: Image.Image, noise: random.Random) -> Image.Image:
    """Seen from the side: each corner somewhere else."""
    picture = enlarged(page)
    side = picture.width
    reach = round(TILT * side)
    wide = Image.new("L", (side + 2 * reach, side + 2 * reach), WHITE)
    wide.paste(picture, (reach, reach))

    def off() -> float:
        return noise.uniform(-reach, reach)

    low, high = reach, side + reach
    true = [(low, low), (low, high), (high, high), (high, low)]
    seen = [(x + off(), y + off()) for x, y in true]
    return wide.transform(
        wide.size, Image.Transform.PERSPECTIVE, _homography(seen, true), Image.Resampling.BILINEAR, fillcolor=WHITE
    )


def low_contrast(page: Image.Image, noise: random.Random) -> Image.Image:
    """In the dark, or behind a dirty pane; a little grain goes with it."""
    span = noise.randint(*CONTRAST)
    floor = noise.randint(0, 255 - span)
    picture = enlarged(page).point(lambda value: floor + value * span // 255)
    return Image.blend(
        picture, Image.frombytes("L", picture.size, noise.randbytes(picture.width * picture.height)), DIM
    )


def rotated(page: Image.Image, noise: random.Random) -> Image.Image:
    """By a quarter, a half or three quarters."""
    turns = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
    return enlarged(page).transpose(noise.choice(turns))


def stain(page: Image.Image, noise: random.Random) -> Image.Image:
    """A blot on the data, away from the three corners that say where the symbol is."""
    picture = enlarged(page)
    radius = noise.uniform(*STAIN) * 49 * MODULE / 2
    low, high = 0.5 * picture.width, 0.7 * picture.width
    x, y = noise.uniform(low, high), noise.uniform(low, high)
    box = (x - radius, y - radius, x + radius, y + radius)
    ImageDraw.Draw(picture).ellipse(box, fill=noise.choice((BLACK, WHITE)))
    return picture


ALL: dict[str, Distortion] = {
    function.__name__: function for function in (specks, grain, blur, perspective, low_contrast, rotated, stain)
}


def _homography(seen: list[tuple[float, float]], true: list[tuple[int, int]]) -> list[float]:
    """The eight coefficients that map the seen corners to the true ones: eight linear equations."""
    rows = []
    for (x, y), (u, v) in zip(seen, true, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for pivot in range(8):  # Gauss and Jordan, with the largest pivot
        best = max(range(pivot, 8), key=lambda row: abs(rows[row][pivot]))
        rows[pivot], rows[best] = rows[best], rows[pivot]
        rows[pivot] = [value / rows[pivot][pivot] for value in rows[pivot]]
        for row in range(8):
            if row != pivot:
                factor = rows[row][pivot]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[pivot], strict=True)]
    return [row[8] for row in rows]
