"""What a browser works for a frame of the map while somebody drags it: with 100,000 devices, and with a single one.

    python -m tests.bench.bench_map_frames

The real server with the built pages, headless Chromium without a GPU. Prints one JSON object: milliseconds of script in
a frame for both cities and their ratio, frames in a second, and what draws them.
"""

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from civicroot_wire.cbor import DecimalFraction
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.backend.api_city import OpenCity, serve
from tests.bench.bench_map import DEVICES, fill
from tests.web.conftest import CHROMIUM_ARGUMENTS
from tests.web.tools import CHROMIUM, npm

SIZE = 1280, 800  # CSS pixels
DRAGS, STEPS, REACH = 12, 30, 240  # drags to and fro; moves of each; pixels of each
RUNS = 3
FIRST_SECONDS = 120  # until the map of 100,000 is there
IN_VIEW = 0.9  # of all devices, at the least: some are outside of what is shown first
COUNT = "window.frames_seen = 0; (function next() { window.frames_seen++; requestAnimationFrame(next) })()"
Fill = Callable[[OpenCity], None]


def main() -> dict[str, object]:
    """Both cities."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        npm("run", "build", "--", "--outDir", str(folder / "pages"))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        stack.callback(browser.close)
        many = _city(browser, folder / "many", folder / "pages", _many, DEVICES)
        one = _city(browser, folder / "one", folder / "pages", _one, 1)
        drawn_by = _renderer(browser)
    return {
        "devices": DEVICES,
        "script_ms_a_frame": round(many["script_ms"], 2),
        "script_ms_a_frame_with_one": round(one["script_ms"], 2),
        "ratio": round(many["script_ms"] / one["script_ms"], 2),
        "frames_a_second": round(many["rate"]),
        "frames_a_second_with_one": round(one["rate"]),
        "renderer": drawn_by,
    }


def _many(city: OpenCity) -> None:
    with city.backend.database.write() as connection:
        fill(connection, city)


def _one(city: OpenCity) -> None:
    city.enrol_device("bin/1", location=(DecimalFraction(-2, 3755), 127))  # as bench_map.MIDDLE
    city.publish()


def _city(browser: Browser, folder: Path, pages: Path, fill_it: Fill, total: int) -> dict[str, float]:
    """The least of some runs: what else the machine does only adds."""
    with closing(OpenCity(folder)) as city:
        fill_it(city)
        with serve(city, pages) as served:
            page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
            page.goto(f"{served.url}/map")
            listed = page.locator("[data-total]:not([data-total='0'])")
            listed.wait_for(timeout=FIRST_SECONDS * 1000)
            assert int(listed.get_attribute("data-total") or 0) > IN_VIEW * total
            page.evaluate(COUNT)
            runs = [_drag(page, page.context.new_cdp_session(page)) for _ in range(RUNS)]
            page.close()
    return {"script_ms": min(run["script_ms"] for run in runs), "rate": max(run["rate"] for run in runs)}


def _drag(page: Page, devtools: CDPSession) -> dict[str, float]:
    """Drag the map to and fro: milliseconds of script in a frame, and frames in a second."""
    devtools.send("Performance.enable", {"timeDomain": "timeTicks"})
    box = page.locator("main canvas").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    script, frames, begun = _script(devtools), page.evaluate("window.frames_seen"), time.perf_counter()
    for number in range(DRAGS):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + (REACH if number % 2 else -REACH), y, steps=STEPS)
        page.mouse.up()
    seen = page.evaluate("window.frames_seen") - frames
    taken = _script(devtools) - script
    return {"script_ms": taken * 1000 / seen, "rate": seen / (time.perf_counter() - begun)}


def _script(devtools: CDPSession) -> float:
    """Seconds of script since the page began."""
    metrics = {item["name"]: item["value"] for item in devtools.send("Performance.getMetrics")["metrics"]}
    return float(metrics["ScriptDuration"])


def _renderer(browser: Browser) -> str:
    gpu = browser.new_browser_cdp_session().send("SystemInfo.getInfo")["gpu"]
    auxiliary = gpu.get("auxAttributes", {})
    name = auxiliary.get("glRenderer") or "no GPU"
    return f"{name}, 2D canvas: {gpu.get('featureStatus', {}).get('2d_canvas', 'unknown')}"


if __name__ == "__main__":
    print(json.dumps(main()))
