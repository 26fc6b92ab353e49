"""The check of OpenTimestamps evidence: every byte of it counts, and every sentence says on what it rests."""

import json
from typing import Any

import pytest
from civicroot_anchor import opentimestamps
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import WireError
from civicroot_wire.policy_anchor import Anchor

from tests.support import blocks
from tests.vectors.generate import path_of

CASE: dict[str, Any] = json.loads(path_of("anchor_opentimestamps").read_text(encoding="utf-8"))[0]
EVIDENCE = bytes.fromhex(CASE["input"])
TREE = Checkpoint(CASE["tree"]["origin"], CASE["tree"]["size"], bytes.fromhex(CASE["tree"]["root"]))
HEADER = EVIDENCE[-80:]


def pinned(block: str) -> Anchor:
    return Anchor({**CASE["trusted"], "work": 255, "blocks": [block]})


def test_no_bit_of_the_evidence_can_change() -> None:
    """Nothing in it is unproven: that is why the attestation with its height is left out."""
    trusted = pinned(blocks.shown(HEADER))
    assert opentimestamps.check(EVIDENCE, TREE, trusted).time == CASE["time"]
    for bit in range(8 * len(EVIDENCE)):
        changed = bytearray(EVIDENCE)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(WireError):
            opentimestamps.check(bytes(changed), TREE, trusted)


def test_the_sentence_says_on_what_it_rests() -> None:
    for trusted, why in (
        (pinned(blocks.shown(HEADER)), "which the policy names"),
        (Anchor(CASE["trusted"]), f"at least 2^{blocks.WORK} hashes"),
    ):
        says = opentimestamps.check(EVIDENCE, TREE, trusted).says
        assert says.startswith(CASE["trusted"]["name"] + ": Bitcoin block " + blocks.shown(HEADER))
        assert why in says and "two hours off" in says and f"first {TREE.size} entries" in says


def test_an_anchor_of_another_kind_is_not_for_this_check() -> None:
    contract = {"name": "chain", "kind": "evm", "first": 0, "chain": 1, "contract": "0x" + "00" * 20}
    with pytest.raises(WireError, match="wrong-kind"):
        opentimestamps.check(EVIDENCE, TREE, Anchor(contract))


def test_what_is_written_is_read() -> None:
    operations, header = opentimestamps.decode(EVIDENCE)
    assert opentimestamps.encode(operations, header.data) == EVIDENCE
