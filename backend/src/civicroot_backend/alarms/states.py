"""Where rules stand for devices, kept while it is anything but quiet: a restart goes on from it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from civicroot_backend.alarms.machine import State
from civicroot_backend.alarms.rule import Rule
from civicroot_backend.database.alarm_tables import alarm_states

MOST_AWAKE = 500  # that time alone changes, in one transaction


@dataclass(frozen=True, slots=True)
class Standing:
    """A state that is not quiet, of a rule and a device."""

    rule: int
    kid: bytes
    subject: str
    state: State


def of_devices(connection: Connection, kids: Sequence[bytes]) -> dict[tuple[int, bytes], State]:
    """By rule and device."""
    rows = connection.execute(select(alarm_states).where(alarm_states.c.kid.in_(kids)))
    return {(row.rule, row.kid): _state(row) for row in rows}


def awake(connection: Connection, now: int) -> list[Standing]:
    """Those that time alone changes by now."""
    query = select(alarm_states).where(alarm_states.c.wakes <= now).order_by(alarm_states.c.wakes).limit(MOST_AWAKE)
    return [Standing(row.rule, row.kid, row.subject, _state(row)) for row in connection.execute(query)]


def any_awake(connection: Connection, now: int) -> bool:
    """Whether there are any."""
    query = select(alarm_states.c.rule).where(alarm_states.c.wakes <= now).limit(1)
    return connection.execute(query).one_or_none() is not None


def put(connection: Connection, rule: Rule, kid: bytes, subject: str, state: State) -> None:
    """Keep it, or forget it if it is quiet."""
    mine = (alarm_states.c.rule == rule.id) & (alarm_states.c.kid == kid)
    connection.execute(delete(alarm_states).where(mine))
    if state.quiet:
        return
    text = json.dumps(_fields(state), ensure_ascii=False, separators=(",", ":"))
    row = {"rule": rule.id, "kid": kid, "subject": subject, "state": text}
    connection.execute(insert(alarm_states).values(**row, wakes=state.wakes(rule.asked.for_seconds)))


def forget(connection: Connection, rule: int, kid: bytes) -> None:
    """It is quiet."""
    connection.execute(delete(alarm_states).where(alarm_states.c.rule == rule, alarm_states.c.kid == kid))


def _fields(state: State) -> list[Any]:
    return [state.newest, state.since, state.raised, state.due, state.value, state.number, list(state.memory)]


def _state(row: Row[Any]) -> State:
    newest, since, raised, due, value, number, memory = json.loads(row.state)
    pairs = tuple((time, text) for time, text in memory)
    return State(newest, since, raised, due, value, number, pairs)
