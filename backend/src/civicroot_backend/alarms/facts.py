"""What comes in no record: checkpoints, witnesses, anchors, gateways, silence. As observations, for live and past."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from civicroot_wire import record_grammar
from sqlalchemy import Connection, Row, func, select

from civicroot_backend.alarms.condition import silence
from civicroot_backend.alarms.machine import QUIET, Change, Level, Seen, State, advance, observe
from civicroot_backend.alarms.rule import Asked
from civicroot_backend.anchor.book import CONFIRMED
from civicroot_backend.completeness import report_of
from civicroot_backend.database.tables import anchorings, checkpoints, publications
from civicroot_backend.gateways.alarms import Report
from civicroot_backend.gateways.board import Standing

CHECKPOINT, QUORUM = "log/checkpoint", "log/witnesses"
MOST_ROWS = 20_000  # of checkpoints or anchorings that one trial reads: at one in four seconds, a day

Series = dict[str, list[Seen]]


@dataclass(frozen=True, slots=True)
class Gateway:
    """How a gateway stands, and what it is called."""

    subject: str
    standing: Standing


def run(seen: Iterable[Seen], until: int, for_seconds: int) -> tuple[State, list[Change]]:
    """Where observations lead, in their order, up to a moment."""
    state, changes = QUIET, []
    for one in seen:
        if one.time > until:
            break
        state, more = observe(state, one, for_seconds)
        changes += more
    state, more = advance(state, until, for_seconds)
    return state, changes + more


def checkpoint(connection: Connection, asked: Asked, start: int | None) -> Series:
    """Checkpoints with their quorum from `start` on, and the one before; None: the newest alone.

    Where there are no witnesses, a checkpoint is published as it is signed.
    """
    age = asked.parameters["age_seconds"]
    query = select(publications.c.time, publications.c.size).where(publications.c.met)
    rows = _since(connection, query.order_by(publications.c.id.desc()), publications.c.time, start)
    if not _witnessed(connection):
        signed = select(checkpoints.c.time, checkpoints.c.size).order_by(checkpoints.c.size.desc())
        rows = _since(connection, signed, checkpoints.c.time, start)
    seen = [Seen(row.time, Level.GOOD, str(row.size), row.size, row.time + age) for row in reversed(rows)]
    return {CHECKPOINT: seen} if seen else {}


def quorum(connection: Connection, start: int | None) -> Series:
    """What was signed, and cosigned by enough, from `start` on; None: as it stands now. Nothing without witnesses."""
    if not _witnessed(connection):
        return {}
    met = publications.c.met
    if start is None:
        size, time = connection.execute(
            select(func.max(publications.c.size), func.max(publications.c.time)).where(met)
        ).one()
        waits = select(func.min(checkpoints.c.time), func.max(checkpoints.c.size)).where(
            checkpoints.c.size > (-1 if size is None else size)
        )
        since, waiting = connection.execute(waits).one()
        if since is not None:
            return {QUORUM: [Seen(since, Level.BAD, str(waiting), waiting)]}
        return {QUORUM: [Seen(time, Level.GOOD, str(size), size)]} if time is not None else {}
    signed = select(checkpoints.c.time, checkpoints.c.size).order_by(checkpoints.c.size.desc())
    cosigned = select(publications.c.time, publications.c.size).where(met).order_by(publications.c.id.desc())
    events = [(row.time, 0, row.size) for row in _since(connection, signed, checkpoints.c.time, start)]
    events += [(row.time, 1, row.size) for row in _since(connection, cosigned, publications.c.time, start)]
    newest, done, seen = -1, -1, []
    for time, is_cosigned, size in sorted(events):
        newest, done = max(newest, size), max(done, size) if is_cosigned else done
        seen.append(Seen(time, Level.GOOD if done >= newest else Level.BAD, str(newest), newest))
    return {QUORUM: seen} if seen else {}


def anchor(connection: Connection, asked: Asked, start: int | None) -> Series:
    """Anchorings by the anchor's name, from `start` on and those that were open then; None: since the last success."""
    age = asked.parameters["age_seconds"]
    names = list(connection.execute(select(anchorings.c.name).distinct().order_by(anchorings.c.name)).scalars())
    return {f"anchor/{name}": _anchor(_anchorings(connection, name, start), age) for name in names}


def _anchorings(connection: Connection, name: str, start: int | None) -> Sequence[Any]:
    mine = anchorings.c.name == name
    before = mine & (anchorings.c.state == CONFIRMED)
    if start is not None:
        before &= anchorings.c.confirmed < start
    last = connection.execute(select(func.max(anchorings.c.id)).where(before)).scalar_one()
    query = select(anchorings.c.submitted, anchorings.c.confirmed, anchorings.c.size).where(mine)
    ordered = query.where(anchorings.c.id >= (0 if last is None else last)).order_by(anchorings.c.id)
    return connection.execute(ordered.limit(MOST_ROWS)).all()


def _anchor(rows: Sequence[Any], age: int) -> list[Seen]:
    events = [(row.submitted, 0, row.size) for row in rows]
    events += [(row.confirmed, 1, row.size) for row in rows if row.confirmed is not None]
    waiting: list[tuple[int, int]] = []  # size, since when
    seen = []
    for time, done, size in sorted(events):
        if not done:
            first = not waiting
            waiting.append((size, time))
            seen.append(Seen(time, Level.GOOD if first else Level.SAME, str(size), size, time + age))
            continue
        waiting = [one for one in waiting if one[0] > size]
        due = min((since for _, since in waiting), default=None)
        seen.append(Seen(time, Level.GOOD, str(size), size, None if due is None else due + age))
    return seen


def gateways(standings: Mapping[bytes, Gateway], asked: Asked) -> dict[bytes, Seen]:
    """How those in the rule's scope stand now; `reasons` of the rule: those that count, none: all."""
    wanted = set(asked.parameters.get("reasons", ()))
    found = {}
    for kid, gateway in standings.items():
        if not asked.scope.names(gateway.subject, kid):
            continue
        reasons = [name for name in gateway.standing.reasons if not wanted or name in wanted]
        found[kid] = Seen(gateway.standing.since, Level.BAD if reasons else Level.GOOD, " ".join(reasons))
    return found


def report(found: Report) -> Seen:
    """A device's newest report as an observation of its silence; of a pruned one nobody knows the number."""
    last = report_of(found.encoded, found.time, found.received)
    seq = None if found.encoded is None else record_grammar.decode(found.encoded).seq
    return silence(last.reported, seq, last.promised)


def _witnessed(connection: Connection) -> bool:
    return connection.execute(select(publications.c.id).limit(1)).one_or_none() is not None


def _since(connection: Connection, newest_first: Any, time: Any, start: int | None) -> Sequence[Row[Any]]:
    """Those from `start` on and one before it; the newest alone if there is no start. Newest first."""
    if start is None:
        return connection.execute(newest_first.limit(1)).all()
    found = list(connection.execute(newest_first.where(time >= start).limit(MOST_ROWS)))
    return [*found, *connection.execute(newest_first.where(time < start).limit(1))]
