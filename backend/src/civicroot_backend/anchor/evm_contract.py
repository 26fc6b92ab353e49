"""CheckpointAnchor, as backend/contracts/build.mjs compiled it: calls, and what they are refused for, in words."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from civicroot_anchor.keccak import keccak256
from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import DecodingError

ARTIFACT = "checkpoint_anchor.json"
DEPLOYMENT_GAS = 1_500_000  # it takes some 620,000
OWNER_GAS = 200_000  # of the owner's calls; a reason is text, 700 gas a word
MAX_REASON = 512  # characters of the reason for a new epoch
_SELECTOR = 4


@cache
def artifact() -> dict[str, Any]:
    """The committed ABI and bytecode."""
    found: dict[str, Any] = json.loads(files(__package__).joinpath(ARTIFACT).read_text())
    return found


def deployment(owner: str, writer: str) -> bytes:
    """The data of the transaction that makes the contract."""
    return bytes.fromhex(artifact()["bytecode"][2:]) + abi_encode(["address", "address"], [owner, writer])


def anchor(origin: bytes, size: int, root: bytes) -> bytes:
    """Call data of `anchor`; `origin` is the hash."""
    return _call("anchor(bytes32,uint64,bytes32)", origin, size, root)


def open_epoch(origin: bytes, reason: str) -> bytes:
    """Call data of `openEpoch`."""
    return _call("openEpoch(bytes32,string)", origin, reason)


def set_writer(origin: bytes, writer: str) -> bytes:
    """Call data of `setWriter`."""
    return _call("setWriter(bytes32,address)", origin, writer)


def offer_ownership(to: str) -> bytes:
    """Call data of `offerOwnership`."""
    return _call("offerOwnership(address)", to)


def take_ownership() -> bytes:
    """Call data of `takeOwnership`."""
    return _call("takeOwnership()")


def latest(origin: bytes) -> bytes:
    """Call data of `latest`."""
    return _call("latest(bytes32)", origin)


def owners() -> tuple[bytes, bytes]:
    """Call data of `owner` and `offered`."""
    return _call("owner()"), _call("offered()")


def read_latest(answer: bytes) -> tuple[int, bytes, int, str]:
    """Size, root, epoch and writer that `latest` answers. ValueError: another contract, or none, is there."""
    size, root, epoch, writer = _read(["uint64", "bytes32", "uint32", "address"], answer)
    return size, root, epoch, writer


def read_address(answer: bytes) -> str:
    """The address that a call answers. ValueError."""
    (found,) = _read(["address"], answer)
    return str(found)


def refusal(data: bytes) -> str:
    """What a call was refused for, by the contract's own errors."""
    selector, rest = data[:_SELECTOR], data[_SELECTOR:]
    try:
        if selector == _selector("SizeNotGrowing(uint64)"):
            return (
                f"the contract has size {_read(['uint64'], rest)[0]} and takes only larger ones; after a mistake the "
                "owner opens a new epoch (civicroot anchor new-epoch)"
            )
        if selector == _selector("NotTheWriter(address)"):
            return f"only {_read(['address'], rest)[0]} may write (civicroot anchor set-writer)"
    except ValueError:
        pass  # said below
    known = {
        "NotTheOwner()": "only the owner may do this",
        "NotOffered()": "the ownership was not offered to this account",
    }
    for error, words in known.items():
        if selector == _selector(error):
            return words
    return f"the contract refuses: 0x{data.hex()}" if data else "the contract refuses without a reason"


def _read(types: list[str], data: bytes) -> tuple[Any, ...]:
    try:
        return abi_decode(types, data)
    except (DecodingError, OverflowError) as error:
        raise ValueError("not an answer of CheckpointAnchor") from error


def _call(signature: str, *values: object) -> bytes:
    inside = signature[signature.index("(") + 1 : -1]
    return _selector(signature) + abi_encode(inside.split(",") if inside else [], list(values))


def _selector(signature: str) -> bytes:
    return keccak256(signature.encode())[:_SELECTOR]
