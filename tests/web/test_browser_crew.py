"""The crews' page in Chromium, against the real backend: with a network and without, alone and beside a colleague."""

import io
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from civicroot_backend import realm
from civicroot_backend.people.roles import Role
from civicroot_backend.times import iso
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from tests.backend.crew_town import crew_town
from tests.backend.people.office import PASSWORD, Office, Person
from tests.backend.people.office import Browser as Client
from tests.web.test_accessibility import RULES, findings
from tests.web.waiting import until

HERE = {"latitude": 0.0, "longitude": 0.0}
SENT, WAITING, CONFLICT = "sent", "waiting", "conflict"


@pytest.fixture(scope="module")
def office(built_pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The town of crew_town.py, on this machine."""
    with crew_town(tmp_path_factory.mktemp("city"), built_pages, realm.Addresses()) as opened:
        opened.served.app.state.map.refresh()
        yield opened


@dataclass
class Phone:
    """Somebody's phone at the crews' page."""

    office: Office
    person: Person
    context: BrowserContext
    page: Page

    @property
    def url(self) -> str:
        """Of the page; localhost has what browsers give to https alone."""
        return self.office.served.url.replace("127.0.0.1", "localhost") + "/crew"

    def open(self, fragment: str = "") -> None:
        """The page, at a place or at the queue."""
        self.page.goto(self.url + fragment)

    def at(self, subject: str) -> None:
        """The sheet of a place, as the city has it now."""
        self.open(f"#{subject}")
        expect(self.page.locator(f"[data-sheet='{subject}'][data-fresh=true]")).to_be_visible()

    def show(self, fragment: str) -> None:
        """Another part of the page, without loading it."""
        self.page.evaluate("to => { window.location.hash = to }", fragment)

    def write(self, note: str, outcome: str = "done") -> None:
        """A visit, saved."""
        panel = self.page.locator("[data-panel=visit]")
        panel.locator(f"input[value={outcome}]").check()
        panel.locator("[data-field=note]").fill(note)
        panel.locator("[data-action=save-visit]").click()

    def saved(self, state: str) -> None:
        """What became of the last one."""
        expect(self.page.locator("[data-panel=visit]")).to_have_attribute("data-saved", state)

    def queue(self, state: str, count: int = 1) -> None:
        """So many entries are in this state."""
        self.show("queue")
        expect(self.page.locator(f"[data-entry-state={state}]")).to_have_count(count)

    def sign_in(self) -> None:
        """On the sign-in page."""
        self.page.locator("summary").click()
        self.page.get_by_label("Login").fill(self.person.login)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.locator("[data-action=password]").click()


def client_of(office: Office, person: Person) -> Client:
    """Somebody who asks the API itself."""
    browser = office.browser()
    browser.origin = office.served.url
    assert browser.sign_in(person).status_code == 201
    office.served.client.cookies.clear()  # it is shared: the next who signs in would end this session
    return browser


@contextmanager
def phone_of(
    office: Office, browser: Browser, person: Person, signed_in: bool = True, **options: Any
) -> Iterator[Phone]:
    """A phone of its own; an error of a script, and what the page's policy forbids, fail the test."""
    found: dict[str, Any] = {"locale": "en-GB", "service_workers": "block", "geolocation": HERE} | options
    context = browser.new_context(viewport={"width": 390, "height": 844}, **found)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    phone = Phone(office, person, context, page)
    if signed_in:
        url = phone.url.removesuffix("/crew")
        cookies = client_of(office, person).cookies.items()
        context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies])
    yield phone
    context.close()
    assert errors == []


@pytest.fixture
def phone(office: Office, browser: Browser) -> Iterator[Phone]:
    """Of somebody of the north."""
    with phone_of(office, browser, office.person(Role.CREW, district="north"), permissions=["geolocation"]) as found:
        yield found


def kept(key: str) -> str:
    """The condition that the phone keeps something under a key."""
    return f"""() => new Promise((done) => {{ const open = indexedDB.open('civicroot-crew'); open.onsuccess = () => {{
        const get = open.result.transaction('kept').objectStore('kept').get('{key}');
        get.onsuccess = () => {{ open.result.close(); done(get.result !== undefined) }} }} }})"""


def visits(office: Office, subject: str) -> list[dict[str, Any]]:
    """What the city has."""
    auditor = client_of(office, office.person(Role.AUDITOR))
    found: list[dict[str, Any]] = auditor.get(f"districts/city/subjects/{subject}/visits")["visits"]
    return found


def writes(office: Office, subject: str, note: str, visit: str | None = None, person: Person | None = None) -> None:
    """A colleague, or the same person elsewhere, writes a visit who has seen everything."""
    browser = client_of(office, person or office.person(Role.CREW, district="north"))
    base = browser.get(f"districts/north/subjects/{subject}")["revision"]
    said = {"entry": secrets.token_hex(16), "base": base, "subject": subject, "outcome": "done", "note": note}
    said["made"] = iso(office.served.city.city.now)
    path = f"districts/north/visits/{visit or secrets.token_hex(16)}"
    assert browser.ask("PUT", path, said).status_code in (200, 201)


def photo() -> FilePayload:
    """As a phone's camera makes it, larger than it is kept."""
    out = io.BytesIO()
    Image.new("RGB", (2400, 1800), "green").save(out, "JPEG")
    return {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def reported(office: Office, subject: str) -> str:
    """A citizen's report."""
    body = {"category": "damaged", "text": "The lid is off."}
    answer = office.served.client.post(f"/api/v1/subjects/{subject}/reports", json=body)
    made: str = answer.json()["id"]
    return made


def test_sign_in_is_needed_and_leads_back_to_the_place(office: Office, browser: Browser) -> None:
    person = office.person(Role.CREW, district="north")
    with phone_of(office, browser, person, signed_in=False) as phone:
        phone.open("#bin/2")
        phone.page.locator("[data-crew=out] [data-action=sign-in]").click()
        phone.sign_in()
        expect(phone.page.locator("[data-sheet='bin/2'][data-fresh=true]")).to_be_visible()
        assert phone.page.url == f"{phone.url}#bin/2"


def test_without_a_role_there_is_nothing_to_see(office: Office, browser: Browser) -> None:
    with phone_of(office, browser, office.person(Role.PARTNER, district="north")) as phone:
        phone.open()
        expect(phone.page.locator("[data-notice=empty]")).to_contain_text("no part in this")


def test_what_is_near_with_what_is_wrong_what_to_check_and_the_way_there(phone: Phone) -> None:
    page = phone.page
    phone.open()
    page.locator("[data-action=position]").click()
    rows = page.locator("[data-work]")
    expect(rows.first).to_have_attribute("data-work", "bin/2")
    assert [row.get_attribute("data-work") for row in rows.all()][:3] == ["bin/2", "bin/3", "bin/4"]
    expect(rows.first).to_contain_text("222 m")
    expect(rows.first.locator("[data-sign=fault]")).to_have_text(["Temperature", "Fill level", "Card reader"])
    page.locator("[data-need=alarm]").click()
    expect(rows).to_have_count(1)
    expect(rows.locator("[data-sign=alarm]")).to_have_text(["Tilt", "Knock"])
    page.locator("[data-need=all]").click()
    page.locator("[data-work='bin/2'] a").click()
    wrong = page.locator("[data-wrong='scan:no-answer']")
    expect(wrong).to_contain_text("The card reader does not answer.")
    expect(wrong.locator(".check")).to_contain_text("5 V")
    expect(page.locator("[data-wrong='fill:bad-crc']")).to_contain_text("water in the plug")
    way = page.locator("[data-action=directions]").get_attribute("href")
    assert way == "https://www.openstreetmap.org/directions?to=0.000000,0.002000"
    expect(page.locator("[data-event=device]")).to_be_visible()
    assert page.locator("[data-event] a").count() == page.locator("[data-event]").count(), "each with its proof"


def test_where_no_position_is_given_a_map_and_a_number_help(office: Office, browser: Browser) -> None:
    with phone_of(office, browser, office.person(Role.CREW, district="north")) as phone:
        page = phone.page
        phone.open()
        expect(page.locator("[data-notice=empty]")).to_contain_text("Say where you are")
        page.locator("[data-action=position]").click()
        expect(page.locator("[data-locating=refused]")).to_contain_text("does not give your position away")
        page.locator("[data-action=pick]").click()
        expect(page.locator("[data-map=true]")).to_be_visible()
        page.locator("[data-action=here]").click()
        expect(page.locator("[data-spot=map]")).to_be_visible()
        expect(page.locator("[data-work]").first).to_be_visible()
        page.reload()
        expect(page.locator("[data-work]").first).to_be_visible()  # the place is kept
        page.get_by_label("Open by its number").fill("4")
        page.locator("[data-action=open-number]").click()
        expect(page.locator("[data-sheet='bin/4'] [data-wrong=tilt]")).to_be_visible()
        phone.show("bin/5")
        expect(page.locator("[data-notice=empty]")).to_contain_text("another district")


def test_a_visit_with_a_photo_settles_what_a_citizen_reported(office: Office, phone: Phone) -> None:
    report = reported(office, "bin/1")
    phone.at("bin/1")
    page = phone.page
    expect(page.locator(f"[data-open-report='{report}']")).to_contain_text("The lid is off.")
    page.get_by_label("It is damaged: The lid is off.").check()
    page.set_input_files("[data-action=add-photo]", files=[photo()])
    expect(page.locator("[data-photos='1'] img")).to_be_visible()
    phone.write("Lid put back.")
    phone.saved(SENT)
    expect(page.locator("[data-panel=reports]")).to_have_count(0)
    (made,) = visits(office, "bin/1")
    assert (made["note"], made["reports"], len(made["photos"])) == ("Lid put back.", [report], 1)
    expect(page.locator(f"[data-visit='{made['id']}'] .thumbs img")).to_have_js_property("naturalWidth", 1600)


def test_what_is_no_picture_is_said_to_be_none(phone: Phone) -> None:
    phone.at("bin/1")
    nonsense: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"nonsense"}
    phone.page.set_input_files("[data-action=add-photo]", files=[nonsense])
    expect(phone.page.get_by_role("alert")).to_contain_text("no picture")


def test_in_a_cellar_it_is_kept_with_its_photo_and_sent_when_there_is_a_network(office: Office, phone: Phone) -> None:
    page = phone.page
    phone.open()
    with page.expect_response("**/subjects/bin/4"):  # the sheets of what is near are kept without being opened
        page.locator("[data-action=position]").click()
    expect(page.locator("[data-work]").first).to_be_visible()
    until(page, kept("sheet/north/bin/4"))
    phone.context.set_offline(True)
    phone.show("bin/4")
    expect(page.locator("[data-kept-sheet]")).to_be_visible()
    expect(page.locator("[data-wrong=tilt]")).to_be_visible()
    page.set_input_files("[data-action=add-photo]", files=[photo()])
    expect(page.locator("[data-photos='1'] img")).to_be_visible()
    phone.write("Stood it up.")
    phone.saved(WAITING)
    expect(page.get_by_text("It is kept on this phone")).to_be_visible()
    phone.queue(WAITING)
    expect(page.locator("[data-unsent='1']")).to_be_visible()
    expect(page.locator("[data-entry] .thumbs img")).to_be_visible()
    assert "Stood it up." not in [each["note"] for each in visits(office, "bin/4")]
    phone.context.set_offline(False)
    phone.queue(SENT)
    made = visits(office, "bin/4")[0]
    assert (made["note"], len(made["photos"])) == ("Stood it up.", 1)
    expect(page.locator("[data-unsent='0']")).to_be_visible()


def test_the_page_itself_opens_in_a_cellar_as_often_as_one_likes(office: Office, browser: Browser) -> None:
    with phone_of(office, browser, office.person(Role.CREW, district="north"), service_workers="allow") as phone:
        page = phone.page
        phone.at("tree/9")
        until(page, "async () => (await caches.match('/provision')) !== undefined")  # the last of what is kept
        phone.context.set_offline(True)
        page.reload()
        expect(page.locator("[data-crew=offline] [data-kept-sheet]")).to_be_visible()
        phone.write("Below ground.")
        phone.saved(WAITING)
        page.reload()
        phone.queue(WAITING)
        phone.context.set_offline(False)
        phone.queue(SENT)
    assert "Below ground." in [each["note"] for each in visits(office, "tree/9")]


def test_nothing_is_lost_with_the_page_and_nothing_is_doubled(office: Office, phone: Phone) -> None:
    page = phone.page
    phone.at("bin/3")
    # The city takes it, and its answer is lost on the way.
    page.route("**/visits/*", lambda route: (route.fetch(), route.abort())[1])
    phone.write("Changed the antenna.", "again")
    phone.saved(WAITING)
    page.reload()
    phone.queue(WAITING)
    page.unroute_all(behavior="wait")
    page.reload()
    phone.queue(SENT)
    assert [each["note"] for each in visits(office, "bin/3")] == ["Changed the antenna."]


def test_what_somebody_has_begun_to_write_is_there_when_the_page_is_loaded_anew(phone: Phone) -> None:
    page = phone.page
    phone.at("bin/4")
    note = page.locator("[data-field=note]")
    note.fill("Half a sen")
    until(page, kept("draft/north/bin/4"))
    page.reload()
    expect(note).to_have_value("Half a sen")
    phone.write("Half a sentence.", "again")
    phone.saved(SENT)
    page.reload()
    expect(page.locator("[data-sheet='bin/4'][data-fresh=true]")).to_be_visible()
    expect(note).to_have_value("")


def test_a_session_that_ends_meanwhile_costs_nothing(office: Office, phone: Phone) -> None:
    page = phone.page
    phone.at("bin/2")
    phone.context.set_offline(True)
    phone.write("Dried the plug.")
    phone.saved(WAITING)
    client_of(office, phone.person).ask("DELETE", "sessions")
    phone.context.set_offline(False)
    alert = page.locator("[data-session=out]")
    expect(alert).to_contain_text("One entry waits")
    phone.queue(WAITING)
    alert.locator("[data-action=sign-in]").click()
    phone.sign_in()
    expect(page.locator(f"[data-entry-state={SENT}]")).to_have_count(1)
    assert "Dried the plug." in [each["note"] for each in visits(office, "bin/2")]


def test_what_a_colleague_wrote_meanwhile_is_shown_and_both_are_kept(office: Office, phone: Phone) -> None:
    page = phone.page
    phone.at("bin/2")
    phone.context.set_offline(True)
    phone.write("Changed the sensor.")
    phone.saved(WAITING)
    phone.write("And its cable.")
    writes(office, "bin/2", "Only cleaned it.")
    phone.context.set_offline(False)
    phone.queue(CONFLICT)
    expect(page.locator(f"[data-entry-state={WAITING}]")).to_have_count(1)  # what follows waits for the decision
    conflict = page.locator("[data-conflict=new]")
    expect(conflict.locator("[data-side=theirs]")).to_contain_text("Only cleaned it.")
    expect(conflict.get_by_label("Your note")).to_have_value("Changed the sensor.")
    assert "Changed the sensor." not in [each["note"] for each in visits(office, "bin/2")]
    page.reload()
    conflict.locator("[data-action=send-anyway]").click()
    phone.queue(SENT, 2)
    notes = [each["note"] for each in visits(office, "bin/2")]
    assert notes[:3] == ["And its cable.", "Changed the sensor.", "Only cleaned it."]


def test_a_visit_changed_on_two_phones_is_written_over_only_by_decision(office: Office, phone: Phone) -> None:
    page = phone.page
    phone.at("bin/1")
    phone.write("first")
    phone.saved(SENT)
    made = visits(office, "bin/1")[0]
    page.locator(f"[data-visit='{made['id']}'] [data-action=change-visit]").click()
    expect(page.locator("[data-field=note]")).to_have_value("first")
    phone.context.set_offline(True)
    phone.write("second, here")
    writes(office, "bin/1", "second, there", made["id"], phone.person)
    phone.context.set_offline(False)
    phone.queue(CONFLICT)
    conflict = page.locator("[data-conflict=same]")
    conflict.locator("[data-action=join]").click()
    conflict.locator("[data-action=send-anyway]").click()
    expect(page.locator(f"[data-entry-state={CONFLICT}]")).to_have_count(0)
    now = next(each for each in visits(office, "bin/1") if each["id"] == made["id"])
    assert "second, there" in now["note"]
    assert "second, here" in now["note"]
    assert now["versions"] == 3


def test_who_decides_against_his_own_presses_twice(office: Office, phone: Phone) -> None:
    page = phone.page
    phone.at("bin/3")
    writes(office, "bin/3", "theirs")
    phone.write("mine")
    phone.saved(CONFLICT)
    phone.queue(CONFLICT)
    drop = page.locator("[data-action=drop]")
    drop.click()
    expect(drop).to_have_attribute("data-sure", "true")
    drop.click()
    expect(page.locator("[data-entry]")).to_have_count(0)
    assert "mine" not in [each["note"] for each in visits(office, "bin/3")]


def test_another_persons_entries_are_neither_shown_nor_sent(office: Office, phone: Phone) -> None:
    page = phone.page
    phone.at("bin/2")
    phone.context.set_offline(True)
    phone.write("Of somebody else.")
    phone.saved(WAITING)
    phone.context.clear_cookies()
    other = client_of(office, office.person(Role.CREW, district="north"))
    url = phone.url.removesuffix("/crew")
    phone.context.add_cookies([{"name": name, "value": value, "url": url} for name, value in other.cookies.items()])
    phone.context.set_offline(False)
    page.goto("about:blank")
    phone.open("#queue")
    expect(page.get_by_text("One entry of another account waits")).to_be_visible()
    expect(page.locator("[data-entry]")).to_have_count(0)
    assert "Of somebody else." not in [each["note"] for each in visits(office, "bin/2")]


def test_care_of_a_tree_comes_to_its_page_with_a_proof(office: Office, phone: Phone) -> None:
    page = phone.page
    phone.at("tree/9")
    page.get_by_label("Watered").check()
    page.get_by_label("A word for the tree").fill("60 litres")
    phone.write("Gate code 1234.")
    phone.saved(SENT)
    city = office.served.city
    assert city.backend.state_care() == 1
    city.publish()
    page.goto(phone.url.replace("/crew", "/t/9"))
    line = page.locator("[data-panel=care] [data-care]")
    expect(line).to_contain_text("Watered")
    expect(line).to_contain_text("60 litres")
    expect(line).to_have_attribute("data-proved", "verified")
    expect(line).to_contain_text("organisation/city")
    assert "1234" not in page.locator("main").inner_text()


def test_a_line_of_care_that_is_not_what_the_log_has_is_struck_out(office: Office, phone: Phone) -> None:
    client = client_of(office, phone.person)
    base = client.get("districts/north/subjects/tree/9")["revision"]
    said = {"entry": secrets.token_hex(16), "base": base, "subject": "tree/9", "outcome": "done", "care": ["pruned"]}
    made = iso(office.served.city.city.now)
    assert (
        client.ask("PUT", f"districts/north/visits/{secrets.token_hex(16)}", said | {"made": made}).status_code == 201
    )
    office.served.city.backend.state_care()
    office.served.city.publish()

    def lie(route: Any) -> None:
        answer = route.fetch().json()
        answer["lines"][0]["care"] = ["watered"]
        route.fulfill(json=answer)

    phone.page.route("**/care", lie)
    phone.page.goto(phone.url.replace("/crew", "/t/9"))
    expect(phone.page.locator("[data-panel=care] [data-care]").first).to_have_attribute("data-proved", "failed")


def test_everything_by_keyboard_alone(office: Office, phone: Phone) -> None:
    page, keys = phone.page, phone.page.keyboard
    phone.open()

    def tab_to(selector: str) -> None:
        for _ in range(60):
            keys.press("Tab")
            if page.evaluate("what => document.activeElement.matches(what)", selector):
                return
        raise AssertionError(f"{selector} is not reached")

    expect(page.locator("[data-action=position]")).to_be_visible()
    tab_to("[data-action=position]")
    keys.press("Enter")
    expect(page.locator("[data-work='bin/2']")).to_be_visible()
    tab_to("[data-work='bin/2'] a")
    keys.press("Enter")
    expect(page.locator("[data-sheet='bin/2'][data-fresh=true]")).to_be_visible()
    tab_to("input[type=radio]")
    keys.press("ArrowDown")
    expect(page.locator("input[value=again]")).to_be_checked()
    tab_to("[data-field=note]")
    keys.type("By keyboard.")
    tab_to("[data-action=save-visit]")
    keys.press("Enter")
    phone.saved(SENT)
    assert visits(office, "bin/2")[0]["outcome"] == "again"


@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "light"), ("ko-KR", "dark"), ("zh-CN", "light")])
def test_it_is_for_everybody_in_every_language(office: Office, browser: Browser, locale: str, scheme: str) -> None:
    person = office.person(Role.CREW, district="north")
    options: dict[str, Any] = {"locale": locale, "color_scheme": scheme, "permissions": ["geolocation"]}
    with phone_of(office, browser, person, **options) as phone:
        page = phone.page
        phone.open()
        page.locator("[data-action=position]").click()
        expect(page.locator("[data-work]").first).to_be_visible()
        _legible(page, "list")
        phone.at("bin/2")
        writes(office, "bin/2", "…")
        _legible(page, "sheet")
        phone.write("…")
        phone.queue(CONFLICT)
        _legible(page, "conflict")
        if not locale.startswith("en"):
            assert "visit" not in page.locator("main").inner_text().lower()


def _legible(page: Page, what: str) -> None:
    # The whole of it once; colours and sizes in the other languages, of which one is dark.
    rules = RULES if page.evaluate("document.documentElement.lang") == "en" else ["color-contrast", "target-size"]
    assert findings(page, rules) == [], what
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what
