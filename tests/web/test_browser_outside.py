"""Witnesses and anchors on the pages: the real backend, three witnesses, a chain (anvil) and a time-stamp authority."""

import base64
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from civicroot_backend import keyfile, realm
from civicroot_backend.genesis import Anchoring, Outside, Witness
from civicroot_backend.service import Backend
from civicroot_wire import batch, record
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.record import Sequence
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sodium import Signer
from playwright.sync_api import Page, expect

from tests.anchor.evm_world import World, world
from tests.backend.api_city import Served, serve
from tests.backend.city import REALM, City, batch_message, commit
from tests.backend.witness_server import WitnessServer, three_witnesses
from tests.support.brokers import free_port
from tests.support.chain import CHAIN_ID
from tests.support.tsa import Answer, Stamping, TsaServer, authority, rsa_key, stamper
from tests.web.test_outside import WATCH, ask
from tests.web.test_pages import LATEST, verdict

STEPS = 20  # more than any anchoring takes


@dataclass
class Town:
    """bin/12 under witnesses and anchors; `publish` and `anchor` do what the backend's threads do."""

    city: City
    backend: Backend
    witnesses: list[WitnessServer]
    chain: World
    gateway: Signer
    served: Served

    def publish(self) -> None:
        """Publish what is committed, with what the witnesses cosign."""
        self.backend.publish_pending()

    def anchor(self) -> None:
        """Look at every anchor until none is pending, while the chain goes on."""
        for _ in range(STEPS):
            self.backend.anchor()
            found = self.served.client.get("/api/v1/anchors").raise_for_status().json()["anchors"]
            if len(found) == 2 and all(item["state"] != "pending" for item in found):
                assert [item["state"] for item in found] == ["confirmed"] * 2, found
                return
            self.chain.chain.mine()
        raise AssertionError(found)


@dataclass
class _Open:
    """What `serve` needs."""

    city: City
    backend: Any


@pytest.fixture
def town(tmp_path: Path, built_pages: Path) -> Iterator[Town]:
    root = authority("Root of the clock", rsa_key())
    signer = stamper("Clock", rsa_key(), root)
    stamping = Stamping(tmp_path / "clock", signer)
    port = free_port()
    with (
        three_witnesses() as witnesses,
        world(tmp_path / "chain") as chain,
        TsaServer(lambda query: Answer(stamping.reply(query))) as clock,
    ):
        chain_pem, key = tmp_path / "chain.pem", tmp_path / "account.key"
        chain_pem.write_bytes(signer.pem)
        keyfile.create(key, Signer(bytes([2]) * 32))
        address = f"0x{chain.trusted.contract.hex()}"  # type: ignore[union-attr]
        on_chain: dict[str, object] = {"rpc_url": chain.chain.url, "chain_id": CHAIN_ID, "contract": address}
        on_chain["key_file"] = str(key)
        stamps: dict[str, object] = {"url": clock.url, "certificates": str(chain_pem)}
        outside = Outside(
            tuple(Witness(item.vkey, item.name, item.url) for item in witnesses),
            2,
            (
                _anchoring(
                    "chain.example", "evm", {"chain": CHAIN_ID, "contract": address}, on_chain | {"confirmations": 2}
                ),
                _anchoring("clock.example", "rfc3161", {"certificate": base64.b64encode(root.der).decode()}, stamps),
            ),
        )
        city = City(tmp_path / "city", realm.Addresses(public_url=f"http://127.0.0.1:{port}"), REALM, outside)
        city.now = int(time.time())
        for witness in witnesses:
            witness.logs[f"{REALM}/log"] = city.log_key.public
            witness.clock = lambda: city.now
        with city.backend() as backend, serve(_Open(city, backend), built_pages, port) as served:  # type: ignore[arg-type]
            gateway = city.enrolled(backend, "gateway/1", batch.ROLE)
            bin12 = city.enrolled(backend, "bin/12", record.ROLE)
            pack = Pack([Measurement("fill", DecimalFraction(-2, 62), "/")], city.now)
            reading = record.sign(bin12.kid, Sequence(0), pack, REALM, bin12)
            commit(backend, gateway, batch_message(gateway, 0, [reading], 0, city.now))
            found = Town(city, backend, witnesses, chain, gateway, served)
            found.publish()
            yield found


def _anchoring(name: str, kind: str, trusted: dict[str, object], settings: dict[str, object]) -> Anchoring:
    item = {"name": name, "kind": kind, "first": 0, **trusted}
    return Anchoring(name, kind, item, {"kind": kind, "interval_seconds": 1, **settings})


def test_the_live_page_follows_witnesses_and_anchors(page: Page, town: Town) -> None:
    page.goto(town.served.url + "/")
    found = page.locator(WATCH)
    expect(found.locator("[data-cosigned='3'][data-known='3'][data-quorum='2'][data-met=true]")).to_be_visible()
    expect(found.locator("[data-witness][data-state=ok]")).to_have_count(3)
    expect(found.locator("[data-anchoring][data-state=none]")).to_have_count(2)
    expect(page.locator("[data-connected=true]")).to_be_visible()
    town.backend.anchor()
    expect(found.locator("[data-anchoring='chain.example'][data-state=pending]")).to_be_visible()
    town.anchor()
    expect(found.locator("[data-anchoring][data-state=confirmed]")).to_have_count(2)
    for name in ("chain.example", "clock.example"):
        path = found.locator(f"[data-anchoring='{name}'] a").get_attribute("href")
        assert path is not None
        assert town.served.client.get(path).raise_for_status().content


def test_a_reading_says_its_quorum_and_its_anchors_and_the_block_is_on_the_chain(page: Page, town: Town) -> None:
    town.anchor()
    page.goto(town.served.url + "/b/12")
    found = verdict(page, LATEST, "verified")
    expect(found.locator("[data-says=witnesses]")).to_contain_text("Seen by 3 of 3 independent witnesses")
    expect(found.locator("[data-says=not-after]")).to_contain_text("at least one of any 2 of these witnesses")
    expect(found.locator("[data-step=anchors]")).to_have_attribute("data-status", "checked")
    clock = found.locator("[data-anchor='clock.example'][data-status=checked]")
    expect(clock).to_contain_text("a time-stamp authority signed that")
    expect(clock).to_contain_text("It rests on that authority alone.")
    expect(found.locator("[data-anchor='chain.example'][data-status=not-checked]")).to_be_visible()
    found.locator("[data-action=look-up]").click()
    ask(page, town.chain.chain.url, "found")


def test_an_entry_says_its_anchors_too(page: Page, town: Town) -> None:
    town.anchor()
    page.goto(town.served.url + "/entry?index=1")
    found = verdict(page, "[data-panel=entry]", "verified")
    expect(found.locator("[data-says=anchor]")).to_have_count(2)
    expect(found.locator("[data-anchor='clock.example']")).to_have_attribute("data-status", "checked")


def test_the_backends_policy_lets_the_blocks_page_alone_ask_others(town: Town) -> None:
    connect = {path: _connect(town, path) for path in ("/", "/b/12", "/t/1", "/entry", "/block")}
    assert connect.pop("/block") == "connect-src 'self' https: http://127.0.0.1:* http://localhost:*"
    assert set(connect.values()) == {"connect-src 'self'"}


def _connect(town: Town, path: str) -> str:
    policy = town.served.client.get(path).raise_for_status().headers["content-security-policy"]
    return next(part for part in policy.split("; ") if part.startswith("connect-src"))
