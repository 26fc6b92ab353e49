"""WCAG 2.2 AA as far as axe-core and a keyboard show it: every page, light and dark."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import Town, phone, serving_town
from tests.web.tools import WEB

AXE = WEB / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
BAD = {"serious", "critical"}
# Page, and what is there once it has settled.
PAGES = {
    "/": "[data-connected=true]",
    "/b/12": "[data-panel=latest] [data-verdict=verified]",
    "/t/7": "[data-panel=latest] [data-verdict=verified]",
    "/b/nothing": "[data-notice=empty]",
    f"/claim#{'9' * 60}": "[data-claim=invalid]",
    "/scan": "[data-camera=none], [data-camera=denied]",
    "/proves": "[data-panel=verifier][data-sha256]",
    "/privacy": "[data-panel=kept]",
    "/entry?index=0": "[data-panel=entry] [data-verdict]",
    "/block": "[data-panel=block], [data-notice]",
    "/nowhere": "[data-panel=lost]",
}


@pytest.fixture(scope="module")
def town(built_pages: Path) -> Iterator[Town]:
    with serving_town(built_pages) as town:
        yield town


def findings(page: Page, only: list[str]) -> list[str]:
    """Rule and place of everything serious. Evaluated from outside the page, whose policy lets nothing in."""
    page.evaluate(AXE.read_text() + "; undefined")
    result: dict[str, Any] = page.evaluate("only => axe.run({ runOnly: only })", only)
    assert result["passes"], "axe looked at nothing"
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in result["violations"]
        if each["impact"] in BAD
        for node in each["nodes"]
    ]


# The whole of it once; colours once more in the dark, in the language with the longest words, on the smallest phone.
@pytest.mark.parametrize(
    ("scheme", "language", "width", "rules"),
    [("light", "en", 390, RULES), ("dark", "ko", 320, ["color-contrast", "target-size"])],
)
def test_no_page_has_a_serious_finding_or_is_too_wide(
    browser: Browser, town: Town, scheme: Literal["light", "dark"], language: str, width: int, rules: list[str]
) -> None:
    with phone(browser, "block", scheme) as page:
        page.set_viewport_size({"width": width, "height": 800})
        page.add_init_script(f"localStorage.setItem('civicroot/language', '{language}')")
        for path, settled in PAGES.items():
            page.goto(town.url + path)
            expect(page.locator(settled).first).to_be_visible()
            for fold in page.locator("main details > summary").all():
                fold.click()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert findings(page, rules) == [], path


def test_a_tampered_proof_is_legible_too(page: Page, town: Town) -> None:
    town.change("tamper/record")
    try:
        page.goto(town.url + "/b/12")
        expect(page.locator("[data-panel=latest] [data-verdict=failed]")).to_be_visible()
        assert findings(page, RULES) == []
    finally:
        town.change("tamper/none")


def focused(page: Page) -> str:
    """What has the focus, by its test attribute or its text."""
    says: str = page.evaluate("document.activeElement.dataset.action ?? document.activeElement.textContent")
    return says


def test_everything_is_reached_by_keyboard_and_the_content_at_once(page: Page, town: Town) -> None:
    page.goto(town.url + "/b/12")
    expect(page.locator("[data-panel=latest] [data-verdict=verified]")).to_be_visible()
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    page.keyboard.press("Enter")
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(focused(page))
        if reached[-1] == "Trust policy":
            break
    wanted = {"map", "prove", "download-proof", "choose-proof", "Report a problem"}
    assert wanted <= {each.strip() for each in reached}, "in the order of the page, to its end"
    assert reached[-1] == "Trust policy"


def test_a_proof_is_opened_read_and_closed_by_keyboard(page: Page, town: Town) -> None:
    page.goto(town.url + "/b/12")
    line = page.locator("[data-line=temp] [data-action=prove]")
    line.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-panel=dialog] [data-verdict=verified]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(line).to_be_focused()
