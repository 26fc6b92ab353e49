"""When a batch closes, which records it takes, and its sealing under a signed Merkle root (SPEC.md §4)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from civicroot_wire import batch
from civicroot_wire.sequence import Sequence as SequenceHeader

from ..config import BatchLimits
from ..signing import Signer


@dataclass(frozen=True, slots=True)
class SpooledRecord:
    """An accepted record: its place in the spool, arrival in Unix seconds, and exact bytes."""

    position: int
    arrived: int
    encoded: bytes


@dataclass(frozen=True, slots=True)
class SealedBatch:
    """A batch with its signed header: the records from position `first` to `last`, and the message that carries it."""

    seq: int
    first: int
    last: int
    size: int
    header: bytes
    digest: bytes  # SHA-256 of the message: how the verdict names it


def is_due(records: int, octets: int, age: float, limits: BatchLimits, uplink_has_room: bool) -> bool:
    """Whether a batch closes over `records` waiting ones of `octets` bytes, the oldest waiting `age` seconds.

    While the uplink is behind, age alone closes nothing: an outage ends in few full batches, not in many small ones.
    """
    if not records:
        return False
    full = records >= limits.max_records or octets >= limits.max_bytes
    return full or (uplink_has_room and age >= limits.max_age)


def choose(waiting: Sequence[SpooledRecord], limits: BatchLimits) -> Sequence[SpooledRecord]:
    """The first of the waiting records that fit one batch, at least one."""
    octets = 0
    for count, item in enumerate(waiting[: limits.max_records]):
        octets += len(item.encoded)
        if octets > limits.max_bytes and count:
            return waiting[:count]
    return waiting[: limits.max_records]


def seal(seq: int, records: Sequence[SpooledRecord], now: int, realm: str, signer: Signer) -> SealedBatch:
    """Sign the header over `records` under the gateway's number `seq`, at Unix seconds `now`.

    Numbers are never reserved ahead: the spool stores the header in the transaction that uses its number, and
    nothing is transmitted before, so a batch header skips none.
    """
    leaves = [item.encoded for item in records]
    # A clock set back between two arrivals leaves them unordered. What seems to come from the future came when the
    # clock was ahead, and the backend would refuse the batch for it.
    arrivals = [min(item.arrived, now) for item in records]
    header = batch.sign_header(signer.kid, SequenceHeader(seq), leaves, min(arrivals), max(arrivals), realm, signer)
    message = batch.encode_message(header, leaves)
    digest = hashlib.sha256(message).digest()
    return SealedBatch(seq, records[0].position, records[-1].position, len(records), header, digest)
