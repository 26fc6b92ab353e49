"""What a phone loads before it sees a bin: bytes as they are sent by the real server, compressed."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_backend import realm
from civicroot_backend.entries.organisation import Organisation
from civicroot_backend.pages.verifier_statement import VerifierStatement
from civicroot_wire import statement
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.backend.api_city import OpenCity, Served, serve
from tests.support.brokers import free_port
from tests.web.conftest import phone

MAX_BYTES = 150_000
VERIFIED = "[data-panel=latest] [data-verdict=verified]"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, built_pages: Path) -> Iterator[Served]:
    port = free_port()
    city = OpenCity(tmp_path_factory.mktemp("city"), realm.Addresses(public_url=f"http://127.0.0.1:{port}"))
    key = city.enrol_device("bin/12", label="Market square")
    city.commit([city.fill(key, 0, 62)])
    city.publish()
    with serve(city, built_pages, port) as running:
        yield running
    city.close()


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_a_bins_page_is_light_until_its_proof_is_verified(browser: Browser, served: Served, encoding: str) -> None:
    with phone(browser, "block") as page:
        sizes: dict[str, int] = {}
        names: dict[str, str] = {}
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send("Network.setExtraHTTPHeaders", {"headers": {"Accept-Encoding": encoding}})
        devtools.on(
            "Network.responseReceived", lambda event: names.update({event["requestId"]: event["response"]["url"]})
        )
        devtools.on(
            "Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]})
        )
        page.goto(f"{served.url}/b/12")
        expect(page.locator(VERIFIED)).to_be_visible()
        page.wait_for_load_state("load")
        scripts = sum(size for key, size in sizes.items() if ".js" in names.get(key, ""))
        total = sum(sizes.values())
    assert scripts > MAX_BYTES / 3, "the scripts were counted"
    verifier = json.loads(served.client.get("/verifier.json").text)["verifier"]
    assert served.url + verifier in names.values(), "the page runs the very file of which the city says the digest"
    assert total <= MAX_BYTES, f"{total} bytes with {encoding}: {sorted(sizes.values())}"


def test_the_digest_that_the_city_says_is_that_of_the_verifier_it_serves(served: Served) -> None:
    said = json.loads(served.client.get("/verifier.json").text)
    script = served.client.get(said["verifier"])
    assert hashlib.sha256(script.content).hexdigest() == said["sha256"] == said["scripts"][said["verifier"]]
    for path, digest in said["scripts"].items():
        assert hashlib.sha256(served.client.get(path).content).hexdigest() == digest, path


def test_the_page_finds_the_verifier_that_it_runs_in_the_log(page: Page, served: Served, built_pages: Path) -> None:
    page.goto(f"{served.url}/proves")
    expect(page.locator("[data-panel=verifier][data-logged=missing]")).to_be_visible()
    city, backend, key = served.city, served.city.backend, served.city.city.key()
    backend.submit(city.city.enrolment(key, "organisation/city", statement.ROLE))
    parts = (backend.database, backend._submissions, backend.keys)
    organisation = Organisation(*parts, key, city.city.realm, served.url)
    index = VerifierStatement(built_pages, organisation, backend.clock).step()
    city.publish()
    page.reload()
    panel = page.locator("[data-panel=verifier][data-logged=logged]")
    expect(panel).to_have_attribute("data-sha256", json.loads(served.client.get("/verifier.json").text)["sha256"])
    panel.get_by_role("link", name=f"entry {index}").click()
    found = page.locator("[data-verdict=verified]")
    expect(found).to_have_attribute("data-subject", "page/verifier")
    script = served.client.get(json.loads(served.client.get("/verifier.json").text)["verifier"]).content
    chosen: FilePayload = {"name": "verifier.js", "mimeType": "text/javascript", "buffer": script}
    page.set_input_files("[data-action=choose-document]", files=[chosen])
    expect(page.locator("[data-document=same]")).to_be_visible()


def test_it_can_be_installed(served: Served) -> None:
    page = served.client.get("/b/12").text
    manifest = json.loads(served.client.get(re.findall(r'rel="manifest" href="([^"]+)"', page)[0]).text)
    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        answer = served.client.get(icon["src"])
        width = int.from_bytes(answer.content[16:20], "big")  # of a PNG's header
        assert (answer.headers["content-type"], f"{width}x{width}") == ("image/png", icon["sizes"])
