"""Evidence of every kind of anchor, as those outside the city make it: a mined block, OpenSSL's authority, anvil."""

import json
import time
from pathlib import Path
from typing import Any

from civicroot_anchor import evm_event, opentimestamps, rfc3161
from civicroot_anchor.evm_blocks import CONFIRMATIONS
from civicroot_anchor.keccak import keccak256
from civicroot_anchor.ots.operation import SHA256, Operation
from civicroot_backend.anchor import evm_proof
from civicroot_wire import base64
from civicroot_wire.checkpoint import Checkpoint
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from tests.backend.city import NOW
from tests.support import blocks
from tests.support.chain import CHAIN_ID, Chain
from tests.support.tsa import Stamping, authority, rsa_key, stamper

ARTIFACT = Path(evm_proof.__file__).with_name("checkpoint_anchor.json")
BITCOIN = {"name": "bitcoin", "kind": "opentimestamps", "first": 0, "work": blocks.WORK, "blocks": []}
MINED_AT = NOW + 7200
_GAS = hex(3_000_000)
MINED_WITHIN_S = 30


def bitcoin(tree: Checkpoint, mined: int = MINED_AT, work: int = blocks.WORK) -> bytes:
    """A block that commits to the tree, mined at the tests' work."""
    operations = (Operation(SHA256),)
    root = operations[0](opentimestamps.digest(tree))
    return opentimestamps.encode(operations, blocks.mined(root, mined, work=work))


class Authority:
    """A time-stamp authority with the policy's item; what it stamps has this machine's time."""

    def __init__(self, folder: Path) -> None:
        root = authority("Stamps", rsa_key())
        self._signer = stamper("Signer", rsa_key(), root)
        self._stamping = Stamping(folder, self._signer)
        self.item = {"name": "stamps", "kind": "rfc3161", "first": 0, "certificate": base64.encode(root.der)}

    def stamp(self, tree: Checkpoint) -> bytes:
        """Evidence."""
        asked = TimestampRequestBuilder().data(tree.body().encode()).hash_algorithm(HashAlgorithm.SHA256)
        query = asked.cert_request(cert_request=False).build()
        return rfc3161.encode(self._stamping.reply(query.as_bytes()), [self._signer.der])


class Contract:
    """CheckpointAnchor on a chain, written by one of the node's own accounts; no client library in between."""

    def __init__(self, chain: Chain, name: str = "chain") -> None:
        self._chain = chain
        self.account: str = chain.rpc("eth_accounts")[0]
        code = json.loads(ARTIFACT.read_text())["bytecode"].removeprefix("0x")
        address = bytes(12) + bytes.fromhex(self.account[2:])
        self.deployed = self._send({"data": "0x" + code + (address + address).hex()})
        self.address: str = self.deployed["contractAddress"]
        self.item = {"name": name, "kind": "evm", "first": 0, "chain": CHAIN_ID, "contract": self.address.lower()}

    def anchor(self, tree: Checkpoint) -> bytes:
        """Write the tree and let it be confirmed; evidence."""
        words = evm_event.origin_hash(tree.origin) + tree.size.to_bytes(32, "big") + tree.root
        done = self._call("anchor(bytes32,uint64,bytes32)", words)
        block = self._chain.rpc("eth_getBlockByHash", done["blockHash"], False)
        receipts = self._chain.rpc("eth_getBlockReceipts", done["blockNumber"])
        self._chain.mine(CONFIRMATIONS)
        return evm_proof.evidence(block, receipts, done["transactionHash"], 0)

    def open_epoch(self, origin: str, reason: bytes) -> None:
        """As the owner after a mistake."""
        words = evm_event.origin_hash(origin) + (64).to_bytes(32, "big") + len(reason).to_bytes(32, "big")
        self._call("openEpoch(bytes32,string)", words + reason.ljust(-(-len(reason) // 32) * 32, b"\0"))
        self._chain.mine(CONFIRMATIONS)

    def _call(self, function: str, words: bytes) -> dict[str, Any]:
        return self._send({"to": self.address, "data": "0x" + (keccak256(function.encode())[:4] + words).hex()})

    def _send(self, fields: dict[str, str]) -> dict[str, Any]:
        sent = self._chain.rpc("eth_sendTransaction", {"from": self.account, "gas": _GAS, **fields})
        receipt = self._receipt(sent)
        assert receipt["status"] == "0x1", receipt
        return receipt

    def _receipt(self, sent: str) -> dict[str, Any]:
        """On a busy machine the node answers before it has mined."""
        deadline = time.monotonic() + MINED_WITHIN_S
        while (receipt := self._chain.rpc("eth_getTransactionReceipt", sent)) is None:
            assert time.monotonic() < deadline, f"not mined within {MINED_WITHIN_S} s: {sent}"
            time.sleep(0.02)
        found: dict[str, Any] = receipt
        return found
