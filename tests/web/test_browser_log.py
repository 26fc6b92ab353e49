"""What the pages say of the log: withdrawn keys, missing readings, statements; the real backend, headless Chromium."""

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from civicroot_backend import realm
from civicroot_wire import batch, receipt
from civicroot_wire.sodium import Signer
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.city import batch_message, commit, signed_record
from tests.support.brokers import free_port
from tests.web.logged import DEVICE_BIT, GATEWAY_BIT, proof_after_revocation

LATEST, FROM_FILE, ENTRY = "[data-panel=latest]", "[data-panel=file]", "[data-panel=entry]"
HOLES = "[data-panel=completeness]"
PROOFS = "**/api/v1/devices/*/records/*/proof"
ZOO, CONTRACT = "organisation/zoo", "contract/2026-1"
ZOO_BIT = 12
SAYS = '<b>Emptied daily</b>\n"until" & after the fair'
DOCUMENT = b"%PDF the contract itself, which stays with the zoo"


@dataclass
class Town:
    """bin/12 and the zoo, each key in the registrar's status list, with a gateway of their own."""

    served: Served
    gateway: Signer
    bin12: Signer
    zoo: Signer

    def __post_init__(self) -> None:
        self._batches = itertools.count()

    @property
    def city(self) -> OpenCity:
        return self.served.city

    def commit(self, *records: bytes) -> None:
        """Commit and publish a batch."""
        message = batch_message(self.gateway, next(self._batches), list(records), 0, self.city.city.now)
        commit(self.city.backend, self.gateway, message)
        self.city.publish()

    def submit(self, entry: bytes) -> int:
        """Log and publish an entry; its index."""
        index = self.city.backend.submit(entry).index
        self.city.publish()
        return index

    def state(self, payload: bytes, **fields: object) -> int:
        """Log a statement of the zoo; its index."""
        return self.submit(self.city.city.statement(self.zoo, ZOO, CONTRACT, payload, **fields))

    def get(self, path: str) -> bytes:
        """What the server answers."""
        return self.served.client.get(path).raise_for_status().content


@pytest.fixture
def town(tmp_path: Path, built_pages: Path) -> Iterator[Town]:
    port = free_port()
    city = OpenCity(tmp_path, realm.Addresses(public_url=f"http://127.0.0.1:{port}"))
    uri = city.city.status_uri
    gateway = city.city.enrolled(city.backend, "gateway/2", batch.ROLE, status=(GATEWAY_BIT, uri))
    bin12 = city.enrol_device("bin/12", label="Market square", status=(DEVICE_BIT, uri))
    zoo = city.city.enrolled(city.backend, ZOO, "organisation", status=(ZOO_BIT, uri))
    with serve(city, built_pages, port) as running:
        yield Town(running, gateway, bin12, zoo)
    city.close()


def verdict(page: Page, panel: str, word: str) -> Locator:
    """The verdict in a panel, once it says `word`."""
    found = page.locator(f"{panel} [data-verdict={word}]")
    expect(found).to_be_visible()
    return found


def choose(page: Page, data: bytes, action: str = "choose-proof", name: str = "a.proof") -> None:
    """Give the page a file from the reader's device."""
    payload: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    page.set_input_files(f"[data-action={action}]", files=[payload])


def fates(page: Page) -> list[str]:
    """The fates of the strip's cells, in order."""
    return [cell.get_attribute("data-fate") or "" for cell in page.locator(f"{HOLES} rect[data-fate]").all()]


# Withdrawn keys


def test_key_that_stands_is_said_not_to_be_revoked_as_of_a_log_entry(page: Page, town: Town) -> None:
    town.commit(signed_record(town.bin12, 0))
    listed = town.submit(town.city.city.status_list([]))
    page.goto(f"{town.served.url}/b/12")
    found = verdict(page, LATEST, "verified")
    expect(found.locator("[data-says=not-revoked]")).to_contain_text(f"Not revoked as of log entry {listed}")
    expect(found.locator("[data-says=signed]")).to_contain_text("this bin’s own key, enrolled by the city as Bin 12")
    expect(found.locator("[data-step=revocation]")).to_have_attribute("data-status", "checked")


def test_reading_of_a_device_revoked_later_still_verifies_and_says_so(page: Page, town: Town) -> None:
    town.commit(signed_record(town.bin12, 0))
    withdrawn = town.submit(town.city.city.revocation(town.bin12, "bin/12"))
    town.submit(town.city.city.status_list([DEVICE_BIT]))
    page.goto(f"{town.served.url}/b/12")
    found = verdict(page, LATEST, "verified")
    expect(found.locator("[data-says=revoked-later]")).to_contain_text(
        f"The key of Bin 12 was withdrawn later, in log entry {withdrawn}"
    )
    expect(found.locator("[data-says=not-revoked]")).to_contain_text("gateway/2")
    expect(found.locator("[data-limits] [data-says=doubt]")).to_contain_text("later reported as lost or compromised")
    expect(page.locator(HOLES)).to_contain_text(f"withdrawn in log entry {withdrawn}")


def test_reading_of_a_device_revoked_before_fails(page: Page, town: Town) -> None:
    town.commit(signed_record(town.bin12, 0))
    forged = proof_after_revocation(town.city.city, town.gateway, town.bin12, "bin/12")
    page.route(PROOFS, lambda route: route.fulfill(body=forged, content_type="application/cbor"))
    page.goto(f"{town.served.url}/b/12")
    for panel in (LATEST, FROM_FILE):
        if panel == FROM_FILE:
            choose(page, forged)
        found = verdict(page, panel, "failed")
        assert found.get_attribute("data-failed-step") == "revocation"
        assert found.get_attribute("data-reason") == "revoked"
        expect(found.locator("[data-step=device-signature]")).to_have_attribute("data-status", "checked")


def test_reading_under_way_when_its_key_was_replaced_is_said_to_be_one(page: Page, town: Town) -> None:
    successor = town.city.city.enrolled(
        town.city.backend, "bin/12", "device", status=(DEVICE_BIT + 10, town.city.city.status_uri)
    )
    replaced = town.submit(town.city.city.rotation(town.bin12, "bin/12", 5, successor))
    town.commit(signed_record(town.bin12, 5))
    town.submit(town.city.city.status_list([DEVICE_BIT]))
    page.goto(f"{town.served.url}/b/12")
    choose(page, town.get(f"/api/v1/devices/{town.bin12.kid.hex()}/records/5/proof"))
    found = verdict(page, FROM_FILE, "verified")
    expect(found.locator("[data-says=replaced]")).to_contain_text(f"replaced by a new one in log entry {replaced}")


# Missing readings


def test_withheld_readings_are_holes(page: Page, town: Town) -> None:
    readings = [signed_record(town.bin12, seq) for seq in range(24)]
    town.commit(*readings[:17], *readings[20:])
    page.goto(f"{town.served.url}/b/12")
    expect(page.locator(f"{HOLES} [data-lost='3']")).to_have_text("3 readings are missing: numbers 17–19.")
    assert fates(page) == ["received"] * 17 + ["lost"] * 3 + ["received"] * 4
    expect(page.locator(HOLES)).to_contain_text("the server’s own account")
    expect(page.locator(HOLES)).to_contain_text("civicroot audit")
    town.commit(*readings[17:20])
    page.reload()
    expect(page.locator(f"{HOLES} [data-lost='0']")).to_have_text("✓ All 24 readings are accounted for.")
    assert fates(page) == ["received"] * 24


def test_numbers_that_the_device_explains_are_no_holes(page: Page, town: Town) -> None:
    town.commit(signed_record(town.bin12, 0), signed_record(town.bin12, 4, skip=2, thinned=[(1, 1)]))
    page.goto(f"{town.served.url}/b/12")
    expect(page.locator(f"{HOLES} [data-lost='0']")).to_contain_text("All 3 readings")
    assert fates(page) == ["received", "thinned", "skipped", "skipped", "received"]


def test_one_hole_among_thousands_is_seen(page: Page, town: Town) -> None:
    town.commit(signed_record(town.bin12, 0), signed_record(town.bin12, 5000, skip=64))
    page.goto(f"{town.served.url}/b/12")
    expect(page.locator(f"{HOLES} [data-lost='4935']")).to_be_visible()
    found = fates(page)
    assert len(found) == 60
    assert "lost" in found


def test_silent_device_is_said_to_be_silent(page: Page, town: Town) -> None:
    town.commit(signed_record(town.bin12, 0, promised=600))
    page.goto(f"{town.served.url}/b/12")
    expect(page.locator(f"{HOLES}[data-silent=false]")).to_be_visible()
    town.city.city.now += 3600
    page.reload()
    expect(page.locator(f"{HOLES}[data-silent=true]")).to_contain_text("Silent since")


def test_server_that_gives_no_account_is_said_not_to(page: Page, town: Town) -> None:
    town.commit(signed_record(town.bin12, 0))
    page.route("**/completeness", lambda route: route.fulfill(status=404, json={"reason": "not-found"}))
    page.goto(f"{town.served.url}/b/12")
    expect(page.locator(f"{HOLES}[data-available=false]")).to_contain_text("gives no account")


# Entries from files


def test_statement_is_checked_from_its_proof_file_and_shown_as_it_is(page: Page, town: Town) -> None:
    index = town.state(SAYS.encode(), content_type="text/plain")
    town.submit(town.city.city.status_list([]))
    page.goto(f"{town.served.url}/b/12")
    good = town.get(f"/entries/{index}/proof")
    choose(page, good)
    found = verdict(page, FROM_FILE, "verified")
    attributes = {name: found.get_attribute(f"data-{name}") for name in ("track", "kind", "issuer", "subject", "index")}
    assert attributes == {
        "track": "entry",
        "kind": "statement",
        "issuer": ZOO,
        "subject": CONTRACT,
        "index": str(index),
    }
    assert found.locator("[data-payload=text]").inner_text() == SAYS
    assert found.locator("[data-payload=text] b").count() == 0
    expect(found.locator("[data-step=signature]")).to_have_attribute("data-status", "checked")
    expect(found.locator("[data-says=not-revoked]")).to_contain_text(ZOO)
    for place in range(0, len(good), len(good) // 12):
        bad = bytearray(good)
        bad[place] ^= 1 << place % 8
        choose(page, bytes(bad))
        verdict(page, FROM_FILE, "failed")
        choose(page, good)
        verdict(page, FROM_FILE, "verified")


def transparent(town: Town, index: int) -> bytes:
    """The statement with its receipt, as whoever submitted it hands it on."""
    return receipt.attach(town.get(f"/entries/{index}"), [town.get(f"/entries/{index}/receipt")])


@pytest.mark.parametrize("track", ["transparent", "tlog-proof"])
def test_other_forms_are_completed_by_the_logs_proof_of_who_signed(page: Page, town: Town, track: str) -> None:
    index = town.state(SAYS.encode())
    good = transparent(town, index) if track == "transparent" else town.get(f"/entries/{index}/tlog-proof")
    page.goto(f"{town.served.url}/b/12")
    choose(page, good)
    found = verdict(page, FROM_FILE, "verified")
    assert (found.get_attribute("data-track"), found.get_attribute("data-issuer")) == (track, ZOO)
    expect(found.locator(f"ol[data-track={track}] [data-step=issuer]")).to_have_attribute("data-status", "not-checked")
    expect(found.locator("ol[data-track=entry] [data-step=issuer]")).to_have_attribute("data-status", "checked")
    for place in range(1, len(good), len(good) // 12):
        bad = bytearray(good)
        bad[place] ^= 1 << place % 7
        choose(page, bytes(bad))
        verdict(page, FROM_FILE, "failed")
        choose(page, good)
        verdict(page, FROM_FILE, "verified")


@pytest.mark.parametrize("track", ["transparent", "tlog-proof"])
def test_without_the_logs_proof_only_what_the_file_shows_is_said(page: Page, town: Town, track: str) -> None:
    index = town.state(SAYS.encode())
    data = transparent(town, index) if track == "transparent" else town.get(f"/entries/{index}/tlog-proof")
    page.route("**/entries/*/proof", lambda route: route.fulfill(status=404, json={"detail": "nothing here"}))
    page.goto(f"{town.served.url}/b/12")
    choose(page, data)
    found = verdict(page, FROM_FILE, "logged")
    expect(found).to_contain_text("nothing here")
    expect(found.locator("[data-says=issuer]")).to_be_visible()


def test_server_that_shows_another_entry_there_is_caught(page: Page, town: Town) -> None:
    index = town.state(SAYS.encode())
    other = town.get(f"/entries/{town.state(b'another thing')}/proof")
    data = transparent(town, index)
    page.route("**/entries/*/proof", lambda route: route.fulfill(body=other))
    page.goto(f"{town.served.url}/b/12")
    choose(page, data)
    found = verdict(page, FROM_FILE, "failed")
    assert (found.get_attribute("data-failed-step"), found.get_attribute("data-reason")) == ("match", "other-entry")


def test_document_of_which_only_the_hash_is_on_record_can_be_checked(page: Page, town: Town) -> None:
    digest = hashlib.sha256(DOCUMENT).digest()
    index = town.state(digest, detached=True, content_type="application/pdf", location="https://zoo.example/contract")
    page.goto(f"{town.served.url}/b/12")
    choose(page, town.get(f"/entries/{index}/proof"))
    found = verdict(page, FROM_FILE, "verified")
    expect(found.locator("[data-payload=hash]")).to_have_text(digest.hex())
    choose(page, DOCUMENT, "choose-document", "contract.pdf")
    expect(found.locator("[data-document=same]")).to_contain_text("contract.pdf")
    choose(page, DOCUMENT + b" ", "choose-document", "contract.pdf")
    expect(found.locator("[data-document=other]")).to_be_visible()


# The page of an entry


def test_page_of_an_entry_verifies_it_and_is_linked_from_its_place(page: Page, town: Town) -> None:
    town.commit(signed_record(town.bin12, 0))
    page.goto(f"{town.served.url}/b/12")
    page.locator("[data-panel=record] [data-kind=enrolment] a").click()
    found = verdict(page, ENTRY, "verified")
    assert (found.get_attribute("data-kind"), found.get_attribute("data-subject")) == ("enrolment", "bin/12")
    expect(found.locator("[data-says=signed]")).to_contain_text("registrar")
    expect(found.locator("[data-step=match]")).to_have_attribute("data-status", "checked")
    with page.expect_download() as downloading:
        page.click("[data-action=download-proof]")
    assert downloading.value.suggested_filename.startswith("entry-")


def test_every_kind_of_entry_has_a_page_that_verifies_it(page: Page, town: Town) -> None:
    town.commit(signed_record(town.bin12, 0))
    town.state(SAYS.encode())
    town.submit(town.city.city.revocation(town.bin12, "bin/12"))
    town.submit(town.city.city.status_list([DEVICE_BIT]))
    seen = set()
    for entry in town.served.client.get("/api/v1/entries?limit=50").json()["entries"]:
        page.goto(f"{town.served.url}/entry?index={entry['index']}")
        assert verdict(page, ENTRY, "verified").get_attribute("data-kind") == entry["kind"]
        seen.add(entry["kind"])
    assert seen >= {"policy", "enrolment", "batch", "statement", "revocation", "status-list"}


def test_proof_of_another_entry_is_not_the_one_asked_for(page: Page, town: Town) -> None:
    first, second = town.state(b"first"), town.state(b"second")
    other = town.get(f"/entries/{second}/proof")
    page.route("**/entries/*/proof", lambda route: route.fulfill(body=other))
    page.goto(f"{town.served.url}/entry?index={first}")
    found = verdict(page, ENTRY, "failed")
    assert (found.get_attribute("data-failed-step"), found.get_attribute("data-reason")) == ("match", "other-entry")


def test_entry_waits_for_its_publication(page: Page, town: Town) -> None:
    index = town.city.backend.submit(town.city.city.statement(town.zoo, ZOO, CONTRACT, b"soon")).index
    page.goto(f"{town.served.url}/entry?index={index}")
    expect(page.locator(f"{ENTRY} [data-waiting=not-yet-published]")).to_be_visible()
    town.city.publish()
    verdict(page, ENTRY, "verified")


def test_entry_that_is_not_there_is_said_not_to_be(page: Page, town: Town) -> None:
    page.goto(f"{town.served.url}/entry?index=4711")
    verdict(page, ENTRY, "unavailable")
    for address in ("/entry", "/entry?index=-1", "/entry?index=1e3"):
        page.goto(town.served.url + address)
        expect(page.locator("[data-notice=empty]")).to_be_visible()


def test_no_page_is_wider_than_a_phone(page: Page, town: Town) -> None:
    town.commit(signed_record(town.bin12, 0), signed_record(town.bin12, 40))
    index = town.state(b"a" * 3000)
    for path in ("/b/12", f"/entry?index={index}"):
        page.goto(town.served.url + path)
        verdict(page, LATEST if path == "/b/12" else ENTRY, "verified")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
