"""A local chain with the contract on it, a writer, an owner, and a backend's anchor with a clock that tests move."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from civicroot_anchor import evm_event
from civicroot_backend.anchor import evm_contract
from civicroot_backend.anchor.anchor import Confirmed, Pending, Progress
from civicroot_backend.anchor.evm import EvmAnchor, Terms
from civicroot_backend.anchor.evm_account import Account, Transaction, hash_of
from civicroot_backend.anchor.evm_fees import GWEI, Fees
from civicroot_backend.anchor.evm_node import Node
from civicroot_backend.anchor.evm_ticket import Ticket, from_bytes
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.policy_anchor import Anchor

from tests.support.chain import CHAIN_ID, Chain

ORIGIN = "city.example/log"
HASH = evm_event.origin_hash(ORIGIN)
CONFIRMATIONS = 3
GAS = 300_000
STEPS = 30  # more than any anchoring takes
BEGIN = 1_790_000_000


def tree(size: int = 1000, fill: int = 7, origin: str = ORIGIN) -> Checkpoint:
    """A tree of so many entries, with a root of one byte repeated."""
    return Checkpoint(origin, size, bytes([fill]) * 32)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> float:
        return self.now


class World:
    """`chain`, `owner`, `writer`, `stranger`, `contract` (address), `anchor` (the backend's), `clock`."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.owner, self.writer, self.stranger = (Account(bytes([number]) * 32) for number in (1, 2, 3))
        for account in (self.owner, self.writer, self.stranger):
            chain.fund(account.address)
        self.contract = "0x" + "00" * 20
        data = evm_contract.deployment(self.owner.address, self.writer.address)
        signed = self.sign(self.owner, data, gas=evm_contract.DEPLOYMENT_GAS, to=b"")
        self.contract = str(self.mined(signed)["contractAddress"])
        self.clock = Clock()
        self.anchor = self.anchor_of()

    @property
    def trusted(self) -> Anchor:
        """The contract, as a policy has it."""
        return Anchor(
            {"name": "chain.example", "kind": "evm", "first": 0, "chain": CHAIN_ID, "contract": self.contract.lower()}
        )

    def anchor_of(self, account: Account | None = None, cap: int = 200 * GWEI, chain: int = CHAIN_ID) -> EvmAnchor:
        """A backend's anchor, as if its process had just started."""
        terms = Terms(CONFIRMATIONS, cap, 180)
        node = Node(self.chain.url, chain)
        return EvmAnchor("chain.example", self.trusted, node, account or self.writer, terms, self.clock)

    def sign(
        self,
        account: Account,
        data: bytes,
        nonce: int | None = None,
        gas: int = GAS,
        fees: Fees | None = None,
        to: bytes | None = None,
    ) -> bytes:
        """A transaction to the contract."""
        if nonce is None:
            nonce = int(self.chain.rpc("eth_getTransactionCount", account.address, "pending"), 16)
        target = bytes.fromhex(self.contract[2:]) if to is None else to
        return account.sign(Transaction(CHAIN_ID, nonce, fees or Fees(50 * GWEI, GWEI), gas, target, data))

    def send(self, signed: bytes) -> str:
        """Give a transaction to the node."""
        return str(self.chain.rpc("eth_sendRawTransaction", "0x" + signed.hex()))

    def mined(self, signed: bytes) -> dict[str, Any]:
        """Send a transaction and make a block; its receipt."""
        self.send(signed)
        self.chain.mine()
        return self.receipt(signed)

    def receipt(self, signed: bytes) -> Any:
        """The transaction's receipt, None if it is in no block."""
        return self.chain.rpc("eth_getTransactionReceipt", hash_of(signed))

    def write(self, account: Account, data: bytes) -> dict[str, Any]:
        """Call the contract with a transaction; its receipt."""
        return self.mined(self.sign(account, data))

    def latest(self, origin: bytes = HASH) -> tuple[int, bytes, int, str]:
        """What the contract says."""
        call = {"to": self.contract, "data": "0x" + evm_contract.latest(origin).hex()}
        return evm_contract.read_latest(bytes.fromhex(self.chain.rpc("eth_call", call, "latest")[2:]))

    def refusal(self, account: Account, data: bytes) -> str:
        """Why the contract refuses a call."""
        call = {"from": account.address, "to": self.contract, "data": "0x" + data.hex()}
        error = self.chain.answer("eth_call", call, "latest")["error"]
        return evm_contract.refusal(bytes.fromhex(error["data"][2:]))

    def events(self, signature: bytes = evm_event.SIGNATURE) -> list[dict[str, Any]]:
        """All events of the contract of one kind."""
        asked = {"fromBlock": "0x0", "address": self.contract, "topics": ["0x" + signature.hex()]}
        found: list[dict[str, Any]] = self.chain.rpc("eth_getLogs", asked)
        return found

    def count(self, account: Account, block: str = "latest") -> int:
        """How many transactions of the account there are."""
        return int(self.chain.rpc("eth_getTransactionCount", account.address, block), 16)

    def finish(self, ticket: bytes, what: Checkpoint, anchor: EvmAnchor | None = None) -> Progress:
        """Advance and make blocks until it is no longer pending."""
        using = anchor or self.anchor
        for _ in range(STEPS):
            found = using.advance(ticket, what)
            if not isinstance(found, Pending):
                return found
            ticket = found.ticket
            self.chain.mine()
        raise AssertionError(f"still pending: {found.detail}")

    def confirmed(self, ticket: bytes, what: Checkpoint) -> Confirmed:
        """Finish, and it is confirmed."""
        found = self.finish(ticket, what)
        assert isinstance(found, Confirmed), found
        return found

    def pending(self, ticket: bytes, what: Checkpoint) -> tuple[Ticket, str]:
        """Advance once, and it is pending: the next ticket and what is said."""
        found = self.anchor.advance(ticket, what)
        assert isinstance(found, Pending), found
        return from_bytes(found.ticket), found.detail


@contextmanager
def world(folder: Path, *arguments: str) -> Iterator[World]:
    """A world whose node makes blocks only when told to."""
    with Chain(folder, "--no-mining", *arguments) as chain:
        yield World(chain)
