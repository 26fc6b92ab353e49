"""Labels: read by ZBar as printed and as drawn in a browser, in every script, with nothing secret on them."""

from pathlib import Path

import pytest
from civicroot_cli.provision import label_pdf, label_svg
from civicroot_cli.provision.label import HEIGHT, MIN_MM, WIDTH, Label, Text, code, fitted, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
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
LONG = Label(
    subject="bin/abcdefghij-klmnopqrst.uvwxyz_0123456789-ABCDEFG",
    kid="8d2f0a61c3b7e954",
    address="https://sensors.city-of-a-long-name.example/b/abcdefghij-klmnopqrst.uvwxyz_0123456789-ABCDEFG",
    asset="INV-2026-000012345678/AB",
    support="Straßenreinigung, +49 30 7592 4900, Mo–Fr 7–18 Uhr",
    place="Ecke Karl-Marx-Straße / Thomas-Müntzer-Straße, vor dem Eingang",
)
EVERY = {"plain": PLAIN, "korean": KOREAN, "chinese": CHINESE, "long": LONG}
ALL = pytest.mark.parametrize("label", EVERY.values(), ids=EVERY)


@ALL
def test_a_printed_label_is_read_and_says_what_it_is(tmp_path: Path, label: Label) -> None:
    pdf = label_pdf.draw([label])
    assert labels.size_mm(pdf) == (WIDTH, HEIGHT)
    (page,) = labels.pages(pdf)
    assert labels.read_code(page, tmp_path) == label.address.upper()
    found = labels.text_of(pdf)
    found = "".join(found.split())  # a text may be on two lines
    for text in texts(label):
        plain = "".join(text.text.split())
        assert (plain if text.whole else plain[:8]) in found
    border = 16  # pixels: half a millimetre at the right edge, where a text that is too long would run out
    assert page.crop((page.width - border, 0, page.width, page.height)).getextrema() == (255, 255)


def test_labels_as_svg_are_read_off_a_screen(tmp_path: Path) -> None:
    path, picture = tmp_path / "label.svg", tmp_path / "screen.png"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(device_scale_factor=4)
        for label in EVERY.values():
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
    whole = page.copy()
    side = round(page.height * 25 / 30)
    for row in range(round(side * 0.55), round(side * 0.60)):
        for column in range(side):
            page.putpixel((column, row + round(page.height * 2.5 / 30)), 255)
    dark = ImageChops.difference(whole, page).histogram()
    assert sum(dark[128:]) > 1000, "the scratch has taken dark modules away"
    assert labels.read_code(page, tmp_path) == PLAIN.address.upper()


def test_a_box_is_one_file_of_many_pages(tmp_path: Path) -> None:
    pages = labels.pages(label_pdf.draw([PLAIN, KOREAN]))
    assert [labels.read_code(page, tmp_path) for page in pages] == [PLAIN.address.upper(), KOREAN.address.upper()]


@settings(deadline=None)  # a busy machine is no fault
@given(st.integers(1, 48))
def test_the_code_lies_within_its_quiet_zone_on_the_label(length: int) -> None:
    label = Label(subject="bin/1", kid="", address="https://city.example/b/" + "1" * length, asset="", support="1")
    squares = code(label)
    assert min(one.x for one in squares) > 2 and min(one.y for one in squares) > 3
    assert max(one.x + one.width for one in squares) < 26 and max(one.y + one.height for one in squares) < 28


def test_a_text_that_is_too_long_becomes_smaller_or_two_lines_and_not_unreadable() -> None:
    def drawn(text: str, whole: bool = False, above: float | None = None) -> list[tuple[str, float, float]]:
        lines = fitted(Text(text, 0.0, 9.0, 4.0, 20.0, whole, above), len)
        return [(line.text, line.y, line.size) for line in lines]

    assert drawn("abc") == [("abc", 9.0, 4.0)]
    assert drawn("1234567890") == [("1234567890", 9.0, 2.0)]
    assert drawn("x" * 40) == [("x" * 13 + "…", 9.0, MIN_MM)]
    assert drawn("x" * 40, whole=True) == [("x" * 40, 9.0, 0.5)]
    assert drawn("abc", above=6.0) == [("abc", 9.0, 4.0)]
    assert drawn("x" * 16, True, above=6.0) == [("x" * 8, 6.0, 2.4000000000000004), ("x" * 8, 9.0, 2.4000000000000004)]
    assert drawn("call 12345 67890", True, above=6.0)[0][0] == "call 12345", "cut at a space"
    assert drawn("a " + "x" * 30, True, above=6.0)[0][0] == "a " + "x" * 14, "unless that is no half"
    assert drawn("x" * 40, above=6.0) == [("x" * 14, 6.0, MIN_MM), ("x" * 13 + "…", 9.0, MIN_MM)]
    assert drawn("x" * 14, above=8.0) == [("x" * 14, 9.0, 20 / 14)], "two lines would be smaller"


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(st.characters(blacklist_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=96), st.booleans())
def test_no_line_is_wider_than_the_label_and_whole_texts_are_whole(text: str, whole: bool) -> None:
    text = " ".join(text.split()) or "x"
    for above in (None, 24.1):
        lines = fitted(Text(text, 26.5, 26.6, 2.6, 22.0, whole, above), label_svg.width)
        assert all(label_svg.width(line.text) * line.size <= 22.0 + 1e-9 for line in lines)
        if whole:
            assert "".join(line.text for line in lines).replace(" ", "") == text.replace(" ", "")
        else:
            assert min(line.size for line in lines) >= MIN_MM
