"""An account of an EVM chain: its key file, and the transactions it signs (EIP-1559, with the chain's id in each)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rlp  # type: ignore[import-untyped]
from civicroot_anchor.keccak import keccak256
from civicroot_cli import files
from civicroot_cli.keyfile import OWNER_ONLY
from civicroot_cli.main import CommandError

from civicroot_backend import keyfile
from civicroot_backend.anchor.evm_fees import Fees
from civicroot_backend.anchor.evm_libraries import Account as EthAccount
from civicroot_backend.anchor.evm_libraries import LocalAccount
from civicroot_backend.errors import KeyFileError

DYNAMIC_FEE = 2  # the type of EIP-1559 transactions


@dataclass(frozen=True, slots=True)
class Transaction:
    """What is said in a signed transaction; `to` is empty for a deployment."""

    chain: int
    nonce: int
    fees: Fees
    gas: int
    to: bytes
    data: bytes


class Account:
    """A secp256k1 key. `address` is in mixed case (EIP-55)."""

    def __init__(self, secret: bytes) -> None:
        self._key: LocalAccount = EthAccount.from_key(secret)
        self.address: str = self._key.address

    def sign(self, transaction: Transaction) -> bytes:
        """The transaction's bytes, as they are sent."""
        fields: dict[str, Any] = {
            "type": DYNAMIC_FEE,
            "chainId": transaction.chain,
            "nonce": transaction.nonce,
            "maxFeePerGas": transaction.fees.most,
            "maxPriorityFeePerGas": transaction.fees.tip,
            "gas": transaction.gas,
            "value": 0,
            "data": transaction.data,
            **({"to": transaction.to} if transaction.to else {}),
        }
        return bytes(self._key.sign_transaction(fields).raw_transaction)


def create(path: Path) -> Account:
    """Make a key and write it durably, for its owner only. Raises KeyFileError: a key is never overwritten."""
    key: LocalAccount = EthAccount.create()
    try:
        files.create(path, bytes(key.key), OWNER_ONLY)
    except CommandError as error:
        raise KeyFileError(str(error)) from error
    return load(path)


def load(path: Path) -> Account:
    """The account of a key file: 32 secret bytes, as every key file of this project. Raises KeyFileError."""
    try:
        return Account(keyfile.load(path).seed)
    except ValueError as error:
        raise KeyFileError(f"{path} holds no key of an EVM account") from error


def read(signed: bytes) -> Transaction:
    """What a transaction of ours says. ValueError if it is of another type."""
    if signed[:1] != bytes([DYNAMIC_FEE]):
        raise ValueError("not an EIP-1559 transaction")
    chain, nonce, tip, most, gas, to, _, data, *_ = rlp.decode(signed[1:])
    numbers = [int.from_bytes(item, "big") for item in (chain, nonce, most, tip, gas)]
    return Transaction(numbers[0], numbers[1], Fees(numbers[2], numbers[3]), numbers[4], to, data)


def sender(signed: bytes) -> str:
    """The address whose key signed a transaction."""
    found: str = EthAccount.recover_transaction(signed)
    return found


def hash_of(signed: bytes) -> str:
    """The transaction's hash: 0x and lower-case hex."""
    return "0x" + keccak256(signed).hex()
