"""What people want of a bin or a tree, in headless Chromium with the fixture server's town."""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.web.conftest import Town, serving_town


@pytest.fixture(scope="module")
def town(built_pages: Path) -> Iterator[Town]:
    """One town for all; no test changes what others see."""
    with serving_town(built_pages) as town:
        yield town


@pytest.fixture
def bin_12(page: Page, town: Town) -> Page:
    page.goto(town.url + "/b/12")
    expect(page.locator("[data-panel=latest] [data-verdict=verified]")).to_be_visible()
    return page


def photo() -> FilePayload:
    """A small picture as a phone takes it."""
    file = BytesIO()
    Image.new("RGB", (64, 48), "green").save(file, "JPEG")
    return {"name": "bin.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def test_a_bin_says_what_goes_in_when_it_was_emptied_and_where_there_is_room(bin_12: Page) -> None:
    assert [each.inner_text() for each in bin_12.locator("[data-waste]").all()] == ["General waste", "Paper"]
    expect(bin_12.locator("[data-emptied]")).to_contain_text("from 93% to")
    near = bin_12.locator("[data-near]")
    assert [each.get_attribute("data-near") for each in near.all()] == ["bin/4", "bin/13", "bin/3"]
    expect(near.first).to_contain_text("60 m")
    near.first.locator("a").click()
    expect(bin_12.locator("h1")).to_have_text("Bin 4")


def test_every_line_opens_the_proof_of_the_reading_that_has_it(bin_12: Page) -> None:
    lines = bin_12.locator("[data-line]")
    assert {each.get_attribute("data-line") for each in lines.all()} == {"temp", "lid", "weight"}
    for line in lines.all():
        line.locator("[data-action=prove]").click()
        expect(bin_12.locator("[data-panel=dialog] [data-verdict=verified]")).to_have_attribute(
            "data-subject", "bin/12"
        )
        bin_12.click("[data-action=close]")
        expect(line.locator("[data-verified=true]")).to_be_visible()


def test_the_bytes_of_every_step_are_a_tap_away_and_add_up_to_the_file(bin_12: Page, town: Town) -> None:
    bin_12.locator("details.folded summary").first.click()
    steps = bin_12.locator("[data-panel=latest] [data-step]")
    without = {"policy", "match", "anchors"}  # what has no bytes of its own in this proof
    for step in steps.all():
        expect(step.locator("[data-bytes]")).to_have_count(0 if step.get_attribute("data-step") in without else 1)
    path = bin_12.get_attribute("[data-action=download-proof]", "href")
    assert path is not None
    file = town.get(path)
    raw = bin_12.locator("[data-step=format] [data-bytes]")
    assert raw.get_attribute("data-bytes") == str(len(file))
    raw.locator("summary").click()
    shown = raw.locator("pre").inner_text()
    digits = "".join("".join(line[6:29].split()) for line in shown.splitlines())
    assert bytes.fromhex(digits) == file


def test_a_tree_says_what_it_is_how_old_and_how_it_grows(page: Page, town: Town) -> None:
    page.goto(town.url + "/t/7")
    expect(page.locator("[data-species]")).to_have_text("London plane")
    expect(page.locator("[data-planted='1998-04']")).to_have_text("April 1998")
    expect(page.locator("[data-age]")).to_have_text(re.compile(r"^\d+ years in this place$"))
    expect(page.locator("[data-panel=tree] [data-statement] a")).to_have_attribute("href", "/entry?index=0")
    expect(page.locator("[data-growth] svg.chart")).to_be_visible()
    expect(page.locator("[data-span] svg.chart")).to_be_visible()
    page.select_option("select", "ko")
    expect(page.locator("[data-species]")).to_have_text("버즘나무")
    expect(page.locator("[data-planted]")).to_have_text("1998년 4월")


def test_a_tree_of_which_nothing_is_on_record_shows_what_is_measured(page: Page, town: Town) -> None:
    page.goto(town.url + "/t/8")
    expect(page.locator("[data-main-value]")).to_be_visible()
    expect(page.locator("[data-panel=tree]")).to_have_count(0)


def test_a_report_arrives_with_its_photo_and_can_be_taken_back(bin_12: Page, town: Town) -> None:
    sent = photo()
    panel = bin_12.locator("[data-panel=report]")
    panel.locator("summary").click()
    expect(panel.locator("[data-action=send-report]")).to_be_disabled()
    panel.get_by_label("Something else").check()
    bin_12.set_input_files("[data-action=choose-photo]", files=[sent])
    expect(panel.locator("img")).to_be_visible()
    panel.locator("[data-action=send-report]").click()
    expect(panel.locator("textarea")).to_be_focused()  # something else is said in words
    panel.locator("textarea").fill("The lid squeaks.")
    panel.locator("[data-action=send-report]").click()
    expect(bin_12.locator("[data-report=sent][data-photo=sent]")).to_be_visible()
    panel.locator("[data-action=take-back]").click()
    expect(bin_12.locator("[data-report=taken-back]")).to_be_visible()
    taken = json.loads(town.get("/fixture/taken"))
    assert [each["method"] for each in taken] == ["POST", "PUT", "DELETE"]
    assert taken[0]["path"] == "/api/v1/subjects/bin/12/reports"
    assert (taken[1]["type"], taken[1]["size"]) == ("image/jpeg", len(sent["buffer"]))


def test_a_report_without_a_network_keeps_its_words(bin_12: Page) -> None:
    panel = bin_12.locator("[data-panel=report]")
    panel.locator("summary").click()
    panel.get_by_label("It is damaged").check()
    panel.locator("textarea").fill("Dented.")
    bin_12.context.set_offline(True)
    panel.locator("[data-action=send-report]").click()
    expect(panel.locator("[role=alert]")).to_contain_text("No connection")
    expect(panel.locator("textarea")).to_have_value("Dented.")
    bin_12.context.set_offline(False)
    panel.locator("[data-action=send-report]").click()
    expect(bin_12.locator("[data-report=sent]")).to_be_visible()


def test_what_a_browser_keeps_is_deleted_when_asked(bin_12: Page, town: Town) -> None:
    bin_12.evaluate("localStorage.setItem('civicroot/wallet', 'ab'.repeat(32))")
    bin_12.goto(town.url + "/privacy")
    bin_12.click("[data-action=forget]")
    expect(bin_12.locator("[data-panel=kept] [role=status]")).to_be_visible()
    assert bin_12.evaluate("localStorage.length") == 0


def test_a_tree_that_nothing_measures_shows_what_the_city_says(page: Page, town: Town) -> None:
    page.goto(town.url + "/t/100")
    expect(page.locator("[data-device=none] [data-species]")).to_have_text("Ginkgo")
    expect(page.locator("[data-statement=none]")).to_contain_text("no proof")
    expect(page.locator("[data-panel=latest]")).to_have_count(0)
    expect(page.locator("[data-panel=report]")).to_be_visible()
