"""Draws the pictures of the crews' page, laid out as draw_pictures.py's are: `python -m tests.web.draw_crew`."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

from civicroot_backend import realm
from civicroot_backend.people.roles import Role
from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from tests.backend.crew_town import crew_town
from tests.backend.people.office import Office, Person
from tests.web.conftest import CHROMIUM_ARGUMENTS
from tests.web.draw_pictures import LANGUAGES, SETTLED_MS, WINDOWS, Scheme, paste
from tests.web.test_browser_crew import CONFLICT, WAITING, Phone, phone_of, photo, reported, writes
from tests.web.tools import CHROMIUM, npm

NOTES = {
    "en": ("Plug was wet: dried it, changed the seal.", "Cable cleaned. Comes loose again in rain."),
    "ko": ("플러그가 젖어 있어 말리고 패킹을 바꿈.", "전선을 닦음. 비가 오면 다시 헐거워짐."),
    "zh": ("插头进水：已擦干并更换密封圈。", "已清洁电缆，下雨时还会松动。"),
}
Act = Callable[[Phone, str], None]


def _list(phone: Phone, _language: str) -> None:
    phone.open()
    phone.page.locator("[data-action=position]").click()
    phone.page.locator("[data-work]").first.wait_for()


def _sheet(phone: Phone, _language: str) -> None:
    phone.at("bin/2")


def _visit(phone: Phone, language: str) -> None:
    phone.at("bin/2")
    phone.page.locator("[data-panel=visit] input[type=checkbox]").first.check()
    phone.page.set_input_files("[data-action=add-photo]", files=[photo()])
    phone.page.locator("[data-photos='1'] img").wait_for()
    phone.page.locator("[data-field=note]").fill(NOTES[language][0])
    phone.page.locator("[data-panel=visit]").evaluate("node => node.scrollIntoView()")


def _cellar(phone: Phone, language: str) -> None:
    phone.at("bin/2")
    phone.context.set_offline(True)
    phone.write(NOTES[language][0])
    phone.saved(WAITING)
    phone.queue(WAITING)


def _conflict(phone: Phone, language: str) -> None:
    phone.at("bin/4")
    writes(phone.office, "bin/4", NOTES[language][1])
    phone.write(NOTES[language][0])
    phone.queue(CONFLICT)
    expect(phone.page.locator("[data-conflict]")).to_be_visible()


def window(
    browser: Browser, office: Office, person: Person, size: tuple[int, int], language: str, scheme: Scheme, act: Act
) -> Image.Image:
    """What somebody sees after `act`."""
    options = {"locale": LANGUAGES[language], "color_scheme": scheme, "timezone_id": "Asia/Seoul"}
    with phone_of(office, browser, person, permissions=["geolocation"], **options) as phone:
        phone.page.set_viewport_size({"width": size[0], "height": size[1]})
        act(phone, language)
        phone.page.wait_for_timeout(SETTLED_MS)
        return Image.open(BytesIO(phone.page.screenshot())).convert("RGB")


def main() -> None:
    """All pictures."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        npm("run", "build", "--", "--outDir", str(folder / "pages"))
        office = stack.enter_context(crew_town(folder, folder / "pages", realm.Addresses()))
        reported(office, "bin/2")
        office.served.app.state.map.refresh()
        launch = stack.enter_context(sync_playwright()).chromium.launch
        browser = launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        acts = {"list": _list, "sheet": _sheet, "visit": _visit, "cellar": _cellar, "conflict": _conflict}
        person = office.person(Role.CREW, district="north", login="mina.lee")
        for name, act in acts.items():
            paste(f"crew-{name}", [window(browser, office, person, *each, act) for each in WINDOWS])
        browser.close()


if __name__ == "__main__":
    main()
