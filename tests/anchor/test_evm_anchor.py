"""The backend's EVM anchor against a real node: confirmed, reorganised, stuck, refused, and never paid twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_anchor import evm as verifier
from civicroot_anchor.evm_blocks import Rpc
from civicroot_backend.anchor.anchor import AnchorUnavailable, Confirmed, Failed, Pending
from civicroot_backend.anchor.evm import EvmAnchor, Terms
from civicroot_backend.anchor.evm_account import hash_of, read, sender
from civicroot_backend.anchor.evm_contract import anchor as anchor_call
from civicroot_backend.anchor.evm_contract import open_epoch, set_writer
from civicroot_backend.anchor.evm_fees import GWEI, Fees
from civicroot_backend.anchor.evm_node import Node
from civicroot_backend.anchor.evm_ticket import Ticket, from_bytes
from civicroot_wire.finding import CHECKED
from civicroot_wire.policy_anchor import Anchor

from tests.anchor.evm_world import CONFIRMATIONS, HASH, World, tree, world
from tests.support.chain import CHAIN_ID

DAY = 86_400
TREE = tree()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as found:
        yield found


def money(here: World) -> int:
    return int(here.chain.rpc("eth_getBalance", here.writer.address, "latest"), 16)


def test_confirmed_after_so_many_blocks(here: World) -> None:
    ticket, _ = here.pending(here.anchor.prepare(TREE), TREE)
    for depth in range(1, CONFIRMATIONS):
        here.chain.mine()
        ticket, detail = here.pending(ticket.to_bytes(), TREE)
        assert detail.endswith(f"{depth} of {CONFIRMATIONS} confirmations")
    here.chain.mine()
    found = here.anchor.advance(ticket.to_bytes(), TREE)
    assert isinstance(found, Confirmed)
    shown = verifier.check(found.evidence, TREE, here.trusted, Rpc(here.chain.url, CONFIRMATIONS))
    assert (shown.status, shown.time) == (CHECKED, found.time)
    assert here.latest() == (TREE.size, TREE.root, 0, here.writer.address.lower())


def test_the_chain_is_in_every_signed_transaction(here: World) -> None:
    said = read(from_bytes(here.anchor.prepare(TREE)).newest)
    assert (said.chain, said.to.hex()) == (CHAIN_ID, here.contract[2:].lower())
    assert sender(from_bytes(here.anchor.prepare(TREE)).newest) == here.writer.address


def test_nothing_leaves_before_the_ticket_is_kept(here: World) -> None:
    ticket = here.anchor.prepare(TREE)
    assert not Node(here.chain.url, CHAIN_ID).knows(from_bytes(ticket).newest)
    assert here.count(here.writer, "pending") == 0
    # A raised fee, too: the new attempt is in the ticket, and not yet at the node.
    waiting, _ = here.pending(ticket, TREE)
    here.clock.now += 1000
    raised, _ = here.pending(waiting.to_bytes(), TREE)
    assert len(raised.attempts) == 2
    assert not Node(here.chain.url, CHAIN_ID).knows(raised.newest)


def test_a_crash_at_any_step_pays_once(here: World) -> None:
    """Every step is done twice, by two processes of which the first lost its answer, with fees raised in between."""
    ticket, paid = here.anchor.prepare(TREE), money(here)
    for step in range(12):
        lost = here.anchor_of().advance(ticket, TREE)
        if step % 2:
            here.clock.now += 200
        again = here.anchor_of().advance(ticket, TREE)
        if isinstance(again, Confirmed):
            break
        assert isinstance(lost, Pending) and isinstance(again, Pending)
        ticket = again.ticket
        if step >= 6:
            here.chain.mine()
    assert isinstance(again, Confirmed)
    assert len(from_bytes(ticket).attempts) > 2
    assert len(here.events()) == 1
    assert here.count(here.writer, "pending") == 1
    receipt = next(found for item in from_bytes(ticket).attempts if (found := here.receipt(item)))
    assert paid - money(here) == int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)


def test_a_crash_before_the_ticket_is_kept_costs_nothing(here: World) -> None:
    lost, kept = here.anchor.prepare(TREE), here.anchor_of().prepare(TREE)
    here.confirmed(kept, TREE)
    assert from_bytes(lost).nonce == from_bytes(kept).nonce
    assert len(here.events()) == 1


def test_an_old_ticket_finds_what_became_of_a_later_one(here: World) -> None:
    """The database was restored: the attempt in a block is not in this ticket, and its nonce is gone."""
    first, _ = here.pending(here.anchor.prepare(TREE), TREE)
    here.clock.now += 1000
    second, _ = here.pending(first.to_bytes(), TREE)
    here.confirmed(second.to_bytes(), TREE)
    found = here.finish(first.to_bytes(), TREE)
    assert isinstance(found, Failed) and "has nonce 0" in found.detail
    assert len(here.events()) == 1


def test_a_reorganisation_that_drops_it_sends_the_same_bytes(here: World) -> None:
    ticket, _ = here.pending(here.anchor.prepare(TREE), TREE)
    before = here.chain.rpc("evm_snapshot")
    here.chain.mine(2)
    assert here.pending(ticket.to_bytes(), TREE)[1].endswith("2 of 3 confirmations")
    here.chain.rpc("evm_revert", before)
    here.chain.rpc("anvil_dropAllTransactions")
    here.chain.mine(4)  # another history, and longer, without it
    assert here.receipt(ticket.newest) is None
    again, detail = here.pending(ticket.to_bytes(), TREE)
    assert again.attempts == ticket.attempts and detail.startswith("sent")
    assert Node(here.chain.url, CHAIN_ID).knows(ticket.newest)
    here.confirmed(again.to_bytes(), TREE)
    assert len(here.events()) == 1


def test_a_reorganisation_that_moves_it_counts_again(here: World) -> None:
    ticket, _ = here.pending(here.anchor.prepare(TREE), TREE)
    here.chain.mine(2)
    old = here.receipt(ticket.newest)
    raw = "0x" + ticket.newest.hex()
    here.chain.rpc("anvil_reorg", 2, [[raw, 1]])
    new = here.receipt(ticket.newest)
    assert new["blockHash"] != old["blockHash"]
    assert int(new["blockNumber"], 16) == int(old["blockNumber"], 16) + 1
    moved, detail = here.pending(ticket.to_bytes(), TREE)
    assert detail.endswith("1 of 3 confirmations") and moved.attempts == ticket.attempts
    found = here.confirmed(moved.to_bytes(), TREE)
    assert verifier.decode(found.evidence).header.hash.hex() == new["blockHash"][2:]


def test_stuck_a_higher_fee_with_the_same_nonce(here: World) -> None:
    ticket, _ = here.pending(here.anchor.prepare(TREE), TREE)
    here.clock.now += 179
    same, detail = here.pending(ticket.to_bytes(), TREE)
    assert same == ticket and detail.endswith("in no block yet")
    here.clock.now += 1
    raised, detail = here.pending(ticket.to_bytes(), TREE)
    assert detail.startswith("it is stuck")
    before, after = (read(item) for item in raised.attempts)
    assert (after.nonce, after.to, after.data) == (before.nonce, before.to, before.data)
    assert after.fees.most >= before.fees.most * 1.125 and after.fees.tip >= before.fees.tip * 1.125
    here.confirmed(raised.to_bytes(), TREE)
    assert here.receipt(raised.newest) is not None
    assert here.receipt(ticket.newest) is None
    assert len(here.events()) == 1


def test_the_cheaper_attempt_is_in_the_block_after_all(here: World) -> None:
    ticket, _ = here.pending(here.anchor.prepare(TREE), TREE)
    here.clock.now += 1000
    raised, _ = here.pending(ticket.to_bytes(), TREE)
    here.chain.mine()
    here.confirmed(raised.to_bytes(), TREE)
    assert here.receipt(ticket.newest) is not None


def test_underpriced_when_the_base_fee_rose(here: World) -> None:
    ticket = here.anchor.prepare(TREE)
    here.chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(100 * GWEI))
    here.chain.mine()
    raised, detail = here.pending(ticket, TREE)
    assert detail.startswith("it offers too little")
    assert read(raised.newest).fees.most > 100 * GWEI
    here.confirmed(raised.to_bytes(), TREE)


def test_underpriced_as_a_replacement(here: World) -> None:
    """Another process of this account has a dearer transaction waiting under the nonce."""
    ticket = here.anchor.prepare(TREE)
    here.send(here.sign(here.writer, b"", nonce=0, fees=Fees(60 * GWEI, 2 * GWEI), to=bytes(20)))
    waiting, detail = from_bytes(ticket), ""
    while not detail.startswith("sent"):
        waiting, detail = here.pending(waiting.to_bytes(), TREE)
    assert len(waiting.attempts) > 1
    assert read(waiting.newest).fees.most > 60 * GWEI
    here.confirmed(waiting.to_bytes(), TREE)


def test_never_over_the_limit(here: World) -> None:
    base = int(here.chain.rpc("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
    cap = base * 2
    careful = here.anchor_of(cap=cap)
    here.anchor = careful
    ticket, _ = here.pending(careful.prepare(TREE), TREE)
    for _ in range(5):
        here.clock.now += 1000
        ticket, detail = here.pending(ticket.to_bytes(), TREE)
    assert "near the limit" in detail
    assert all(read(item).fees.most <= cap for item in ticket.attempts)
    here.confirmed(ticket.to_bytes(), TREE)
    here.chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(cap + 1))
    here.chain.mine()
    with pytest.raises(AnchorUnavailable, match="above the limit"):
        careful.prepare(tree(1001))


def test_a_node_that_is_down_for_a_day(tmp_path: Path) -> None:
    with world(tmp_path, "--state", str(tmp_path / "state.json")) as here:
        ticket, _ = here.pending(here.anchor.prepare(TREE), TREE)
        here.chain.rpc("anvil_dropAllTransactions")
        here.chain.stop()
        for _ in range(24):
            here.clock.now += DAY // 24
            with pytest.raises(AnchorUnavailable):
                here.anchor.advance(ticket.to_bytes(), TREE)
        with pytest.raises(AnchorUnavailable):
            here.anchor.prepare(tree(1001))
        here.chain.start()
        # It has forgotten the transaction: the same bytes again, and then they have their time.
        again, detail = here.pending(ticket.to_bytes(), TREE)
        assert again.attempts == ticket.attempts and detail.startswith("sent")
        assert len(here.pending(again.to_bytes(), TREE)[0].attempts) == 1
        here.confirmed(again.to_bytes(), TREE)
        assert len(here.events()) == 1


def test_a_gap_before_the_nonce_is_filled(here: World) -> None:
    others = [here.sign(here.writer, b"", nonce=nonce, to=bytes(20)) for nonce in (0, 1)]
    for signed in others:
        here.send(signed)
    ticket = here.anchor.prepare(TREE)
    assert from_bytes(ticket).nonce == 2
    waiting, _ = here.pending(ticket, TREE)
    assert here.pending(waiting.to_bytes(), TREE)[1].startswith("behind 2 transactions")
    for signed in others:
        here.chain.rpc("anvil_dropTransaction", hash_of(signed))
    waiting, _ = here.pending(waiting.to_bytes(), TREE)  # this node forgets what follows on them, too: sent again
    filled, detail = here.pending(waiting.to_bytes(), TREE)
    assert detail.startswith("nonces 0 to 1 are missing")
    assert [read(item).nonce for item in filled.fill] == [0, 1]
    assert all(read(item).data == b"" and sender(item) == here.writer.address for item in filled.fill)
    here.confirmed(filled.to_bytes(), TREE)
    assert len(here.events()) == 1 and here.count(here.writer) == 3


def test_stuck_in_a_filled_gap_all_fees_rise(here: World) -> None:
    here.send(here.sign(here.writer, b"", nonce=0, to=bytes(20)))
    waiting, _ = here.pending(here.anchor.prepare(TREE), TREE)
    here.chain.rpc("anvil_dropAllTransactions")
    waiting, _ = here.pending(waiting.to_bytes(), TREE)  # forgotten as well: sent again
    filled, detail = here.pending(waiting.to_bytes(), TREE)
    assert detail.startswith("nonces 0 to 0 are missing")
    sent, _ = here.pending(filled.to_bytes(), TREE)
    here.clock.now += 1000
    raised, _ = here.pending(sent.to_bytes(), TREE)
    assert read(raised.fill[0]).fees.most > read(filled.fill[0]).fees.most
    here.confirmed(raised.to_bytes(), TREE)
    assert len(here.events()) == 1


def test_replaced_by_somebody_else(here: World) -> None:
    ticket, _ = here.pending(here.anchor.prepare(TREE), TREE)
    here.mined(here.sign(here.writer, b"", nonce=0, fees=Fees(90 * GWEI, 9 * GWEI), to=bytes(20)))
    # Not for good yet: a reorganisation could give the nonce back.
    assert here.pending(ticket.to_bytes(), TREE)[1].startswith("nonce 0 was used")
    found = here.finish(ticket.to_bytes(), TREE)
    assert isinstance(found, Failed) and "has nonce 0" in found.detail
    newer = tree(1001)
    here.confirmed(here.anchor.prepare(newer), newer)
    assert len(here.events()) == 1


def test_the_replacement_is_undone_by_a_reorganisation(here: World) -> None:
    ticket, _ = here.pending(here.anchor.prepare(TREE), TREE)
    before = here.chain.rpc("evm_snapshot")
    here.mined(here.sign(here.writer, b"", nonce=0, fees=Fees(90 * GWEI, 9 * GWEI), to=bytes(20)))
    assert here.pending(ticket.to_bytes(), TREE)[1].startswith("nonce 0 was used")
    here.chain.rpc("evm_revert", before)
    here.chain.rpc("anvil_dropAllTransactions")
    here.confirmed(ticket.to_bytes(), TREE)
    assert here.receipt(ticket.newest) is not None


@pytest.mark.parametrize("size", [999, 1000])
def test_a_size_that_does_not_grow_costs_nothing(here: World, size: int) -> None:
    here.write(here.writer, anchor_call(HASH, 1000, bytes(32)))
    paid, ticket = money(here), here.anchor.prepare(tree(size))
    found = here.anchor.advance(ticket, tree(size))
    assert isinstance(found, Failed) and found.detail.startswith("the contract has size 1000")
    assert money(here) == paid and here.count(here.writer, "pending") == 1


def test_the_largest_size_ends_an_epoch(here: World) -> None:
    here.write(here.writer, anchor_call(HASH, (1 << 64) - 1, bytes(32)))
    found = here.anchor.advance(here.anchor.prepare(TREE), TREE)
    assert isinstance(found, Failed) and found.detail.startswith(f"the contract has size {(1 << 64) - 1}")
    assert "civicroot anchor new-epoch" in found.detail
    here.write(here.owner, open_epoch(HASH, "2^64-1 was anchored by mistake"))
    evidence = here.confirmed(here.anchor.prepare(TREE), TREE).evidence
    assert "(epoch 1)" in verifier.check(evidence, TREE, here.trusted, Rpc(here.chain.url, 1)).says


def test_an_account_that_may_not_write(here: World) -> None:
    stranger = here.anchor_of(here.stranger)
    found = stranger.advance(stranger.prepare(TREE), TREE)
    assert isinstance(found, Failed) and here.writer.address.lower() in found.detail
    assert here.count(here.stranger, "pending") == 0


def test_reverted_in_the_block(here: World) -> None:
    """Between the look and the block, the owner named another writer."""
    ticket, _ = here.pending(here.anchor.prepare(TREE), TREE)
    here.send(here.sign(here.owner, set_writer(bytes(32), here.stranger.address), fees=Fees(90 * GWEI, 9 * GWEI)))
    here.chain.mine()
    assert here.receipt(ticket.newest)["status"] == "0x0"
    assert here.pending(ticket.to_bytes(), TREE)[1].endswith("1 of 3 confirmations")
    found = here.finish(ticket.to_bytes(), TREE)
    assert isinstance(found, Failed) and found.detail.startswith("reverted in block")
    assert here.events() == []


def test_a_node_of_another_chain(here: World) -> None:
    other = here.anchor_of(chain=1)
    with pytest.raises(AnchorUnavailable, match="is of chain 31337, not 1"):
        other.prepare(TREE)
    ticket = here.anchor.prepare(TREE)
    here.chain.rpc("anvil_setChainId", 5)
    with pytest.raises(AnchorUnavailable, match="is of chain 5, not 31337"):
        here.anchor.advance(ticket, TREE)
    assert here.count(here.writer, "pending") == 0


def test_a_ticket_of_another_chain_contract_or_key(here: World) -> None:
    ticket = here.anchor.prepare(TREE)
    elsewhere = Anchor(
        {"name": "chain.example", "kind": "evm", "first": 0, "chain": 5, "contract": here.contract.lower()}
    )
    moved = EvmAnchor("chain.example", elsewhere, Node(here.chain.url, 5), here.writer, Terms(), here.clock)
    found = moved.advance(ticket, TREE)
    assert isinstance(found, Failed) and "on chain 31337" in found.detail
    found = here.anchor_of(here.stranger).advance(ticket, TREE)
    assert isinstance(found, Failed) and "whose key is no longer here" in found.detail


def test_an_address_without_contract(here: World) -> None:
    here.contract = "0x" + "77" * 20
    nowhere = here.anchor_of()
    found = nowhere.advance(nowhere.prepare(TREE), TREE)
    assert isinstance(found, Failed) and "there is no contract" in found.detail
    assert here.count(here.writer, "pending") == 0


def test_an_account_without_money(here: World) -> None:
    here.chain.rpc("anvil_setBalance", here.writer.address, "0x0")
    ticket = Ticket(0, 0, (here.sign(here.writer, anchor_call(HASH, TREE.size, TREE.root), nonce=0),)).to_bytes()
    with pytest.raises(AnchorUnavailable):
        here.anchor.advance(ticket, TREE)
    here.chain.fund(here.writer.address)
    here.confirmed(ticket, TREE)


def test_one_anchor_after_the_other(here: World) -> None:
    for size in (1000, 1001, 1 << 40, (1 << 63) - 1):
        what = tree(size, size % 251)
        evidence = here.confirmed(here.anchor.prepare(what), what).evidence
        shown = verifier.check(evidence, what, here.trusted, Rpc(here.chain.url, CONFIRMATIONS))
        assert (shown.status, shown.size) == (CHECKED, size)
    assert len(here.events()) == 4
