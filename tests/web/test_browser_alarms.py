"""Alarms on the live page: the real backend and its API; what gateways say comes as from its broker."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_backend.api import alarms as api
from civicroot_gateway.operate.alarms import TEXTS
from civicroot_wire import batch, state
from civicroot_wire.sodium import Signer
from civicroot_wire.state import MAX_ALARMS, State
from playwright.sync_api import Locator, Page, expect

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.city import batch_message, commit, signed_record
from tests.web.conftest import Town

PANEL = "[data-panel=alarms]"
CALM = f"{PANEL}[data-count='0']"
BEHIND = 12
PROMISE = 600  # seconds
POLL = 5_000  # milliseconds between two questions of the page


@pytest.fixture
def served(tmp_path: Path, built_pages: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """gateway/1 with twelve devices behind it, which promised to report again, and gateway/2 with one."""
    monkeypatch.setattr(api, "KEPT_SECONDS", 0.0)
    city = OpenCity(tmp_path)
    devices = [city.enrol_device(f"bin/{number}") for number in range(BEHIND + 1)]
    records = [signed_record(key, 0, promised=PROMISE) for key in devices]
    commit(city.backend, city.gateway, batch_message(city.gateway, 0, records[:BEHIND]))
    other = city.city.enrolled(city.backend, "gateway/2", batch.ROLE)
    commit(city.backend, other, batch_message(other, 0, records[BEHIND:]))
    says(city, city.gateway, State(True))
    says(city, other, State(True))
    with serve(city, built_pages) as running:
        yield running
    city.close()


def says(city: OpenCity, gateway: Signer, said: State) -> None:
    """The gateway's state is retained at the broker, and comes to the backend."""
    city.backend.gateways.said(gateway.kid, state.encode(said))


def opened(page: Page, url: str) -> None:
    """The live page, on a clock that `later` puts forward."""
    page.clock.install()
    page.goto(url + "/")
    expect(page.locator(PANEL)).to_be_visible()


def later(page: Page) -> None:
    """The page asks again: twice, for the first answer may be to a question from before."""
    for _ in range(2):
        with page.expect_response("**/api/v1/alarms"):
            page.clock.run_for(POLL)


def gateway(page: Page, subject: str) -> Locator:
    return page.locator(f"{PANEL} [data-gateway='{subject}']")


def test_a_gateway_goes_offline_and_comes_back_and_the_page_follows(page: Page, served: Served) -> None:
    city = served.city
    opened(page, served.url)
    expect(page.locator(CALM)).to_have_text("No alarms: no gateway reports a problem, and no device is overdue.")
    says(city, city.gateway, State(False))
    city.city.now += 2 * PROMISE  # everybody is overdue
    later(page)
    row = gateway(page, "gateway/1")
    expect(row).to_have_attribute("data-standing", "offline")
    expect(row.locator("[data-reason=offline]")).to_contain_text("The city cannot reach it")
    expect(row.locator(f"[data-behind='{BEHIND}']")).to_contain_text("12 devices behind it")
    expect(page.locator("[data-gateway]")).to_have_count(1)
    expect(page.locator("[data-silent]")).to_have_count(1)  # and none of those behind the gateway that is down
    expect(page.locator(f"[data-silent='bin/{BEHIND}'] a")).to_have_attribute("href", f"/b/{BEHIND}")
    says(city, city.gateway, State(True))
    city.city.now -= 2 * PROMISE
    later(page)
    expect(page.locator(CALM)).to_be_visible()
    expect(page.locator("[data-gateway]")).to_have_count(0)


def test_every_alarm_that_a_gateway_has_is_said_in_words(page: Page, served: Served) -> None:
    names = sorted(TEXTS)
    opened(page, served.url)
    for some in (names[:MAX_ALARMS], names[MAX_ALARMS:]):
        says(served.city, served.city.gateway, State(True, "0.2.0", 17, some, 5))
        later(page)
        reasons = gateway(page, "gateway/1").locator("[data-reason]")
        expect(gateway(page, "gateway/1").locator(f"[data-reason={some[0]}]")).to_be_visible()
        expect(reasons).to_have_count(len(some))
        assert [row.get_attribute("data-reason") for row in reasons.all()] == [name for name in TEXTS if name in some]
        assert not [text for text in reasons.all_inner_texts() if "this page does not know" in text]
    expect(gateway(page, "gateway/1")).to_contain_text("17 readings waiting")
    expect(gateway(page, "gateway/1")).to_contain_text("room for 5 hours")
    says(served.city, served.city.gateway, State(True, alarms=["of-a-later-release"]))
    later(page)
    expect(gateway(page, "gateway/1")).to_contain_text("It reports “of-a-later-release”")


def test_alarms_are_not_taken_for_those_of_now_when_the_server_does_not_answer(page: Page, town: Town) -> None:
    opened(page, town.url)
    expect(page.locator(CALM)).to_be_visible()
    town.change("broken/true")
    later(page)
    expect(page.locator(CALM)).to_have_count(0)
    expect(page.locator(f"{PANEL} [data-stale]")).to_contain_text("The server does not answer.")
    town.change("broken/false")
    later(page)
    expect(page.locator(CALM)).to_be_visible()


def test_a_server_that_does_not_say_has_no_calm_line(page: Page, town: Town) -> None:
    page.route("**/api/v1/alarms", lambda route: route.fulfill(status=404))
    opened(page, town.url)
    expect(page.locator(PANEL)).to_have_text("The server does not say whether there are alarms.")
    expect(page.locator(CALM)).to_have_count(0)


def test_many_silent_devices_are_folded_and_all_of_them_counted(page: Page, town: Town) -> None:
    town.change("silent/150")
    opened(page, town.url)
    found = page.locator(f"{PANEL}[data-count='150'] [data-alarms=silent]")
    expect(found.locator("[data-silent] >> visible=true")).to_have_count(3)
    found.locator("summary").click()
    expect(found.locator("summary")).to_have_text("147 more")
    expect(found.locator("[data-silent] >> visible=true")).to_have_count(100)
    expect(found).to_contain_text("The 100 that have been silent longest")


def test_alarms_speak_every_language_and_fit_a_phone(page: Page, town: Town) -> None:
    town.change("reasons/clock-unset,disk-full,of-a-later-release")
    town.change("silent/5")
    opened(page, town.url)
    for language, letters in (("ko", "[가-힣]"), ("zh", r"[\u4e00-\u9fff]")):
        page.select_option("select", language)
        for part in ("h2", "h3", "summary", "[data-reason]", "[data-behind] span", ".state", ".due"):
            found = page.locator(f"{PANEL} {part}")
            expect(found.first).to_have_text(re.compile(letters))
            for text in found.all_text_contents():
                assert re.search(letters, text), text
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
