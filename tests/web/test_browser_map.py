"""The map over the real backend: filters, the list beside it, a click, the keyboard, and nothing from elsewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_backend.inventory import book
from civicroot_backend.inventory.book import Source
from civicroot_backend.inventory.parse import Entry
from civicroot_backend.map import grid
from civicroot_wire import state
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement
from civicroot_wire.state import State
from playwright.sync_api import Browser, FloatRect, Page, expect

from tests.backend.api_city import OpenCity, Served, serve
from tests.web.conftest import phone
from tests.web.test_accessibility import RULES, findings

READY = "[data-map=true]"
EDGE = 48  # pixels that the page leaves around what it shows
BINS, TREES = 3, 900  # trees: more than are shown one by one


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, built_pages: Path) -> Iterator[Served]:
    """A full, a faulty and a quiet bin in a row, and the trees of an inventory around them."""
    city = OpenCity(tmp_path_factory.mktemp("city"))
    keys = [
        city.enrol_device(f"bin/{number}", location=(DecimalFraction(-3, 37566), DecimalFraction(-3, 126978 + number)))
        for number in range(BINS)
    ]
    fault = [Measurement("fault", "temp:no-answer")]
    city.commit([city.fill(keys[0], 0, 90), city.report(keys[1], 0, fault), city.fill(keys[2], 0, 5)])
    city.backend.gateways.said(city.gateway.kid, state.encode(State(True)))
    trees = [
        Entry(number, f"tree/{number}", "{}", 37.55 + number % 30 / 1000, 126.95 + number // 30 / 500)
        for number in range(TREES)
    ]
    with city.backend.database.write() as connection:
        book.write(connection, Source("tree", bytes(32), "trees.csv", None), trees, 0)
    with serve(city, built_pages) as running:
        yield running
    city.close()


def opened(page: Page, served: Served) -> list[str]:
    """The map; whom the page asks."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{served.url}/map")
    expect(page.locator(READY)).to_be_visible()
    expect(page.locator(f"[data-total='{BINS + TREES}']")).to_be_visible()
    return asked


def test_groups_and_filters_lead_to_a_bin_without_anybody_elsewhere(page: Page, served: Served) -> None:
    asked = opened(page, served)
    expect(page.locator("[data-cluster]").first).to_have_attribute("data-state", "faulty")
    page.click("[data-kind=bin]")
    expect(page.locator("[data-place]")).to_have_count(BINS)
    worst_first = [row.get_attribute("data-state") for row in page.locator("[data-place]").all()]
    assert worst_first == ["faulty", "full", "ok"]
    page.click(".map-legend [data-state=full]")
    expect(page.locator("[data-place]")).to_have_count(1)
    links = page.locator("[data-place='bin/0'] a")
    assert [link.get_attribute("href") for link in links.all()] == ["/b/0", "/devices/bin/0"]
    assert asked
    assert {url for url in asked if not url.startswith(served.url)} == set()


def test_a_click_on_the_map_opens_the_page_of_what_is_there(page: Page, served: Served) -> None:
    opened(page, served)
    page.click("[data-kind=bin]")
    page.click(".map-legend [data-state=full]")
    expect(page.locator("[data-place]")).to_have_count(1)
    frame = page.locator(READY).bounding_box()
    assert frame is not None
    x, y = pixel(served, frame, 37.566, 126.978)
    with page.expect_navigation(url=re.compile("/b/0$")):
        page.mouse.click(x, y)


def pixel(served: Served, frame: FloatRect, latitude: float, longitude: float) -> tuple[float, float]:
    """Where a place is while the whole city is shown: its extent in the middle of the frame, EDGE pixels inside."""
    found = served.client.get("/api/v1/map").json()["extent"]
    left, top = grid.project(found["north"], found["west"])
    right, bottom = grid.project(found["south"], found["east"])
    x, y = grid.project(latitude, longitude)
    size = max((right - left) / (frame["width"] - 2 * EDGE), (bottom - top) / (frame["height"] - 2 * EDGE))
    middle = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    return middle[0] + (x - (left + right) / 2) / size, middle[1] + (y - (top + bottom) / 2) / size


def test_the_map_is_used_by_keyboard_and_its_list_says_the_same(page: Page, served: Served) -> None:
    opened(page, served)
    group = page.locator("[data-cluster] button").first
    group.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-total='{BINS + TREES}']")).to_have_count(0)
    page.get_by_role("button", name="Show the whole city").press("Enter")
    expect(page.locator(f"[data-total='{BINS + TREES}']")).to_be_visible()
    page.locator(READY).focus()
    for _ in range(3):
        page.keyboard.press("+")
    expect(page.locator(f"[data-total='{BINS + TREES}']")).to_have_count(0)


def test_the_map_fits_a_phone_in_every_language_and_is_legible(browser: Browser, served: Served) -> None:
    with phone(browser, "block", "dark") as page:
        page.set_viewport_size({"width": 320, "height": 700})
        opened(page, served)
        assert findings(page, RULES) == []
        for language, letters in (("ko", "[가-힣]"), ("zh", r"[\u4e00-\u9fff]")):
            page.select_option("select", language)
            for part in ("h1", ".map-list h2", ".map-legend button", ".map-group"):
                found = page.locator(part)
                expect(found.first).to_have_text(re.compile(letters))
                assert all(re.search(letters, text) for text in found.all_text_contents())
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_server_that_is_away_is_said(page: Page, served: Served) -> None:
    page.route("**/api/v1/map*", lambda route: route.fulfill(status=503))
    page.goto(f"{served.url}/map")
    expect(page.locator("[data-notice=error]")).to_be_visible()
    page.unroute("**/api/v1/map*")
    page.get_by_role("button", name="Try again").press("Enter")
    expect(page.locator(READY)).to_be_visible()
    page.route("**/api/v1/map*", lambda route: route.abort())
    page.click("[data-kind=bin]")
    expect(page.locator("[data-stale]")).to_contain_text("may be old")
