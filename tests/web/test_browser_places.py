"""What the real backend says of bins and trees, as a citizen sees it: levels, inventory, reports with photos."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from civicroot_backend import realm
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.city import NOW
from tests.backend.test_api_subjects import at, imported
from tests.support.brokers import free_port

HOUR = 3600
FILLS = (70, 90, 92, 5, 8)  # percent: emptied between the third and the fourth


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, built_pages: Path) -> Iterator[Served]:
    """bin/1, whose last reading says nothing of the level, bin/2 with room 111 m away, and a tree without a device."""
    port = free_port()
    city = OpenCity(tmp_path_factory.mktemp("city"), realm.Addresses(public_url=f"http://127.0.0.1:{port}"))
    first = city.enrol_device("bin/1", location=at(0, 10), label="Market square")
    second = city.enrol_device("bin/2", location=at(0, 20), label="Station")
    imported(city, "bin", "id,accepts\n1,paper;glass\n")
    imported(city, "tree", "id,lat,lon,genus,species,planted,species_ko\n9,0,0.001,Quercus,robur,1990,참나무\n")
    city.commit([city.fill(first, seq, fill, NOW + seq * HOUR) for seq, fill in enumerate(FILLS)])
    last = NOW + len(FILLS) * HOUR
    city.city.now = last
    lid = [Measurement("lid", True), Measurement("weight", DecimalFraction(-1, 42), "kg")]
    city.commit([city.report(first, len(FILLS), lid, last), city.fill(second, 0, 20, last)])
    city.publish()
    city.backend.project_pending()
    with serve(city, built_pages, port) as running:
        yield running
    city.close()


def test_a_bin_shows_the_last_level_with_its_own_proof_though_its_last_reading_has_none(
    page: Page, served: Served
) -> None:
    page.goto(f"{served.url}/b/1")
    found = page.locator("[data-panel=latest] [data-verdict=verified]")
    expect(found).to_have_attribute("data-seq", str(len(FILLS) - 1))
    expect(page.locator("[data-main-value]")).to_have_attribute("data-main-value", "0.08")
    expect(page.locator("[data-emptied]")).to_contain_text("from 92% to 5%")
    assert [each.inner_text() for each in page.locator("[data-waste]").all()] == ["Paper", "Glass"]
    expect(page.locator("[data-near='bin/2']")).to_contain_text("110 m")
    page.locator("[data-line=lid] [data-action=prove]").click()
    expect(page.locator("[data-panel=dialog] [data-verdict=verified]")).to_have_attribute("data-seq", str(len(FILLS)))


def test_a_tree_without_a_device_shows_what_the_city_says(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/T/9")
    page.select_option("select", "ko")
    expect(page.locator("[data-device=none] [data-species]")).to_have_text("참나무")
    expect(page.locator("[data-planted='1990']")).to_have_text("1990년")


def test_a_report_with_a_photo_is_kept_without_where_it_was_taken_and_can_be_taken_back(
    page: Page, served: Served
) -> None:
    file, exif = BytesIO(), Image.Exif()
    exif[0x010E] = "37.5665N 126.9780E"
    Image.new("RGB", (320, 240), "green").save(file, "JPEG", exif=exif)
    page.goto(f"{served.url}/b/1")
    panel = page.locator("[data-panel=report]")
    panel.locator("summary").click()
    panel.get_by_label("Rubbish lies around it").check()
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    page.set_input_files("[data-action=choose-photo]", files=[photo])  # type: ignore[list-item]
    panel.locator("[data-action=send-report]").click()
    expect(page.locator("[data-report=sent][data-photo=sent]")).to_be_visible()

    def kept() -> list[tuple[str, bytes | None]]:
        with served.city.backend.database.read() as connection:
            rows = connection.execute(
                text("SELECT category, content AS photo FROM reports JOIN report_photos ON report = id")
            ).all()
        return [(row.category, row.photo) for row in rows]

    ((category, photo_kept),) = kept()
    assert category == "litter"
    assert photo_kept is not None
    assert b"37.5665N" not in photo_kept
    panel.locator("[data-action=take-back]").click()
    expect(page.locator("[data-report=taken-back]")).to_be_visible()
    assert kept() == []


def test_the_live_page_shows_the_level_though_the_last_reading_has_none(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/")
    card = page.locator("[data-device][data-subject='bin/1']")
    expect(card.locator("[data-value-name=fill]")).to_have_attribute("data-value", "0.08")
    expect(card).to_have_attribute("data-seq", str(len(FILLS)))
