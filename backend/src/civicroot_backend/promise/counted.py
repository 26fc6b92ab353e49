"""What the promise counts in the database: what waits to be published, what was refused, how anchors stand."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from civicroot_backend.anchor.book import CONFIRMED, PENDING
from civicroot_backend.database.tables import anchorings, batches, checkpoints, dispositions, log_entries, records
from civicroot_backend.ingest.judge import EQUIVOCATION, REJECTED


@dataclass(frozen=True, slots=True)
class Unpublished:
    """Entries and records that are committed and in no published checkpoint; `since`: Unix seconds of the oldest."""

    entries: int
    records: int
    since: int | None


@dataclass(frozen=True, slots=True)
class Recent:
    """Records that were refused for `reason` in batches that came lately; the newest of them."""

    reason: str
    count: int
    log_index: int


@dataclass(frozen=True, slots=True)
class AnchorState:
    """`size`, `time` (by the evidence) of the largest confirmed tree; Unix seconds when the oldest open one began."""

    kind: str
    size: int | None
    time: int | None
    pending_since: int | None


def unpublished(connection: Connection, size: int) -> Unpublished:
    """Behind a published tree of `size` entries."""
    waiting = log_entries.c.index >= size
    entries = connection.execute(select(func.count()).select_from(log_entries).where(waiting)).scalar_one()
    late = select(func.count(), func.min(batches.c.received)).select_from(batches)
    number, since = connection.execute(late.where(batches.c.log_index >= size)).one()
    held = select(func.count()).select_from(records).where(records.c.log_index >= size)
    found = connection.execute(held).scalar_one() if number else 0
    signed = select(func.min(checkpoints.c.time)).where(checkpoints.c.size > size)
    times = [time for time in (since, connection.execute(signed).scalar_one()) if time is not None]
    return Unpublished(entries, found, min(times) if entries and times else None)


def refused_since(connection: Connection, since: int) -> list[Recent]:
    """By reason, the most frequent first, of batches received from Unix seconds `since` on."""
    number = func.count().label("number")
    query = (
        select(dispositions.c.status, dispositions.c.reason, number, func.max(dispositions.c.log_index).label("newest"))
        .join(batches, batches.c.log_index == dispositions.c.log_index)
        .where(dispositions.c.status.in_((REJECTED, EQUIVOCATION)), batches.c.received >= since)
        .group_by(dispositions.c.status, dispositions.c.reason)
        .order_by(number.desc())
    )
    return [Recent(row.reason or row.status, row.number, row.newest) for row in connection.execute(query)]


def anchor_states(connection: Connection) -> dict[str, AnchorState]:
    """By the name of the anchor, of those that ever began."""
    begun = {row.name: row.kind for row in connection.execute(select(anchorings.c.name, anchorings.c.kind).distinct())}
    return {name: _anchor(connection, name, kind) for name, kind in sorted(begun.items())}


def root_of(connection: Connection, size: int) -> bytes | None:
    """The root of the checkpoint that this log signed for `size` entries, if it signed one."""
    query = select(checkpoints.c.root).where(checkpoints.c.size == size)
    found: bytes | None = connection.execute(query).scalar_one_or_none()
    return found


def _anchor(connection: Connection, name: str, kind: str) -> AnchorState:
    mine = anchorings.c.name == name
    done = select(anchorings.c.size, anchorings.c.time).where(mine, anchorings.c.state == CONFIRMED)
    largest = connection.execute(done.order_by(anchorings.c.size.desc()).limit(1)).one_or_none()
    began = select(func.min(anchorings.c.submitted)).where(mine, anchorings.c.state == PENDING)
    size, time = (None, None) if largest is None else (largest.size, largest.time)
    return AnchorState(kind, size, time, connection.execute(began).scalar_one())
