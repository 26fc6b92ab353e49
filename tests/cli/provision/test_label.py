"""Labels: read by ZBar as printed and as drawn in a browser, in every script, with nothing secret on them."""

from pathlib import Path

import pytest
from civicroot_cli.provision import label_pdf, label_svg
from civicroot_cli.provision.label import HEIGHT, MIN_MM, WIDTH, Label, Text, code, fitted, texts
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.support import labels
from tests.web.tools import CHROMIUM

PLAIN = Label(
    subject="bin/12",
    kid="8d2f0a61c3b7e954",
    address="https://city.example/b/12",
    asset="A-0012",
    support="+82 2 120",
    place="Place de la République",
)
KOREAN = Label(
    subject="tree/7",
    kid="8d2f0a61c3b7e954",
    address="https://city.example/t/7",
    asset="자산 7",
    support="다산콜 120",
    place="서울광장 앞 느티나무",
)
CHINESE = Label(
    subject="bin/" + "9" * 48,
    kid="8d2f0a61c3b7e954",
    address="https://city.example/b/" + "9" * 48,
    asset="W" * 24,
    support="市民服務熱線 1999 <&>",
    place="人民廣場東門與南京西路交叉口第三號垃圾桶旁" * 2,
)
ALL = pytest.mark.parametrize("label", [PLAIN, KOREAN, CHINESE], ids=["plain", "korean", "chinese"])


@ALL
def test_a_printed_label_is_read_and_says_what_it_is(tmp_path: Path, label: Label) -> None:
    pdf = label_pdf.draw([label])
    assert labels.size_mm(pdf) == (WIDTH, HEIGHT)
    (page,) = labels.pages(pdf)
    assert labels.read_code(page, tmp_path) == label.address.upper()
    found = labels.text_of(pdf)
    for text in texts(label):
        assert (text.text if text.whole else text.text[:8]) in found
    border = 16  # pixels: half a millimetre at the right edge, where a text that is too long would run out
    assert page.crop((page.width - border, 0, page.width, page.height)).getextrema() == (255, 255)


def test_labels_as_svg_are_read_off_a_screen(tmp_path: Path) -> None:
    path, picture = tmp_path / "label.svg", tmp_path / "screen.png"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(device_scale_factor=4)
        for label in (PLAIN, KOREAN, CHINESE):
            path.write_bytes(label_svg.draw(label))
            page.goto(path.as_uri())
            page.screenshot(path=picture, clip={"x": 0, "y": 0, "width": 189, "height": 113})
            screen = Image.open(picture).convert("L")
            assert labels.read_code(screen, tmp_path) == label.address.upper()
            # No text runs out at the right edge: half a millimetre of it is white.
            assert screen.crop((screen.width - 8, 0, screen.width, screen.height)).getextrema() == (255, 255)
        browser.close()


def test_a_worn_label_is_still_read(tmp_path: Path) -> None:
    """A scratch over the code: level M makes up for 15 per cent of it."""
    (page,) = labels.pages(label_pdf.draw([PLAIN]))
    side = round(page.height * 25 / 30)
    for row in range(round(side * 0.55), round(side * 0.60)):
        for column in range(side):
            page.putpixel((column, row + round(page.height * 2.5 / 30)), 255)
    assert labels.read_code(page, tmp_path) == PLAIN.address.upper()


def test_a_box_is_one_file_of_many_pages(tmp_path: Path) -> None:
    pages = labels.pages(label_pdf.draw([PLAIN, KOREAN]))
    assert [labels.read_code(page, tmp_path) for page in pages] == [PLAIN.address.upper(), KOREAN.address.upper()]


@given(st.integers(1, 48))
def test_the_code_lies_within_its_quiet_zone_on_the_label(length: int) -> None:
    label = Label(subject="bin/1", kid="", address="https://city.example/b/" + "1" * length, asset="", support="1")
    squares = code(label)
    assert min(one.x for one in squares) > 2 and min(one.y for one in squares) > 3
    assert max(one.x + one.width for one in squares) < 26 and max(one.y + one.height for one in squares) < 28


def test_a_text_that_is_too_long_becomes_smaller_and_not_unreadable() -> None:
    def line(text: str, whole: bool = False) -> Text:
        return Text(text, 0.0, 0.0, 4.0, 20.0, whole)

    assert fitted(line("abc"), len) == ("abc", 4.0)
    assert fitted(line("1234567890"), len) == ("1234567890", 2.0)
    assert fitted(line("x" * 40), len) == ("x" * 13 + "…", MIN_MM)
    assert fitted(line("x" * 40, whole=True), len) == ("x" * 40, 0.5)
