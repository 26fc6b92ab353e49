"""What people do with the contract by hand: put it on a chain, look at it, open an epoch, change writer and owner."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from civicroot_anchor import evm_event

from civicroot_backend.anchor import evm_contract
from civicroot_backend.anchor.evm_account import Account, Transaction, hash_of
from civicroot_backend.anchor.evm_node import Node, Refused, Sent
from civicroot_backend.errors import AnchorUnavailable, BackendError

WAIT_SECONDS = 300.0  # for a block; longer than any chain takes that includes the transaction at all
_POLL_SECONDS = 0.5
_Found = TypeVar("_Found")
UNOPENED = bytes(32)  # stands for origins that were never anchored


class ContractRefused(BackendError):
    """The contract, or the chain, does not do what was asked."""


@dataclass(frozen=True, slots=True)
class Latest:
    """What the contract says of an origin."""

    size: int
    root: bytes
    epoch: int
    writer: str


class Owner:
    """Somebody with a key at a node. `say` gets what goes on; `cap` is the most wei for a gas."""

    def __init__(self, node: Node, chain: int, account: Account, cap: int, say: Callable[[str], None]) -> None:
        self._node = node
        self._chain = chain
        self._account = account
        self._cap = cap
        self._say = say

    def deploy(self, owner: str, writer: str) -> str:
        """Put the contract on the chain; its address in lower case. Raises ContractRefused, AnchorUnavailable."""
        receipt = self._transact(b"", evm_contract.deployment(owner, writer), evm_contract.DEPLOYMENT_GAS)
        address = str(receipt["contractAddress"]).lower()
        if self._node.code(address).hex() != evm_contract.artifact()["runtime"][2:]:
            raise ContractRefused(f"what lies at {address} is not the contract that was sent")
        return address

    def call(self, contract: str, data: bytes) -> int:
        """Call the contract; the number of the block it is in. Raises ContractRefused, AnchorUnavailable."""
        check_contract(self._node, contract)
        try:
            self._node.call(self._account.address, contract, data)
        except Refused as error:
            raise ContractRefused(str(error)) from error
        return int(self._transact(bytes.fromhex(contract[2:]), data, evm_contract.OWNER_GAS)["blockNumber"], 16)

    def _transact(self, to: bytes, data: bytes, gas: int) -> dict[str, str]:
        self._node.check_chain()
        nonce = self._node.count(self._account.address, "pending")
        fees = self._node.fees(self._cap)
        signed = self._account.sign(Transaction(self._chain, nonce, fees, gas, to, data))
        self._say(f"transaction {hash_of(signed)}, at most {gas * fees.most / 1e18:.6f} of the chain's coin")
        if self._node.send(signed) is not Sent.TAKEN:
            raise AnchorUnavailable("another transaction of this account came between; try again")
        until = time.monotonic() + WAIT_SECONDS
        while (receipt := self._node.receipt(signed)) is None:
            if time.monotonic() > until:
                raise AnchorUnavailable(f"the transaction is in no block after {WAIT_SECONDS:.0f} s; look for it later")
            time.sleep(_POLL_SECONDS)  # between two polls of a chain that makes a block every few seconds
        if int(receipt["status"], 16) != 1:
            raise ContractRefused(f"the transaction failed in block {int(receipt['blockNumber'], 16)}")
        return receipt


def check_contract(node: Node, contract: str) -> None:
    """Excludes an address without contract, where every call succeeds and does nothing. Raises ContractRefused."""
    if not node.code(contract):
        raise ContractRefused(f"there is no contract at {contract}")


def owners(node: Node, contract: str) -> tuple[str, str]:
    """Owner, and to whom the ownership is offered. Raises ContractRefused, AnchorUnavailable."""
    owner, offered = (_asked(node, contract, data) for data in evm_contract.owners())
    return _read(evm_contract.read_address, owner), _read(evm_contract.read_address, offered)


def latest(node: Node, contract: str, origin: bytes) -> Latest:
    """What the contract says of the origin with this hash. Raises ContractRefused, AnchorUnavailable."""
    return Latest(*_read(evm_contract.read_latest, _asked(node, contract, evm_contract.latest(origin))))


def hash_of_origin(origin: str | None) -> bytes:
    """How the contract knows an origin; without one, those that were never anchored."""
    return UNOPENED if origin is None else evm_event.origin_hash(origin)


def _asked(node: Node, contract: str, data: bytes) -> bytes:
    check_contract(node, contract)
    try:
        return node.call(None, contract, data)
    except Refused as error:
        raise ContractRefused(f"no CheckpointAnchor is at this address: {error}") from error


def _read(read: Callable[[bytes], _Found], answer: bytes) -> _Found:
    try:
        return read(answer)
    except ValueError as error:
        raise ContractRefused("no CheckpointAnchor is at this address") from error
