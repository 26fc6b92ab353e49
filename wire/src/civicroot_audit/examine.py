"""Examining a batch: do its records hash to the signed root, and who signed each. Pure, and the work of an audit.

It needs no order and no memory, so worker processes do it (workers.py); what the records mean together is for
record_judge.py.
"""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from civicroot_wire import batch, cose, merkle, record
from civicroot_wire.errors import MalformedError, WireError

Verify = Callable[[bytes, bytes, bytes], None]
PublicOf = Callable[[bytes, int], bytes]  # (kid, log index) -> the device's key; raises TrustError


class Examined(NamedTuple):
    """A record of a batch. `reason` is None if its device signed it; `kid`, `seq` None if it does not decode.

    `digest` is that of its content. `time`: base time in Unix seconds, `promise`: seconds until the next report.
    """

    reason: str | None
    kid: bytes | None = None
    seq: int = 0
    digest: bytes = b""
    skip: int = 0
    beacon: bytes | None = None
    thinned: tuple[tuple[int, int], ...] = ()
    time: int | None = None
    promise: int | None = None


class Looked(NamedTuple):
    """A batch message whose records are what was signed: leaf hash of the header in it, and every record in order."""

    header: bytes
    records: list[Examined]


class Task(NamedTuple):
    """What the log says of a batch: `header` is the log index of its header, `size` the number of records."""

    header: int
    size: int
    root: bytes


def examine(task: Task, message: bytes, realm: str, public_of: PublicOf, verify: Verify) -> Looked:
    """Look at a batch message. Raises WireError if its records are not those that were signed."""
    # 1. The header in the message may be another than the task's: two headers may share a root.
    header, records = batch.decode_message(message)
    # 2. These are the records that the gateway signed for: none more, none less, none changed.
    if len(records) != task.size:
        raise MalformedError("size-mismatch", f"{len(records)} records, the header says {task.size}")
    if merkle.root([merkle.leaf_hash(item) for item in records]) != task.root:
        raise MalformedError("root-mismatch", "the records do not hash to the header's root")
    # 3. Each by itself.
    context = cose.aad(record.KIND, realm)
    found = [_examine_record(item, task.header, context, public_of, verify) for item in records]
    return Looked(merkle.leaf_hash(header), found)


def _examine_record(data: bytes, index: int, context: bytes, public_of: PublicOf, verify: Verify) -> Examined:
    kid: bytes | None = None
    seq = 0
    try:
        found = record.decode(data)
        kid, seq = found.kid, found.seq
        public = public_of(kid, index)
        signed = cose.sig_structure(found.message.protected, found.message.payload, context)
        verify(public, signed, found.message.signature)
    except WireError as error:
        return Examined(error.reason, kid, seq)
    first = found.pack.measurements[0]
    sequence = found.sequence
    return Examined(
        None,
        kid,
        seq,
        hashlib.sha256(signed).digest(),
        sequence.skip,
        sequence.beacon,
        tuple(sequence.thinned),
        found.pack.base_time,
        first.update_time,
    )
