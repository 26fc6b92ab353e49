"""Draws the pictures of a device's page in docs/pictures: `python -m tests.web.draw_device`. As draw_pictures does."""

import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

from civicroot_backend import realm
from playwright.sync_api import Page, sync_playwright

from tests.backend import device_town
from tests.backend.api_city import serve
from tests.support.brokers import free_port
from tests.web.conftest import CHROMIUM_ARGUMENTS
from tests.web.draw_pictures import draw
from tests.web.tools import CHROMIUM, npm

CHART = "[data-course=fill] [data-plot] canvas"


def _numbers(page: Page) -> None:
    page.locator(".timeline .cell").first.wait_for()
    page.locator("[data-panel=numbers]").evaluate("node => node.scrollIntoView()")


def _proof(page: Page) -> None:
    page.locator("[data-course=fill] [data-plot]").focus()
    for key in ("Home", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.locator("[data-panel=dialog] [data-verdict=verified]").wait_for()


def _charts(page: Page) -> None:
    page.locator("[data-panel=charts]").evaluate("node => node.scrollIntoView()")


def main() -> None:
    """All of them, of one city."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        npm("run", "build", "--", "--outDir", str(folder / "pages"))
        port = free_port()
        addresses = realm.Addresses(public_url=f"http://127.0.0.1:{port}")
        city = stack.enter_context(
            closing(device_town.watched_town(folder / "city", addresses, "Market square, north"))
        )
        city.publish()
        served = stack.enter_context(serve(city, folder / "pages", port))
        launch = stack.enter_context(sync_playwright()).chromium.launch
        browser = launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        address = [f"{served.url}/devices/bin/12"]
        draw(browser, "device-charts", address, CHART, _charts)
        draw(browser, "device-proof", address, CHART, _proof)
        draw(browser, "device-numbers", address, CHART, _numbers)
        browser.close()


if __name__ == "__main__":
    main()
