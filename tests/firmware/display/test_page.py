"""The pages of a bin, drawn by MicroPython: what is on them, and the pictures of them in the documentation."""

import hashlib
from pathlib import Path

import pytest
from PIL import Image

from tests.firmware.display import draw_pictures
from tests.firmware.display.draw_pictures import DEVICE, REALM, Pages
from tests.firmware.display.pictures import BLACK, SIDE, WHITE, page_picture, read
from tests.firmware.display.qr_cases import LONGEST, SHORTEST, URL
from tests.support.micropython import MicroPython, MicroPythonError

LANGUAGES = ("en", "ko", "zh")
BAR = 29


@pytest.fixture
def pages(micropython: MicroPython) -> Pages:
    return Pages(micropython)


def ink(picture: Image.Image, box: tuple[int, int, int, int], colour: int = BLACK) -> int:
    """How many pixels of a colour a part of the page has."""
    return picture.crop(box).histogram()[colour]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("digits", [SHORTEST, LONGEST], ids=["shortest", "longest"])
def test_a_claim_is_read_off_the_page(pages: Pages, tmp_path: Path, digits: str, language: str) -> None:
    picture = page_picture(pages.claim(URL, digits, 1240, "Bin 12", 90, language))
    assert read(picture.resize((3 * SIDE, 3 * SIDE)), tmp_path) == URL + digits


@pytest.mark.parametrize(
    ("url", "digits", "scale"),
    [("HTTPS://A.BC/B/", SHORTEST, 3), ("HTTPS://CITY.EXAMPLE/B/", "1" * 90, 4), ("A", "1", 5)],
)
def test_the_code_is_as_large_as_fits_and_nothing_is_in_its_quiet_zone(
    pages: Pages, tmp_path: Path, url: str, digits: str, scale: int
) -> None:
    picture = page_picture(pages.claim(url, digits, 8880, "W" * 40, 90, "en"))
    symbol = picture.crop((BAR, BAR, SIDE, SIDE))
    left, top, right, bottom = symbol.point(lambda value: WHITE - value).getbbox() or (0, 0, 0, 0)
    assert (right - left) == (bottom - top) and (right - left) % scale == 0
    modules = (right - left) // scale
    assert modules in range(21, 50, 4)
    room = SIDE - BAR
    assert scale * (modules + 8) <= room < (scale + 1) * (modules + 8), "a larger one would fit"
    assert min(left, top, room - right, room - bottom) >= 4 * scale
    assert read(picture.resize((3 * SIDE, 3 * SIDE)), tmp_path) == url + digits


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_texts_of_a_language_have_room_and_letters(pages: Pages, language: str) -> None:
    for name, width in pages.widths(language).items():
        assert 0 < width <= {"steps": SIDE - 42 - 8, "scan": SIDE - 16 - 66}.get(name, SIDE - 16), name
    assert pages.missing(language) == []


def test_a_letter_that_no_font_has_is_a_box_and_not_nothing(pages: Pages) -> None:
    with_box, without = (page_picture(pages.idle(name, REALM, DEVICE, "en")) for name in ("Bin 东", "Bin "))
    assert ink(with_box, (0, 0, SIDE, BAR), WHITE) > ink(without, (0, 0, SIDE, BAR), WHITE) + 20


def test_a_recorded_deposit_shows_its_weight_and_as_much_of_the_name_as_fits(pages: Pages) -> None:
    def draw(grams: int, name: str) -> Image.Image:
        return page_picture(pages.recorded(grams, name, REALM, DEVICE, "en"))

    middle = (SIDE // 2, 0, SIDE, BAR)
    assert draw(99_949, "A").crop(middle).tobytes() == draw(1240, "A").crop(middle).tobytes()
    long = draw(250_000, "Gangnam Station exit 11")
    assert ink(long, middle, WHITE) > 0
    assert ink(long, (SIDE - 7, 0, SIDE, BAR), WHITE) == ink(long, (90, 0, 100, BAR), WHITE) == 0


@pytest.mark.parametrize("kind", ["idle", "trouble"])
def test_a_long_name_is_cut_with_dots_and_stays_in_the_bar(pages: Pages, kind: str) -> None:
    def draw(name: str) -> Image.Image:
        arguments = (name, REALM, DEVICE, "en")
        return page_picture(pages.idle(*arguments) if kind == "idle" else pages.trouble(*arguments))

    long = draw("Gangnam Station exit 11")
    assert ink(long, (SIDE - 8, 0, SIDE, BAR), WHITE) == 0
    assert long.crop((0, BAR, SIDE, SIDE)).tobytes() == draw("Bin").crop((0, BAR, SIDE, SIDE)).tobytes()


def test_pages_differ_by_state_language_name_and_weight(pages: Pages) -> None:
    drawn = [pages.idle("Bin 12", REALM, DEVICE, language) for language in LANGUAGES]
    drawn += [pages.trouble("Bin 12", REALM, DEVICE, language) for language in LANGUAGES]
    drawn += [pages.recorded(grams, "Bin 1", REALM, DEVICE, text) for text in LANGUAGES for grams in (1240, 1250)]
    drawn += [pages.claim(URL, LONGEST, grams, name, 90, "en") for grams in (1240, 1250) for name in ("Bin 1", "Bin 2")]
    drawn.append(pages.claim(URL, LONGEST, 1240, "Bin 1", 60, "en"))
    assert len({hashlib.sha256(page).digest() for page in drawn}) == len(drawn)


@pytest.mark.parametrize(
    ("grams", "text"),
    [
        *((0, "0.00"), (4, "0.00"), (5, "0.01"), (1240, "1.24"), (9994, "9.99"), (9995, "10.0")),
        *((12349, "12.3"), (12350, "12.4"), (99949, "99.9"), (99950, "100"), (250_000, "250")),
    ],
)
def test_weight_has_three_figures(micropython: MicroPython, grams: int, text: str) -> None:
    assert micropython.call("civicroot_device.display.page.weight", grams) == text


def test_an_address_that_cannot_be_drawn_is_found_at_the_start(micropython: MicroPython) -> None:
    def check(url: str) -> None:
        micropython.call("civicroot_device.display.page.check", url)

    assert micropython.get("civicroot_device.display.page.LONGEST_CLAIM") == len(LONGEST)
    check(URL)
    check("HTTPS://" + "A" * 44 + "/B/")
    for wrong in ("", "https://city.example/b/", "HTTPS://" + "A" * 45 + "/B/"):
        with pytest.raises(MicroPythonError) as caught:
            check(wrong)
        assert caught.value.name == "ConfigurationError" and "claim_url" in caught.value.message


def test_too_long_a_claim_is_an_error_and_no_page(pages: Pages) -> None:
    with pytest.raises(MicroPythonError) as caught:
        pages.claim("HTTPS://" + "A" * 60 + "/B/", LONGEST, 1, "Bin", 90, "en")
    assert caught.value.name == "QrTooLong"


@pytest.mark.parametrize("name", draw_pictures.PICTURES)
def test_the_documentation_shows_what_the_firmware_draws(pages: Pages, name: str) -> None:
    with Image.open(draw_pictures.path(name)) as committed:
        drawn = draw_pictures.PICTURES[name](pages)
        assert committed.size == drawn.size
        assert committed.convert("L").tobytes() == drawn.tobytes(), "python -m tests.firmware.display.draw_pictures"


def test_other_tasks_run_while_a_claim_is_drawn(micropython: MicroPython) -> None:
    source = """
    import asyncio
    from civicroot_device.display import page

    turns = 0

    async def other():
        global turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def main():
        task = asyncio.create_task(other())
        await page.claim(url, digits, 1000, "Bin 12", 90, "en")
        task.cancel()

    asyncio.run(main())
    result = turns
    """
    assert micropython.run(source, url=URL, digits=LONGEST) >= 8
