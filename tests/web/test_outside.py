"""Witnesses and anchors on the pages, in headless Chromium: a town in memory with a chain and a Bitcoin block."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.web.conftest import Town
from tests.web.test_pages import LATEST, choose_proof, proof_of_bin_12, verdict

WATCH = "[data-panel=watch]"
CONTRACT = b"\x5f" * 20  # of the town's chain
Block = dict[str, Any]


def watch(page: Page, town: Town) -> Locator:
    """The live page's panel."""
    page.goto(town.url + "/")
    found = page.locator(WATCH)
    expect(found).to_be_visible()
    return found


def block_of(town: Town) -> Block:
    """The block in which the town's chain records its log."""
    found: Block = json.loads(town.get("/fixture/block"))
    return found


@contextmanager
def node(answer: Callable[[str, list[Any]], Any]) -> Iterator[tuple[str, list[str]]]:
    """A node by JSON-RPC that lets any page ask: its address, and the methods that were called."""
    called: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "content-type")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_OPTIONS(self) -> None:
            self._send(b"")

        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            called.append(call["method"])
            self._send(
                json.dumps({"jsonrpc": "2.0", "id": 1, "result": answer(call["method"], call["params"])}).encode()
            )

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", called
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def chain_of(block: Block, **changes: Any) -> Callable[[str, list[Any]], Any]:
    """How a node with this block, and seven above it, answers; `changes` to what it says."""
    said = {"chain": block["chain"], "hash": block["hash"], "absent": False, **changes}

    def answer(method: str, params: list[Any]) -> Any:
        if method == "eth_chainId":
            return hex(said["chain"])
        assert method == "eth_getBlockByNumber", method
        if params[0] == "latest":
            return {"number": hex(block["number"] + 7), "hash": "0x" + "77" * 32}
        assert params == [hex(block["number"]), False]
        return None if said["absent"] else {"number": params[0], "hash": said["hash"]}

    return answer


def ask(page: Page, address: str, state: str) -> Locator:
    """Ask a node; what is answered."""
    page.fill("[data-action=node-address]", address)
    page.click("[data-action=ask-node]")
    found = page.locator(f"[data-answer={state}]")
    expect(found).to_be_visible()
    return found


def test_the_live_page_shows_every_witness_and_how_many_saw_the_newest_state(page: Page, town: Town) -> None:
    found = watch(page, town)
    seen = found.locator("[data-known]")
    assert [seen.get_attribute(f"data-{name}") for name in ("cosigned", "known", "quorum", "met")] == [
        "3",
        "4",
        "2",
        "true",
    ]
    expect(seen).to_contain_text("was seen by 3 of 4. The city’s policy asks for 2.")
    expect(found.locator("[data-state=ok]")).to_have_count(3)
    silent = found.locator("[data-witness='witness-3.example']")
    expect(silent).to_have_attribute("data-state", "down")
    expect(silent).to_contain_text("has not cosigned yet")
    expect(page.locator("[data-seen]")).to_have_text("3 of 4")


def test_the_live_page_follows_what_becomes_of_an_anchor(page: Page, town: Town) -> None:
    found = watch(page, town)
    chain = found.locator("[data-anchoring='chain.example']")
    expect(chain).to_have_attribute("data-state", "none")
    for state, says in (("pending", "under way since"), ("failed", "given up"), ("confirmed", "entries, ")):
        town.change(f"anchor/{state}")
        expect(chain).to_have_attribute("data-state", state)
        expect(chain).to_contain_text(says)
    assert (chain.locator("a").get_attribute("href") or "").startswith("/log/anchor/chain.example/")


def test_a_city_without_witnesses_and_anchors_says_so(page: Page, town: Town) -> None:
    def without_anchors(route: Any) -> None:
        answer = route.fetch().json()
        answer["policy"]["anchors"] = []
        route.fulfill(json=answer)

    town.change("alone/true")
    page.route("**/policy.json", without_anchors)
    found = watch(page, town)
    expect(found).to_contain_text("No independent witnesses yet.")
    expect(found).to_contain_text("Not anchored outside the city yet.")
    expect(page.locator("[data-seen]")).to_have_text("none yet")


def test_a_server_that_does_not_say_who_watches_is_said_to_be_one(page: Page, town: Town) -> None:
    page.route("**/api/v1/witnesses", lambda route: route.fulfill(status=404, body=""))
    expect(watch(page, town)).to_contain_text("does not say who watches the log")
    expect(page.locator("[data-device]")).to_have_count(9)


def test_a_verdict_says_between_which_moments_and_what_each_anchor_adds(page: Page, town: Town) -> None:
    town.change("anchor/confirmed")
    page.goto(town.url + "/b/12")
    found = verdict(page, LATEST, "verified")
    expect(found.locator("[data-says=between]")).to_contain_text(re.compile("Made between .* and "))
    expect(found.locator("[data-says=between]")).to_contain_text("Both by the clocks of witness-0.example")
    expect(found.locator("[data-step=anchors]")).to_have_attribute("data-status", "checked")
    bitcoin = found.locator("[data-anchor='bitcoin.example']")
    expect(bitcoin).to_have_attribute("data-status", "checked")
    expect(bitcoin).to_contain_text("a Bitcoin block commits to it")
    expect(bitcoin).to_contain_text("What this adds: it rests on the work in that block")
    chain, block = found.locator("[data-anchor='chain.example']"), block_of(town)
    expect(chain).to_have_attribute("data-status", "not-checked")
    for part in (f"block {block['number']} of chain {block['chain']}", block["hash"], "nobody has looked it up"):
        expect(chain).to_contain_text(part)


def test_flipped_bits_of_an_anchors_event_are_refused(page: Page, town: Town) -> None:
    town.change("anchor/confirmed")
    good = proof_of_bin_12(page, town)
    start = good.index(CONTRACT)
    for place in range(start, start + 180, 15):
        bad = bytearray(good)
        bad[place] ^= 1 << place % 8
        choose_proof(page, bytes(bad))
        assert verdict(page, "[data-panel=file]", "failed").get_attribute("data-failed-step") == "anchors"
        choose_proof(page, good)
        verdict(page, "[data-panel=file]", "verified")


def test_a_proof_without_anchors_fetches_no_check_of_one(page: Page, town: Town) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(town.url + "/b/12")
    verdict(page, LATEST, "verified")
    assert not [url for url in fetched if re.search("evm|opentimestamps|rfc3161", url)]
    town.change("anchor/confirmed")
    page.reload()
    verdict(page, LATEST, "verified")
    assert [url for url in fetched if "evm-" in url]
    assert not [url for url in fetched if "rfc3161-" in url]


def test_a_check_that_cannot_be_fetched_gives_no_verdict(page: Page, town: Town) -> None:
    town.change("anchor/confirmed")
    page.route("**/assets/opentimestamps-*.js", lambda route: route.abort())
    page.goto(town.url + "/b/12")
    verdict(page, LATEST, "unavailable")


def test_a_block_is_looked_up_at_a_node_that_the_reader_chooses(page: Page, town: Town) -> None:
    town.change("anchor/confirmed")
    page.goto(town.url + "/b/12")
    verdict(page, LATEST, "verified").locator("[data-action=look-up]").click()
    with node(chain_of(block_of(town))) as (address, called):
        expect(page.locator("[data-panel=block]")).to_contain_text(block_of(town)["hash"])
        expect(ask(page, address, "found")).to_contain_text("7 blocks lie above it")
        assert called == ["eth_chainId", "eth_getBlockByNumber", "eth_getBlockByNumber"]


@pytest.mark.parametrize(
    ("changes", "state"),
    [({"hash": "0x" + "13" * 32}, "other"), ({"chain": 1}, "other-chain"), ({"absent": True}, "absent")],
)
def test_a_node_that_does_not_have_the_block_is_said_not_to(
    page: Page, town: Town, changes: dict[str, Any], state: str
) -> None:
    block = block_of(town)
    page.goto(f"{town.url}/block?chain={block['chain']}&number={block['number']}&hash={block['hash']}")
    with node(chain_of(block, **changes)) as (address, _):
        ask(page, address, state)


@pytest.mark.parametrize("said", ["not hexadecimal", 7, [], {"hash": "0x12"}, "0x" + "f" * 2_000_000])
def test_a_node_that_answers_nonsense_is_of_no_use(page: Page, town: Town, said: Any) -> None:
    block = block_of(town)
    page.goto(f"{town.url}/block?chain={block['chain']}&number={block['number']}&hash={block['hash']}")
    with node(lambda method, _: hex(block["chain"]) if method == "eth_chainId" and said != 7 else said) as (address, _):
        ask(page, address, "unreachable")


def test_only_a_web_address_is_asked_and_a_silent_one_is_said_to_be(page: Page, town: Town) -> None:
    block = block_of(town)
    page.goto(f"{town.url}/block?chain={block['chain']}&number={block['number']}&hash={block['hash']}")
    with node(chain_of(block)) as (address, _):
        closed = address
    ask(page, closed, "unreachable")
    for bad in ("http://example.org/", "ftp://example.org", "https://name:word@example.org"):
        page.fill("[data-action=node-address]", bad)
        page.click("[data-action=ask-node]")
        expect(page.locator("[data-panel=block] [role=alert]")).to_be_visible()
        expect(page.locator("[data-answer]")).to_have_count(0)
    page.goto(town.url + "/block?chain=1&number=x")
    expect(page.locator("[data-notice=empty]")).to_be_visible()


def test_no_other_page_may_ask_anybody_but_the_city(browser: Browser, town: Town) -> None:
    # A page of its own: the fixture takes a refusal by the policy for a fault.
    page = browser.new_page()
    with node(lambda *_: "0x1") as (address, called):
        page.goto(town.url + "/b/12")
        refused = page.evaluate(
            """address => new Promise(resolve => {
                document.addEventListener("securitypolicyviolation", event => resolve(event.effectiveDirective))
                fetch(address).then(() => resolve("answered"), () => undefined)
            })""",
            address,
        )
        assert (refused, called) == ("connect-src", [])
    page.close()


@pytest.mark.parametrize("language", ["ko", "zh"])
def test_anchors_and_witnesses_speak_every_language(page: Page, town: Town, language: str) -> None:
    letters = r"[가-힣]" if language == "ko" else r"[\u4e00-\u9fff]"
    town.change("anchor/confirmed")
    page.goto(town.url + "/b/12")
    page.select_option("select", language)
    found = verdict(page, LATEST, "verified")
    expect(found.locator("[data-says=anchor]")).to_have_count(2)
    for text in [*found.locator("[data-says=anchor] p:not(:has(a, code))").all()]:
        assert re.search(letters, text.inner_text())
    for row in watch(page, town).locator("li").all():
        assert re.search(letters, row.inner_text())


def test_the_panels_are_no_wider_than_a_phone(page: Page, town: Town) -> None:
    town.change("anchor/confirmed")
    block = block_of(town)
    for path in ("/", "/b/12", f"/block?chain={block['chain']}&number={block['number']}&hash={block['hash']}"):
        page.goto(town.url + path)
        expect(page.locator(f"{WATCH}, [data-says=anchor], [data-panel=block]").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
