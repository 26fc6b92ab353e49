"""CheckpointAnchor on a real node: who may write what, what it costs, and that its bytecode is what the source says."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_anchor.keccak import keccak256
from civicroot_backend.anchor import evm_contract
from civicroot_backend.anchor.evm_account import Account
from civicroot_backend.anchor.evm_contract import anchor, offer_ownership, open_epoch, set_writer, take_ownership
from eth_abi.abi import decode

from tests.anchor.evm_world import HASH, World, world
from tests.support.chain import CONTRACTS

GOAL = 35_000  # gas of an anchor after the first
LARGEST = (1 << 64) - 1
ROOT, OTHER_ROOT = bytes(range(1, 33)), bytes(range(65, 97))
COMMITTED = Path(evm_contract.__file__).with_name(evm_contract.ARTIFACT)
EPOCH_OPENED = keccak256(b"EpochOpened(bytes32,uint32,uint64,bytes32,string)")
REVERTED = "0x0"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as found:
        yield found


def test_the_committed_bytecode_is_what_the_compiler_makes() -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    made = subprocess.run(
        ["node", "build.mjs", "-"], cwd=CONTRACTS, capture_output=True, check=True, env={**os.environ, "PATH": path}
    )
    assert made.stdout == COMMITTED.read_bytes()


def test_the_chain_has_exactly_the_committed_bytecode(here: World) -> None:
    assert here.chain.rpc("eth_getCode", here.contract, "latest") == evm_contract.artifact()["runtime"]


def test_an_anchor_costs_at_most_the_goal(here: World) -> None:
    first = here.write(here.writer, anchor(HASH, (1 << 62) + 0x0101010101010101, ROOT))
    used = [
        int(here.write(here.writer, anchor(HASH, (1 << 62) + 0x0101010101010101 + step, root))["gasUsed"], 16)
        for step, root in ((1, OTHER_ROOT), (2, ROOT), (256, OTHER_ROOT))
    ]
    print(f"gas: first anchor {int(first['gasUsed'], 16)}, each next {used}")
    assert max(used) <= GOAL


def test_anchors_are_kept_and_told(here: World) -> None:
    here.write(here.writer, anchor(HASH, 7, ROOT))
    here.write(here.writer, anchor(HASH, 9, OTHER_ROOT))
    assert here.latest() == (9, OTHER_ROOT, 0, here.writer.address.lower())
    told = [decode(["uint64", "bytes32", "uint32"], bytes.fromhex(event["data"][2:])) for event in here.events()]
    assert told == [(7, ROOT, 0), (9, OTHER_ROOT, 0)]
    assert all(event["topics"][1] == "0x" + HASH.hex() for event in here.events())


def test_a_stranger_writes_nothing(here: World) -> None:
    here.write(here.writer, anchor(HASH, 7, ROOT))
    for stranger in (here.stranger, here.owner):
        receipt = here.write(stranger, anchor(HASH, 8, OTHER_ROOT))
        assert receipt["status"] == REVERTED
        assert "only 0x" in here.refusal(stranger, anchor(HASH, 8, OTHER_ROOT))
    assert here.latest()[:2] == (7, ROOT)
    assert len(here.events()) == 1


@pytest.mark.parametrize("size", [0, 1, 6, 7])
def test_sizes_only_grow(here: World, size: int) -> None:
    here.write(here.writer, anchor(HASH, 7, ROOT))
    assert here.write(here.writer, anchor(HASH, size, OTHER_ROOT))["status"] == REVERTED
    assert here.refusal(here.writer, anchor(HASH, size, OTHER_ROOT)).startswith("the contract has size 7")
    assert here.latest()[:2] == (7, ROOT)


def test_the_empty_tree_is_no_first_anchor(here: World) -> None:
    assert here.write(here.writer, anchor(HASH, 0, ROOT))["status"] == REVERTED


def test_after_the_largest_size_only_a_new_epoch_helps(here: World) -> None:
    here.write(here.writer, anchor(HASH, 7, ROOT))
    here.write(here.writer, anchor(HASH, LARGEST, OTHER_ROOT))
    assert here.latest()[0] == LARGEST
    assert here.write(here.writer, anchor(HASH, 8, ROOT))["status"] == REVERTED
    over = anchor(HASH, 0, ROOT)[:4] + HASH + (1 << 64).to_bytes(32, "big") + ROOT
    assert here.write(here.writer, over)["status"] == REVERTED
    here.write(here.owner, open_epoch(HASH, "anchored 2^64-1 by mistake"))
    assert here.latest()[:3] == (0, bytes(32), 1)
    (event,) = here.events(EPOCH_OPENED)
    told = decode(["uint32", "uint64", "bytes32", "string"], bytes.fromhex(event["data"][2:]))
    assert told == (1, LARGEST, OTHER_ROOT, "anchored 2^64-1 by mistake")
    here.write(here.writer, anchor(HASH, 8, ROOT))
    assert here.latest()[:3] == (8, ROOT, 1)


def test_only_the_owner_opens_epochs_and_names_writers(here: World) -> None:
    for data in (
        open_epoch(HASH, "no"),
        set_writer(HASH, here.stranger.address),
        offer_ownership(here.stranger.address),
    ):
        for account in (here.stranger, here.writer):
            assert here.write(account, data)["status"] == REVERTED
            assert here.refusal(account, data) == "only the owner may do this"
    assert here.latest()[2:] == (0, here.writer.address.lower())


def test_another_writer(here: World) -> None:
    here.write(here.writer, anchor(HASH, 7, ROOT))
    here.write(here.owner, set_writer(HASH, here.stranger.address))
    assert here.write(here.writer, anchor(HASH, 8, ROOT))["status"] == REVERTED
    here.write(here.stranger, anchor(HASH, 8, ROOT))
    assert here.latest() == (8, ROOT, 0, here.stranger.address.lower())


def test_logs_that_were_never_anchored_have_a_writer_of_their_own(here: World) -> None:
    here.write(here.writer, anchor(HASH, 7, ROOT))
    here.write(here.owner, set_writer(bytes(32), here.stranger.address))
    other = keccak256(b"other.example/log")
    assert here.latest()[3] == here.writer.address.lower()
    assert here.latest(other)[3] == here.stranger.address.lower()
    here.write(here.writer, anchor(HASH, 8, ROOT))
    assert here.write(here.writer, anchor(other, 1, ROOT))["status"] == REVERTED
    here.write(here.stranger, anchor(other, 1, ROOT))
    assert (here.latest()[0], here.latest(other)[0]) == (8, 1)


def test_no_writer_is_nobody(here: World) -> None:
    assert here.write(here.owner, set_writer(HASH, "0x" + "00" * 20))["status"] == REVERTED
    empty = evm_contract.deployment("0x" + "00" * 20, here.writer.address)
    assert here.mined(here.sign(here.owner, empty, gas=evm_contract.DEPLOYMENT_GAS, to=b""))["status"] == REVERTED


def owner_of(here: World) -> tuple[str, str]:
    asked = [{"to": here.contract, "data": "0x" + data.hex()} for data in evm_contract.owners()]
    answers = [bytes.fromhex(here.chain.rpc("eth_call", call, "latest")[2:]) for call in asked]
    return evm_contract.read_address(answers[0]), evm_contract.read_address(answers[1])


def test_the_ownership_changes_hands_in_two_steps(here: World) -> None:
    heir = Account(bytes([9]) * 32)
    here.chain.fund(heir.address)
    nobody = "0x" + "00" * 20
    assert here.write(here.stranger, take_ownership())["status"] == REVERTED
    here.write(here.owner, offer_ownership(heir.address))
    assert owner_of(here) == (here.owner.address.lower(), heir.address.lower())
    # Until it is taken, the old owner is the owner, and nobody else can take it.
    assert here.write(here.stranger, take_ownership())["status"] == REVERTED
    assert here.write(heir, open_epoch(HASH, "too early"))["status"] == REVERTED
    here.write(here.owner, open_epoch(HASH, "still the owner"))
    here.write(heir, take_ownership())
    assert owner_of(here) == (heir.address.lower(), nobody)
    assert here.write(here.owner, open_epoch(HASH, "too late"))["status"] == REVERTED
    assert here.write(heir, take_ownership())["status"] == REVERTED
    here.write(heir, open_epoch(HASH, "the new owner"))
    assert here.latest()[2] == 2


def test_an_offer_is_taken_back(here: World) -> None:
    here.write(here.owner, offer_ownership(here.stranger.address))
    here.write(here.owner, offer_ownership("0x" + "00" * 20))
    assert here.write(here.stranger, take_ownership())["status"] == REVERTED
    assert owner_of(here)[0] == here.owner.address.lower()
