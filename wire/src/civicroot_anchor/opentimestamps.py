"""OpenTimestamps anchor: a Bitcoin block commits to the tree (SPEC.md §7.5).

Evidence is the CBOR `[operations, header]`: the `.ots` operations from the tree's digest to the root of the block's
transactions, and the block's 80 bytes. The attestation at the end of a `.ots` file is left out: it names a height,
which the header does not prove. No node is asked: the policy pins the block, or says how much work a header must show.
"""

import hashlib
from datetime import UTC, datetime

from civicroot_wire import cbor, shape
from civicroot_wire.anchors import MAX_EVIDENCE_BYTES, AnchorFinding
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import AnchorError, MalformedError
from civicroot_wire.finding import CHECKED
from civicroot_wire.policy_anchor import OPENTIMESTAMPS, Anchor

from .bitcoin_header import HEADER_BYTES, Header
from .ots import timestamp
from .ots.operation import Operation

MAX_OPERATIONS_BYTES = 16 * 1024  # a way through a calendar and a large transaction has under 4


def digest(tree: Checkpoint) -> bytes:
    """Where the operations begin."""
    return hashlib.sha256(tree.body().encode()).digest()


def encode(operations: tuple[Operation, ...], header: bytes) -> bytes:
    """The evidence of a way to a block."""
    return cbor.encode([timestamp.encode_line(operations), header])


def decode(evidence: bytes) -> tuple[tuple[Operation, ...], Header]:
    """Read evidence strictly; nothing is verified yet. Raises MalformedError."""
    line, header = shape.array(cbor.decode(evidence, MAX_EVIDENCE_BYTES), "evidence", 2, 2)
    operations = timestamp.decode_line(shape.octets(line, "operations", 1, MAX_OPERATIONS_BYTES))
    return operations, Header(shape.octets(header, "block header", HEADER_BYTES, HEADER_BYTES))


def check(evidence: bytes, tree: Checkpoint, trusted: Anchor) -> AnchorFinding:
    """What the evidence shows of the tree. Raises MalformedError or AnchorError."""
    work, blocks = trusted.work, trusted.blocks
    if trusted.kind != OPENTIMESTAMPS or work is None or blocks is None:
        raise MalformedError("wrong-kind", "anchor %s is of kind %s" % (trusted.name, trusted.kind))
    operations, header = decode(evidence)
    # 1. The block commits to this very tree.
    if timestamp.result(operations, digest(tree)) != header.merkle_root:
        raise AnchorError("bad-anchor", "block %s does not commit to this tree" % header.name)
    # 2. It is one of Bitcoin's: the policy names it, or nobody would spend that much work on a false one.
    if header.hash in blocks:
        why = "which the policy names"
    else:
        header.check_work(work)
        why = "which shows its work of at least 2^%d hashes" % work
    return AnchorFinding(trusted.name, trusted.kind, tree.size, CHECKED, header.time, _says(trusted, tree, header, why))


def _says(trusted: Anchor, tree: Checkpoint, header: Header, why: str) -> str:
    when = datetime.fromtimestamp(header.time, UTC).isoformat()
    return (
        "%s: Bitcoin block %s, %s, commits to the log's first %d entries; its miner dated it %s,"
        " a clock that may be about two hours off" % (trusted.name, header.name, why, tree.size, when)
    )
