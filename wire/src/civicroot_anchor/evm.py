"""Evidence of kind `evm`: a contract on an EVM chain recorded the tree (SPEC.md §7.5).

    [block header (RLP), transaction index, [trie node (RLP), …], index of the event in the receipt]

Everything from the tree to the block's hash is computed here. That the block is on the chain is for a source that the
verifier chose to say (evm_blocks.py); without one, the finding says which block to look up.
"""

from datetime import UTC, datetime

from civicroot_wire import shape
from civicroot_wire.anchors import AnchorFinding
from civicroot_wire.cbor import decode as decode_cbor
from civicroot_wire.cbor import encode as encode_cbor
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import AnchorError, MalformedError
from civicroot_wire.finding import CHECKED, NOT_CHECKED
from civicroot_wire.policy_anchor import EVM, Anchor

from . import evm_event, evm_rlp, evm_trie
from .evm_blocks import BlockNotSeen, BlockSource
from .keccak import HASH_BYTES, keccak256

MAX_EVIDENCE_BYTES = 24 * 1024  # as a bundle's
MAX_HEADER_BYTES = 2048  # some 600 today; rollups put up to 1 KiB of their own into extraData
MAX_NODES = 16  # a key has at most eight nibbles: eight branches, extensions between, and the leaf
MAX_NODE_BYTES = 16 * 1024  # the leaf holds the receipt with all its events
MAX_INDEX = (1 << 24) - 1  # of a transaction: more than any block's gas pays for
_HEADER_ITEMS = (15, 32)  # fifteen since the beginning; every fork appends
_RECEIPTS_ROOT, _NUMBER, _TIME = 5, 8, 11  # places in a header
_MAX_TIME = (1 << 53) - 1


class Header:
    """What matters of a block header: `hash`, `receipts_root`, `number`, `time` (Unix seconds)."""

    __slots__ = ("hash", "number", "receipts_root", "time")

    def __init__(self, data: bytes) -> None:
        fields = evm_rlp.items(data, "block header", *_HEADER_ITEMS)
        self.hash = keccak256(data)
        self.receipts_root = evm_rlp.as_bytes(fields[_RECEIPTS_ROOT], "receipts root", HASH_BYTES, HASH_BYTES)
        self.number = evm_rlp.as_uint(fields[_NUMBER], "block number")
        self.time = evm_rlp.as_uint(fields[_TIME], "block time")
        if self.time > _MAX_TIME:
            raise MalformedError("malformed", "RLP: block time is beyond every calendar")


class Evidence:
    """Decoded evidence: `header`, `index` of the transaction, `nodes` of the trie, `log_index` in the receipt."""

    __slots__ = ("header", "index", "log_index", "nodes")

    def __init__(self, header: Header, index: int, nodes: list[bytes], log_index: int) -> None:
        self.header = header
        self.index = index
        self.nodes = nodes
        self.log_index = log_index


def encode(header: bytes, index: int, nodes: list[bytes], log_index: int) -> bytes:
    """The bytes of evidence."""
    return encode_cbor([header, index, nodes, log_index])


def decode(data: bytes) -> Evidence:
    """Read evidence strictly; nothing is verified yet. Raises MalformedError."""
    header, index, nodes, log_index = shape.array(decode_cbor(data, MAX_EVIDENCE_BYTES), "evidence", 4, 4)
    return Evidence(
        Header(shape.octets(header, "block header", 1, MAX_HEADER_BYTES)),
        shape.integer(index, "transaction index", 0, MAX_INDEX),
        [shape.octets(node, "trie node", 1, MAX_NODE_BYTES) for node in shape.array(nodes, "trie nodes", 1, MAX_NODES)],
        shape.integer(log_index, "event index", 0, evm_event.MAX_LOGS - 1),
    )


def check(evidence: bytes, tree: Checkpoint, trusted: Anchor, blocks: BlockSource | None = None) -> AnchorFinding:
    """What the evidence shows of `tree`. Raises MalformedError or AnchorError: it does not hold."""
    # 1. Decode strictly: excludes what no writer makes.
    found = decode(evidence)
    # 2. The receipt stands in the block: excludes a transaction that never was.
    receipt = evm_trie.value(found.header.receipts_root, found.index, found.nodes)
    # 3. It took effect, and has this event: excludes a transaction that was reverted.
    log = evm_event.log_of(receipt, found.log_index)
    # 4. By the contract that the policy accepts: anybody can write a contract that says the same.
    if log.address != trusted.contract:
        raise AnchorError("untrusted", f"contract 0x{log.address.hex()} is not the policy's")
    # 5. Of this log and this tree.
    epoch = evm_event.epoch_of(log, tree.origin, tree.size, tree.root)
    # 6. In a block that the verifier's own source knows.
    return _in_block(found.header, tree, trusted, epoch, blocks)


def _in_block(
    header: Header, tree: Checkpoint, trusted: Anchor, epoch: int, blocks: "BlockSource | None"
) -> AnchorFinding:
    assert trusted.chain is not None  # the policy's form has it
    seen, why = _seen(header, trusted.chain, blocks)
    if seen is False:
        raise AnchorError("untrusted", f"block 0x{header.hash.hex()} is not one of chain {trusted.chain} to trust")
    where = f"block {header.number} of chain {trusted.chain}"
    # Years beyond 9999 have no date; such a block is on no chain, and is told by its number.
    when = _date(header.time)
    if seen:
        status = CHECKED
        says = f"{trusted.name}: {where} recorded the tree of {tree.size} entries on {when} (epoch {epoch})"
    else:
        status = NOT_CHECKED
        says = (
            f"{trusted.name}: {where} recorded the tree of {tree.size} entries on {when} if that block's hash is "
            f"0x{header.hash.hex()}; {why}"
        )
    block = (trusted.chain, header.number, header.hash)
    return AnchorFinding(trusted.name, EVM, tree.size, status, header.time, says, block)


def _seen(header: Header, chain: int, blocks: BlockSource | None) -> tuple[bool | None, str]:
    """Whether the block is on the chain, and if nobody can say, why."""
    if blocks is None:
        return None, "no node was asked, so look it up"
    try:
        return blocks.is_canonical(chain, header.number, header.hash), "the node that was asked does not know"
    except BlockNotSeen as error:
        return None, str(error)


def _date(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"second {seconds}"
