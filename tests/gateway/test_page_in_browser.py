"""The status page in a browser, on a phone and on a desk, by day and by night."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.web.tools import CHROMIUM

from .supervised import BRIDGE, BRIDGE_DOWN, DEVICES_UP, UP, Supervised, standing

_TROUBLE = replace(
    standing(alarms=["spool-damaged"], records=4_500_000, room_hours=13.5, batches_refused=2),
    links=(DEVICES_UP, replace(UP, up=False, seconds=777_600.0, attempts=25_000, error="connection refused " * 9)),
    bridges=(BRIDGE, BRIDGE_DOWN),
    now=None,
    clock_alarm="clock-back",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (390, "dark"), (1280, "light")])
def test_page_fits_its_screen_is_styled_and_breaks_no_rule_of_its_policy(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    with Supervised(tmp_path) as gateway:
        gateway.snapshot = _TROUBLE
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("requestfailed", lambda request: said.append(request.url))
        answer = page.goto(f"http://127.0.0.1:{gateway.page}/")
        assert answer is not None and answer.status == 200
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px"  # by the style sheet
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(20, 23, 26)") is (scheme == "dark")
        assert page.locator(".alarm").first.bounding_box()["y"] < 200  # type: ignore[index]
        assert page.locator(".alarm").count() == 6
        context.close()
    assert said == []
