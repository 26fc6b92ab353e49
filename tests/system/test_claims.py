"""A deposit is claimed, from the closing lid to the lamp that confirms it: real bins, broker, gateway and backend."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from civicroot_backend.demo import devices
from civicroot_backend.demo.broker import free_port
from civicroot_backend.demo.city import City
from civicroot_backend.demo.processes import Child, Processes
from civicroot_backend.demo.settings import REALM, Settings, find_firmware
from civicroot_wire import claim_token, proof, record

from tests.system import claiming
from tests.system.claiming import PublicBin
from tests.system.outside import Outsider
from tests.system.witnessed import civicroot, until

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

ALICE, BOB = "a1" * 32, "b0" * 32
STOPS = 10  # of the bins at most until one finds nothing waiting: a record may be on its way when its bin is ended
CARD, OTHER_CARD = "CITY-CARD 8812 0001 7345", "CITY-CARD 8812 0002 9911"


@dataclass
class Town:
    """A running city with two bins: one with display and card reader, one whose lamp blinks the code."""

    city: City
    processes: Processes
    backend: Child
    gateway: Child
    shown: PublicBin
    blinking: PublicBin
    client: httpx.Client
    folder: Path

    def claim(self, kid: str, seq: int) -> dict[str, object] | None:
        """The claim of a deposit, if there is one."""
        answer = self.client.get(f"/api/v1/devices/{kid}/records/{seq}/claim")
        return claiming.json_of(answer) if answer.status_code == 200 else None

    def proof(self, kid: str, seq: int) -> bytes | None:
        """The bundle of a record, once it is published."""
        answer = self.client.get(f"/api/v1/devices/{kid}/records/{seq}/proof")
        return answer.content if answer.status_code == 200 else None


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    firmware = find_firmware(Path(__file__))
    assert firmware is not None
    folder = tmp_path_factory.mktemp("town")
    settings = Settings(directory=folder, firmware=firmware, port=free_port(), devices=0, batch_age=0.3)
    smart_bin = firmware / "boards" / "smart_bin.json"
    with Processes(folder / "logs") as processes:
        city = City(settings, processes, print)
        plain = claiming.without_display(smart_bin, folder / "blinking_bin.json")
        city.devices = [
            claiming.device(number, file, folder / "devices") for number, file in ((1, smart_bin), (2, plain))
        ]
        # Without witnesses: who vouches for the log is shown elsewhere, and costs seconds.
        assert civicroot("realm", "init", "--realm", REALM, "--dir", folder / "realm").returncode == 0
        city.start_outside()
        city.start_broker()
        backend, gateway = city.start_backend(), city.start_gateway()
        running = city.start_devices()
        bins = [PublicBin(each, child) for each, child in zip(city.devices, running, strict=True)]
        with httpx.Client(base_url=city.local_url, timeout=30) as client:
            for each in bins:
                each.throw_in(0)  # what is in it is known from now on
            yield Town(city, processes, backend, gateway, *bins, client, folder)


def deposit(town: Town, grams: int) -> tuple[str, str, int]:
    """Throw something in and scan the page that follows: (address, digits, seq)."""
    page = town.shown.page()
    town.shown.throw_in(grams)
    until(lambda: town.shown.page() > page, "a page for the deposit")
    address, digits = until(lambda: town.shown.scan(town.folder), "a code on the e-paper")
    token = claim_token.decode(claim_token.from_digits(digits))
    assert token.kid.hex() == town.shown.kid
    return address, digits, token.seq


def value(town: Town, bundle: bytes, name: str) -> object:
    """What the record in a bundle says; the bundle verifies with the city's policy."""
    file = town.folder / "deposit.proof"
    file.write_bytes(bundle)
    done = civicroot("verify", file, "--policy", town.folder / "realm" / "policy.json")
    assert done.returncode == 0, done.stdout + done.stderr
    pack = record.decode(proof.decode(bundle).record).pack
    return {item.name: item.value for item in pack.measurements}[name]


def test_the_code_on_the_display_claims_the_deposit_once_and_the_lamp_confirms_it(town: Town) -> None:
    town.blinking.throw_in(350)  # its code is read in the next test, and takes the lamp 16 s
    page = town.shown.page()
    address, digits, seq = deposit(town, 420)
    kid = town.shown.kid
    assert address == f"HTTPS://LOCALHOST:{town.city.settings.port}/B/"
    assert str(value(town, until(lambda: town.proof(kid, seq), "the record's proof"), "deposit")) == "0.42"

    scanned = town.client.get(f"/B/{digits}", follow_redirects=False)
    assert (scanned.status_code, scanned.headers["location"]) == (303, f"/claim#{digits}")
    made = town.client.post("/api/v1/claims", json={"token": digits, "wallet": ALICE})
    assert made.status_code == 201, made.text
    said = claiming.json_of(made)
    assert (said["kid"], said["seq"], said["method"], said["state"]) == (kid, seq, "token", "confirmed")
    until(town.shown.shows_claimed, "the bin is told")
    late = town.client.post("/api/v1/claims", json={"token": digits, "wallet": BOB})
    assert (late.status_code, late.json()["reason"]) == (409, "already-claimed")
    assert town.shown.page() == page + 1, "one refresh for one deposit"


def test_the_colours_of_the_lamp_claim_the_deposit_and_wrong_ones_do_not(town: Town) -> None:
    code = until(town.blinking.blinks, "six colours between two markers")
    path = f"/api/v1/devices/{town.blinking.kid}/claims"
    wrong = [(colour + 1) % 4 for colour in code]
    refused = town.client.post(path, json={"code": wrong, "wallet": BOB})
    assert (refused.status_code, refused.json()["reason"]) == (403, "wrong-code")
    made = town.client.post(path, json={"code": list(code), "wallet": ALICE})
    assert made.status_code == 201, made.text
    assert (made.json()["method"], made.json()["kilograms"]) == ("code", "0.35")
    until(town.blinking.shows_claimed, "the bin is told")


def test_a_card_claims_and_is_in_the_database_alone_and_nowhere_once_it_is_forgotten(town: Town) -> None:
    _, _, seq = deposit(town, 110)
    town.shown.hold(card=CARD)
    claim = until(lambda: town.claim(town.shown.kid, seq), "the card claims")
    town.shown.hold()
    assert (claim["method"], claim["state"], claim["kilograms"]) == ("card", "confirmed", "0.11")
    until(town.shown.shows_claimed, "the bin is told")
    until(lambda: not claiming.holders(town.shown.flash, CARD), "the bin deletes it")
    found = {path.name for path in claiming.holders(town.folder, CARD)}
    assert found
    assert found <= {"civicroot.db", "civicroot.db-wal"}
    done = civicroot("backend", "forget-card", CARD, "--config", town.folder / "realm" / "backend.toml")
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
    assert claiming.holders(town.folder, CARD) == set()
    assert town.claim(town.shown.kid, seq) == claim, "that it is claimed stays"


def test_nothing_is_lost_while_backend_gateway_and_bin_fail_during_a_deposit(town: Town) -> None:
    claiming.stop(town.backend)
    town.gateway.kill()
    _, _, seq = deposit(town, 230)
    town.shown.hold(card=OTHER_CARD)
    flash, openings = town.shown.flash, town.shown.flash / town.shown.kid / "openings"
    until(lambda: claiming.holders(flash, OTHER_CARD) == {openings}, "the bin keeps the card until the city has it")
    claiming.start(town.processes, town.gateway)
    town.shown.cut_power()
    town.shown.hold()
    claiming.start(town.processes, town.backend)
    until(lambda: town.client.get("/healthz").status_code == 200, "the backend is back")
    claiming.start(town.processes, town.shown.child)
    claim = until(lambda: town.claim(town.shown.kid, seq), "the card claims after all")
    assert (claim["method"], claim["kilograms"]) == ("card", "0.23")
    until(lambda: not claiming.holders(flash, OTHER_CARD), "the bin is told that it is kept")
    assert {path.name for path in claiming.holders(town.folder, OTHER_CARD)} <= {"civicroot.db", "civicroot.db-wal"}
    audit_all(town)


def audit_all(town: Town) -> None:
    """From outside: each number of both bins is one record, or was never used."""
    outsider = Outsider(town.city.local_url)
    try:
        for _ in range(STOPS):
            made = _stopped(town)
            until(lambda made=made: _has_all(outsider, made), "everything that was answered is published")
            if not any(info["waiting"] for info in made.values()):
                break
            for each in (town.shown, town.blinking):
                claiming.start(town.processes, each.child)
            until(lambda made=made: _has_all(outsider, made, waiting=True), "what waited has come")
        assert not any(info["waiting"] for info in made.values()), made
        found = outsider.audit()
    finally:
        outsider.close()
    assert found.repeated() == []
    assert found.rejected == []
    for kid in map(bytes.fromhex, made):
        assert found.numbers(kid) == set(range(max(found.records[kid]) + 1))


def _stopped(town: Town) -> dict[str, dict[str, Any]]:
    """What each bin says of its store, once it is stopped."""
    bins = (town.shown, town.blinking)
    for each in bins:
        claiming.stop(each.child)
    return {each.kid: devices.ask(town.city.settings, each.device, "--info") for each in bins}


def _has_all(outsider: Outsider, made: dict[str, dict[str, Any]], *, waiting: bool = False) -> bool:
    """Whether what the bins had made is in the log; with `waiting` also what waited in them then."""
    records = outsider.audit().records
    return all(
        len(records.get(bytes.fromhex(kid), {})) >= info["made"] - (0 if waiting else info["waiting"])
        for kid, info in made.items()
    )
