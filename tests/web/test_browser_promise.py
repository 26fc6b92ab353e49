"""The page "Does the promise hold?" over the real backend: good, broken, unreachable, stale; and it follows."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_backend.api import alarms, promise
from civicroot_wire.state import State
from playwright.sync_api import Browser, Page, expect

from tests.backend.promise_town import Town, promising_town
from tests.backend.witness_server import Reply
from tests.web.conftest import phone
from tests.web.test_accessibility import RULES, findings

ANSWER = "[data-answer]"
POLL = 10_000  # milliseconds between two questions of the page


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, built_pages: Path) -> Iterator[Town]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (alarms, promise):
            patch.setattr(module, "KEPT_SECONDS", 0.0)
        with promising_town(tmp_path_factory.mktemp("town"), built_pages) as made:
            yield made


def verdicts(page: Page) -> dict[str, str | None]:
    found = page.locator("[data-line]").all()
    return {line.get_attribute("data-line") or "": line.get_attribute("data-verdict") for line in found}


def test_the_answer_is_there_at_once_and_follows_what_happens(browser: Browser, town: Town, tmp_path: Path) -> None:
    town.says(State(True, "1.0", 0))
    with phone(browser, "block") as page:
        page.goto(f"{town.served.url}/promise")
        expect(page.locator("[data-line=checkpoint][data-verdict=unknown]")).to_be_visible()
        expect(page.locator(f"{ANSWER}[data-connected=true]")).to_be_visible()
        town.backend.publish_pending()
        expect(page.locator("[data-line=checkpoint][data-verdict=holds]")).to_be_visible()
        town.backend.anchor()
        town.audit(tmp_path / "auditor")
        expect(page.locator("[data-answer=holds]")).to_contain_text("The promise holds")
        assert set(verdicts(page).values()) == {"holds"}
        expect(page.locator("[data-line=witnesses] .promise-figure")).to_have_text("3 of 3")
        for line in ("checkpoint", "witnesses"):
            path = page.locator(f"[data-line={line}] .promise-proof a").get_attribute("href")
            assert town.served.client.get(path or "").status_code == 200
        assert findings(page, RULES) == []


def test_what_is_broken_is_named_in_every_language_and_fits_a_phone(browser: Browser, town: Town) -> None:
    for witness in town.witnesses[1:]:
        witness.lie = lambda _asked: Reply(503)
    town.refuse()
    town.backend.publish_pending()
    town.says(State(False))
    with phone(browser, "block", "dark") as page:
        page.goto(f"{town.served.url}/promise")
        expect(page.locator(ANSWER)).to_have_attribute("data-answer", "broken")
        expect(page.locator(ANSWER)).to_contain_text("witnesses")
        expect(page.locator("[data-reason=unknown-key-id][data-recent='1']")).to_be_visible()
        expect(page.locator("[data-gateway='gateway/1']")).to_contain_text("cannot reach it")
        for language, letters in (("ko", "[가-힣]"), ("zh", r"[\u4e00-\u9fff]")):
            page.select_option("select", language)
            for part in (
                "h1",
                "h2",
                "h3",
                ".promise-verdict",
                ".promise-body > p",
                ".state",
                "[data-reason] .promise-name",
            ):
                found = page.locator(f"main {part}")
                expect(found.first).to_have_text(re.compile(letters))
                assert all(re.search(letters, text) for text in found.all_text_contents()), found.all_text_contents()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert findings(page, ["color-contrast", "target-size"]) == []


def test_a_page_that_hears_nothing_any_more_does_not_say_that_anything_holds(page: Page, town: Town) -> None:
    page.clock.install()
    page.route("**/api/v1/promise", lambda route: route.fulfill(status=503))
    page.goto(f"{town.served.url}/promise")
    expect(page.locator("[data-notice=error]")).to_be_visible()
    page.unroute("**/api/v1/promise")
    page.get_by_role("button", name="Try again").press("Enter")
    expect(page.locator(ANSWER)).to_be_visible()
    page.route("**/api/v1/promise", lambda route: route.abort())
    for _ in range(2):  # the first may be answered by a question from before
        page.clock.run_for(POLL)
    expect(page.locator("[data-answer=unknown][data-stale]")).to_contain_text("The server does not answer.")
    page.unroute("**/api/v1/promise")
    page.clock.run_for(POLL)
    expect(page.locator(f"{ANSWER}[data-stale]")).to_have_count(0)
