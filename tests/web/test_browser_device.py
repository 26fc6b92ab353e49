"""A device's page over the real backend: charts whose points verify, evidence of every fate, files that agree."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from civicroot_backend import realm
from playwright.sync_api import Browser, Page, expect

from tests.backend import device_town as town
from tests.backend.api_city import OpenCity, Served, serve
from tests.support.brokers import free_port
from tests.web.conftest import phone
from tests.web.test_accessibility import RULES, findings

CHART = "[data-course=fill] [data-plot]"
FILE = "/api/v1/devices?format=csv"
VERDICT = "[data-panel=dialog] [data-verdict]"
DAY_READINGS = 144  # in the last day: one every ten minutes, and the newest


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, built_pages: Path) -> Iterator[Served]:
    port = free_port()
    addresses = realm.Addresses(public_url=f"http://127.0.0.1:{port}")
    city = town.watched_town(tmp_path_factory.mktemp("city"), addresses)
    city.publish()
    with serve(city, built_pages, port) as running:
        yield running
    city.close()


def kid_of(city: OpenCity) -> str:
    return city.devices["bin/12"].kid.hex()


def opened(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/devices/{kid_of(served.city)}")
    expect(page.locator(CHART)).to_be_visible()
    expect(page.locator("[data-panel=numbers] [data-lost]")).to_be_visible()


def test_a_click_on_the_chart_checks_the_reading_of_that_point(page: Page, served: Served) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, served)
    expect(page.locator(CHART)).to_have_attribute("data-points", str(DAY_READINGS))
    over = page.locator(f"{CHART} .u-over")
    box = over.bounding_box()
    assert box is not None
    over.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(page.locator(VERDICT)).to_have_attribute("data-verdict", "verified")
    shown = page.locator("[data-course=fill] [data-at]").get_attribute("data-at")
    expect(page.locator(VERDICT)).to_have_attribute("data-seq", shown or "none")
    assert {url for url in asked if not url.startswith(served.url)} == set(), "nobody elsewhere is asked"


def test_keys_go_from_point_to_point_and_check_one(page: Page, served: Served) -> None:
    opened(page, served)
    page.locator(CHART).focus()
    page.keyboard.press("Home")
    first = page.locator("[data-course=fill] [data-at]").get_attribute("data-at")
    page.keyboard.press("ArrowRight")
    at = page.locator("[data-course=fill] [data-at]")
    expect(at).to_have_attribute("data-at", str(int(first or -1) + 1))
    expect(at).to_contain_text(f"{round(town.level(int(first or 0) + 1))}%".replace("%", " %"))
    page.keyboard.press("Enter")
    expect(page.locator(VERDICT)).to_have_attribute("data-seq", str(int(first or -1) + 1))
    expect(page.locator(VERDICT)).to_have_attribute("data-verdict", "verified")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator(CHART)).to_be_focused()


def test_the_table_says_what_the_chart_says_with_a_proof_in_every_row(page: Page, served: Served) -> None:
    opened(page, served)
    page.click("[data-course=fill] [data-table] > summary")
    rows = page.locator("[data-course=fill] [data-row]")
    expect(rows).to_have_count(25)
    page.click("[data-course=fill] [data-action=more-rows]")
    expect(rows).to_have_count(DAY_READINGS)
    assert rows.nth(1).get_attribute("data-row") == str(town.READINGS - 1)
    expect(rows.nth(1)).to_contain_text(f"{town.level(town.READINGS - 1)} %")
    rows.nth(1).locator("[data-action=prove]").click()
    expect(page.locator(VERDICT)).to_have_attribute("data-verdict", "verified")


def test_a_tampered_proof_of_a_point_is_shown_as_such(page: Page, served: Served) -> None:
    def tamper(route: Any) -> None:
        body = bytearray(route.fetch().body())
        body[len(body) // 2] ^= 1
        route.fulfill(body=bytes(body), content_type="application/cbor")

    page.route("**/proof", tamper)
    opened(page, served)
    page.locator(CHART).focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator(VERDICT)).to_have_attribute("data-verdict", "failed")


def test_a_part_that_is_drawn_is_shown_closer_and_longer_spans_are_thinned_out(page: Page, served: Served) -> None:
    opened(page, served)
    page.click("[data-span=week]")
    expect(page.locator("[data-course=fill]")).to_have_attribute("data-total", str(town.READINGS - 8 + 1))
    over = page.locator(f"{CHART} .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.8, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.95, y, steps=4)
    page.mouse.up()
    expect(page.locator("[data-span][aria-pressed=true]")).to_have_count(0)
    expect(page.locator("[data-course=fill]")).not_to_have_attribute("data-total", str(town.READINGS - 8 + 1))
    page.click("[data-span=all]")
    expect(page.locator("[data-course=fill]")).to_have_attribute("data-total", str(town.READINGS - 8 + 1))


HOLES = {100: ["before", "after"], 110: ["says-thinned"], 120: ["says-skipped"]}


def test_every_hole_shows_what_proves_it(page: Page, served: Served) -> None:
    opened(page, served)
    for seq, shows in HOLES.items():
        page.locator(f"[data-fate-row] [data-action=evidence][data-seq='{seq}']").click()
        evidence = page.locator("[data-panel=evidence] [data-shows]")
        expect(evidence).to_have_count(len(shows))
        assert [each.get_attribute("data-shows") for each in evidence.all()] == shows
        evidence.first.locator("[data-action=check-number]").click()
        expect(page.locator(VERDICT)).to_have_attribute("data-verdict", "verified")
        page.keyboard.press("Escape")
        expect(page.locator("[data-panel=dialog]")).to_have_count(0)
        page.locator("[data-action=close-evidence]").click()
        expect(page.locator("dialog")).to_have_count(0)


def test_numbers_settings_and_history_lead_to_what_was_signed(page: Page, served: Served) -> None:
    opened(page, served)
    counts = {
        row.get_attribute("data-fate-row"): row.get_attribute("data-count")
        for row in page.locator("[data-fate-row]").all()
    }
    assert counts == {"lost": "3", "rejected": "1", "thinned": "3", "skipped": "1", "received": "281"}
    cells = page.locator(".timeline .cell")
    expect(cells).to_have_count(60)
    assert [cell.get_attribute("data-fate") for cell in cells.all()].count("lost") == 2, "whatever else is in a cell"
    expect(page.locator("[data-panel=settings]")).to_have_attribute("data-version", "4")
    expect(page.locator("[data-setting='alarm.temp.begin'] td")).to_have_text("65.5")
    expect(page.locator("[data-reported=Software] td").first).to_have_text("1.2.0")
    events = [event.get_attribute("data-event") for event in page.locator("[data-event]").all()]
    assert events == [
        "equivocation",
        "started",
        "update",
        "alarm",
        "alarm",
        "configuration",
        "configuration",
        "moved",
        "enrolled",
    ]
    page.locator(f"[data-event=alarm][data-seq='{town.ALARMED}'] [data-action=check-number]").click()
    expect(page.locator(VERDICT)).to_have_attribute("data-seq", str(town.ALARMED))
    page.keyboard.press("Escape")
    page.locator("[data-event=moved] a").click()
    expect(page.locator("[data-panel=entry] [data-verdict]")).to_have_attribute("data-verdict", "verified")


def test_files_have_what_the_page_shows(page: Page, served: Served, tmp_path: Path) -> None:
    opened(page, served)
    with page.expect_response(re.compile("series.*name=fill")) as answer:
        page.click("[data-span=week]")
    shown = answer.value.json()["points"]
    expect(page.locator(CHART)).to_have_attribute("data-points", str(len(shown)))
    kept = {}
    for format_ in ("csv", "parquet"):
        with page.expect_download() as download:
            page.click(f"[data-course=fill] [data-format={format_}]")
        kept[format_] = tmp_path / download.value.suggested_filename
        download.value.save_as(kept[format_])
    table = pyarrow.parquet.read_table(kept["parquet"]).to_pylist()
    lines = list(csv.DictReader(io.StringIO(kept["csv"].read_bytes().decode("utf-8-sig"), newline="")))
    wanted = [(point["seq"], point["value"], point["log_index"]) for point in shown]
    assert [(row["seq"], row["number"], row["log_index"]) for row in table] == wanted
    assert [(int(row["seq"]), float(row["number"]), int(row["log_index"])) for row in lines] == wanted
    assert served.client.get(table[0]["proof"]).status_code == 200
    assert kept["csv"].name == f"{kid_of(served.city)}-fill.csv"


def test_the_page_is_legible_in_every_language_on_a_small_phone_in_the_dark(browser: Browser, served: Served) -> None:
    with phone(browser, "block", "dark") as page:
        page.set_viewport_size({"width": 320, "height": 800})
        opened(page, served)
        for fold in page.locator("main details > summary").all():
            fold.click()
        assert findings(page, RULES) == []
        for language, letters in (("ko", "[가-힣]"), ("zh", r"[\u4e00-\u9fff]")):
            page.select_option("select", language)
            for part in (
                "h2",
                ".course h3",
                "[data-span]",
                "th[scope=col]",
                ".fates th[scope=row]",
                ".life-says strong",
            ):
                found = page.locator(f"main {part}")
                expect(found.first).to_have_text(re.compile(letters))
                assert all(re.search(letters, text) for text in found.all_text_contents()), found.all_text_contents()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_is_not_there_is_said(page: Page, served: Served) -> None:
    for kid in ("0123456789abcdef", "nonsense"):
        page.goto(f"{served.url}/devices/{kid}")
        expect(page.locator("[data-notice=empty]")).to_contain_text("No device with this key")
    page.route("**/series*", lambda route: route.fulfill(status=503))
    page.goto(f"{served.url}/devices/{kid_of(served.city)}")
    course = page.locator("[data-course=fill]")
    expect(course).to_have_attribute("data-state", "error")
    page.unroute("**/series*")
    course.get_by_role("button", name="Try again").press("Enter")
    expect(page.locator(CHART)).to_be_visible()
    page.route("**/api/v1/devices/**", lambda route: route.abort())
    page.reload()
    expect(page.locator("[data-notice=error]")).to_be_visible()
    page.unroute("**/api/v1/devices/**")
    page.get_by_role("button", name="Try again").press("Enter")
    expect(page.locator(CHART)).to_be_visible()


def test_a_bin_and_the_map_lead_to_the_device(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/b/12")
    page.locator(f"a[href='/devices/{kid_of(served.city)}']").click()
    expect(page.locator("[data-panel=device]")).to_have_attribute("data-subject", "bin/12")


def test_every_number_of_the_overview_leads_to_what_it_counts(page: Page, served: Served) -> None:
    page.goto(served.url)
    expect(page.locator("[data-connected=true]")).to_be_visible()
    figures = page.locator(".log-state dd")
    assert figures.count() >= 5
    expect(figures.locator("a")).to_have_count(figures.count())
    for link in page.locator(".log-state [data-evidence]").all():
        assert served.client.get(link.get_attribute("href") or "").status_code == 200
    page.locator("[data-device] [data-action=device]").click()
    expect(page.locator("[data-panel=device]")).to_have_attribute("data-subject", "bin/12")


def test_a_file_is_kept_by_no_worker(browser: Browser, served: Served) -> None:
    with phone(browser, "allow") as page:
        opened(page, served)
        page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
        page.reload()
        expect(page.locator(CHART)).to_be_visible()
        size = page.evaluate("path => fetch(path).then(answer => answer.text()).then(text => text.length)", FILE)
        assert size > 0
        kept = page.evaluate(
            "caches.open('civicroot-data-1').then(cache => cache.keys()).then(all => all.map(k => k.url))"
        )
        assert any("/api/v1/devices/" in url for url in kept)
        assert not any("format=" in url for url in kept)
