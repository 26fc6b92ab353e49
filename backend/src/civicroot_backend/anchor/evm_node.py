"""A node of an EVM chain, asked through web3.py. Whatever goes wrong with it is AnchorUnavailable: later again."""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from eth_typing import ChecksumAddress, HexStr
from requests.exceptions import RequestException

from civicroot_backend.anchor import evm_contract
from civicroot_backend.anchor.evm_account import hash_of
from civicroot_backend.anchor.evm_fees import Fees, offer
from civicroot_backend.anchor.evm_libraries import (
    BlockIdentifier,
    ContractLogicError,
    RPCEndpoint,
    TransactionNotFound,
    TxParams,
    Web3,
    Web3Exception,
    Web3RPCError,
)
from civicroot_backend.errors import AnchorUnavailable

TIMEOUT_SECONDS = 15.0  # for one answer
_NO_SUCH_METHOD = -32601
_Found = TypeVar("_Found")
# Nodes agree on no code for these, so their words must do; in the order in which they are looked for.
_KNOWN = ("already known", "already imported", "known transaction", "alreadyknown")
_TOO_LOW = ("nonce too low", "nonce is too low", "oldnonce", "invalid nonce; got")
_UNDERPRICED = ("underpriced", "less than block base fee", "feetoolow", "fee too low", "gas price too low")
_POOR = ("insufficient funds", "insufficient balance", "insufficientfunds")


class Sent(Enum):
    """What became of a transaction that was sent."""

    TAKEN = "taken"
    NONCE_USED = "nonce used"
    UNDERPRICED = "underpriced"


class Refused(Exception):
    """The contract would refuse the call; the message says why."""


class Node:
    """A JSON-RPC endpoint that must be of `chain`. Methods raise AnchorUnavailable."""

    def __init__(self, url: str, chain: int) -> None:
        self._url = url
        self._chain = chain
        self._web3 = Web3(Web3.HTTPProvider(url, {"timeout": TIMEOUT_SECONDS}, exception_retry_configuration=None))

    def chain_id(self) -> int:
        """The chain that the node says it is of (EIP-155)."""
        return self._ask(lambda: self._web3.eth.chain_id)

    def check_chain(self) -> None:
        """Excludes a node of another chain, where the same key and contract may mean something else."""
        found = self.chain_id()
        if found != self._chain:
            raise AnchorUnavailable(f"the node at {self._url} is of chain {found}, not {self._chain}")

    def head(self) -> int:
        """Number of the newest block."""
        return self._ask(lambda: self._web3.eth.block_number)

    def count(self, address: str, block: BlockIdentifier = "latest") -> int:
        """How many transactions of the account the chain has at a block; `pending`: with those that follow on."""
        return self._ask(lambda: self._web3.eth.get_transaction_count(_checked(address), block))

    def balance(self, address: str) -> int:
        """What the account has, in wei."""
        return self._ask(lambda: self._web3.eth.get_balance(_checked(address)))

    def code(self, contract: str) -> bytes:
        """The contract at an address; empty if there is none."""
        return bytes(self._ask(lambda: self._web3.eth.get_code(_checked(contract))))

    def fees(self, cap: int) -> Fees:
        """What to offer now. Raises AnchorUnavailable while the chain asks for more than `cap`."""
        base = self._ask(lambda: self._web3.eth.get_block("latest").get("baseFeePerGas"))
        if base is None:
            raise AnchorUnavailable(f"chain {self._chain} has no fees of EIP-1559")
        found = offer(base, self._ask(lambda: self._web3.eth.max_priority_fee), cap)
        if found is None:
            raise AnchorUnavailable(f"the base fee of {base} wei is above the limit of {cap}")
        return found

    def call(self, sender: str | None, contract: str, data: bytes, block: BlockIdentifier = "latest") -> bytes:
        """What a call would answer. Raises Refused."""
        asked: TxParams = {"to": _checked(contract), "data": data}
        if sender is not None:
            asked["from"] = _checked(sender)
        return self._simulated(lambda: bytes(self._web3.eth.call(asked, block)))

    def gas(self, sender: str, contract: str, data: bytes) -> int:
        """How much gas a call would take now. Raises Refused."""
        return self._simulated(
            lambda: self._web3.eth.estimate_gas({"from": _checked(sender), "to": _checked(contract), "data": data})
        )

    def knows(self, signed: bytes) -> bool:
        """Whether the node has the transaction, waiting or in a block."""
        try:
            self._ask(lambda: self._web3.eth.get_transaction(HexStr(hash_of(signed))))
        except _Absent:
            return False
        return True

    def send(self, signed: bytes) -> Sent:
        """Give a transaction to the node. Raises AnchorUnavailable also if the account has no money for it."""
        try:
            self._web3.eth.send_raw_transaction(signed)
        except Web3RPCError as error:
            return _why_not(str(error), self._url)
        except (RequestException, Web3Exception, ValueError) as error:
            raise self._unavailable(error) from error
        return Sent.TAKEN

    def receipt(self, signed: bytes) -> dict[str, Any] | None:
        """The transaction's receipt as JSON, if it is in a block."""
        found = self._raw("eth_getTransactionReceipt", hash_of(signed))
        return found if isinstance(found, dict) and found.get("blockHash") else None

    def block(self, number: int) -> dict[str, Any]:
        """A block as JSON."""
        found = self._raw("eth_getBlockByNumber", hex(number), False)
        if not isinstance(found, dict):
            raise AnchorUnavailable(f"the node at {self._url} has no block {number}")
        return found

    def receipts(self, block: dict[str, Any]) -> list[dict[str, Any]]:
        """All receipts of a block as JSON."""
        try:
            found = self._raw("eth_getBlockReceipts", block["number"])
        except _NoSuchMethod:
            found = [self._raw("eth_getTransactionReceipt", item) for item in block["transactions"]]
        if not isinstance(found, list) or any(
            not isinstance(item, dict) or item.get("blockHash") != block["hash"] for item in found
        ):
            raise AnchorUnavailable(f"block {block['number']} changed while it was read")
        return found

    def _raw(self, method: str, *parameters: object) -> Any:
        answer = self._ask(lambda: self._web3.provider.make_request(RPCEndpoint(method), list(parameters)))
        error = answer.get("error")
        if error is not None:
            kind = (
                _NoSuchMethod if isinstance(error, dict) and error.get("code") == _NO_SUCH_METHOD else AnchorUnavailable
            )
            raise kind(f"the node at {self._url} refuses {method}: {error}")
        return answer.get("result")

    def _simulated(self, call: Callable[[], _Found]) -> _Found:
        try:
            return call()
        except ContractLogicError as error:
            raise Refused(_reason(error)) from error
        except (RequestException, Web3Exception, ValueError) as error:
            raise self._unavailable(error) from error

    def _ask(self, call: Callable[[], _Found]) -> _Found:
        try:
            return call()
        except TransactionNotFound as error:
            raise _Absent(str(error)) from error
        except (RequestException, Web3Exception, ValueError) as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: Exception) -> AnchorUnavailable:
        return AnchorUnavailable(f"the node at {self._url} does not answer as it should: {error}")


class _Absent(AnchorUnavailable):
    """The node has no such transaction."""


class _NoSuchMethod(AnchorUnavailable):
    """The node does not have this method of JSON-RPC."""


def _checked(address: str) -> ChecksumAddress:
    return Web3.to_checksum_address(address)


def _why_not(message: str, url: str) -> Sent:
    said = message.lower()
    if any(words in said for words in _KNOWN):
        return Sent.TAKEN
    if any(words in said for words in _TOO_LOW):
        return Sent.NONCE_USED
    if any(words in said for words in _UNDERPRICED):
        return Sent.UNDERPRICED
    if any(words in said for words in _POOR):
        raise AnchorUnavailable("the account has not enough money for the fee")
    raise AnchorUnavailable(f"the node at {url} does not take the transaction: {message}")


def _reason(error: ContractLogicError) -> str:
    data = error.data
    try:
        return evm_contract.refusal(bytes.fromhex(data.removeprefix("0x")) if isinstance(data, str) else b"")
    except ValueError:
        return str(error)
