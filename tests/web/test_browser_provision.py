"""Provisioning with a browser, in Chromium: the real firmware at the cable, a real gateway, backend and desk."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_backend.people.roles import Role
from playwright.sync_api import Browser, Page, expect

from tests.backend.test_api_subjects import at
from tests.gateway.live import eventually
from tests.support.micropython import ROOT
from tests.web.conftest import CHROMIUM_ARGUMENTS
from tests.web.provisioning_town import Cable, ProvisioningTown, crew_page, provisioning_town
from tests.web.test_accessibility import RULES, findings
from tests.web.test_browser_scan import film_of
from tests.web.tools import CHROMIUM

DRIVERS = ROOT / "firmware" / "boards" / "smart_bin.json"  # every driver, on models of the chips


@pytest.fixture(scope="module")
def town(built_pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProvisioningTown]:
    with provisioning_town(tmp_path_factory.mktemp("town"), built_pages) as opened:
        yield opened


def fill(page: Page, name: str, **more: str) -> None:
    """The place's form."""
    for field, value in ({"name": name} | more).items():
        page.locator(f"[data-step=place] input[name={field}]").fill(value)


def load(page: Page) -> None:
    """The city's settings."""
    page.click("[data-action=load-site]")
    expect(page.locator("[data-step=settings][data-loaded=true]")).to_be_visible()


def connect(page: Page) -> None:
    """The device answers."""
    page.click("[data-action=connect]")
    expect(page.locator("[data-action=run]")).to_be_enabled(timeout=30_000)


def run(page: Page) -> None:
    """All steps, to the end."""
    page.click("[data-action=run]")
    expect(page.locator("[data-step=finished]")).to_be_visible(timeout=60_000)


def problem(page: Page, name: str) -> None:
    """What is said, read out."""
    expect(page.locator(f"[data-step=device] [data-problem={name}][role=alert]")).to_be_visible(timeout=30_000)


def state(page: Page, subject: str, wanted: str) -> None:
    """How far a device is."""
    expect(page.locator(f"[data-entry][data-subject='{subject}']")).to_have_attribute(
        "data-state", wanted, timeout=30_000
    )


def test_from_the_box_to_the_first_verified_reading(town: ProvisioningTown, browser: Browser) -> None:
    with town.board("whole", board=DRIVERS) as board:
        cable = Cable(board.port)
        with crew_page(town, browser, cable, town.crew) as page:
            load(page)
            fill(page, "12", label="서울광장 앞", asset="A-0012", latitude="37.56650", longitude="126.9780")
            connect(page)
            page.locator("[data-point='weight:tare']").check()
            page.click("[data-action=run]")
            parts = page.locator("[data-part][data-result=good]")
            expect(parts.nth(3)).to_be_visible(timeout=60_000)  # as they come, and not at the end
            assert page.locator("[data-step=finished]").count() == 0
            expect(page.locator("[data-step=finished]")).to_be_visible(timeout=60_000)
            state(page, "bin/12", "sent")
            label = page.locator(".provision-label")
            expect(label).to_have_js_property("complete", True)
            assert label.evaluate("image => image.naturalWidth") > 0
            with crew_page(town, browser, None, town.registrar) as desk:
                expect(desk.locator("[data-request='bin/12']")).to_contain_text("서울광장 앞")
                desk.click("[data-action=approve-all]")
                expect(desk.locator("[data-step=registrar][data-waiting='0']")).to_be_visible()
            assert town.sign_at_the_desk() == 0
            verdict = page.locator("[data-panel=first-reading] [data-verdict=verified]")
            expect(verdict).to_have_attribute("data-subject", "bin/12", timeout=60_000)
            state(page, "bin/12", "done")
        assert board.committed
        enrolled = town.served.client.get("/api/v1/subjects/bin/12").json()
        assert (enrolled["label"], enrolled["location"]["latitude"]) == ("서울광장 앞", 37.5665)
        # Whoever has it at another computer is told what it is.
        with crew_page(town, browser, Cable(board.port), town.crew) as page:
            load(page)
            page.click("[data-action=connect]")
            problem(page, "provisioned")
            expect(page.locator("[data-problem=provisioned]")).to_contain_text("bin/12")


def test_unplugged_in_the_middle_it_goes_on_where_it_was(town: ProvisioningTown, browser: Browser) -> None:
    with town.board("torn") as board:
        cable = Cable(board.port, cut_at="commit", cut=board.unplug)
        with crew_page(town, browser, cable, town.crew) as page:
            load(page)
            fill(page, "20")
            connect(page)
            page.click("[data-action=run]")
            problem(page, "gone")
            state(page, "bin/20", "sent")
            board.plug()
            page.reload()  # and the page was closed, too
            load(page)
            connect(page)
            expect(page.locator("[data-resumed=sent]")).to_be_visible()
            expect(page.locator("[data-step=place]")).to_have_attribute("data-subject", "bin/20")
            run(page)
            state(page, "bin/20", "sent")
        assert sum('"possession"' in line for line in cable.asked) == 1, "it was asked to sign once"
        assert board.committed


def test_without_a_network_it_is_tested_and_configured_and_its_request_is_sent_later(
    town: ProvisioningTown, browser: Browser
) -> None:
    with town.board("cellar") as board, crew_page(town, browser, Cable(board.port), town.crew) as page:
        eventually(lambda: page.evaluate("caches.match('/provision').then((kept) => kept !== undefined)"), "it is kept")
        page.context.set_offline(True)
        page.reload()
        expect(page.locator("[data-session=offline]").first).to_be_visible()
        page.set_input_files("[data-action=choose-site]", [town.site])
        fill(page, "30", label="Cellar")
        connect(page)
        # There is no way to the gateway's broker for the page, and one for the device.
        run(page)
        state(page, "bin/30", "asked")
        assert board.committed
        page.context.set_offline(False)
        state(page, "bin/30", "sent")
        with town.signed_in(town.crew) as program:
            (found,) = [
                one for one in program.get("districts/city/enrolments")["enrolments"] if one["label"] == "Cellar"
            ]
        assert found["state"] == "waiting"


def test_what_happened_meanwhile_is_shown_and_nothing_is_overwritten(town: ProvisioningTown, browser: Browser) -> None:
    with town.board("late") as board, crew_page(town, browser, Cable(board.port), town.crew) as page:
        load(page)
        fill(page, "40")
        connect(page)
        page.context.set_offline(True)
        run(page)
        state(page, "bin/40", "asked")
        there = town.served.city.enrol_device("bin/40")
        page.context.set_offline(False)
        state(page, "bin/40", "conflict")
        shown = page.locator("[data-conflict=subject-taken][role=alert]")
        expect(shown).to_contain_text(there.kid.hex())
        page.click("[data-action=send-again]")
        expect(shown).to_be_visible()
        assert town.served.client.get("/api/v1/subjects/bin/40").json()["kid"] == there.kid.hex()
        page.reload()
        expect(shown).to_be_visible()
        page.click("[data-action=remove]")
        expect(page.locator("[data-entry]")).to_have_count(0)


def test_wrong_boards_and_other_cities_devices_are_not_taken(town: ProvisioningTown, browser: Browser) -> None:
    with town.board("tag", model="tree-tag") as board, crew_page(town, browser, Cable(board.port), town.crew) as page:
        load(page)
        page.click("[data-action=connect]")
        problem(page, "other-board")
    with town.board("foreign") as board:
        cable = Cable(board.port)
        cable.say({"id": 1, "do": "set_realm", "realm": "elsewhere.example"})
        with crew_page(town, browser, cable, town.crew) as page:
            load(page)
            page.click("[data-action=connect]")
            problem(page, "other-realm")
            page.click("[data-action=start-over]")
            expect(page.locator("[data-action=run]")).to_be_visible(timeout=30_000)


def test_who_is_no_crew_what_is_no_site_file_and_which_browsers_have_no_cable(
    town: ProvisioningTown, browser: Browser
) -> None:
    with crew_page(town, browser, None, town.office.person(Role.AUDITOR)) as page:
        expect(page.get_by_text("has no crew role")).to_be_visible()
        page.set_input_files("[data-action=choose-site]", [town.site.with_name("gateway.toml")])
        expect(page.locator("[data-problem=site]")).to_contain_text("url is missing")
        expect(page.locator("[data-action=connect]")).to_be_disabled()
        page.add_init_script("delete Navigator.prototype.serial")
        page.reload()
        expect(page.locator("[data-problem=no-cable]")).to_contain_text("civicroot provision")


def test_the_label_names_the_place_and_the_map_says_where(
    town: ProvisioningTown, browser: Browser, tmp_path: Path
) -> None:
    town.served.city.enrol_device("bin/71", location=at(375665, 1269780), label="Market")
    town.served.app.state.map.refresh()
    film = film_of(f"{town.url}/B/70".upper(), tmp_path / "label.mjpeg")
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    arguments = [*CHROMIUM_ARGUMENTS, *camera, f"--use-file-for-fake-video-capture={film}"]
    seeing = browser.browser_type.launch(executable_path=CHROMIUM, args=arguments)
    with crew_page(town, seeing, None, town.crew) as page:
        page.click("[data-action=scan-label]")
        place = page.locator("[data-step=place]")
        expect(place).to_have_attribute("data-subject", "bin/70", timeout=30_000)
        page.context.grant_permissions(["geolocation"])
        page.context.set_geolocation({"latitude": 37.5666, "longitude": 126.9781})
        page.click("[data-action=locate]")
        expect(page.locator("input[name=latitude]")).to_have_value("37.566600")
        page.click("[data-near='bin/71']")
        expect(place).to_have_attribute("data-subject", "bin/71")
        expect(page.locator("input[name=label]")).to_have_value("Market")
        fill(page, "71", latitude="", longitude="")
        page.click("[data-action=pick]")
        page.click("[data-action=here]")
        north = float(page.locator("input[name=latitude]").input_value())
        assert abs(north - 37.5665) < 0.01, "the middle of the city"
    seeing.close()


@pytest.mark.parametrize(("locale", "scheme", "width"), [("ko-KR", "light", 390), ("zh-CN", "dark", 1280)])
def test_it_is_for_everybody(town: ProvisioningTown, browser: Browser, locale: str, scheme: str, width: int) -> None:
    person = town.office.person(Role.CREW, Role.REGISTRAR)
    with town.board(f"axe-{width}") as board:
        cable = Cable(board.port)
        with crew_page(town, browser, cable, person, locale=locale, width=width) as page:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            load(page)
            fill(page, "60")
            connect(page)
            words = page.inner_text("main")
            assert (
                re.search(r"\b(the|device|place|label|settings|connect|number|request)\b", words, re.IGNORECASE) is None
            )
            assert findings(page, RULES) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_by_keyboard_alone(town: ProvisioningTown, browser: Browser) -> None:
    with town.board("keys") as board, crew_page(town, browser, Cable(board.port), town.crew) as page:
        keyboard = page.keyboard
        page.locator("[data-action=load-site]").focus()
        keyboard.press("Enter")
        expect(page.locator("[data-step=settings][data-loaded=true]")).to_be_visible()
        for _ in range(8):
            keyboard.press("Tab")
            if page.evaluate("document.activeElement.name") == "name":
                break
        keyboard.type("50")
        for _ in range(12):
            keyboard.press("Tab")
            if page.evaluate("document.activeElement.dataset.action") == "connect":
                break
        keyboard.press("Enter")
        expect(page.locator("[data-action=run]")).to_be_enabled(timeout=30_000)
        page.locator("[data-action=run]").focus()
        keyboard.press("Enter")
        expect(page.locator("[data-step=finished] [data-subject='bin/50']")).to_be_visible(timeout=60_000)
