"""Receipts, and the event by which the contract CheckpointAnchor says that it recorded a tree.

    event Anchored(bytes32 indexed origin, uint64 size, bytes32 root, uint32 epoch)

An origin is known by keccak256 of its UTF-8 bytes. Receipts as in EIP-658 and EIP-2718.
"""

from civicroot_wire.errors import AnchorError, MalformedError

from . import evm_rlp
from .keccak import HASH_BYTES, keccak256

SIGNATURE = keccak256(b"Anchored(bytes32,uint64,bytes32,uint32)")
ADDRESS_BYTES = 20
WORD = 32
MAX_LOGS = 1024  # of one transaction; whoever anchors through another contract has a handful
MAX_TOPICS = 4
MAX_EPOCH = (1 << 32) - 1
_MAX_TYPE = 0x7F  # EIP-2718: above, it is a list, which is a receipt of before types
_BLOOM_BYTES = 256
_DONE = b"\x01"


class Log:
    """One event of a receipt: `address` (20 bytes) of the contract, `topics` (32 bytes each), `data`."""

    __slots__ = ("address", "data", "topics")

    def __init__(self, address: bytes, topics: list[bytes], data: bytes) -> None:
        self.address = address
        self.topics = topics
        self.data = data


def origin_hash(origin: str) -> bytes:
    """How the contract knows a log."""
    return keccak256(origin.encode())


def log_of(receipt: bytes, index: int) -> Log:
    """Event `index` of a receipt whose transaction took effect. Raises AnchorError."""
    try:
        fields = evm_rlp.items(receipt[1:] if receipt[:1] <= bytes([_MAX_TYPE]) else receipt, "receipt", 4, 4)
        status = evm_rlp.as_bytes(fields[0], "status", 0, HASH_BYTES)
        evm_rlp.as_uint(fields[1], "gas used")
        evm_rlp.as_bytes(fields[2], "bloom filter", _BLOOM_BYTES, _BLOOM_BYTES)
        logs = [_log(item) for item in evm_rlp.as_list(fields[3], "events", 0, MAX_LOGS)]
    except MalformedError as error:
        raise AnchorError("bad-anchor", "the receipt: " + error.detail) from error
    if status != _DONE:
        raise AnchorError("bad-anchor", "the transaction failed, or is of before EIP-658")
    if index >= len(logs):
        raise AnchorError("bad-anchor", f"the receipt has no event {index}")
    return logs[index]


def epoch_of(log: Log, origin: str, size: int, root: bytes) -> int:
    """The epoch that the contract says for this very tree. Raises AnchorError for any other event."""
    if log.topics[:1] != [SIGNATURE] or len(log.topics) != 2:
        raise AnchorError("bad-anchor", "the event is not Anchored")
    if len(log.data) != 3 * WORD:
        raise AnchorError("bad-anchor", "the event's data are not three words")
    said = [int.from_bytes(log.data[:WORD], "big"), log.data[WORD : 2 * WORD]]
    epoch = int.from_bytes(log.data[2 * WORD :], "big")
    if log.topics[1] != origin_hash(origin):
        raise AnchorError("bad-anchor", "the event is of another log")
    if said != [size, root]:
        raise AnchorError("bad-anchor", "the event is of another tree")
    if epoch > MAX_EPOCH:
        raise AnchorError("bad-anchor", "the epoch does not fit 32 bits")
    return epoch


def _log(item: evm_rlp.Item) -> Log:
    address, topics, data = evm_rlp.as_list(item, "event", 3, 3)
    return Log(
        evm_rlp.as_bytes(address, "address", ADDRESS_BYTES, ADDRESS_BYTES),
        [
            evm_rlp.as_bytes(topic, "topic", HASH_BYTES, HASH_BYTES)
            for topic in evm_rlp.as_list(topics, "topics", 0, MAX_TOPICS)
        ],
        evm_rlp.as_bytes(data, "data", 0, 1 << 16),
    )
