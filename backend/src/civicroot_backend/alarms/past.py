"""A rule tried on what was stored: when it would have rung, for how long, and by which readings.

The judging is the live one (condition.py, machine.py). What differs is said: records are taken in the order of their
numbers, however late they came; that a gateway was down is not known of the past, so that silences behind it are
counted; what gateways said of themselves is not kept at all.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy import Connection, func, select

from civicroot_backend import completeness
from civicroot_backend.alarms import facts, refused
from civicroot_backend.alarms.condition import UNRECORDED, Followed, followed, silence
from civicroot_backend.alarms.errors import UnfitRule
from civicroot_backend.alarms.machine import QUIET, Change, Level, Raised, Seen, State, advance, observe
from civicroot_backend.alarms.observed import of_record
from civicroot_backend.alarms.places import Places
from civicroot_backend.alarms.rule import DAY_SECONDS, Asked
from civicroot_backend.completeness import report_of
from civicroot_backend.database import queries
from civicroot_backend.database.tables import batches, dispositions, enrolments, records
from civicroot_backend.ingest.judge import EQUIVOCATION
from civicroot_backend.people.roles import CITY

MAX_DAYS = 92  # a quarter of a year: what a threshold is chosen by
MAX_RECORDS = 50_000  # decoded in one trial: some 2 seconds
MAX_DEVICES = 2_000
MAX_SECONDS = 10.0  # of this machine's time: whoever waits for an answer has a page open
MAX_SPANS = 200
AT_ONCE = 2  # trials: each keeps a thread of the API, and a core, for seconds
PIECE = 1_000  # records read at once
Cut = Literal["", "records", "devices", "time", "not-kept"]
ALL: Final = ""
TOO_MANY_RECORDS: Final = "records"
TOO_MANY_DEVICES: Final = "devices"
TOO_LONG: Final = "time"
NOT_KEPT: Final = "not-kept"
_TIME: Final = func.coalesce(records.c.time, batches.c.closed)


@dataclass(frozen=True, slots=True)
class Span:
    """Once that it would have rung; `cleared` is None if it was still so at the end of the range."""

    subject: str
    kid: bytes | None
    about: str
    raised: Raised
    cleared: int | None
    cleared_number: int | None
    told: bool


@dataclass(slots=True)
class Trial:
    """`rang`: how often, `told` of it in messages; `pruned` records are gone; `cut`: why not all was looked at."""

    spans: list[Span] = field(default_factory=list)
    rang: int = 0
    told: int = 0
    seconds: int = 0
    devices: int = 0
    looked_at: int = 0
    pruned: int = 0
    cut: Cut = ALL


def try_rule(
    connection: Connection, asked: Asked, start: int, end: int, monotonic: Callable[[], float] = time.monotonic
) -> Trial:
    """Look at the readings from `start` to before `end`, Unix seconds. Raises UnfitRule."""
    if not 0 <= start < end or end - start > MAX_DAYS * DAY_SECONDS:
        raise UnfitRule(f"a rule is tried on at most {MAX_DAYS} days, and the end comes after the start")
    return _Trying(connection, asked.checked(), start, end, monotonic).run()


class _Trying:
    def __init__(
        self, connection: Connection, asked: Asked, start: int, end: int, monotonic: Callable[[], float]
    ) -> None:
        self._connection, self._asked, self._start, self._end = connection, asked, start, end
        self._monotonic, self._until = monotonic, monotonic() + MAX_SECONDS
        self._trial = Trial()

    def run(self) -> Trial:
        kind = self._asked.kind
        if kind in UNRECORDED:
            self._trial.cut = NOT_KEPT
        elif kind in ("checkpoint", "quorum", "anchor"):
            self._city()
        elif kind == "equivocation":
            self._equivocations()
        elif kind == "refused":
            self._refused()
        else:
            self._devices()
        self._trial.spans.sort(key=lambda span: (span.raised.time, span.subject))
        self._trial.spans = self._trial.spans[:MAX_SPANS]
        return self._trial

    def _devices(self) -> None:
        condition = followed(self._asked.kind, self._asked.parameters)
        for kid, subject in self._named():
            if self._is_cut():
                return
            self._trial.devices += 1
            changes = self._lost(kid) if self._asked.kind == "lost" else self._judge(kid, condition)
            self._note(subject, kid, kid.hex(), changes)

    def _judge(self, kid: bytes, condition: Followed | None) -> list[Change]:
        state, changes = QUIET, []
        for row in self._records(kid):
            if self._is_cut():
                break
            if row.encoded is None:
                self._trial.pruned += 1
                continue
            self._trial.looked_at += 1
            state, more = self._next(state, row, condition)
            changes += more
        return [*changes, *advance(state, self._end - 1, self._asked.for_seconds)[1]]

    def _next(self, state: State, row: Any, condition: Followed | None) -> tuple[State, list[Change]]:
        if condition is None:
            last = report_of(row.encoded, row.time, row.received)
            return observe(state, silence(last.reported, row.seq, last.promised), self._asked.for_seconds)
        seen, state = condition.judge(of_record(row.kid, row.encoded, row.closed, row.received), state)
        return (state, []) if seen is None else observe(state, seen, self._asked.for_seconds)

    def _lost(self, kid: bytes) -> list[Change]:
        """What is lost by now, each gap from when the next record came."""
        changes: list[Change] = []
        for first, last in completeness.of_device(self._connection, kid).lost:
            if self._is_cut():
                break
            after = select(records.c.seq, batches.c.received).join(batches)
            query = after.where(records.c.kid == kid, records.c.seq > last).order_by(records.c.seq).limit(1)
            row = self._connection.execute(query).one_or_none()
            if row is None or last - first + 1 < self._asked.parameters["least"]:
                continue
            seen = Seen(row.received, Level.BAD, str(last - first + 1), row.seq)
            _, more = facts.run([seen], self._end - 1, self._asked.for_seconds)
            changes += more
            self._trial.looked_at += 1
        return changes

    def _equivocations(self) -> None:
        columns = (dispositions.c.kid, dispositions.c.seq, dispositions.c.log_index, batches.c.received)
        query = select(*columns).join(batches, batches.c.log_index == dispositions.c.log_index)
        mine = (dispositions.c.status == EQUIVOCATION) & batches.c.received.between(self._start, self._end - 1)
        found = self._connection.execute(query.where(mine).order_by(dispositions.c.log_index).limit(MAX_RECORDS)).all()
        subjects = dict(self._named())
        self._trial.devices, self._trial.looked_at = len(subjects), len(found)
        for row in found:
            if row.kid in subjects:
                change = Raised(row.received, row.received, str(row.seq), row.log_index)
                self._note(subjects[row.kid], row.kid, row.kid.hex(), [change])

    def _refused(self) -> None:
        found = refused.courses(self._connection, self._asked, self._start)
        subjects = refused.subjects_of(self._connection, found)
        for kid, seen in found.items():
            self._trial.looked_at += len(seen)
            _, changes = facts.run(seen, self._end - 1, self._asked.for_seconds)
            self._note(subjects.get(kid, ""), kid, kid.hex(), changes)
        if self._trial.looked_at >= 2 * refused.MOST_BATCHES:  # each comes, and goes out of the window
            self._trial.cut = TOO_MANY_RECORDS

    def _city(self) -> None:
        kind = self._asked.kind
        if kind == "checkpoint":
            series = facts.checkpoint(self._connection, self._asked, self._start)
        elif kind == "quorum":
            series = facts.quorum(self._connection, self._start)
        else:
            series = facts.anchor(self._connection, self._asked, self._start)
        for key, seen in series.items():
            self._trial.looked_at += len(seen)
            _, changes = facts.run(seen, self._end - 1, self._asked.for_seconds)
            self._note(key, None, key, changes)

    def _named(self) -> list[tuple[bytes, str]]:
        """Current devices in the rule's scope."""
        scope = self._asked.scope
        found = [(row.kid, row.subject) for row in queries.current_places(self._connection)]
        if scope.kid is not None and all(kid != scope.kid for kid, _ in found):  # one that was replaced since
            query = select(enrolments.c.kid, enrolments.c.subject).where(enrolments.c.kid == scope.kid).limit(1)
            found += [(row.kid, row.subject) for row in self._connection.execute(query)]
        found = [(kid, subject) for kid, subject in found if scope.names(subject, kid)]
        if scope.district != CITY:
            places = Places()
            places.learn(self._connection, [subject for _, subject in found], 0)
            found = [pair for pair in found if places.of(self._connection, pair[1], 0) == scope.district]
        if len(found) > MAX_DEVICES:
            self._trial.cut = TOO_MANY_DEVICES
        return found[:MAX_DEVICES]

    def _records(self, kid: bytes) -> Iterator[Any]:
        """A device's records of the range, and the one before it, from which its state is known at the start."""
        columns = (
            records.c.kid,
            records.c.seq,
            records.c.encoded,
            records.c.time,
            batches.c.closed,
            batches.c.received,
        )
        mine = select(*columns).join(batches, batches.c.log_index == records.c.log_index).where(records.c.kid == kid)
        before = mine.where(self._start > _TIME).order_by(records.c.seq.desc()).limit(1)
        yield from self._connection.execute(before)
        at = -1
        inside = mine.where(self._start <= _TIME, self._end > _TIME).order_by(records.c.seq).limit(PIECE)
        while rows := self._connection.execute(inside.where(records.c.seq > at)).all():
            yield from rows
            at = rows[-1].seq

    def _note(self, subject: str, kid: bytes | None, about: str, changes: Sequence[Change]) -> None:
        begun: Raised | None = None
        told_at: int | None = None
        for change in [*changes, None]:
            if begun is not None:
                over = None if change is None else change.time
                number = None if change is None or isinstance(change, Raised) else change.number
                due = begun.time if told_at is None else max(begun.time, told_at + self._asked.quiet_seconds)
                told = due < (self._end if over is None else over) or due == begun.time
                told_at = due if told else told_at
                self._keep(Span(subject, kid, about, begun, over, number, told))
            begun = change if isinstance(change, Raised) else None

    def _keep(self, span: Span) -> None:
        if span.cleared is not None and span.cleared <= self._start:
            return
        trial = self._trial
        trial.rang += 1
        trial.told += span.told
        trial.seconds += max(0, (self._end if span.cleared is None else span.cleared) - span.raised.time)
        if len(trial.spans) < 10 * MAX_SPANS:  # the earliest of them are shown
            trial.spans.append(span)

    def _is_cut(self) -> bool:
        if self._trial.looked_at >= MAX_RECORDS:
            self._trial.cut = TOO_MANY_RECORDS
        elif self._monotonic() > self._until:
            self._trial.cut = TOO_LONG
        return self._trial.cut in (TOO_MANY_RECORDS, TOO_LONG)
