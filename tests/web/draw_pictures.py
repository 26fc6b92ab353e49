"""Draws the pictures of the citizens' pages in docs/pictures: `python -m tests.web.draw_pictures`.

Each has the page on a phone in three languages, and on a desktop. Claims are those of the real backend.
"""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from io import BytesIO
from pathlib import Path
from typing import Literal

from civicroot_backend import realm
from civicroot_wire import claim_token
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.claims.scene import Bin
from tests.support.brokers import free_port
from tests.web.conftest import CHROMIUM_ARGUMENTS, Town, serving_town
from tests.web.test_browser_scan import film_of
from tests.web.tools import CHROMIUM, ROOT, npm

PICTURES = ROOT / "docs/pictures"
PHONE, DESKTOP = (390, 844), (1180, 844)  # CSS pixels
GAP, GROUND, COLOURS = 24, "#c9cdc8", 96
SETTLED_MS = 900  # of pictures, for eyes alone: transitions have ended
LANGUAGES = {"en": "en-GB", "ko": "ko-KR", "zh": "zh-CN"}
VERIFIED = "[data-panel=latest] [data-verdict=verified]"
Scheme = Literal["light", "dark"]
Act = Callable[[Page], None]
WINDOWS: list[tuple[tuple[int, int], str, Scheme]] = [
    (PHONE, "en", "light"),
    (PHONE, "ko", "light"),
    (PHONE, "zh", "dark"),
    (DESKTOP, "en", "light"),
]


def _nothing(_: Page) -> None:
    """The page as it opens."""


def _open_steps(page: Page) -> None:
    page.locator("[data-panel=latest] details.folded > summary").first.click()
    page.locator("[data-step=device-signature] .raw > summary").click()
    page.locator("[data-step=record-batch]").evaluate("node => node.scrollIntoView()")


def _open_report(page: Page) -> None:
    page.locator("[data-panel=report] > summary").click()
    page.locator("[data-panel=report] input[type=radio]").first.check()
    page.locator("[data-panel=report]").evaluate("node => node.scrollIntoView()")


def _claim(page: Page) -> None:
    page.click("[data-action=claim]")
    page.locator("[data-claim=yours]").wait_for()


def shot(
    browser: Browser, url: str, settled: str, size: tuple[int, int], language: str, scheme: Scheme, act: Act
) -> Image.Image:
    """One window."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=LANGUAGES[language],
        color_scheme=scheme,
        timezone_id="Asia/Seoul",
        service_workers="block",
    )
    page = context.new_page()
    page.goto(url)
    page.locator(settled).first.wait_for()
    act(page)
    page.wait_for_timeout(SETTLED_MS)
    picture = Image.open(BytesIO(page.screenshot()))
    context.close()
    return picture.convert("RGB")


def draw(browser: Browser, name: str, urls: list[str], settled: str, act: Act = _nothing) -> None:
    """The windows side by side: phone in three languages, the last one dark; desktop. `urls`: one, or one for each."""
    addresses = urls * len(WINDOWS) if len(urls) == 1 else urls
    paste(name, [shot(browser, url, settled, *each, act) for url, each in zip(addresses, WINDOWS, strict=True)])


def paste(name: str, shots: list[Image.Image]) -> None:
    """One picture of several windows, in docs/pictures."""
    width = sum(each.width for each in shots) + GAP * (len(shots) + 1)
    whole = Image.new("RGB", (width, PHONE[1] + 2 * GAP), GROUND)
    left = GAP
    for each in shots:
        whole.paste(each, (left, GAP))
        left += each.width + GAP
    path = PICTURES / f"web-{name}.png"
    whole.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path.relative_to(ROOT), path.stat().st_size)


def draw_town(browser: Browser, town: Town) -> None:
    """What needs no backend."""
    draw(browser, "live", [f"{town.url}/"], "[data-connected=true]")
    draw(browser, "bin", [f"{town.url}/b/12"], VERIFIED)
    draw(browser, "check", [f"{town.url}/b/12"], VERIFIED, _open_steps)
    draw(browser, "report", [f"{town.url}/b/12"], VERIFIED, _open_report)
    draw(browser, "tree", [f"{town.url}/t/7"], VERIFIED)
    draw(browser, "proves", [f"{town.url}/proves"], "[data-ready]")
    draw(browser, "privacy", [f"{town.url}/privacy"], "[data-ready]")
    town.change("tamper/record")
    draw(browser, "tampered", [f"{town.url}/b/12"], "[data-panel=latest] [data-verdict=failed]")
    town.change("tamper/none")


def draw_claims(browser: Browser, served: Served) -> None:
    """A deposit that is offered, and one that is claimed."""
    place = Bin(served.city)
    served.city.publish()
    tokens = []
    for seq in range(8):
        place.deposit(seq, hundredths=42 + seq)
        tokens.append(f"{served.url}/B/{claim_token.to_digits(place.token(seq))}")
    served.city.publish()
    draw(browser, "claim", tokens[:4], "[data-signature=signed]")
    draw(browser, "claimed", tokens[4:], "[data-signature=signed]", _claim)


def main() -> None:
    """All pictures."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        npm("run", "build", "--", "--outDir", str(folder / "pages"))
        launch = stack.enter_context(sync_playwright()).chromium.launch
        town = stack.enter_context(serving_town(folder / "pages"))
        browser = launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        draw_town(browser, town)
        port = free_port()
        addresses = realm.Addresses(public_url=f"http://127.0.0.1:{port}")
        city = stack.enter_context(closing(OpenCity(folder / "city", addresses)))
        draw_claims(browser, stack.enter_context(serve(city, folder / "pages", port)))
        browser.close()
        film = film_of("HTTPS://ELSEWHERE.EXAMPLE/B/12", folder / "label.mjpeg", dark=400)
        camera = ["device-for-media-stream", "ui-for-media-stream"]
        seeing = [f"--use-fake-{each}" for each in camera] + [f"--use-file-for-fake-video-capture={film}"]
        browser = launch(executable_path=CHROMIUM, args=[*CHROMIUM_ARGUMENTS, *seeing])
        draw(browser, "scan", [f"{town.url}/scan"], "[data-camera=looking]")
        browser.close()


if __name__ == "__main__":
    main()
