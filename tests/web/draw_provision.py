"""The pictures of provisioning in docs/pictures: `python -m tests.web.draw_provision`, with the real firmware."""

import tempfile
from pathlib import Path

from civicroot_backend.people.roles import Role
from playwright.sync_api import Page, expect, sync_playwright

from tests.support.micropython import ROOT
from tests.web.conftest import CHROMIUM_ARGUMENTS
from tests.web.provisioning_town import Cable, ProvisioningTown, crew_page, provisioning_town
from tests.web.tools import CHROMIUM, npm

PICTURES = ROOT / "docs" / "pictures"
DRIVERS = ROOT / "firmware" / "boards" / "smart_bin.json"
LOCALES = {"en": "en-GB", "ko": "ko-KR", "zh": "zh-CN"}


def shot(page: Page, name: str) -> None:
    """The whole page."""
    page.screenshot(path=PICTURES / f"web-provision-{name}.png", full_page=True, animations="disabled")


def fill(page: Page, name: str) -> None:
    """A place, with the city's settings."""
    page.click("[data-action=load-site]")
    expect(page.locator("[data-loaded=true]")).to_be_visible()
    values = {"name": name, "label": "서울광장 앞", "asset": "A-0012", "latitude": "37.5665", "longitude": "126.9780"}
    for field, value in values.items():
        page.locator(f"[data-step=place] input[name={field}]").fill(value)


def draw(town: ProvisioningTown, page: Page, language: str, number: int) -> None:
    """Before, in the test, and at the end."""
    fill(page, str(number))
    shot(page, f"phone-{language}")
    page.click("[data-action=connect]")
    expect(page.locator("[data-action=run]")).to_be_enabled(timeout=30_000)
    page.click("[data-action=run]")
    expect(page.locator("[data-part]").nth(5)).to_be_visible(timeout=60_000)
    shot(page, f"test-{language}")
    expect(page.locator("[data-step=finished]")).to_be_visible(timeout=60_000)
    assert town.sign_at_the_desk("--all") == 0
    expect(page.locator("[data-panel=first-reading] [data-verdict=verified]")).to_be_visible(timeout=60_000)
    shot(page, f"done-{language}")


def main() -> None:
    """All of them."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder, pages = Path(name) / "town", Path(name) / "pages"
        folder.mkdir()
        npm("run", "build", "--", "--outDir", str(pages))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        with provisioning_town(folder, pages) as town:
            for number, (language, locale) in enumerate(LOCALES.items(), start=12):
                with (
                    town.board(language, board=DRIVERS) as board,
                    crew_page(town, browser, Cable(board.port), town.crew, locale=locale) as page,
                ):
                    draw(town, page, language, number)
            with town.board("desktop") as board:
                people = town.office.person(Role.CREW, Role.REGISTRAR)
                with crew_page(town, browser, Cable(board.port), people, width=1280) as page:
                    page.emulate_media(color_scheme="dark")
                    fill(page, "30")
                    page.click("[data-action=connect]")
                    page.click("[data-action=run]")
                    expect(page.locator("[data-step=registrar][data-waiting='1']")).to_be_visible(timeout=60_000)
                    shot(page, "desktop-en")
        browser.close()


if __name__ == "__main__":
    main()
