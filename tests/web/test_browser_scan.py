"""Scanning with the camera: Chromium sees a film of a real QR code."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import CHROMIUM_ARGUMENTS, Town, phone, serving_town
from tests.web.tools import CHROMIUM

FILM = (640, 480)  # pixels
FRAMES = 30
# Debian's Chromium has no detector on Linux: `zxing` is what most people's browsers need, too.
OWN_DETECTOR = """
window.BarcodeDetector = class {
  static getSupportedFormats() { return Promise.resolve(["qr_code"]) }
  detect() { return Promise.resolve([{ rawValue: %r }]) }
}
"""


@pytest.fixture(scope="module")
def town(built_pages: Path) -> Iterator[Town]:
    with serving_town(built_pages) as town:
        yield town


def picture_of(text: str) -> Image.Image:
    """A label before a grey wall, turned a little, as nobody holds a phone straight."""
    file = BytesIO()
    segno.make(text, error="m", micro=False).save(file, kind="png", scale=6, border=4)
    code = (
        Image.open(file).convert("RGB").rotate(9, expand=True, fillcolor="#8a8a86", resample=Image.Resampling.BILINEAR)
    )
    wall = Image.new("RGB", FILM, "#8a8a86")
    wall.paste(code, ((FILM[0] - code.width) // 2, (FILM[1] - code.height) // 2))
    return wall


def film_of(text: str, path: Path, dark: int = FRAMES // 3) -> Path:
    """Motion JPEG: nothing to be seen for `dark` frames, then the code."""
    frames = [Image.new("RGB", FILM, "#8a8a86")] * dark + [picture_of(text)] * FRAMES
    with path.open("wb") as film:
        for frame in frames:
            frame.save(film, "JPEG", quality=85)
    return path


@pytest.fixture(scope="module")
def seeing(town: Town, tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Browser]:
    """A browser whose camera sees the label of bin 12."""
    film = film_of(f"{town.url}/b/12".upper(), tmp_path_factory.mktemp("film") / "label.mjpeg")
    camera = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    launched = browser.browser_type.launch(executable_path=CHROMIUM, args=[*CHROMIUM_ARGUMENTS, *camera])
    yield launched
    launched.close()


def test_the_camera_finds_the_code_and_its_page_opens(seeing: Browser, town: Town) -> None:
    with phone(seeing, "block") as page:
        detectors: list[str] = []
        page.on("request", lambda request: detectors.append(request.url) if ".wasm" in request.url else None)
        page.goto(town.url + "/b/3")
        page.click("[data-action=scan]")
        page.wait_for_url("**/B/12")
        expect(page.locator("[data-panel=latest] [data-verdict=verified]")).to_have_attribute("data-subject", "bin/12")
        assert [url.startswith(town.url + "/assets/") for url in detectors] == [True], (
            "from the city, when it is needed"
        )


def test_a_browser_with_a_detector_of_its_own_fetches_none(seeing: Browser, town: Town) -> None:
    with phone(seeing, "block") as page:
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url) if "zxing" in request.url else None)
        page.add_init_script(OWN_DETECTOR % f"{town.url}/t/7")
        page.goto(town.url + "/scan")
        page.wait_for_url("**/t/7")
        assert fetched == []


def test_a_code_of_another_site_is_said_to_be_one(seeing: Browser, town: Town) -> None:
    with phone(seeing, "block") as page:
        page.add_init_script(OWN_DETECTOR % "https://evil.example/b/12")
        page.goto(town.url + "/scan")
        found = page.locator("[data-found=elsewhere]")
        expect(found).to_contain_text("evil.example")
        assert page.url == town.url + "/scan"


def test_without_a_camera_a_photo_or_the_number_leads_there(page: Page, town: Town) -> None:
    page.goto(town.url + "/scan")
    expect(page.locator("[data-camera=none], [data-camera=denied]")).to_be_visible()
    file = BytesIO()
    picture_of("nothing but words").save(file, "PNG")
    page.set_input_files(
        "[data-action=scan-photo]", files=[{"name": "a.png", "mimeType": "image/png", "buffer": file.getvalue()}]
    )
    expect(page.locator("[data-found=text]")).to_contain_text("nothing but words")
    page.click("[data-action=scan-again]")
    file = BytesIO()
    Image.new("RGB", FILM, "white").save(file, "PNG")
    page.set_input_files(
        "[data-action=scan-photo]", files=[{"name": "a.png", "mimeType": "image/png", "buffer": file.getvalue()}]
    )
    expect(page.locator("[data-photo=nothing]")).to_be_visible()
    page.fill("input[type=text]", "12")
    page.keyboard.press("Enter")
    page.wait_for_url("**/b/12")
