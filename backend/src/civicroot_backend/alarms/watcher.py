"""Judges what happens: every record as it is accepted, and what comes in no record every few seconds.

What was judged, what that raised, whom it is to be told, and up to where it went are one transaction: killed anywhere,
it goes on where it was, and judges nothing twice.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from civicroot_backend.alarms import facts, raised, rules, states
from civicroot_backend.alarms.condition import FOLLOWED, Followed, followed
from civicroot_backend.alarms.facts import Gateway
from civicroot_backend.alarms.hearing import Hearing
from civicroot_backend.alarms.lost import Gaps, still_lost
from civicroot_backend.alarms.machine import QUIET, Change, Cleared, Raised, State, advance, observe
from civicroot_backend.alarms.observed import Observed, of_record
from civicroot_backend.alarms.places import Places
from civicroot_backend.alarms.raised import WITHDRAWN, About
from civicroot_backend.alarms.rule import Rule
from civicroot_backend.alarms.states import Standing
from civicroot_backend.api import queries
from civicroot_backend.database.alarm_tables import alarm_cursor
from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import batches, dispositions, records
from civicroot_backend.events import AlarmListChanged, Event
from civicroot_backend.gateways.board import Board
from civicroot_backend.ingest.judge import EQUIVOCATION
from civicroot_backend.ingest.key_directory import KeyDirectory
from civicroot_backend.people.roles import CITY

GROUP = 500  # records judged in one transaction
RECORDS, BATCHES = "records", "batches"  # names of cursors: position of a record, log index of a batch


class Watcher:
    """One thread calls `step` and `look`. `clock` is Unix seconds; `publish`: live pages are told of a change."""

    def __init__(
        self,
        database: Database,
        keys: KeyDirectory,
        gateways: Board,
        hearing: Hearing,
        publish: Callable[[list[Event]], None],
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._keys = keys
        self._gateways = gateways
        self.hearing = hearing
        self._publish = publish
        self._clock = clock
        self._places = Places()
        self._newest: dict[bytes, int] = {}  # seq of the newest record that was judged, by device
        self._changed = False

    # What comes in records

    def step(self) -> int:
        """Judge the next group; how many records it had. New rules begin with the newest record of each device."""
        now = int(self._clock())
        with self._database.read() as connection:
            if not self._due(connection, now):
                return 0
        with self._database.write() as connection:
            self._keys.refresh(connection)
            number = self._judge_next(connection, now)
        self._tell()
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
            key = self._keys.find(row.kid)
            late = row.seq < self._newest_of(connection, row.kid, row.position)
            if key is None or row.encoded is None or late:
                continue
            self._newest[row.kid] = row.seq
            about = [rule for rule in judged if self._names(connection, rule, key.subject, row.kid, now)]
            found = of_record(row.kid, row.encoded, row.closed, row.received) if about else None
            for rule in about if found is not None else ():
                before, condition = known.get((rule.id, row.kid), QUIET), conditions[rule.id]
                state = before
                if condition is not None and found is not None:
                    state = self._follow(connection, rule, condition, found, key.subject, before, now)
                elif rule.asked.kind == "lost" and not before.raised:
                    state = gaps.note(before, row)
                if state != before:
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
        self._note(connection, rule, self._about(connection, subject, found.kid, now), changes, now)
        return state

    def _prime(self, connection: Connection, rule: Rule, now: int) -> None:
        """A rule that is new, or was changed, begins with what is known."""
        condition = followed(rule.asked.kind, rule.asked.parameters)
        if condition is None:
            return
        for report in queries.last_reports(connection):
            revoked = self._keys.revocation(report.kid) is not None
            if report.encoded is None or revoked or not self._names(connection, rule, report.subject, report.kid, now):
                continue
            found = of_record(report.kid, report.encoded, report.received, report.received)
            state = self._follow(connection, rule, condition, found, report.subject, QUIET, now)
            states.put(connection, rule, report.kid, report.subject, state)

    def _wake(self, connection: Connection, judged: dict[int, Rule], now: int) -> None:
        """What only time changes: a number has been too high for long enough, a gap was not filled."""
        for standing in states.awake(connection, now):
            rule = judged.get(standing.rule)
            if rule is None:  # it judges no more, or not now
                states.forget(connection, standing.rule, standing.kid)
                continue
            state = standing.state
            if rule.asked.kind == "lost":
                state = self._lost(connection, rule, standing)
            state, changes = advance(state, now, rule.asked.for_seconds)
            self._note(connection, rule, self._about(connection, standing.subject, standing.kid, now), changes, now)
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
            key = self._keys.find(row.kid) if row.kid is not None else None
            if key is None:
                continue
            for rule in judged:
                if rule.asked.kind == "equivocation" and self._names(connection, rule, key.subject, row.kid, now):
                    change = Raised(row.received, row.received, f"{row.seq}", row.log_index)
                    self._note(connection, rule, self._about(connection, key.subject, row.kid, now), [change], now)
        _put_cursor(connection, BATCHES, newest)

    # What comes in no record

    def look(self) -> None:
        """Compare what stands now with what is raised."""
        now = int(self._clock())
        standings = self._gateways.standings()
        self.hearing.look(standings, now)
        with self._database.read() as connection:
            self._keys.refresh(connection)
            judged = [rule for rule in rules.enabled(connection) if rule.asked.kind not in FOLLOWED]
            named = {kid: Gateway(self._subject(kid), standing) for kid, standing in standings.items()}
            found = [(rule, self._standing(connection, rule, named, now)) for rule in judged]
            differs = [pair for pair in found if self._differs(connection, *pair)]
            withdrawn = [one for one in raised.open_devices(connection) if self._withdrawn(one.kid)]
        if not differs and not withdrawn:
            return
        with self._database.write() as connection:
            for rule, stands in differs:
                self._settle(connection, rule, stands, now)
            for alarm in withdrawn:
                change = Cleared(now, "", None)
                ended = raised.end(connection, alarm.rule, alarm.about, change, now, WITHDRAWN)
                self._changed = self._changed or ended is not None
        self._tell()

    def _standing(
        self, connection: Connection, rule: Rule, named: dict[bytes, Gateway], now: int
    ) -> dict[str, tuple[About, State]]:
        """Where the rule stands for everything that it is about; what cannot be known is left out."""
        match rule.asked.kind:
            case "silence":
                return self._silences(connection, rule, now)
            case "gateway":
                seen = facts.gateways(named, rule.asked)
                abouts = {kid.hex(): About(kid.hex(), named[kid].subject, kid, CITY) for kid in seen}
                series = {kid.hex(): [one] for kid, one in seen.items()}
            case "checkpoint" | "quorum" | "anchor" as kind:
                series = {
                    "checkpoint": lambda: facts.checkpoint(connection, rule.asked, None),
                    "quorum": lambda: facts.quorum(connection, None),
                    "anchor": lambda: facts.anchor(connection, rule.asked, None),
                }[kind]()
                abouts = {key: About(key, key, None, CITY) for key in series}
            case _:
                return {}
        return {key: (abouts[key], facts.run(each, now, rule.asked.for_seconds)[0]) for key, each in series.items()}

    def _silences(self, connection: Connection, rule: Rule, now: int) -> dict[str, tuple[About, State]]:
        found = {}
        reports = queries.last_reports(connection)
        if rule.asked.scope.district != CITY:
            self._places.learn(connection, [one.subject for one in reports], now)
        for report in reports:
            if self._withdrawn(report.kid) or not self.hearing.tells(report.gateway, now):
                continue
            if self._names(connection, rule, report.subject, report.kid, now):
                state, _ = facts.run([facts.report(report)], now, rule.asked.for_seconds)
                key = report.kid.hex()
                found[key] = (About(key, report.subject, report.kid, ""), state)
        return found

    def _differs(self, connection: Connection, rule: Rule, stands: dict[str, tuple[About, State]]) -> bool:
        opened = raised.open_of(connection, rule.id)
        return any(state.raised != (key in opened) for key, (_, state) in stands.items())

    def _settle(self, connection: Connection, rule: Rule, stands: dict[str, tuple[About, State]], now: int) -> None:
        opened = raised.open_of(connection, rule.id)
        for key, (about, state) in stands.items():
            if state.raised == (key in opened):
                continue
            change: Change = Cleared(max(state.newest, 0), state.value, state.number)
            if state.raised:
                since = state.since if state.since is not None else now
                change = Raised(since + rule.asked.for_seconds, since, state.value, state.number)
            where = about.district or self._places.of(connection, about.subject, now)
            self._note(connection, rule, About(key, about.subject, about.kid, where), [change], now)

    # Both

    def _note(self, connection: Connection, rule: Rule, about: About, changes: Sequence[Change], now: int) -> None:
        for change in changes:
            if isinstance(change, Raised):
                done = raised.begin(connection, rule, about, change, now)
            else:
                done = raised.end(connection, rule.id, about.key, change, now)
            self._changed = self._changed or done is not None

    def _tell(self) -> None:
        if self._changed:
            self._changed = False
            self._publish([AlarmListChanged()])

    def _about(self, connection: Connection, subject: str, kid: bytes, now: int) -> About:
        return About(kid.hex(), subject, kid, self._places.of(connection, subject, now))

    def _names(self, connection: Connection, rule: Rule, subject: str, kid: bytes, now: int) -> bool:
        scope = rule.asked.scope
        if not scope.names(subject, kid):
            return False
        return scope.district == CITY or self._places.of(connection, subject, now) == scope.district

    def _newest_of(self, connection: Connection, kid: bytes, position: int) -> int:
        if kid not in self._newest:
            before = select(func.max(records.c.seq)).where(records.c.kid == kid, records.c.position < position)
            found = connection.execute(before).scalar_one()
            self._newest[kid] = -1 if found is None else found
        return self._newest[kid]

    def _withdrawn(self, kid: bytes | None) -> bool:
        return kid is not None and self._keys.revocation(kid) is not None

    def _subject(self, kid: bytes) -> str:
        key = self._keys.find(kid)
        return "" if key is None else key.subject


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
