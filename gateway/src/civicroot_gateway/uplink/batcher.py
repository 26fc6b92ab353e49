"""When a batch closes, which records it takes, and its sealing under a signed Merkle root (SPEC.md §4)."""

import hashlib
from collections.abc import Sequence

from civicroot_wire import batch
from civicroot_wire.sequence import Sequence as SequenceHeader

from ..config import BatchLimits
from ..signing import Signer
from ..spool.contents import Run
from ..spool.frame import RecordFrame, SealedFrame

# Positions between the first and the last record of a batch. One lane's records lie scattered among the other's, and to
# send a batch all that lies between is read: at most some three megabytes.
MAX_SPAN = 16384


def is_full(run: Run, grows: bool, newest: int, limits: BatchLimits) -> bool:
    """Whether waiting makes no better batch of a `run`: no more fits, or nothing comes any more.

    `grows`: it is the run at the end of its queue; `newest`: the journal's newest position.
    """
    if not grows or len(run.positions) >= limits.max_records or newest - run.positions[0] >= MAX_SPAN:
        return True
    return sum(run.sizes) >= limits.max_bytes


def choose(run: Run, limits: BatchLimits) -> int:
    """How many of a run's first records fit one batch, at least one."""
    octets = 0
    for count, size in enumerate(run.sizes[: limits.max_records]):
        octets += size
        if count and (octets > limits.max_bytes or run.positions[count] - run.positions[0] >= MAX_SPAN):
            return count
    return min(len(run.sizes), limits.max_records)


def seal(seq: int, records: Sequence[RecordFrame], now: int, realm: str, signer: Signer) -> tuple[SealedFrame, bytes]:
    """Sign the header over `records`, of one lane, under the gateway's number `seq`, at Unix seconds `now`.

    Returns the frame for the journal and the message. Numbers are never reserved ahead: the number is used with the
    frame that has the header, and nothing is transmitted before, so a batch header skips none.
    """
    leaves = [item.encoded for item in records]
    opened, closed = _times(records, now)
    header = batch.sign_header(signer.kid, SequenceHeader(seq), leaves, opened, closed, realm, signer)
    message = batch.encode_message(header, leaves)
    digest = hashlib.sha256(message).digest()
    first, last = records[0].position, records[-1].position
    return SealedFrame(seq, records[0].lane, first, last, len(records), digest, header), message


def _times(records: Sequence[RecordFrame], now: int) -> tuple[int, int]:
    """When the first and the last of them came.

    A clock set back between two arrivals leaves them unordered. What seems to come from the future came when the clock
    was ahead, and the backend would refuse the batch for it. What came while no clock was trusted is taken to have come
    with the earliest of the others.
    """
    known = [min(item.arrived, now) for item in records if item.arrived]
    return (min(known), max(known)) if known else (now, now)
