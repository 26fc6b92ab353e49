"""Completeness: what the tables say became of every number of a key (wire specification §3.1).

The account itself is the auditor's (civicroot_audit.completeness), so that the city and whoever checks it count alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from civicroot_audit.completeness import Account, Facts, account, silent_since
from civicroot_audit.ranges import Ranges
from civicroot_wire import record
from sqlalchemy import ColumnElement, Connection, Select, func, select

from civicroot_backend.database.tables import batches, dispositions, pruned, records, skips, thinned
from civicroot_backend.ingest.evidence import AUTHENTICATED
from civicroot_backend.ingest.examine import MAX_AHEAD
from civicroot_backend.ingest.judge import EQUIVOCATION, REJECTED

Clock = Literal["device", "backend"]


@dataclass(frozen=True, slots=True)
class LastReport:
    """The newest report of a key, in Unix seconds: when it was made, by whose clock; `promised` seconds to the next.

    `received` is this backend's time, `reported` the device's own claim if it has a clock that can be believed.
    """

    received: int
    reported: int
    clock: Clock
    promised: int | None

    def silent_since(self, now: int) -> int | None:
        """Since when the next is overdue; None if it is not."""
        return silent_since(self.reported, self.promised, now)


def of_device(connection: Connection, kid: bytes) -> Account:
    """The account of a device's records; `pruned` are those of the received ones whose batches may be gone."""
    received = Ranges(_islands(connection, records.c.seq, records.c.kid == kid))
    gone = Ranges(_ranges(connection, select(pruned.c.first, pruned.c.last).where(pruned.c.kid == kid)))
    mine = dispositions.c.kid == kid
    # Only what the key itself signed explains a number: anybody can send rubbish under its name.
    rejected = mine & (dispositions.c.status == REJECTED) & dispositions.c.reason.in_(AUTHENTICATED)
    equivocated = mine & (dispositions.c.status == EQUIVOCATION)
    found = account(
        Facts(
            received=received,
            skipped=_skipped(connection, kid),
            thinned=Ranges(_ranges(connection, select(thinned.c.first, thinned.c.last).where(thinned.c.kid == kid))),
            rejected=Ranges(_islands(connection, dispositions.c.seq, rejected)),
            equivocated=Ranges(_islands(connection, dispositions.c.seq, equivocated)),
        )
    )
    return replace(found, pruned=received.intersection(gone))


def of_gateway(connection: Connection, kid: bytes) -> Account:
    """The account of a gateway's batches; their headers are in the log for ever, so none is pruned."""
    received = Ranges(_islands(connection, batches.c.seq, batches.c.gateway == kid))
    return account(Facts(received=received, skipped=_skipped(connection, kid)))


def last_report(connection: Connection, kid: bytes) -> LastReport | None:
    """A device's newest report, by number."""
    columns = (records.c.encoded, records.c.time, batches.c.received)
    joined = select(*columns).join(batches, batches.c.log_index == records.c.log_index)
    row = connection.execute(joined.where(records.c.kid == kid).order_by(records.c.seq.desc()).limit(1)).one_or_none()
    return None if row is None else report_of(row.encoded, row.time, row.received)


def report_of(encoded: bytes | None, time: int | None, received: int) -> LastReport:
    """A report whose record (None once pruned) claims `time`, in a batch that was `received` then."""
    # A device that was silent until its last report was pruned is silent, whatever it had promised.
    promised = 0 if encoded is None else record.decode(encoded).pack.measurements[0].update_time
    return report_said(promised, time, received)


def report_said(promised: int | None, time: int | None, received: int) -> LastReport:
    """As `report_of`, of a record that is decoded already: the next is `promised` in so many seconds."""
    # A clock that runs ahead of what was received would hide a silence for as long as it runs ahead.
    if time is None or time > received + MAX_AHEAD:
        return LastReport(received, received, "backend", promised)
    return LastReport(received, time, "device", promised)


def last_batch(connection: Connection, kid: bytes) -> int | None:
    """When the gateway's newest batch was received, in Unix seconds of this backend's clock."""
    mine = select(batches.c.received).where(batches.c.gateway == kid)
    return connection.execute(mine.order_by(batches.c.seq.desc()).limit(1)).scalar_one_or_none()


def _skipped(connection: Connection, kid: bytes) -> Ranges:
    return Ranges(_ranges(connection, select(skips.c.first, skips.c.last).where(skips.c.kid == kid)))


def _ranges(connection: Connection, query: Select[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    return [(row.first, row.last) for row in connection.execute(query.order_by("first"))]


def _islands(
    connection: Connection, number: ColumnElement[int], where: ColumnElement[bool]
) -> Iterable[tuple[int, int]]:
    """The numbers of the rows as ranges, found by the database, which gives only the beginnings of ranges.

    A range begins at a number that does not follow the one before it, and ends with the number before the next one's.
    """
    ordered = func.lag(number).over(order_by=number)
    rows = select(number.label("number"), ordered.label("before")).where(where, number.is_not(None)).subquery()
    begins = rows.c.before.is_(None) | (rows.c.number > rows.c.before + 1)
    found = connection.execute(select(rows.c.number, rows.c.before).where(begins).order_by(rows.c.number)).all()
    if not found:
        return []
    last: int = connection.execute(select(func.max(number)).where(where)).scalar_one()
    ends = [row.before for row in found[1:]] + [last]
    return zip([row.number for row in found], ends, strict=True)
