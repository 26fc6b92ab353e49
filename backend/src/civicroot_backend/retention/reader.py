"""Reads from the tables which batches are old, and what a range of batches held."""

from civicroot_wire import batch, record
from civicroot_wire.sequence import Sequence
from sqlalchemy import Connection, exists, select

from civicroot_backend.database.tables import batches, dispositions, log_entries, records, skips
from civicroot_backend.ingest.evidence import AUTHENTICATED
from civicroot_backend.ingest.judge import REJECTED
from civicroot_backend.retention.fates import Held


def old_batches(connection: Connection, first: int, size: int, before: int, limit: int) -> list[int]:
    """Log indices of the next batches from `first` on, in order, below `size`, up to one received at `before` or later.

    Times are this backend's own; if its clock went back, what is between waits for the younger one.
    """
    query = select(batches.c.log_index, batches.c.received)
    within = (batches.c.log_index >= first) & (batches.c.log_index < size)
    found: list[int] = []
    for row in connection.execute(query.where(within).order_by(batches.c.log_index).limit(limit)):
        if row.received >= before:
            break
        found.append(row.log_index)
    return found


def held(connection: Connection, first: int, end: int) -> Held:
    """What the batches at log indices `first` … `end`−1 held; their records are still there."""
    found = Held()
    _read_headers(connection, first, end, found)
    accepted = select(records.c.kid, records.c.encoded).where(records.c.log_index >= first, records.c.log_index < end)
    for row in connection.execute(accepted):
        found.receive(row.kid, record.decode(row.encoded).sequence)
    within = (dispositions.c.log_index >= first) & (dispositions.c.log_index < end)
    signed = (dispositions.c.status == REJECTED) & dispositions.c.reason.in_(AUTHENTICATED)
    for row in connection.execute(select(dispositions.c.kid, dispositions.c.seq).where(within, signed)):
        found.reject(row.kid, row.seq)
    return found


def _read_headers(connection: Connection, first: int, end: int, found: Held) -> None:
    """The gateways' own numbers. What a header skipped does not count if that contradicts another (group.py)."""
    counted = exists().where(skips.c.kid == batches.c.gateway, skips.c.last == batches.c.seq - 1)
    columns = select(log_entries.c.entry, counted.label("counted"))
    joined = columns.join(batches, batches.c.log_index == log_entries.c.index)
    within = (batches.c.log_index >= first) & (batches.c.log_index < end)
    for row in connection.execute(joined.where(within)):
        header = batch.decode_header(row.entry)
        sequence = header.sequence if row.counted else Sequence(header.sequence.seq)
        found.receive(header.kid, sequence)
