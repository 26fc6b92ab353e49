"""Draws the pictures of the staff's alarms and people in docs/pictures: `python -m tests.web.draw_staff_pictures`.

Each has the page on a phone in three languages, the last one dark, and on a desktop. All of it is the real backend's.
"""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from io import BytesIO
from pathlib import Path
from typing import Any

from civicroot_backend import realm
from civicroot_backend.people.roles import Role
from civicroot_wire.senml import Measurement
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.backend.alarms.conftest import FULL, Watch, rule
from tests.backend.api_city import OpenCity, serve
from tests.backend.people.office import Office
from tests.web.conftest import CHROMIUM_ARGUMENTS
from tests.web.draw_pictures import COLOURS, DESKTOP, GAP, GROUND, LANGUAGES, PHONE, PICTURES, SETTLED_MS, Scheme
from tests.web.test_browser_people import opened as opened_people
from tests.web.test_browser_staff_alarms import opened as opened_alarms
from tests.web.test_browser_staff_alarms import part
from tests.web.tools import CHROMIUM, ROOT, npm

WINDOWS: list[tuple[tuple[int, int], str, Scheme]] = [
    (PHONE, "en", "light"),
    (PHONE, "ko", "light"),
    (PHONE, "zh", "dark"),
    (DESKTOP, "en", "light"),
]
NETWORKS = {"webhook_networks": ["127.0.0.0/8"]}
Act = Callable[[Page], None]
Open = Callable[[Page, Watch], None]


def town(watch: Watch) -> None:
    """Bins that are full, a fire, a device that is silent; and what they did in the hours before."""
    watch.office.district("north")
    watch.office.person(Role.CREW, district="north", login="min.kim")
    watch.office.person(Role.AUDITOR, login="auditor.lee")
    body: dict[str, Any] = {"name": "Waste team", "kind": "webhook", "address": "http://127.0.0.1:9/alarms"}
    target = watch.operator.ask("POST", "districts/city/alarm-targets", body).json()["target"]["id"]
    bins = [watch.city.enrol_device(f"bin/{number}") for number in (12, 13, 14)]
    for percent in (40, 95, 97, 30, 60, 92, 20):
        for key in bins:
            watch.fill(key, percent)
        watch.later(1800)
    watch.make({**FULL, "name": "Full bins", "targets": [target]})
    watch.make(rule("flag", name="Fire or tilt", severity="urgent", parameters={"flags": ["fire", "tilt"]}))
    watch.make(rule("silence", name="Silent devices", for_seconds=3600, severity="notice"))
    for key, percent in zip(bins, (93, 50, 96), strict=True):
        watch.fill(key, percent)
    watch.says(bins[1], Measurement("alarm", "fire"))
    watch.later(900)
    watch.city.publish()
    (first, *_) = watch.open()
    path = f"districts/city/alarms/{first['id']}/acknowledgement"
    watch.operator.ask("POST", path, {"note": "Crew 3 is on its way"})


def _nothing(_: Page) -> None:
    """The page as it opens."""


def _try(page: Page) -> None:
    part(page, "rules")
    page.locator("[data-action=edit]").first.click()
    page.select_option("select[name=range]", "1")
    page.locator("[data-action=try]").click()
    page.locator("[data-trial]").wait_for()
    if (page.viewport_size or {"width": 0})["width"] < DESKTOP[0]:
        page.locator("[data-panel=trial]").evaluate("node => node.scrollIntoView()")


def _open(name: str) -> Act:
    def act(page: Page) -> None:
        part(page, name)
        page.wait_for_load_state("networkidle")

    return act


def shot(
    browser: Browser, watch: Watch, window: tuple[tuple[int, int], str, Scheme], opened: Open, act: Act
) -> Image.Image:
    """One window."""
    size, language, scheme = window
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=LANGUAGES[language],
        color_scheme=scheme,
        timezone_id="Asia/Seoul",
        service_workers="block",
    )
    page = context.new_page()
    opened(page, watch)
    page.locator("[data-part]").first.wait_for()
    page.locator("main ul li").first.wait_for()
    act(page)
    page.wait_for_timeout(SETTLED_MS)
    picture = Image.open(BytesIO(page.screenshot()))
    context.close()
    return picture.convert("RGB")


def draw(browser: Browser, watch: Watch, name: str, opened: Open, act: Act = _nothing) -> None:
    """The windows side by side."""
    shots = [shot(browser, watch, window, opened, act) for window in WINDOWS]
    whole = Image.new("RGB", (sum(each.width for each in shots) + GAP * (len(shots) + 1), PHONE[1] + 2 * GAP), GROUND)
    left = GAP
    for each in shots:
        whole.paste(each, (left, GAP))
        left += each.width + GAP
    path = PICTURES / f"web-{name}.png"
    whole.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path.relative_to(ROOT), path.stat().st_size)


def main() -> None:
    """All pictures."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        npm("run", "build", "--", "--outDir", str(folder / "pages"))
        city = stack.enter_context(closing(OpenCity(folder / "city", realm.Addresses(), notifications=NETWORKS)))
        city.backend.alarms.looker.hearing.hears = lambda: True
        office = Office(stack.enter_context(serve(city, folder / "pages")))
        watch = Watch(office, office.person(Role.OPERATOR), origin=office.served.url)
        town(watch)
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS
        )
        draw(browser, watch, "alarms-open", opened_alarms)
        draw(browser, watch, "alarms-try", opened_alarms, _try)
        draw(browser, watch, "alarms-targets", opened_alarms, _open("targets"))
        draw(browser, watch, "people-accounts", opened_people)
        draw(browser, watch, "people-trail", opened_people, _open("trail"))
        browser.close()


if __name__ == "__main__":
    main()
