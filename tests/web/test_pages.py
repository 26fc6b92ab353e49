"""The pages in headless Chromium, served with a strict content security policy by a fixture server."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from tests.web.conftest import Town

LATEST = "[data-panel=latest]"
FROM_FILE = "[data-panel=file]"
STEPS = 13
ENDS = ("from", "to")


def verdict(page: Page, panel: str, word: str) -> Locator:
    """The verdict in a panel, once it says `word`."""
    found = page.locator(f"{panel} [data-verdict={word}]")
    expect(found).to_be_visible()
    return found


def choose_proof(page: Page, data: bytes) -> None:
    """Give the page a proof file from the reader's device."""
    payload: FilePayload = {"name": "a.proof", "mimeType": "application/cbor", "buffer": data}
    page.set_input_files("[data-action=choose-proof]", files=[payload])


def proof_of_bin_12(page: Page, town: Town) -> bytes:
    """The proof that the bin's page offers for download."""
    page.goto(town.url + "/b/12")
    verdict(page, LATEST, "verified")
    path = page.get_attribute("[data-action=download-proof]", "href")
    assert path is not None
    return town.get(path)


def test_the_bins_page_verifies_its_latest_proof_and_shows_every_step(page: Page, town: Town) -> None:
    page.goto(town.url + "/b/12")
    found = verdict(page, LATEST, "verified")
    assert found.get_attribute("data-subject") == "bin/12"
    for step in (
        "policy",
        "device-signature",
        "record-batch",
        "header-log",
        "gateway-signature",
        "checkpoint",
        "witnesses",
        "revocation",
        "beacon",
        "match",
    ):
        expect(found.locator(f"[data-step={step}]")).to_have_attribute("data-status", "checked")
    expect(found.locator("[data-step=anchors]")).to_have_attribute("data-status", "not-checked")
    assert found.locator("[data-step]").count() == STEPS + 2
    expect(page.locator("[data-proved=this]")).to_be_visible()


def test_the_code_on_the_label_is_upper_case_and_leads_to_the_same_page(page: Page, town: Town) -> None:
    page.goto(town.url + "/B/12")
    assert verdict(page, LATEST, "verified").get_attribute("data-subject") == "bin/12"


def test_a_trees_page_shows_soil_moisture_and_verifies(page: Page, town: Town) -> None:
    page.goto(town.url + "/t/7")
    assert verdict(page, LATEST, "verified").get_attribute("data-subject") == "tree/7"
    expect(page.locator("[data-main-value] [data-value-name=soil]")).to_be_visible()


def test_simulated_readings_are_marked_by_the_verified_enrolment(page: Page, town: Town) -> None:
    page.goto(town.url + "/b/12")
    expect(page.locator("[data-banner=simulated][data-source=proof]")).to_be_visible()
    page.goto(town.url + "/b/3")
    assert verdict(page, LATEST, "verified").get_attribute("data-simulated") == "false"
    expect(page.locator("[data-banner=simulated]")).to_have_count(0)


@pytest.mark.parametrize(
    ("what", "step"), [("record", "record-batch"), ("checkpoint", "checkpoint"), ("other", "match")]
)
def test_a_tampered_proof_fails_and_names_its_step(page: Page, town: Town, what: str, step: str) -> None:
    town.change(f"tamper/{what}")
    page.goto(town.url + "/b/12")
    found = verdict(page, LATEST, "failed")
    assert found.get_attribute("data-failed-step") == step
    expect(found.locator(f"[data-step={step}]")).to_have_attribute("data-status", "failed")
    expect(page.locator("[data-proved=failed]")).to_be_visible()


def test_a_chosen_file_is_verified_and_its_flipped_bits_are_not(page: Page, town: Town) -> None:
    good = proof_of_bin_12(page, town)
    choose_proof(page, good)
    verdict(page, FROM_FILE, "verified")
    for place in range(40, len(good), len(good) // 12):
        bad = bytearray(good)
        bad[place] ^= 1 << place % 8
        choose_proof(page, bytes(bad))
        found = verdict(page, FROM_FILE, "failed")
        assert found.get_attribute("data-failed-step")
        choose_proof(page, good)
        verdict(page, FROM_FILE, "verified")


def test_a_reading_under_a_small_order_key_is_refused(page: Page, town: Town) -> None:
    page.goto(town.url + "/b/12")
    choose_proof(page, town.get("/fixture/small-order.proof"))
    found = verdict(page, FROM_FILE, "failed")
    assert found.get_attribute("data-failed-step") == "device-enrolment"
    assert found.get_attribute("data-reason") == "weak-key"


def test_a_proof_of_another_place_is_said_to_be_one(page: Page, town: Town) -> None:
    good = proof_of_bin_12(page, town)
    page.goto(town.url + "/t/7")
    choose_proof(page, good)
    verdict(page, FROM_FILE, "verified")
    expect(page.locator(f"{FROM_FILE} .elsewhere")).to_contain_text("Bin 12")


def test_a_reading_waits_for_its_publication_and_is_then_verified(page: Page, town: Town) -> None:
    town.change("report")
    page.goto(town.url + "/b/12")
    expect(page.locator(f"{LATEST} [data-waiting=not-yet-published]")).to_be_visible()
    town.change("publish")
    assert verdict(page, LATEST, "verified").get_attribute("data-seq") == "2"


def test_a_newer_reading_appears_while_the_proved_one_stands(page: Page, town: Town) -> None:
    page.goto(town.url + "/b/12")
    verdict(page, LATEST, "verified")
    town.change("report")
    expect(page.locator("[data-proved=earlier]")).to_be_visible()
    town.change("publish")
    expect(page.locator("[data-proved=this]")).to_be_visible()


def test_the_signed_values_win_over_what_the_server_says(page: Page, town: Town) -> None:
    town.change("show-fill/0.05")
    page.goto(town.url + "/b/12")
    expect(page.locator("[data-differs=true]")).to_be_visible()
    assert page.get_attribute("[data-main-value]", "data-main-value") != "0.05"


def test_the_signed_time_wins_over_what_the_server_says(page: Page, town: Town) -> None:
    def another_time(route: Route) -> None:
        answer = route.fetch().json()
        for reading in [answer["latest"]] if "latest" in answer else [value["reading"] for value in answer["values"]]:
            reading["time"] = "2020-01-01T00:00:00Z"
        route.fulfill(json=answer)

    page.route(re.compile("/api/v1/subjects/bin/12(/state)?$"), another_time)
    page.goto(town.url + "/b/12")
    verdict(page, LATEST, "verified")
    expect(page.locator("[data-differs=true]")).to_be_visible()
    measured = page.locator(".headline .quiet[title]")
    assert "2020" not in (measured.get_attribute("title") or "")


def test_other_root_keys_are_told_and_trusted_only_when_asked(page: Page, town: Town) -> None:
    page.goto(town.url + "/b/12")
    expect(page.locator("[data-pin=first-use]")).to_be_visible()
    page.reload()
    expect(page.locator("[data-pin=known]")).to_be_visible()
    town.change("new-town/demo.civicroot.example")
    page.reload()
    found = verdict(page, LATEST, "failed")
    assert found.get_attribute("data-reason") == "policy-changed"
    page.click("[data-action=trust-new-roots]")
    verdict(page, LATEST, "verified")
    expect(page.locator("[data-pin=first-use]")).to_be_visible()


def test_the_live_page_shows_devices_follows_events_and_verifies(page: Page, town: Town) -> None:
    page.goto(town.url + "/")
    bin_12 = page.locator("[data-device][data-subject='bin/12']")
    expect(bin_12).to_have_attribute("data-seq", "1")
    expect(bin_12.locator("[data-simulated=true]")).to_be_visible()
    expect(page.locator("[data-subject='bin/3'] [data-simulated=true]")).to_have_count(0)
    expect(page.locator("[data-connected=true]")).to_be_visible()
    town.change("report")
    expect(bin_12).to_have_attribute("data-seq", "2")
    town.change("publish")
    bin_12.locator("[data-action=verify]").click()
    verdict(page, "[data-panel=dialog]", "verified")
    page.click("[data-action=close]")
    expect(bin_12.locator("[data-action=verify][data-verified=true]")).to_be_visible()


def test_the_live_page_filters_by_kind_and_words(page: Page, town: Town) -> None:
    page.goto(town.url + "/")
    expect(page.locator("[data-device]")).to_have_count(9)
    page.click("[data-kind=tree]")
    expect(page.locator("[data-device]")).to_have_count(3)
    page.click("[data-kind=all]")
    page.fill("input[type=search]", "market")
    expect(page.locator("[data-device]")).to_have_count(2)
    page.fill("input[type=search]", "nowhere")
    expect(page.locator("[data-notice=empty]")).to_be_visible()


def test_a_device_enrolled_while_the_page_is_open_appears_when_it_reports(page: Page, town: Town) -> None:
    def without_bin_12(route: Route) -> None:
        answer = route.fetch().json()
        answer["devices"] = [device for device in answer["devices"] if device["subject"] != "bin/12"]
        route.fulfill(json=answer)

    page.route("**/api/v1/devices?*", without_bin_12)
    page.goto(town.url + "/")
    expect(page.locator("[data-connected=true]")).to_be_visible()
    expect(page.locator("[data-device]")).to_have_count(8)
    page.unroute_all(behavior="wait")  # an answer may be on its way
    town.change("report")
    expect(page.locator("[data-subject='bin/12']")).to_have_attribute("data-seq", "2")


@pytest.mark.parametrize(
    ("answers", "span"),
    [({24: 96}, "day"), ({24: 2, 6: 40}, "sixHours"), ({1: 30}, "hour"), ({24: 4, 168: 28}, "week"), ({1: 2}, "none")],
)
def test_the_chart_looks_as_far_back_as_there_are_readings(
    page: Page, town: Town, answers: dict[int, int], span: str
) -> None:
    def history(route: Route) -> None:
        asked = {name: datetime.fromisoformat(parse_qs(urlsplit(route.request.url).query)[name][0]) for name in ENDS}
        hours = (asked["to"] - asked["from"]) / timedelta(hours=1)
        steps = [timedelta(hours=hours * i / 100) for i in range(answers.get(round(hours), 0))]
        points = [[(asked["from"] + step).isoformat(), 0.5, 0.4, 0.6] for step in steps]
        route.fulfill(json={"name": "fill", "unit": "/", "points": points})

    page.route("**/history?*", history)
    page.goto(town.url + "/b/12")
    verdict(page, LATEST, "verified")
    expect(page.locator("[data-span]")).to_have_attribute("data-span", span)
    expect(page.locator("svg.chart")).to_have_count(0 if span == "none" else 1)


def test_what_is_proved_is_said_in_sentences_and_by_whose_clocks(page: Page, town: Town) -> None:
    page.goto(town.url + "/b/12")
    found = verdict(page, LATEST, "verified")
    clocks = "by the clocks of witness-0.example, witness-1.example and witness-2.example"
    expect(found.locator("[data-says=signed]")).to_contain_text("Signed by this bin’s own key, enrolled by the city as")
    expect(found.locator("[data-says=between]")).to_contain_text(re.compile("Made between .* and "))
    expect(found.locator("[data-says=between]")).to_contain_text(clocks)
    expect(found.locator("[data-says=between]")).to_contain_text("at least one of any 2 of these witnesses")
    expect(found.locator("[data-says=witnesses]")).to_contain_text("Seen by 3 of 4 independent witnesses")
    expect(found.locator("[data-says=not-revoked]")).to_contain_text("Not revoked as of log entry")
    limits = found.locator("[data-limits=dated]")
    expect(limits).to_contain_text("sensor")
    expect(limits).to_contain_text("civicroot verify")
    assert limits.locator("[data-says=start]").count() == 0


def test_what_a_bare_proof_leaves_open_is_said_beside_the_verdict(page: Page, town: Town) -> None:
    town.change("bare/true")
    page.goto(town.url + "/b/12")
    found = verdict(page, LATEST, "verified")
    limits = found.locator("[data-limits=undated]")
    for what in ("start", "revocation", "sensor", "place", "gaps", "page"):
        expect(limits.locator(f"[data-says={what}]")).to_be_visible()
    expect(found.locator("[data-says=not-after]")).to_contain_text("Public no later than")
    assert found.locator("[data-says=between], [data-says=not-before], [data-says=not-revoked]").count() == 0


@pytest.mark.parametrize("language", ["ko", "zh"])
def test_what_is_proved_is_said_in_every_language(page: Page, town: Town, language: str) -> None:
    page.goto(town.url + "/b/12")
    page.select_option("select", language)
    found = verdict(page, LATEST, "verified")
    for sentence in found.locator("[data-says]").all():
        assert re.search(r"[가-힣]" if language == "ko" else r"[\u4e00-\u9fff]", sentence.inner_text())


def test_a_browser_that_stores_nothing_verifies_and_is_not_said_to_remember(page: Page, town: Town) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() {throw new DOMException('no', 'SecurityError')}})"
    )
    page.goto(town.url + "/b/12")
    verdict(page, LATEST, "verified")
    expect(page.locator("[data-pin=unkept]")).to_be_visible()
    page.select_option("select", "zh")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


def test_an_unreadable_pin_can_be_given_up(page: Page, town: Town) -> None:
    page.add_init_script("localStorage.getItem('seen') ?? localStorage.setItem('civicroot/policy', '{')")
    page.goto(town.url + "/b/12")
    assert verdict(page, LATEST, "failed").get_attribute("data-reason") == "policy-changed"
    page.click("[data-action=trust-new-roots]")
    verdict(page, LATEST, "verified")


@pytest.mark.parametrize("path", ["/", "/b/12", "/b/%25E0"])
def test_an_answer_that_is_not_the_backends_is_an_error_and_not_endless_loading(
    page: Page, town: Town, path: str
) -> None:
    page.route("**/api/v1/**", lambda route: route.fulfill(body="<p>Please log in", content_type="text/html"))
    page.goto(town.url + path)
    expect(page.locator("[data-notice=error]")).to_be_visible()


def test_a_huge_file_is_refused_without_being_read(page: Page, town: Town, tmp_path: Path) -> None:
    page.goto(town.url + "/b/12")
    huge = tmp_path / "huge.proof"
    with huge.open("wb") as file:
        file.truncate(6 << 30)
    page.set_input_files("[data-action=choose-proof]", huge)
    found = verdict(page, FROM_FILE, "failed")
    assert (found.get_attribute("data-failed-step"), found.get_attribute("data-reason")) == ("format", "too-large")


def test_an_unknown_place_and_a_silent_server_are_said_plainly(page: Page, town: Town) -> None:
    page.goto(town.url + "/b/nothing")
    expect(page.locator("[data-notice=empty]")).to_be_visible()
    town.change("broken/true")
    page.goto(town.url + "/")
    expect(page.locator("[data-notice=error]")).to_be_visible()
    town.change("broken/false")
    page.click("[data-notice=error] button")
    expect(page.locator("[data-device]")).to_have_count(9)


def test_the_language_can_be_switched_and_is_kept(page: Page, town: Town) -> None:
    page.goto(town.url + "/b/12")
    verdict(page, LATEST, "verified")
    page.select_option("select", "ko")
    expect(page.locator("h1")).to_have_text(re.compile("수거함"))
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "ko")


def test_no_page_is_wider_than_a_phone(page: Page, town: Town) -> None:
    for path in ("/", "/b/12", "/t/9"):
        page.goto(town.url + path)
        expect(page.locator("h1")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
