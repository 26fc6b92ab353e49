"""What a citizen gets from a bin's QR code: the real backend, its real API, the built pages, headless Chromium."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_backend import realm
from civicroot_cli.verify import inflate
from civicroot_wire import sodium, verifier
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.errors import ProofError
from civicroot_wire.senml import Measurement
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from tests.backend.api_city import COSE, ENTRIES, OpenCity, Served, serve
from tests.support.brokers import free_port
from tests.web.forged import FORGED, NEUTRAL, small_order_enrolment, small_order_proof

LATEST = "[data-panel=latest]"
FROM_FILE = "[data-panel=file]"
PROOFS = "**/api/v1/devices/*/records/*/proof"
NOT_CHECKED = {"witnesses", "revocation", "beacon", "anchors"}  # of this city's: no witness, no status list


@pytest.fixture
def served(tmp_path: Path, built_pages: Path) -> Iterator[Served]:
    """bin/12, simulated, with two published readings; tree/7 with one."""
    port = free_port()
    city = OpenCity(tmp_path, realm.Addresses(public_url=f"http://127.0.0.1:{port}"))
    bin12 = city.enrol_device("bin/12", label="Market square", simulated=True)
    tree7 = city.enrol_device("tree/7")
    city.commit([city.fill(bin12, 0, 40), city.fill(bin12, 1, 62)])
    city.commit([city.report(tree7, 0, [Measurement("soil", DecimalFraction(-3, 214), "/")])])
    city.publish()
    with serve(city, built_pages, port) as running:
        yield running
    city.close()


def verdict(page: Page, panel: str, word: str) -> Locator:
    """The verdict in a panel, once it says `word`."""
    found = page.locator(f"{panel} [data-verdict={word}]")
    expect(found).to_be_visible()
    return found


def statuses(found: Locator) -> dict[str, str]:
    """Step → status, in the order shown."""
    rows = found.locator("[data-step]")
    return {row.get_attribute("data-step") or "": row.get_attribute("data-status") or "" for row in rows.all()}


def choose(page: Page, data: bytes) -> None:
    """Give the page a proof file from the reader's device."""
    payload: FilePayload = {"name": "a.proof", "mimeType": "application/cbor", "buffer": data}
    page.set_input_files("[data-action=choose-proof]", files=[payload])


def proof_of(served: Served, subject: str) -> bytes:
    """The latest proof of a subject, as served."""
    latest = served.client.get(f"/api/v1/subjects/{subject}").json()["latest"]
    return served.client.get(latest["proof"]).raise_for_status().content


def test_good_proof_is_verified_step_by_step(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/b/12")
    found = verdict(page, LATEST, "verified")
    assert (found.get_attribute("data-subject"), found.get_attribute("data-seq")) == ("bin/12", "1")
    steps = statuses(found)
    assert list(steps) == ["policy", *verifier.STEPS, "match"]
    assert {step for step, status in steps.items() if status == "not-checked"} == NOT_CHECKED
    assert {status for step, status in steps.items() if step not in NOT_CHECKED} == {"checked"}
    expect(page.locator("[data-main-value] [data-value-name=fill]").first).to_have_attribute("data-value", "0.62")
    expect(page.locator("[data-banner=simulated][data-source=proof]")).to_be_visible()


def test_printed_code_leads_to_the_page_that_verifies(page: Page, served: Served, tmp_path: Path) -> None:
    kid = served.client.get("/api/v1/subjects/bin/12").json()["kid"]
    page.goto(f"{served.url}/api/v1/devices/{kid}/qr.svg")
    picture = tmp_path / "label.png"
    page.screenshot(path=picture)
    read = subprocess.run(
        ["zbarimg", "--quiet", "--raw", str(picture)], capture_output=True, text=True, check=True, timeout=60
    )
    address = read.stdout.strip()
    assert address == f"{served.url}/b/12".upper()
    page.goto(address)
    assert verdict(page, LATEST, "verified").get_attribute("data-subject") == "bin/12"


def test_downloaded_proof_is_verified_by_the_command_too(page: Page, served: Served, tmp_path: Path) -> None:
    page.goto(f"{served.url}/b/12")
    verdict(page, LATEST, "verified")
    with page.expect_download() as downloading:
        page.click("[data-action=download-proof]")
    assert downloading.value.suggested_filename == "bin-12-1.proof"
    file, trusted = tmp_path / "reading.proof", tmp_path / "trusted.json"
    downloading.value.save_as(file)
    trusted.write_bytes(served.client.get("/policy.json").content)
    command = [str(Path(sys.executable).with_name("civicroot")), "verify", str(file), "--policy", str(trusted)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "VERIFIED: reading 1 of bin/12" in done.stdout
    assert "SIMULATED" in done.stdout


def test_trees_page_verifies(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/T/7")
    assert verdict(page, LATEST, "verified").get_attribute("data-subject") == "tree/7"
    expect(page.locator("[data-banner=simulated]")).to_have_count(0)


def test_proof_tampered_with_on_the_way_fails_at_its_step(page: Page, served: Served) -> None:
    def tamper(route: Route) -> None:
        answer = route.fetch()
        body = bytearray(answer.body())
        place = body.index(b"fill") + 8  # inside the record: 4([-2, 62]) becomes another share
        body[place] ^= 1
        route.fulfill(response=answer, body=bytes(body))

    page.route(PROOFS, tamper)
    page.goto(f"{served.url}/b/12")
    found = verdict(page, LATEST, "failed")
    assert found.get_attribute("data-failed-step") == "record-batch"
    steps = statuses(found)
    assert steps["header-log"] == "checked"
    assert steps["record-batch"] == "failed"
    assert steps["device-signature"] == "not-reached"


def test_every_chosen_file_is_judged_for_itself(page: Page, served: Served) -> None:
    good = proof_of(served, "bin/12")
    page.goto(f"{served.url}/b/12")
    verdict(page, LATEST, "verified")
    for place in range(0, len(good), len(good) // 10):
        bad = bytearray(good)
        bad[place] ^= 1
        choose(page, bytes(bad))
        assert verdict(page, FROM_FILE, "failed").get_attribute("data-failed-step") in (*verifier.STEPS,)
        choose(page, good)
        verdict(page, FROM_FILE, "verified")


def test_small_order_key_is_refused_where_openssl_accepts_it(page: Page, served: Served) -> None:
    Ed25519PublicKey.from_public_bytes(NEUTRAL).verify(FORGED, b"any message at all")  # raises unless it accepts
    forged = small_order_proof(served.city.city, served.city.gateway, "bin/12", 1)
    with pytest.raises(ProofError) as refusal:
        verifier.verify(forged, served.city.backend.policy, sodium.verify, inflate)
    assert (refusal.value.step, refusal.value.reason) == ("device-enrolment", "weak-key")

    page.route(PROOFS, lambda route: route.fulfill(body=forged, content_type="application/cbor"))
    page.goto(f"{served.url}/b/12")
    for panel in (LATEST, FROM_FILE):
        if panel == FROM_FILE:
            choose(page, forged)
        found = verdict(page, panel, "failed")
        assert found.get_attribute("data-failed-step") == "device-enrolment"
        assert found.get_attribute("data-reason") == "weak-key"
        steps = statuses(found)
        assert steps["record-batch"] == "checked", "everything before the key is in order"
        assert steps["device-signature"] == "not-reached"


def test_backend_does_not_enrol_a_small_order_key(served: Served) -> None:
    statement = small_order_enrolment(served.city.city, "bin/13")
    answer = served.client.post(ENTRIES, content=statement, headers=COSE)
    assert (answer.status_code, answer.json()["reason"]) == (403, "weak-key")


def test_reading_appears_live_waits_for_its_checkpoint_and_is_verified(page: Page, served: Served) -> None:
    city = served.city
    page.goto(f"{served.url}/b/12")
    verdict(page, LATEST, "verified")
    city.commit([city.fill(city.devices["bin/12"], 2, 81)])
    expect(page.locator("[data-main-value] [data-value-name=fill]").first).to_have_attribute("data-value", "0.81")
    expect(page.locator("[data-proved=earlier]")).to_be_visible()
    city.publish()
    expect(page.locator(f"{LATEST} [data-verdict=verified]")).to_have_attribute("data-seq", "2")
    expect(page.locator("[data-proved=this]")).to_be_visible()


def test_live_page_shows_the_city_and_follows_it(page: Page, served: Served) -> None:
    city = served.city
    page.goto(f"{served.url}/")
    expect(page.locator("[data-realm]").first).to_have_attribute("data-realm", "test.example")
    expect(page.locator("[data-device]")).to_have_count(2)
    bin12 = page.locator("[data-device][data-subject='bin/12']")
    expect(bin12).to_have_attribute("data-seq", "1")
    expect(bin12.locator("[data-simulated=true]")).to_be_visible()
    expect(page.locator("[data-connected=true]")).to_be_visible()
    city.commit([city.fill(city.devices["bin/12"], 2, 81)])
    expect(bin12).to_have_attribute("data-seq", "2")
    city.publish()
    bin12.locator("[data-action=verify]").click()
    verdict(page, "[data-panel=dialog]", "verified")


def test_unknown_bin_is_said_to_be_unknown(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/b/404")
    expect(page.locator("[data-notice=empty]")).to_be_visible()
