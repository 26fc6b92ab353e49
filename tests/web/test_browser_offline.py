"""Without a network: what was seen last opens, says how old it is, and its proof is checked again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import Town, phone, serving_town
from tests.web.waiting import until

VERIFIED = "[data-panel=latest] [data-verdict=verified]"
READY = "navigator.serviceWorker.ready.then(() => true)"


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    with phone(browser, "allow") as page:
        yield page


def visit(page: Page, url: str) -> None:
    """See a page, and once more when the service worker looks after it."""
    page.goto(url)
    expect(page.locator(VERIFIED)).to_be_visible()
    assert page.evaluate(READY)
    page.reload()
    expect(page.locator(VERIFIED)).to_be_visible()
    expect(page.locator("[data-kept]")).to_have_count(0)


def test_a_page_that_was_seen_opens_offline_with_its_proof_and_its_age(visitor: Page, built_pages: Path) -> None:
    with serving_town(built_pages) as town:
        url = town.url
        visit(visitor, url + "/b/12")
        seq = visitor.locator(VERIFIED).get_attribute("data-seq")
    # The server is gone, which is more than a network that fails.
    visitor.goto(url + "/b/12")
    expect(visitor.locator(VERIFIED)).to_have_attribute("data-seq", seq or "")
    expect(visitor.locator("[data-kept]")).to_contain_text("No connection to the city.")
    expect(visitor.locator("[data-kept]")).to_contain_text("ago")
    # A place that nobody looked at is said to be out of reach, in the page itself.
    visitor.goto(url + "/b/3")
    expect(visitor.locator("[data-notice=error]")).to_be_visible()
    for path in ("/proves", "/promise"):
        visitor.goto(url + path)
        expect(visitor.locator("main")).to_be_visible()
    # So is a code that is scanned now: the claim is kept.
    visitor.goto(f"{url}/B/{'9' * 60}")
    expect(visitor.locator("[data-claim=invalid]")).to_be_visible()


def test_the_map_opens_offline_for_who_has_opened_it(visitor: Page, built_pages: Path) -> None:
    with serving_town(built_pages) as town:
        url = town.url
        visit(visitor, url + "/b/12")
        visitor.goto(url + "/map")
        expect(visitor.locator("main")).to_be_visible()
        until(visitor, "() => caches.match('/map').then((kept) => kept !== undefined)")
        visitor.wait_for_load_state("networkidle")
    visitor.goto(url + "/map")
    expect(visitor.locator("main")).to_be_visible()


def test_what_is_kept_is_gone_when_the_reader_asks(visitor: Page, town: Town) -> None:
    visit(visitor, town.url + "/b/12")
    assert visitor.evaluate("caches.keys().then((names) => names.includes('civicroot-data-1'))")
    visitor.goto(town.url + "/privacy")
    visitor.click("[data-action=forget]")
    expect(visitor.locator("[data-panel=kept] [role=status]")).to_be_visible()
    kept = visitor.evaluate("caches.open('civicroot-data-1').then((cache) => cache.match('/policy.json'))")
    assert kept is None


def test_without_service_workers_and_webcrypto_all_is_verified(browser: Browser, town: Town) -> None:
    with phone(browser, "block") as page:
        page.add_init_script(
            "Object.defineProperty(crypto, 'subtle', { value: undefined });"
            "delete Navigator.prototype.serviceWorker; delete window.caches"
        )
        page.goto(town.url + "/b/12")
        expect(page.locator(VERIFIED)).to_be_visible()
        assert page.evaluate("[crypto.subtle === undefined, 'serviceWorker' in navigator]") == [True, False]
