"""Fills a History from the database for a group of batches."""

from collections.abc import Iterable

from civicroot_wire.batch import Header
from civicroot_wire.revocation import Revocation
from civicroot_wire.sequence import MAX_SKIP, Sequence
from sqlalchemy import Connection, select

from civicroot_backend.database.tables import batches, log_entries, records, revocations, skips
from civicroot_backend.ingest.examine import GoodRecord
from civicroot_backend.ingest.history import History, KnownBatch, KnownRecord
from civicroot_backend.ingest.spans import Span, tables


def read_batches(connection: Connection, history: History, headers: Iterable[Header]) -> None:
    """Add the committed batches that have the headers' seq, or one that they skipped, and the gateways' skips."""
    used = [(header.kid, header.sequence) for header in headers]
    columns = (batches.c.gateway, batches.c.seq, batches.c.content_digest, batches.c.log_index, log_entries.c.entry)
    entries = batches.join(log_entries, log_entries.c.index == batches.c.log_index)
    for wanted in tables(_with_skipped(used)):
        within = (batches.c.gateway == wanted.c.kid) & batches.c.seq.between(wanted.c.low, wanted.c.high)
        for row in connection.execute(select(*columns).select_from(wanted.join(entries, within))):
            history.batches[row.gateway, row.seq] = KnownBatch(row.content_digest, row.log_index, row.entry)
    _read_skips(connection, history, used)


def read_records(connection: Connection, history: History, examined: Iterable[GoodRecord]) -> None:
    """Add the accepted records that have the examined ones' seq, or one that they skipped, and the devices' skips."""
    used = [(item.record.kid, item.record.sequence) for item in examined]
    columns = (records.c.kid, records.c.seq, records.c.content_digest, records.c.encoded)
    for wanted in tables(_with_skipped(used)):
        within = (records.c.kid == wanted.c.kid) & records.c.seq.between(wanted.c.low, wanted.c.high)
        for row in connection.execute(select(*columns).select_from(wanted.join(records, within))):
            history.records[row.kid, row.seq] = KnownRecord(row.content_digest, row.encoded)
    _read_skips(connection, history, used)


def read_revocations(connection: Connection, history: History, kids: Iterable[bytes]) -> None:
    """Add the revocations of these keys."""
    for wanted in tables(Span(kid, 0, 0) for kid in set(kids)):
        joined = wanted.join(revocations, revocations.c.kid == wanted.c.kid)
        for row in connection.execute(select(revocations).select_from(joined)):
            found = Revocation("", row.thumbprint, row.reason, row.last_seq, row.successor)
            history.revocations[row.kid] = (row.log_index, found)


def _read_skips(connection: Connection, history: History, used: list[tuple[bytes, Sequence]]) -> None:
    """Those that may hold one of the numbers: no skip is longer than MAX_SKIP."""
    spans = (Span(kid, sequence.seq - MAX_SKIP, sequence.seq) for kid, sequence in used)
    for wanted in tables(spans):
        within = (skips.c.kid == wanted.c.kid) & skips.c.first.between(wanted.c.low, wanted.c.high)
        for row in connection.execute(select(skips).select_from(wanted.join(skips, within))):
            history.add_skipped(row.kid, row.first, row.last)


def _with_skipped(used: list[tuple[bytes, Sequence]]) -> Iterable[Span]:
    return (Span(kid, sequence.seq - sequence.skip, sequence.seq) for kid, sequence in used)
