"""What became of one number of a device, and which signed bytes show it.

The fates are those of completeness.py, in the same order of precedence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from civicroot_wire import record_grammar
from sqlalchemy import Connection, func, select

from civicroot_backend.database.tables import dispositions, pruned, records, skips, thinned
from civicroot_backend.ingest.evidence import AUTHENTICATED
from civicroot_backend.ingest.judge import EQUIVOCATION, REJECTED

SEARCHED = 500  # records after a range that may say that it was thinned: the next ones do

Fate = Literal["received", "pruned", "rejected", "skipped", "thinned", "lost", "unused"]
Shows = Literal["record", "batch", "pruning", "says-skipped", "says-thinned", "before", "after"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What shows something: an accepted record (`seq`), or a log entry (`log_index`)."""

    what: Shows
    seq: int | None = None
    log_index: int | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """The fate of a number; `equivocated`: it was signed with two contents."""

    fate: Fate
    equivocated: bool
    evidence: list[Shown]


def of(connection: Connection, kid: bytes, seq: int) -> Number:
    """What became of this number of the key."""
    refused = _refused(connection, kid, seq)
    twice = [Shown("batch", log_index=index) for status, index in refused if status == EQUIVOCATION]
    mine = select(records.c.encoded.is_(None).label("gone")).where(records.c.kid == kid, records.c.seq == seq)
    row = connection.execute(mine).one_or_none()
    if row is not None:
        kept = _pruning(connection, kid, seq) if row.gone else [Shown("record", seq=seq)]
        return Number("pruned" if row.gone else "received", bool(twice), [*kept, *twice])
    if refused:
        return Number("rejected", bool(twice), [Shown("batch", log_index=index) for _, index in refused])
    fate, evidence = _said(connection, kid, seq)
    return Number(fate, False, evidence)


def _refused(connection: Connection, kid: bytes, seq: int) -> list[tuple[str, int]]:
    """Records that the key itself signed under this number and that were not taken: status and batch."""
    own = (dispositions.c.status == EQUIVOCATION) | (
        (dispositions.c.status == REJECTED) & dispositions.c.reason.in_(AUTHENTICATED)
    )
    query = select(dispositions.c.status, dispositions.c.log_index).where(
        dispositions.c.kid == kid, dispositions.c.seq == seq, own
    )
    rows = connection.execute(query.order_by(dispositions.c.log_index)).all()
    return [(row.status, row.log_index) for row in rows]


def _pruning(connection: Connection, kid: bytes, seq: int) -> list[Shown]:
    query = select(pruned.c.log_index).where(pruned.c.kid == kid, pruned.c.first <= seq, pruned.c.last >= seq)
    return [Shown("pruning", log_index=index) for index in connection.execute(query).scalars()]


def _said(connection: Connection, kid: bytes, seq: int) -> tuple[Fate, list[Shown]]:
    """What the key's other records say of the number."""
    for table, fate in ((skips, "skipped"), (thinned, "thinned")):
        query = select(table.c.last).where(table.c.kid == kid, table.c.first <= seq, table.c.last >= seq)
        last = connection.execute(query.limit(1)).scalar_one_or_none()
        if last is not None and fate == "skipped":
            return "skipped", list(_accepted(connection, kid, "says-skipped", last + 1))
        if last is not None:
            return "thinned", list(_says_thinned(connection, kid, seq, last))
    beside = [*_beside(connection, kid, seq)]
    return ("lost" if any(each.what == "after" for each in beside) else "unused"), beside


def _accepted(connection: Connection, kid: bytes, what: Shows, seq: int) -> Iterator[Shown]:
    """The record with this number, if it was accepted."""
    query = select(records.c.seq).where(records.c.kid == kid, records.c.seq == seq)
    yield from (Shown(what, seq=found) for found in connection.execute(query).scalars())


def _says_thinned(connection: Connection, kid: bytes, seq: int, last: int) -> Iterator[Shown]:
    """The first record after the range whose sequence header names it."""
    query = select(records.c.seq, records.c.encoded).where(records.c.kid == kid, records.c.seq > last)
    for row in connection.execute(query.order_by(records.c.seq).limit(SEARCHED)):
        if row.encoded is None:
            continue
        named = record_grammar.decode(row.encoded).sequence.thinned
        if any(low <= seq <= high for low, high in named):
            yield Shown("says-thinned", seq=row.seq)
            return


def _beside(connection: Connection, kid: bytes, seq: int) -> Iterator[Shown]:
    """The accepted records next to a number that is missing: that they have theirs shows the hole."""
    below = select(func.max(records.c.seq)).where(records.c.kid == kid, records.c.seq < seq)
    above = select(func.min(records.c.seq)).where(records.c.kid == kid, records.c.seq > seq)
    for what, query in (("before", below), ("after", above)):
        found = connection.execute(query).scalar_one()
        if found is not None:
            yield Shown("before" if what == "before" else "after", seq=found)
