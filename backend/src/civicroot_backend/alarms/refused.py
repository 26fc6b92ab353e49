"""Records that were refused in the batches of a gateway: what tampering leaves behind (wire specification §9).

A batch is signed by its gateway, so that is whom they are counted for; the device that a forged record names is only a
claim. What comes in no batch of an enrolled gateway is counted without a time (ingest/evidence.py), and rings nothing.
"""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from civicroot_backend.alarms.machine import Level, Seen
from civicroot_backend.alarms.rule import Asked
from civicroot_backend.database.tables import batches, checkpoints, dispositions, enrolments
from civicroot_backend.ingest.judge import EQUIVOCATION, REJECTED

MOST_BATCHES = 20_000  # with something refused, the newest of them: more than a gateway sends in a day
Batch = tuple[int, int, int]  # when it was received, its log entry, how many of its records were refused


def courses(connection: Connection, asked: Asked, start: int) -> dict[bytes, list[Seen]]:
    """Of every gateway in the rule's scope, from `start` on: how many were refused in the time before."""
    window, least = asked.parameters["window_seconds"], asked.parameters["least"]
    found = _batches(connection, start - window, set(asked.parameters["reasons"]))
    subjects = subjects_of(connection, found)
    return {
        kid: course(each, window, least) for kid, each in found.items() if asked.scope.names(subjects.get(kid, ""), kid)
    }


def now_of(connection: Connection, asked: Asked, opened: Iterable[str], now: int) -> dict[bytes, list[Seen]]:
    """As far back as it takes to know how it stands; what is raised and was not heard of since is good."""
    calm = {bytes.fromhex(key): [Seen(now, Level.GOOD, "0")] for key in opened}
    return calm | courses(connection, asked, now - asked.for_seconds - asked.parameters["window_seconds"])


def course(found: Iterable[Batch], window: int, least: int) -> list[Seen]:
    """What each batch adds, and takes away again a window later."""
    changes = [(time, True, index, number) for time, index, number in found]
    changes += [(time + window, False, index, -number) for time, _, index, number in changes]
    total, newest, seen = 0, 0, []
    for time, adds, index, number in sorted(changes):
        total += number
        newest = index if adds else newest
        seen.append(Seen(time, Level.BAD if total >= least else Level.GOOD, str(total), newest))
    return seen


def subjects_of(connection: Connection, kids: Iterable[bytes]) -> dict[bytes, str]:
    """What keys were enrolled as."""
    query = select(enrolments.c.kid, enrolments.c.subject).where(enrolments.c.kid.in_(list(kids)))
    return {row.kid: row.subject for row in connection.execute(query.order_by(enrolments.c.log_index))}


def _batches(connection: Connection, start: int, reasons: set[str]) -> dict[bytes, list[Batch]]:
    """By gateway; the newest checkpoint before `start` says which entries cannot matter."""
    before = select(checkpoints.c.size).where(checkpoints.c.time < start).order_by(checkpoints.c.size.desc()).limit(1)
    first = connection.execute(before).scalar_one_or_none() or 0
    why = func.coalesce(dispositions.c.reason, dispositions.c.status)
    query = (
        select(batches.c.gateway, batches.c.received, batches.c.log_index, func.count().label("number"))
        .join(dispositions, batches.c.log_index == dispositions.c.log_index)
        .where(dispositions.c.log_index >= first, batches.c.received >= start)
        .where(dispositions.c.status.in_((REJECTED, EQUIVOCATION)))
        .group_by(batches.c.gateway, batches.c.received, batches.c.log_index)
        .order_by(batches.c.log_index.desc())
        .limit(MOST_BATCHES)
    )
    found: dict[bytes, list[Batch]] = defaultdict(list)
    for row in connection.execute(query.where(why.in_(reasons)) if reasons else query):
        found[row.gateway].append((row.received, row.log_index, row.number))
    return found
