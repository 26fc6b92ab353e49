"""Anchor of kind `evm`: a contract on an EVM chain records the tree, and an event in a block proves it.

A transaction is signed, written into the ticket, and only in the next step sent. All attempts for one tree have one
nonce, so the chain takes at most one of them, whatever crashes in between.

    no receipt ── nonce used by another, for good ──▶ Failed
       │  not known to the node ──▶ sent (again), the same bytes
       │  stuck or underpriced ──▶ another attempt, an eighth more, up to the limit
       ▼
    receipt, k blocks deep? ── no ──▶ Pending; a reorganisation leads back to "no receipt"
       │ yes
       ▼
    Confirmed with the receipt's proof, or Failed if it was reverted
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from civicroot_anchor import evm as verifier
from civicroot_anchor import evm_event
from civicroot_anchor.evm_blocks import TrustedHashes
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import WireError
from civicroot_wire.policy_anchor import EVM, Anchor

from civicroot_backend.anchor import evm_account, evm_contract, evm_fees, evm_proof, evm_ticket
from civicroot_backend.anchor.anchor import AnchorUnavailable, Confirmed, Failed, Pending, Progress
from civicroot_backend.anchor.evm_account import Account, Transaction
from civicroot_backend.anchor.evm_fees import GWEI, Fees
from civicroot_backend.anchor.evm_node import Node, Refused, Sent
from civicroot_backend.anchor.evm_ticket import MAX_ATTEMPTS, MAX_FILL, Ticket
from civicroot_backend.anchor.settings import Settings

STUCK_SECONDS = 180  # fifteen blocks of Ethereum: by then what offers enough is in one
CONFIRMATIONS = 12  # blocks, the first counted
MAX_CONFIRMATIONS = 128  # nodes keep the state of so many blocks
MAX_FEE_GWEI = 100_000
GAS = 100_000  # where the node cannot say: a first anchor takes 71,000, others 35,000
_FILL_GAS = 21_000
_SPARE = 5, 4  # of the gas that the node estimates: the state may change until the transaction is in a block


@dataclass(frozen=True, slots=True)
class Terms:
    """`confirmations`: how many blocks deep, the first counted. `cap`: most wei for a gas. `stuck`: seconds."""

    confirmations: int = CONFIRMATIONS
    cap: int = 200 * GWEI
    stuck: int = STUCK_SECONDS


def from_settings(settings: Settings) -> "EvmAnchor":
    """The anchor of a configuration's table. Raises ConfigurationError, KeyFileError."""
    trusted = settings.trusted
    assert trusted.chain is not None and trusted.contract is not None  # of kind evm
    if settings.integer("chain_id", 1, (1 << 53) - 1) != trusted.chain:
        raise settings.wrong("chain_id", f"is not the policy's {trusted.chain}")
    contract = "0x" + trusted.contract.hex()
    if settings.text("contract").lower() != contract:
        raise settings.wrong("contract", f"is not the policy's {contract}")
    terms = Terms(
        settings.integer("confirmations", 1, MAX_CONFIRMATIONS, CONFIRMATIONS),
        settings.integer("max_fee_gwei", 1, MAX_FEE_GWEI, 200) * GWEI,
        settings.integer("stuck_seconds", 1, 86_400, STUCK_SECONDS),
    )
    node = Node(settings.url("rpc_url"), trusted.chain)
    account = evm_account.load(settings.path("key_file"))
    settings.finish()
    return EvmAnchor(settings.name, trusted, node, account, terms, settings.clock)


class EvmAnchor:
    """See civicroot_backend.anchor.anchor.Anchor."""

    kind = EVM
    parallel = 1  # one nonce after the other

    def __init__(
        self, name: str, trusted: Anchor, node: Node, account: Account, terms: Terms, clock: Callable[[], float]
    ) -> None:
        assert trusted.chain is not None and trusted.contract is not None  # of kind evm
        self.name = name
        self._trusted = trusted
        self._chain = trusted.chain
        self._contract = "0x" + trusted.contract.hex()
        self._node = node
        self._account = account
        self._terms = terms
        self._clock = clock

    def prepare(self, tree: Checkpoint) -> bytes:
        """Sign the first attempt, with the account's next nonce. Nothing is sent. Raises AnchorUnavailable."""
        self._node.check_chain()
        nonce = self._node.count(self._account.address, "pending")
        fees = self._node.fees(self._terms.cap)
        signed = self._sign(nonce, fees, self._gas(tree), self._trusted.contract or b"", _call(tree))
        return Ticket(nonce, self._now(), (signed,)).to_bytes()

    def advance(self, ticket: bytes, tree: Checkpoint) -> Progress:
        """See the module. Raises AnchorUnavailable."""
        held = evm_ticket.from_bytes(ticket)
        # 1. What the ticket holds is for this chain and contract, by this key: the configuration may have changed.
        foreign = self._foreign(held)
        if foreign is not None:
            return Failed(foreign)
        self._node.check_chain()
        # 2. One of the attempts is in a block.
        for signed in reversed(held.attempts):
            receipt = self._node.receipt(signed)
            if receipt is not None:
                return self._in_block(held, receipt, signed, tree)
        # 3. Another transaction took the nonce.
        count = self._node.count(self._account.address)
        if count > held.nonce:
            return self._overtaken(held)
        # 4. The node does not have it: never sent, or forgotten, or thrown out by a reorganisation.
        if not all(self._node.knows(signed) for signed in self._needed(held, count)):
            return self._send(held, tree, count)
        return self._waiting(held, count)

    def close(self) -> None:
        """Nothing is held."""

    def _now(self) -> int:
        return int(self._clock())

    def _sign(self, nonce: int, fees: Fees, gas: int, to: bytes, data: bytes) -> bytes:
        return self._account.sign(Transaction(self._chain, nonce, fees, gas, to, data))

    def _gas(self, tree: Checkpoint) -> int:
        try:
            estimate = self._node.gas(self._account.address, self._contract, _call(tree))
        except Refused:
            return GAS  # `advance` says why, and sends nothing
        return estimate * _SPARE[0] // _SPARE[1]

    def _foreign(self, held: Ticket) -> str | None:
        found = evm_account.read(held.newest)
        if found.chain != self._chain or found.to != self._trusted.contract:
            return f"signed for contract 0x{found.to.hex()} on chain {found.chain}, which is no longer the one"
        signer = evm_account.sender(held.newest)
        return None if signer == self._account.address else f"signed by {signer}, whose key is no longer here"

    def _needed(self, held: Ticket, count: int) -> list[bytes]:
        """The newest attempt, and what must come before it."""
        return [signed for signed in held.fill if evm_account.read(signed).nonce >= count] + [held.newest]

    def _in_block(self, held: Ticket, receipt: dict[str, Any], signed: bytes, tree: Checkpoint) -> Progress:
        number = int(receipt["blockNumber"], 16)
        block = self._node.block(number)
        depth = self._node.head() - number + 1
        if block["hash"] != receipt["blockHash"] or depth < self._terms.confirmations:
            deep = f"block {number}, {max(depth, 0)} of {self._terms.confirmations} confirmations"
            return Pending(held.to_bytes(), deep)
        if int(receipt["status"], 16) != 1:
            return Failed(f"reverted in block {number}: {self._why_reverted(tree, number)}")
        return self._confirmed(block, receipt, signed, tree)

    def _why_reverted(self, tree: Checkpoint, number: int) -> str:
        """As far as the node still knows the state before the block, and it was not another call in the block."""
        try:
            return self._refusal(tree, number - 1) or "by what came before it in the block"
        except AnchorUnavailable:
            return "the node no longer knows why"

    def _confirmed(self, block: dict[str, Any], receipt: dict[str, Any], signed: bytes, tree: Checkpoint) -> Progress:
        place = next((at for at, log in enumerate(receipt["logs"]) if self._is_ours(log)), None)
        if place is None:
            return Failed(f"the contract {self._contract} took the transaction and recorded nothing")
        evidence = evm_proof.evidence(block, self._node.receipts(block), evm_account.hash_of(signed), place)
        blocks = TrustedHashes({bytes.fromhex(block["hash"][2:])})
        try:
            found = verifier.check(evidence, tree, self._trusted, blocks)
        except WireError as error:
            raise AnchorUnavailable(f"the node describes block {block['number']} wrongly: {error}") from error
        assert found.time is not None  # the header's
        number = int(block["number"], 16)
        return Confirmed(evidence, found.time, f"block {number} of chain {self._chain}, {block['hash']}")

    def _is_ours(self, log: dict[str, Any]) -> bool:
        return bool(
            log["address"].lower() == self._contract and log["topics"][:1] == ["0x" + evm_event.SIGNATURE.hex()]
        )

    def _overtaken(self, held: Ticket) -> Progress:
        """Failed once it can no longer be undone; until then a reorganisation may give the nonce back."""
        deep = max(self._node.head() - self._terms.confirmations + 1, 0)
        if self._node.count(self._account.address, deep) > held.nonce:
            return Failed(f"another transaction of {self._account.address} has nonce {held.nonce}")
        return Pending(held.to_bytes(), f"nonce {held.nonce} was used; waiting until it is sure by what")

    def _send(self, held: Ticket, tree: Checkpoint, count: int) -> Progress:
        # 1. Nothing is paid for a transaction that would be reverted. If it changed meanwhile, look again.
        refused = self._refusal(tree)
        if refused is not None:
            if self._node.count(self._account.address) != count:
                return Pending(held.to_bytes(), "a transaction of this account was just taken")
            return Failed(refused)
        # 2. In the order of their nonces.
        for signed in self._needed(held, count):
            outcome = self._node.send(signed)
            if outcome is Sent.UNDERPRICED:
                return self._bumped(held, count, "it offers too little")
        waiting = held.sent(self._now())
        return Pending(waiting.to_bytes(), f"sent with nonce {held.nonce}")

    def _waiting(self, held: Ticket, count: int) -> Progress:
        # 1. A gap before the nonce: nothing behind it is ever taken.
        following = self._node.count(self._account.address, "pending")
        if following < held.nonce and not held.fill:
            return self._filled(held, following)
        # 2. Others of this account come first: raising this one's fee would not help.
        if count < held.nonce and not held.fill:
            return Pending(held.to_bytes(), f"behind {held.nonce - count} transactions of {self._account.address}")
        # 3. It waited long enough.
        if self._now() - held.since >= self._terms.stuck:
            return self._bumped(held, count, "it is stuck")
        return Pending(held.to_bytes(), f"sent with nonce {held.nonce}, in no block yet")

    def _bumped(self, held: Ticket, count: int, why: str) -> Progress:
        """Another attempt that replaces the others; it is sent by the next `advance`, when it is on disk."""
        before = evm_account.read(held.newest)
        fees = evm_fees.bumped(before.fees, self._node.fees(self._terms.cap), self._terms.cap)
        if fees is None or len(held.attempts) == MAX_ATTEMPTS:
            at_limit = f"{why}, and {before.fees.most} wei for a gas is near the limit of {self._terms.cap}"
            return Pending(held.sent(self._now()).to_bytes(), at_limit)
        signed = self._sign(held.nonce, fees, before.gas, before.to, before.data)
        gap = [evm_account.read(item).nonce for item in held.fill]
        more = replace(
            held,
            since=self._now(),
            attempts=(*held.attempts, signed),
            fill=tuple(self._filler(nonce, fees) for nonce in gap if nonce >= count),
        )
        return Pending(more.to_bytes(), f"{why}: {fees.most} wei for a gas instead of {before.fees.most}")

    def _filled(self, held: Ticket, following: int) -> Progress:
        """Close the gap with transactions to the account itself, that move and call nothing."""
        gap = range(following, held.nonce)
        if len(gap) > MAX_FILL:
            raise AnchorUnavailable(f"{len(gap)} nonces before {held.nonce} of {self._account.address} are missing")
        fees = self._node.fees(self._terms.cap)
        more = replace(held, fill=tuple(self._filler(nonce, fees) for nonce in gap))
        return Pending(more.to_bytes(), f"nonces {gap[0]} to {gap[-1]} are missing before {held.nonce}: filling them")

    def _filler(self, nonce: int, fees: Fees) -> bytes:
        return self._sign(nonce, fees, _FILL_GAS, bytes.fromhex(self._account.address[2:]), b"")

    def _refusal(self, tree: Checkpoint, block: int | None = None) -> str | None:
        """What the contract would refuse the tree for; None if it would not."""
        try:
            self._node.call(self._account.address, self._contract, _call(tree), "latest" if block is None else block)
            if not self._node.code(self._contract):
                return f"there is no contract at {self._contract} on chain {self._chain}"
        except Refused as error:
            return str(error)
        return None


def _call(tree: Checkpoint) -> bytes:
    return evm_contract.anchor(evm_event.origin_hash(tree.origin), tree.size, tree.root)
