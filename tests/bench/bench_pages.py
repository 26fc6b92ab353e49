"""What a citizen waits who scans a bin: bytes that are sent, and time on a slow phone in a slow network.

    python -m tests.bench.bench_pages

The real server with the built pages; headless Chromium, cold each time, slowed by its own means: the network like
Lighthouse's "slow 4G", the processor to a quarter. Prints one JSON object: bytes until the proof is verified, and
milliseconds from the start of the navigation until the fill level is on the screen, and until its proof is verified.
"""

import json
import statistics
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

from civicroot_backend import realm
from playwright.sync_api import Browser, sync_playwright

from tests.backend.api_city import OpenCity, serve
from tests.support.brokers import free_port
from tests.web.conftest import CHROMIUM_ARGUMENTS
from tests.web.tools import CHROMIUM, npm

RUNS = 5
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}  # ms, B/s
SLOW_PROCESSOR = 4  # times
USABLE, VERIFIED = "[data-main-value]", "[data-panel=latest] [data-verdict=verified]"
# Told by the page itself when it is painted, since asking it costs it time.
WATCH = """
for (const [name, selector] of Object.entries(%s)) {
  const look = () => document.querySelector(selector)
    ? requestAnimationFrame(() => requestAnimationFrame(() => { (window.seen ??= {})[name] = performance.now() }))
    : requestAnimationFrame(look);
  look();
}
"""


def main() -> dict[str, object]:
    """All runs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        npm("run", "build", "--", "--outDir", str(folder / "pages"))
        port = free_port()
        addresses = realm.Addresses(public_url=f"http://127.0.0.1:{port}")
        city = stack.enter_context(closing(OpenCity(folder / "city", addresses)))
        key = city.enrol_device("bin/12", label="Market square")
        city.commit([city.fill(key, 0, 62)])
        city.publish()
        url = stack.enter_context(serve(city, folder / "pages", port)).url
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        runs = [_visit(browser, f"{url}/b/12") for _ in range(RUNS)]
        browser.close()
    return {name: round(statistics.median(run[name] for run in runs)) for name in runs[0]}


def _visit(browser: Browser, address: str) -> dict[str, float]:
    """One cold visit: bytes, and milliseconds."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, service_workers="block")
    page = context.new_page()
    page.add_init_script(WATCH % json.dumps({"usable": USABLE, "verified": VERIFIED}))
    sizes: list[float] = []
    devtools = context.new_cdp_session(page)
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_PROCESSOR})
    page.goto(address)
    page.locator(VERIFIED).wait_for()
    seen: dict[str, float] = page.evaluate("new Promise((done) => setTimeout(() => done(window.seen), 500))")
    context.close()
    return {"bytes": sum(sizes), "usable_ms": seen["usable"], "verified_ms": seen["verified"]}


if __name__ == "__main__":
    print(json.dumps(main()))
