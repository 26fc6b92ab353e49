"""EVM evidence against what a real node says, other people's libraries, and every flipped bit."""

import functools
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import rlp
from civicroot_anchor import evm, evm_event, evm_rlp, evm_trie
from civicroot_anchor.evm_blocks import BlockNotSeen, FirstOf, Rpc, TrustedHashes
from civicroot_anchor.keccak import keccak256
from civicroot_backend.anchor import evm_proof
from civicroot_backend.anchor.anchor import AnchorUnavailable
from civicroot_backend.anchor.evm_node import Node
from civicroot_wire.cbor import decode as decode_cbor
from civicroot_wire.cbor import encode as encode_cbor
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import AnchorError, MalformedError, WireError
from civicroot_wire.finding import CHECKED, NOT_CHECKED
from civicroot_wire.policy_anchor import Anchor
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st
from trie import HexaryTrie

from tests.anchor.evm_world import CONFIRMATIONS, World, tree, world
from tests.support.brokers import HOST
from tests.support.chain import CHAIN_ID, Chain
from tests.vectors.anchor_evm_cases import HEADER, TREE, TRUSTED, real

WHAT = tree()
BESIDE = 20  # other transactions in the block


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("chain")) as found:
        yield found


@pytest.fixture(scope="module")
def evidence(here: World) -> bytes:
    """Of an anchor in a block with twenty other transactions."""
    ticket, _ = here.pending(here.anchor.prepare(WHAT), WHAT)
    for number in range(BESIDE):
        here.send(here.sign(here.stranger, b"", nonce=number, to=bytes(20)))
    return here.confirmed(ticket.to_bytes(), WHAT).evidence


def test_the_node_agrees_on_every_part(here: World, evidence: bytes) -> None:
    found = evm.decode(evidence)
    block = here.chain.rpc("eth_getBlockByNumber", hex(found.header.number), False)
    assert len(block["transactions"]) == BESIDE + 1
    assert "0x" + found.header.hash.hex() == block["hash"]
    assert "0x" + found.header.receipts_root.hex() == block["receiptsRoot"]
    assert found.header.time == int(block["timestamp"], 16)
    receipt = here.chain.rpc("eth_getTransactionReceipt", block["transactions"][found.index])
    assert receipt["logs"][found.log_index]["address"] == here.contract.lower()
    assert receipt["logs"][found.log_index]["topics"][0] == "0x" + evm_event.SIGNATURE.hex()


def test_another_trie_library_reads_the_same_receipt(evidence: bytes) -> None:
    found = evm.decode(evidence)
    receipt = HexaryTrie.get_from_proof(
        found.header.receipts_root, rlp.encode(found.index), [rlp.decode(node) for node in found.nodes]
    )
    status, _, _, logs = rlp.decode(receipt[1:])
    _, topics, data = logs[found.log_index]
    assert (status, topics[1]) == (b"\x01", keccak(text=WHAT.origin))
    assert data == WHAT.size.to_bytes(32, "big") + WHAT.root + bytes(32)
    assert keccak(rlp.encode(rlp.decode(evm_part(evidence, 0)))) == found.header.hash


def evm_part(evidence: bytes, part: int) -> Any:
    parts = decode_cbor(evidence, evm.MAX_EVIDENCE_BYTES)
    assert isinstance(parts, list)
    return parts[part]


@pytest.mark.parametrize("receipts", [1, 2, 127, 129, 130, 145, 300])
def test_every_place_in_blocks_of_any_length(receipts: int) -> None:
    items = [bytes([2]) + bytes([number % 256]) * 60 for number in range(receipts)]
    trie = HexaryTrie({})
    for place, item in enumerate(items):
        trie[rlp.encode(place)] = item
    for index in {0, receipts // 2, receipts - 1}:
        nodes = evm_proof.nodes(items, index, trie.root_hash)
        assert evm_trie.value(trie.root_hash, index, nodes) == items[index]


def test_the_libraries_leave_the_limit_of_recursion_alone() -> None:
    """Or nested JSON that anybody posts to the API ends the process with a segmentation fault."""
    program = (
        "import sys; before = sys.getrecursionlimit()\n"
        "from civicroot_backend.anchor import evm, evm_owner, evm_commands\n"
        "assert 'py_ecc' in sys.modules, 'nothing to guard against any more'\n"
        "assert sys.getrecursionlimit() == before"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# Whom the verifier asks.


def test_with_a_hash_or_a_node_it_is_checked(here: World, evidence: bytes) -> None:
    block_hash = keccak256(evm_part(evidence, 0))
    for blocks in (
        TrustedHashes({block_hash}),
        Rpc(here.chain.url, CONFIRMATIONS),
        FirstOf([TrustedHashes({bytes(32)}), Rpc(here.chain.url, CONFIRMATIONS)]),
        FirstOf([TrustedHashes({block_hash}), Rpc("http://127.0.0.1:1")]),
    ):
        found = evm.check(evidence, WHAT, here.trusted, blocks)
        assert (found.status, found.size) == (CHECKED, WHAT.size)


def test_without_anybody_to_ask_it_says_what_to_look_up(here: World, evidence: bytes) -> None:
    found = evm.check(evidence, WHAT, here.trusted)
    header = evm.decode(evidence).header
    assert found.status == NOT_CHECKED and found.block == (CHAIN_ID, header.number, header.hash)
    assert header.hash.hex() in found.says and f"block {header.number} of chain {CHAIN_ID}" in found.says


def test_a_node_that_cannot_say(here: World, evidence: bytes) -> None:
    header = evm.decode(evidence).header
    too_deep = Rpc(here.chain.url, 1000)
    with pytest.raises(BlockNotSeen, match="of 1000 confirmations"):
        too_deep.is_canonical(CHAIN_ID, header.number, header.hash)
    assert "of 1000 confirmations" in evm.check(evidence, WHAT, here.trusted, too_deep).says
    with pytest.raises(BlockNotSeen, match="is of chain 31337, not 1"):
        Rpc(here.chain.url).is_canonical(1, header.number, header.hash)
    with pytest.raises(BlockNotSeen, match="has no block"):
        Rpc(here.chain.url).is_canonical(CHAIN_ID, 1 << 40, header.hash)
    with pytest.raises(BlockNotSeen, match="no node answers"):
        Rpc("http://127.0.0.1:1").is_canonical(CHAIN_ID, header.number, header.hash)
    assert evm.check(evidence, WHAT, here.trusted, Rpc("http://127.0.0.1:1")).status == NOT_CHECKED


def test_a_block_that_a_reorganisation_took_away(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        evidence = here.confirmed(here.anchor.prepare(WHAT), WHAT).evidence
        assert evm.check(evidence, WHAT, here.trusted, Rpc(here.chain.url, 1)).status == CHECKED
        here.chain.rpc("anvil_reorg", CONFIRMATIONS, [])
        here.chain.mine(2 * CONFIRMATIONS)
        with pytest.raises(AnchorError) as refused:
            evm.check(evidence, WHAT, here.trusted, Rpc(here.chain.url, 1))
        assert refused.value.reason == "untrusted"


@contextmanager
def answering(answer: Any) -> Iterator[str]:
    """A server that gives `answer(call)` to every call: the status and the bytes of a body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = answer(call)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (302, b"{}"),
        (200, b""),
        (200, b"not json"),
        (200, b"[" * 100_000),
        (200, b"[]"),
        (200, b'{"error": {"code": 1, "message": "no"}}'),
        (200, b'{"result": 31337}'),
        (200, b'{"result": "0xzz"}'),
        (200, b'{"result": {}}'),
        (200, b'{"result": "' + b"0" * (1 << 20) + b'"}'),
    ],
)
def test_a_node_that_talks_nonsense(status: int, body: bytes) -> None:
    with answering(lambda _: (status, body)) as url, pytest.raises(BlockNotSeen):
        Rpc(url).is_canonical(CHAIN_ID, 5, bytes(32))


def test_a_block_without_its_hash() -> None:
    def answer(call: dict[str, Any]) -> tuple[int, bytes]:
        result = {"number": "0x5"} if call["method"] == "eth_getBlockByNumber" else hex(CHAIN_ID)
        return 200, json.dumps({"result": result}).encode()

    with answering(answer) as url, pytest.raises(BlockNotSeen, match="without its hash"):
        Rpc(url).is_canonical(CHAIN_ID, 5, bytes(32))


# What the backend makes of a node that lies, or says things in a way that it does not know.


def spoilt(here: World, method: str, change: Any) -> Any:
    """Answers of the node, one method's changed."""

    def answer(call: dict[str, Any]) -> tuple[int, bytes]:
        found = here.chain.answer(call["method"], *call["params"])
        if call["method"] == method:
            found = change(found)
        return 200, json.dumps({**found, "id": call["id"]}).encode()

    return answer


def _other_root(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "result": {**found["result"], "receiptsRoot": "0x" + "00" * 32}}


def _without_root(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "result": {key: value for key, value in found["result"].items() if key != "receiptsRoot"}}


def _more_gas(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "result": [{**item, "cumulativeGasUsed": "0x1"} for item in found["result"]]}


def _unknown(_: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "error": {"code": -32601, "message": "method not found"}}


@pytest.mark.parametrize(
    ("method", "change"),
    [
        ("eth_getBlockByNumber", _other_root),
        ("eth_getBlockByNumber", _without_root),
        ("eth_getBlockReceipts", _more_gas),
        ("eth_getBlockReceipts", lambda found: {**found, "result": found["result"][:-1]}),
        ("eth_getBlockReceipts", lambda found: {**found, "result": None}),
        ("eth_getBlockReceipts", lambda found: {**found, "result": [{}]}),
    ],
)
def test_a_node_that_lies_about_a_block(tmp_path: Path, method: str, change: Any) -> None:
    with world(tmp_path) as here, answering(spoilt(here, method, change)) as url:
        ticket, _ = here.pending(here.anchor.prepare(WHAT), WHAT)
        here.chain.mine(CONFIRMATIONS)
        honest, here.chain.url = here.chain.url, url
        lied_to = here.anchor_of()
        here.chain.url = honest
        with pytest.raises(AnchorUnavailable):
            lied_to.advance(ticket.to_bytes(), WHAT)
        here.confirmed(ticket.to_bytes(), WHAT)


def test_a_node_without_the_method_for_all_receipts(here: World, evidence: bytes) -> None:
    with answering(spoilt(here, "eth_getBlockReceipts", _unknown)) as url:
        node = Node(url, CHAIN_ID)
        block = node.block(evm.decode(evidence).header.number)
        assert node.receipts(block) == here.chain.rpc("eth_getBlockReceipts", block["number"])


def test_blocks_of_every_fork_hash_to_what_the_chain_says(tmp_path: Path) -> None:
    for fork in ("berlin", "london", "paris", "shanghai", "cancun", "prague", "osaka"):
        with Chain(tmp_path / fork, "--hardfork", fork) as chain:
            chain.mine()
            block = chain.rpc("eth_getBlockByNumber", "0x1", False)
            assert keccak256(evm_proof.header(block)).hex() == block["hash"][2:], fork


# Every bit counts.


@functools.cache
def recorded() -> bytes:
    return encode_cbor(real())


def judged(data: bytes) -> str:
    what = Checkpoint(TREE["origin"], TREE["size"], bytes.fromhex(TREE["root"]))
    return evm.check(data, what, Anchor(TRUSTED), TrustedHashes({keccak256(HEADER)})).status


@given(st.integers(0, 8 * len(recorded()) - 1))
def test_a_flipped_bit_anywhere_fails(bit: int) -> None:
    data = bytearray(recorded())
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(WireError):
        judged(bytes(data))


def test_the_evidence_that_is_spoilt_holds() -> None:
    assert judged(recorded()) == CHECKED


@given(st.binary(max_size=200))
def test_anything_else_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(WireError):
        judged(data)


# RLP against its reference implementation.

ITEMS = st.recursive(st.binary(max_size=80), lambda inner: st.lists(inner, max_size=5), max_leaves=12)


@given(ITEMS)
def test_rlp_reads_what_the_reference_writes(item: Any) -> None:
    try:
        assert evm_rlp.decode(rlp.encode(item)) == item
    except MalformedError:
        assert depth(item) > evm_rlp.MAX_DEPTH


@given(st.binary(max_size=60) | ITEMS.map(rlp.encode).flatmap(lambda data: st.integers(0, 255).map(
    lambda value: data[:1] + bytes([value]) + data[2:]
)))  # fmt: skip
def test_rlp_has_one_form(data: bytes) -> None:
    try:
        found = evm_rlp.decode(data)
    except MalformedError:
        return
    assert rlp.encode(found) == data
    assert rlp.decode(data) == found


@given(st.binary(max_size=60))
def test_rlp_takes_all_that_the_reference_takes(data: bytes) -> None:
    try:
        found = rlp.decode(data)
    except rlp.DecodingError:
        return
    if rlp.encode(found) == data and depth(found) <= evm_rlp.MAX_DEPTH:
        assert evm_rlp.decode(data) == found


@given(st.integers(0, (1 << 64) - 1))
def test_rlp_integers(number: int) -> None:
    assert evm_rlp.uint(number) == rlp.encode(number)
    assert evm_rlp.as_uint(evm_rlp.decode(rlp.encode(number)), "number") == number


def depth(item: Any) -> int:
    return 1 + max(map(depth, item), default=0) if isinstance(item, list) else 0
