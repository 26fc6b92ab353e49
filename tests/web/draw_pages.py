"""Draws every page in docs/pictures/web: `python -m tests.web.draw_pages [PAGE …]`.

A picture has a page in three languages side by side: one for a phone (390 CSS pixels), one for a desktop (1280). All of
it is a running demo with its real devices; staff are signed in by the link that the demo prints. The pages are built
into the backend's own folder, from which the demo serves them.
"""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, StorageState, TimeoutError, sync_playwright

from tests.support.brokers import free_port
from tests.system.witnessed import Asked, until
from tests.web.conftest import CHROMIUM_ARGUMENTS
from tests.web.draw_pictures import GAP, GROUND, LANGUAGES, PICTURES, SETTLED_MS
from tests.web.tools import CHROMIUM, ROOT, npm

FOLDER = PICTURES / "web"
SIZES = {"phone": (390, 844), "desktop": (1280, 844)}  # CSS pixels
SHRUNK = {"phone": 1.0, "desktop": 0.6}  # three desktops side by side are wide
QUALITY = 72  # of WebP: letters are sharp, and a picture has 30 to 120 KB
START_SECONDS, POLL_SECONDS = 300.0, 0.5
ANCHORS = 2  # confirmed, before anything is drawn: by then charts have a day
PASSWORD = "a sentence for the pictures alone"
VERIFIED = "[data-panel=latest] [data-verdict=verified]"


class Drawn(NamedTuple):
    """A page: where it is, what is there once it has settled, and whether its reader is signed in."""

    path: str
    settled: str = "main h1, main h2"
    staff: bool = False


PAGES = {
    "live": Drawn("/", "[data-connected=true]"),
    "bin": Drawn("/b/1", VERIFIED),
    "tree": Drawn("/t/1", VERIFIED),
    "claim-invalid": Drawn(f"/claim#{'9' * 60}", "[data-claim=invalid]"),
    "scan-without-camera": Drawn("/scan", "[data-camera=none], [data-camera=denied]"),
    "proves": Drawn("/proves", "[data-panel=verifier][data-sha256]"),
    "privacy": Drawn("/privacy", "[data-panel=kept]"),
    "entry": Drawn("/entry?index=0", "[data-panel=entry] [data-verdict]"),
    "block": Drawn("/block"),
    "map": Drawn("/map", "main canvas"),
    "promise": Drawn("/promise", "[data-answer]"),
    "lost": Drawn("/nowhere", "[data-panel=lost]"),
    "sign-in": Drawn("/sign-in", "[data-sign-in]"),
    "account": Drawn("/sign-in", "[data-sign-in]", staff=True),
    "device": Drawn("/devices/bin/1", staff=True),
    "crew": Drawn("/crew", "main", staff=True),
    "provision": Drawn("/provision", "main", staff=True),
    "alarms": Drawn("/alarms", "[data-part]", staff=True),
    "people": Drawn("/people", "[data-part]", staff=True),
}


@contextmanager
def demo(folder: Path) -> Iterator[tuple[str, str]]:
    """The address of a demo that has run for a while, and the link that lets the operator in."""
    output = folder / "output.txt"
    command = [sys.executable, "-m", "civicroot_cli", "demo", "--data", str(folder / "data"), "--port"]
    with output.open("wb") as said:
        process = subprocess.Popen(
            [*command, str(free_port()), "--interval", "2"], stdout=said, stderr=said, stdin=subprocess.DEVNULL
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not (found := re.search(r"Open\s+(\S+).*once:\s+(\S+)", text := output.read_text(), re.DOTALL)):
            assert process.poll() is None and time.monotonic() < deadline, text
            time.sleep(POLL_SECONDS)
        asked = Asked(found[1])
        until(lambda: len(asked.json("/api/v1/anchors?state=confirmed")["anchors"]) >= ANCHORS, "anchors")
        asked.close()
        yield found[1], found[2]
    finally:
        process.terminate()
        process.wait()


def signed_in(browser: Browser, link: str) -> StorageState:
    """The cookies of the operator, who comes in by the link with a password."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(link)
    page.click("[data-sign-in=invited] .password-way > summary")
    page.fill("[data-sign-in=invited] input[name=password]", PASSWORD)
    page.click("[data-action=set-password]")
    page.locator("[data-action=sign-out]").wait_for()
    state = context.storage_state()
    context.close()
    return state


def shot(browser: Browser, url: str, page_drawn: Drawn, size: str, language: str, staff: StorageState) -> Image.Image:
    """One window."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=LANGUAGES[language],
        timezone_id="Asia/Seoul",
        service_workers="block",
        storage_state=staff if page_drawn.staff else None,
    )
    page = context.new_page()
    page.goto(url + page_drawn.path)
    page.locator(page_drawn.settled).first.wait_for()
    page.wait_for_timeout(SETTLED_MS)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    context.close()
    factor = SHRUNK[size]
    return picture.resize((round(picture.width * factor), round(picture.height * factor)), Image.Resampling.LANCZOS)


def draw(browser: Browser, url: str, name: str, size: str, staff: StorageState) -> None:
    """A page in all languages."""
    shots = [shot(browser, url, PAGES[name], size, language, staff) for language in LANGUAGES]
    width = sum(each.width for each in shots) + GAP * (len(shots) + 1)
    whole = Image.new("RGB", (width, shots[0].height + 2 * GAP), GROUND)
    left = GAP
    for each in shots:
        whole.paste(each, (left, GAP))
        left += each.width + GAP
    path = FOLDER / f"{name}-{size}.webp"
    whole.save(path, quality=QUALITY, method=6)
    print(path.relative_to(ROOT), path.stat().st_size, flush=True)


def _drawn(browser: Browser, url: str, name: str, size: str, staff: StorageState) -> bool:
    """Whether the page settled; the others are drawn all the same."""
    try:
        draw(browser, url, name, size, staff)
    except TimeoutError as error:
        print(name, size, error.message, flush=True)
        return False
    return True


def main() -> None:
    """All of them, or those that are named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    npm("run", "build")
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as (url, link), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        staff = signed_in(browser, link)
        missing = [
            f"{name} {size}"
            for name in sys.argv[1:] or PAGES
            for size in SIZES
            if not _drawn(browser, url, name, size, staff)
        ]
        browser.close()
    if missing:
        sys.exit(f"did not settle: {missing}")


if __name__ == "__main__":
    main()
