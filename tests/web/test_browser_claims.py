"""A deposit is claimed in a browser: the real backend, tokens that a bin signed, headless Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_backend import realm
from civicroot_wire import claim_token
from playwright.sync_api import Browser, Page, expect

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.claims.scene import Bin
from tests.support.brokers import free_port
from tests.web.conftest import phone
from tests.web.waiting import until

LATE = 3600  # seconds after which no token is valid any more


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, built_pages: Path) -> Iterator[Served]:
    port = free_port()
    city = OpenCity(tmp_path_factory.mktemp("city"), realm.Addresses(public_url=f"http://127.0.0.1:{port}"))
    with serve(city, built_pages, port) as running:
        yield running
    city.close()


@pytest.fixture(scope="module")
def place(served: Served) -> Bin:
    """A bin whose enrolment is published."""
    place = Bin(served.city)
    served.city.publish()
    return place


@pytest.fixture
def seq(place: Bin) -> int:
    """A number that no test has used."""
    place.wait(1)
    numbers: list[int] = place.__dict__.setdefault("numbers", [0])
    numbers.append(numbers[-1] + 1)
    return numbers[-1]


def scan(page: Page, served: Served, digits: str) -> None:
    """Open what the QR code on the bin's display says."""
    page.goto(f"{served.url}/B/{digits}")


def claim(page: Page) -> None:
    """Press the button."""
    page.click("[data-action=claim]")


def says(page: Page, state: str) -> None:
    """Wait until the page says that the claim is in this state."""
    expect(page.locator(f"[data-claim={state}]")).to_be_visible()


def test_a_deposit_is_offered_claimed_and_matched_to_its_signed_record(
    page: Page, served: Served, place: Bin, seq: int
) -> None:
    place.deposit(seq)
    served.city.publish()
    scan(page, served, claim_token.to_digits(place.token(seq)))
    says(page, "offered")
    assert "/B/" not in page.url, "the token is no part of an address that is sent"
    expect(page.locator("[data-bin='bin/12']")).to_be_visible()
    expect(page.locator("[data-signature=signed]")).to_be_visible()
    claim(page)
    says(page, "yours")
    expect(page.locator("[data-kilograms='0.42']")).to_be_visible()
    proof = page.locator("[data-panel=deposit] [data-verdict=verified]")
    expect(proof).to_have_attribute("data-seq", str(seq))
    page.reload()
    says(page, "yours")


def test_the_same_token_serves_nobody_twice(page: Page, browser: Browser, served: Served, place: Bin, seq: int) -> None:
    place.deposit(seq)
    digits = claim_token.to_digits(place.token(seq))
    with phone(browser, "block") as other:
        scan(other, served, digits)
        says(other, "offered")
        scan(page, served, digits)
        says(page, "offered")
        claim(page)
        says(page, "yours")
        claim(other)
        says(other, "taken")
        other.reload()
        says(other, "taken")


def test_a_claim_before_its_record_is_pending_and_then_confirmed(
    page: Page, served: Served, place: Bin, seq: int
) -> None:
    page.clock.install()
    scan(page, served, claim_token.to_digits(place.token(seq)))
    says(page, "offered")
    claim(page)
    says(page, "pending")
    place.deposit(seq)
    place.backend.claims.accepted([(place.key.kid, seq)])
    page.clock.fast_forward("00:11")
    says(page, "yours")


def test_a_token_that_is_too_old_claims_nothing(page: Page, served: Served, place: Bin, seq: int) -> None:
    place.deposit(seq)
    digits = claim_token.to_digits(place.token(seq))
    place.wait(LATE)
    scan(page, served, digits)
    says(page, "offered")
    claim(page)
    says(page, "expired")
    expect(page.locator("[data-action=claim]")).to_have_count(0)


def test_a_code_that_no_bin_signed_is_said_to_be_invalid(page: Page, served: Served, place: Bin, seq: int) -> None:
    forged = place.token(seq, realm="elsewhere.example")
    for digits in (claim_token.to_digits(forged), "9" * 200, "1" * 60):
        scan(page, served, digits)
        says(page, "invalid")
        expect(page.locator("[data-action=claim]")).to_have_count(0)


def test_a_claim_without_a_network_is_kept_and_sent_later_once(
    page: Page, served: Served, place: Bin, seq: int
) -> None:
    place.deposit(seq)
    page.clock.install()
    scan(page, served, claim_token.to_digits(place.token(seq)))
    says(page, "offered")
    page.route("**/api/v1/**", lambda route: route.abort())
    claim(page)
    says(page, "offline")
    page.unroute_all(behavior="wait")
    page.reload()
    says(page, "yours")
    assert place.backend.claims.of(place.key.kid, seq) is not None
    assert page.evaluate("localStorage.getItem('civicroot/claims-waiting')") is None


def test_a_claim_that_waits_is_sent_when_the_browser_has_a_network_again(
    page: Page, served: Served, place: Bin, seq: int
) -> None:
    place.deposit(seq)
    scan(page, served, claim_token.to_digits(place.token(seq)))
    says(page, "offered")
    page.context.set_offline(True)
    claim(page)
    says(page, "offline")
    page.context.set_offline(False)
    says(page, "yours")


def test_a_claim_that_waits_is_sent_from_any_page(page: Page, served: Served, place: Bin, seq: int) -> None:
    place.deposit(seq)
    scan(page, served, claim_token.to_digits(place.token(seq)))
    says(page, "offered")
    page.route("**/api/v1/**", lambda route: route.abort())
    claim(page)
    says(page, "offline")
    page.unroute_all(behavior="wait")
    page.goto(f"{served.url}/privacy")
    until(page, "() => localStorage.getItem('civicroot/claims-waiting') === null")
    assert place.backend.claims.of(place.key.kid, seq) is not None
    page.goto(f"{served.url}/claim#{claim_token.to_digits(place.token(seq))}")
    says(page, "yours")
