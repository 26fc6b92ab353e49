"""The HTML report in a real browser: readable on a phone and a desk, light and dark, without script or network."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_cli.main import main
from civicroot_wire import sodium
from playwright.sync_api import Browser, Request, sync_playwright

from tests.audit.copies import Copy
from tests.web.tools import CHROMIUM

PHONE, DESK = (390, 844), (1280, 900)
MIN_CONTRAST = 4.5  # WCAG AA

_CONTRASTS = """() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number)
  const lightness = c => { const [r, g, b] = c.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b }
  const behind = e => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c }
    return [255, 255, 255] }
  const found = []
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue
    const [a, b] = [lightness(rgb(getComputedStyle(e).color)), lightness(behind(e))].sort((x, y) => y - x)
    found.push([(a + 0.05) / (b + 0.05), e.textContent.trim().slice(0, 40)])
  }
  return found
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


def report(copy: Copy, tmp_path: Path, well: bool) -> Path:
    page = tmp_path / "report.html"
    if not well:
        forged = bytearray(copy.reading(seq=10))
        forged[-1] ^= 1
        copy.append(
            copy.enrolment(sodium.Signer(b"\x41" * 32), "bin/1", label="Ein sehr langer Name " * 4),
            copy.batch([copy.reading(seq=9), copy.reading(seq=2, fill=99), bytes(forged)]),
        )
    options = ["--policy", str(copy.policy_file), "--state", str(tmp_path / "state"), "--html", str(page)]
    assert main(["audit", str(copy.public), *options]) == (0 if well else 1)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("well", [True, False], ids=["well", "alarms"])
def test_the_page_is_readable(
    browser: Browser, copy: Copy, tmp_path: Path, size: tuple[int, int], scheme: str, well: bool
) -> None:
    asked: list[str] = []
    wrong: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    path = report(copy, tmp_path, well)
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)  # type: ignore[arg-type]
    page.on("request", note)
    page.on("console", lambda message: wrong.append(message.text))
    page.goto(path.as_uri())
    assert asked == [path.as_uri()], "nothing else is loaded"
    assert wrong == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0], "nothing scrolls sideways"
    heading = page.get_by_role("heading", level=1).inner_text()
    assert heading == ("NO ALARMS" if well else "3 ALARMS")
    if not well:
        for name in ("record-lost", "record-equivocation", "record-forged", "subject-rekeyed"):
            assert page.get_by_role("heading", name=name).is_visible()
        assert page.locator(".bar .lost").first.bounding_box()["width"] >= 3  # type: ignore[index]
    low = [(ratio, text) for ratio, text in page.evaluate(_CONTRASTS) if ratio < MIN_CONTRAST]
    assert low == []
    if folder := os.environ.get("CIVICROOT_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/audit-{size[0]}-{scheme}-{well}.png", full_page=True)
    page.close()
