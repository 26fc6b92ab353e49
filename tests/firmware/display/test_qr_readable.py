"""ZBar reads what the firmware draws: every version, and claims as a phone may see them."""

import random
from pathlib import Path

import pytest
from civicroot_device.display import qr, qr_segments
from civicroot_wire import claim_token
from PIL import Image

from tests.firmware.display import distortions
from tests.firmware.display.draw_pictures import Pages
from tests.firmware.display.pictures import page_picture, read, symbol_picture
from tests.firmware.display.qr_cases import LEVELS, LONGEST, SHORTEST, URL, VERSIONS, modules, segments_filling
from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython

SEEDS = range(fuzz_examples(2))
CLAIMS = {7: ("HTTPS://A.BC/B/", SHORTEST), 8: (URL, LONGEST)}  # the versions that claims have


@pytest.fixture(scope="module")
def pages() -> dict[int, Image.Image]:
    """A claim's page in each version."""
    with MicroPython() as process:
        draw = Pages(process)
        return {
            version: page_picture(draw.claim(url, digits, 1240, "Bin 12", 90, "en"))
            for version, (url, digits) in CLAIMS.items()
        }


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_and_level_is_read(version: int, level: str, tmp_path: Path) -> None:
    segments = segments_filling(version, level, random.Random(f"read {version} {level}"), 0)
    picture = symbol_picture(modules(qr.encode(segments, level, version)))
    assert read(picture, tmp_path) == segments[0][1] + segments[1][1]


@pytest.mark.parametrize("mask", range(8))
def test_every_mask_is_read(mask: int, tmp_path: Path) -> None:
    segments = [qr_segments.segment(URL), qr_segments.segment(LONGEST)]
    assert read(symbol_picture(modules(qr.encode(segments, mask=mask))), tmp_path) == URL + LONGEST


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("distortion", distortions.ALL)
@pytest.mark.parametrize("version", CLAIMS)
def test_a_claim_is_read_in_spite_of(
    version: int, distortion: str, seed: int, pages: dict[int, Image.Image], tmp_path: Path
) -> None:
    url, digits = CLAIMS[version]
    assert qr.encode([qr_segments.segment(url), qr_segments.segment(digits)]).version == version
    noise = random.Random(f"{distortion} {seed}")
    print(f"distortion {distortion}, seed {seed}")
    assert read(distortions.ALL[distortion](pages[version], noise), tmp_path) == url + digits


def test_the_token_comes_back_out_of_the_picture(pages: dict[int, Image.Image], tmp_path: Path) -> None:
    text = read(distortions.enlarged(pages[8]), tmp_path)
    assert text is not None and text.startswith(URL)
    token = claim_token.decode(claim_token.from_digits(text.removeprefix(URL)))
    assert (token.seq, token.expires) == (2**32 - 1, 2**32 - 1)


def test_a_symbol_destroyed_is_not_read(pages: dict[int, Image.Image], tmp_path: Path) -> None:
    picture = pages[8].copy()
    picture.paste(0, (30, 30, 130, 130))
    assert read(distortions.enlarged(picture), tmp_path) is None
