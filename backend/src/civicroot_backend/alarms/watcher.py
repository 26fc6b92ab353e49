"""Judges every record as it is accepted, and what time alone changes.

What was judged, what that raised, whom it is to be told, and up to where it went are one transaction: killed anywhere,
it goes on where it was, and judges nothing twice.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from civicroot_backend.alarms import rules, states
from civicroot_backend.alarms.condition import Followed, followed
from civicroot_backend.alarms.judging import Judging
from civicroot_backend.alarms.lost import Gaps, still_lost
from civicroot_backend.alarms.machine import QUIET, Raised, State, advance, observe
from civicroot_backend.alarms.observed import Observed, of_record
from civicroot_backend.alarms.rule import Rule
from civicroot_backend.alarms.states import Standing
from civicroot_backend.database import queries
from civicroot_backend.database.alarm_tables import alarm_cursor
from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import batches, dispositions, records
from civicroot_backend.ingest.judge import EQUIVOCATION

GROUP = 500  # records judged in one transaction
RECORDS, BATCHES = "records", "batches"  # names of cursors: position of a record, log index of a batch


class Watcher:
    """One thread calls `step`. `clock` is Unix seconds."""

    def __init__(self, database: Database, judging: Judging, clock: Callable[[], float]) -> None:
        self._database = database
        self._judging = judging
        self._clock = clock
        self._newest: dict[bytes, int] = {}  # seq of the newest record that was judged, by device

    def step(self) -> int:
        """Judge the next group; how many records it had. New rules begin with the newest record of each device."""
        now = int(self._clock())
        with self._database.read() as connection:
            if not self._due(connection, now):
                return 0
        with self._database.write() as connection:
            self._judging.keys.refresh(connection)
            number = self._judge_next(connection, now)
        self._judging.tell()
        return number

    def _due(self, connection: Connection, now: int) -> bool:
        judged = rules.enabled(connection)
        if not judged:
            return False
        if any(rule.primed != rule.version for rule in judged) or states.any_awake(connection, now):
            return True
        newest = connection.execute(select(func.max(records.c.position))).scalar_one() or 0
        batch = connection.execute(select(func.max(batches.c.log_index))).scalar_one() or 0
        return newest > _cursor(connection, RECORDS) or batch > _cursor(connection, BATCHES)

    def _judge_next(self, connection: Connection, now: int) -> int:
        judged = rules.enabled(connection)
        old = [rule for rule in judged if rule.primed == rule.version]
        if not old:  # nobody judged until now: what is there already is past
            _skip_to_now(connection)
        rows = _next(connection, _cursor(connection, RECORDS))
        self._judge(connection, old, rows, now)
        self._equivocations(connection, old, now)
        for rule in judged:
            if rule.primed != rule.version:
                self._prime(connection, rule, now)
                rules.prime(connection, rule)
        self._wake(connection, {rule.id: rule for rule in judged}, now)
        if rows:
            _put_cursor(connection, RECORDS, rows[-1].position)
        return len(rows)

    def _judge(self, connection: Connection, judged: Sequence[Rule], rows: Sequence[Row[Any]], now: int) -> None:
        conditions = {rule.id: followed(rule.asked.kind, rule.asked.parameters) for rule in judged}
        known = states.of_devices(connection, sorted({row.kid for row in rows}))
        gaps = Gaps(connection)
        for row in rows:
            key = self._judging.keys.find(row.kid)
            late = row.seq < self._newest_of(connection, row.kid, row.position)
            if key is None or row.encoded is None or late:
                continue
            self._newest[row.kid] = row.seq
            about = [rule for rule in judged if self._judging.names(connection, rule, key.subject, row.kid, now)]
            found = of_record(row.kid, row.encoded, row.closed, row.received) if about else None
            for rule in about if found is not None else ():
                before, condition = known.get((rule.id, row.kid), QUIET), conditions[rule.id]
                state = before
                if condition is not None and found is not None:
                    state = self._follow(connection, rule, condition, found, key.subject, before, now)
                elif rule.asked.kind == "lost" and not before.raised:
                    state = gaps.note(before, row)
                if state != before and not (state.quiet and before.quiet):
                    known[rule.id, row.kid] = state
                    states.put(connection, rule, row.kid, key.subject, state)

    def _follow(
        self,
        connection: Connection,
        rule: Rule,
        condition: Followed,
        found: Observed,
        subject: str,
        before: State,
        now: int,
    ) -> State:
        seen, state = condition.judge(found, before)
        if seen is None:
            return state
        state, changes = observe(state, seen, rule.asked.for_seconds)
        self._judging.note(connection, rule, self._judging.about(connection, subject, found.kid, now), changes, now)
        return state

    def _prime(self, connection: Connection, rule: Rule, now: int) -> None:
        """A rule that is new, or was changed, begins with what is known."""
        condition = followed(rule.asked.kind, rule.asked.parameters)
        if condition is None:
            return
        for report in queries.last_reports(connection):
            revoked = self._judging.keys.revocation(report.kid) is not None
            if (
                report.encoded is None
                or revoked
                or not self._judging.names(connection, rule, report.subject, report.kid, now)
            ):
                continue
            found = of_record(report.kid, report.encoded, report.received, report.received)
            state = self._follow(connection, rule, condition, found, report.subject, QUIET, now)
            states.put(connection, rule, report.kid, report.subject, state)

    def _wake(self, connection: Connection, judged: dict[int, Rule], now: int) -> None:
        """What only time changes: a number has been too high for long enough, a gap was not filled."""
        for standing in states.awake(connection, now):
            rule = judged.get(standing.rule)
            if rule is None or not self._judging.concerns(connection, rule, standing.kid, now):
                # It judges no more, or not this device.
                states.forget(connection, standing.rule, standing.kid)
                continue
            state = standing.state
            if rule.asked.kind == "lost":
                state = self._lost(connection, rule, standing)
            state, changes = advance(state, now, rule.asked.for_seconds)
            self._judging.note(
                connection, rule, self._judging.about(connection, standing.subject, standing.kid, now), changes, now
            )
            states.put(connection, rule, standing.kid, standing.subject, state)

    def _lost(self, connection: Connection, rule: Rule, standing: Standing) -> State:
        missing = still_lost(connection, standing.kid, standing.state)
        if missing.count < rule.asked.parameters["least"]:
            return QUIET
        state = standing.state
        return State(state.newest, state.since, False, None, f"{missing.count}", state.number, state.memory)

    def _equivocations(self, connection: Connection, judged: Sequence[Rule], now: int) -> None:
        at = _cursor(connection, BATCHES)
        newest = connection.execute(select(func.max(batches.c.log_index))).scalar_one() or 0
        if newest <= at:
            return
        columns = (dispositions.c.kid, dispositions.c.seq, dispositions.c.log_index, batches.c.received)
        query = select(*columns).join(batches, batches.c.log_index == dispositions.c.log_index)
        found = query.where(dispositions.c.log_index > at, dispositions.c.status == EQUIVOCATION)
        for row in connection.execute(found.order_by(dispositions.c.log_index)).all():
            key = self._judging.keys.find(row.kid) if row.kid is not None else None
            if key is None:
                continue
            for rule in judged:
                if rule.asked.kind == "equivocation" and self._judging.names(
                    connection, rule, key.subject, row.kid, now
                ):
                    change = Raised(row.received, row.received, f"{row.seq}", row.log_index)
                    self._judging.note(
                        connection, rule, self._judging.about(connection, key.subject, row.kid, now), [change], now
                    )
        _put_cursor(connection, BATCHES, newest)

    def _newest_of(self, connection: Connection, kid: bytes, position: int) -> int:
        if kid not in self._newest:
            before = select(func.max(records.c.seq)).where(records.c.kid == kid, records.c.position < position)
            found = connection.execute(before).scalar_one()
            self._newest[kid] = -1 if found is None else found
        return self._newest[kid]


def _next(connection: Connection, cursor: int) -> Sequence[Any]:
    columns = [records.c[name] for name in ("position", "kid", "seq", "encoded")]
    query = select(*columns, batches.c.closed, batches.c.received).join(
        batches, batches.c.log_index == records.c.log_index
    )
    return connection.execute(query.where(records.c.position > cursor).order_by(records.c.position).limit(GROUP)).all()


def _cursor(connection: Connection, name: str) -> int:
    query = select(alarm_cursor.c.position).where(alarm_cursor.c.name == name)
    return connection.execute(query).scalar_one_or_none() or 0


def _put_cursor(connection: Connection, name: str, position: int) -> None:
    there = update(alarm_cursor).where(alarm_cursor.c.name == name).values(position=position)
    if not connection.execute(there).rowcount:
        connection.execute(insert(alarm_cursor).values(name=name, position=position))


def _skip_to_now(connection: Connection) -> None:
    for name, column in ((RECORDS, records.c.position), (BATCHES, batches.c.log_index)):
        _put_cursor(connection, name, connection.execute(select(func.max(column))).scalar_one() or 0)
