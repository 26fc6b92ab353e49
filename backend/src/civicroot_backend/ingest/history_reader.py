"""Fills a History from the database for a group of batches."""

from collections.abc import Iterable, Iterator

from civicroot_wire.batch import Header
from sqlalchemy import Connection, select, tuple_

from civicroot_backend.database.tables import batches, log_entries, records, skips
from civicroot_backend.ingest.examine import GoodRecord
from civicroot_backend.ingest.history import History, KeySeq, KnownBatch, KnownRecord, skipped

CHUNK = 4000  # pairs in one question: SQLite takes 32,766 parameters


def read_batches(connection: Connection, history: History, headers: Iterable[Header]) -> None:
    """Add the committed batches that have the headers' seq, or one that they skipped, and the gateways' skips."""
    listed = list(headers)
    wanted = {(header.kid, seq) for header in listed for seq in (header.sequence.seq, *skipped(header.sequence))}
    columns = (batches.c.gateway, batches.c.seq, batches.c.content_digest, batches.c.log_index, log_entries.c.entry)
    joined = select(*columns).join(log_entries, log_entries.c.index == batches.c.log_index)
    for chunk in _chunks(wanted):
        for row in connection.execute(joined.where(tuple_(batches.c.gateway, batches.c.seq).in_(chunk))):
            history.batches[row.gateway, row.seq] = KnownBatch(row.content_digest, row.log_index, row.entry)
    _read_skips(connection, history, {(header.kid, header.sequence.seq) for header in listed})


def read_records(connection: Connection, history: History, examined: Iterable[GoodRecord]) -> None:
    """Add the accepted records that have the examined ones' seq, or one that they skipped, and the devices' skips."""
    found = [item.record for item in examined]
    own = {(item.kid, item.seq) for item in found}
    wanted = own | {(item.kid, seq) for item in found if item.sequence.skip for seq in skipped(item.sequence)}
    columns = (records.c.kid, records.c.seq, records.c.content_digest, records.c.encoded)
    for chunk in _chunks(wanted):
        for row in connection.execute(select(*columns).where(tuple_(records.c.kid, records.c.seq).in_(chunk))):
            history.records[row.kid, row.seq] = KnownRecord(row.content_digest, row.encoded)
    _read_skips(connection, history, own)


def _read_skips(connection: Connection, history: History, wanted: set[KeySeq]) -> None:
    if not wanted:
        return
    kids = sorted({kid for kid, _ in wanted})
    low, high = min(seq for _, seq in wanted), max(seq for _, seq in wanted)
    for start in range(0, len(kids), CHUNK):
        chosen = skips.c.kid.in_(kids[start : start + CHUNK])
        for row in connection.execute(select(skips).where(chosen, skips.c.first <= high, skips.c.last >= low)):
            history.skips[row.kid].append((row.first, row.last))


def _chunks(pairs: set[KeySeq]) -> Iterator[list[KeySeq]]:
    ordered = sorted(pairs)  # neighbours in the index are asked for together
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]
