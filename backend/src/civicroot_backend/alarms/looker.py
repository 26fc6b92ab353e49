"""Looks every half a minute at what comes in no record: silence, checkpoints, witnesses, anchors, gateways.

Where each rule stands is computed anew from what is there; only where that differs from what is raised, it is written.
It ends alarms that no record can end any more: of devices that were withdrawn, or are where their rule does not look.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from civicroot_backend.alarms import facts, raised, refused, rules, states
from civicroot_backend.alarms.condition import FOLLOWED, LATCHED
from civicroot_backend.alarms.facts import Gateway
from civicroot_backend.alarms.hearing import Hearing
from civicroot_backend.alarms.judging import Judging
from civicroot_backend.alarms.machine import Change, Cleared, Raised, State
from civicroot_backend.alarms.raised import OUT_OF_SCOPE, WITHDRAWN, About, Alarm
from civicroot_backend.alarms.rule import Rule
from civicroot_backend.database import queries
from civicroot_backend.database.connection import Database
from civicroot_backend.gateways.board import Board
from civicroot_backend.people.roles import CITY


class Looker:
    """One thread calls `look`. `clock` is Unix seconds."""

    def __init__(
        self, database: Database, judging: Judging, gateways: Board, hearing: Hearing, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._judging = judging
        self._gateways = gateways
        self.hearing = hearing
        self._clock = clock

    def look(self) -> None:
        """Compare what stands now with what is raised."""
        now = int(self._clock())
        standings = self._gateways.standings()
        self.hearing.look(standings, now)
        with self._database.read() as connection:
            self._judging.keys.refresh(connection)
            inforce = rules.enabled(connection)
            judged = [rule for rule in inforce if rule.asked.kind not in FOLLOWED]
            named = {kid: Gateway(self._subject(kid), standing) for kid, standing in standings.items()}
            found = [(rule, self._standing(connection, rule, named, now)) for rule in judged]
            differs = [pair for pair in found if self._differs(connection, *pair)]
            over = self._over(connection, {rule.id: rule for rule in inforce}, now)
        if not differs and not over:
            return
        with self._database.write() as connection:
            versions = {rule.id: rule.version for rule in rules.enabled(connection)}
            for rule, stands in differs:
                if versions.get(rule.id) == rule.version:  # nobody changed or removed it meanwhile
                    self._settle(connection, rule, stands, now)
            for alarm, why in over:
                self._end(connection, alarm, why, now)
        self._judging.tell()

    def _over(self, connection: Connection, inforce: Mapping[int, Rule], now: int) -> list[tuple[Alarm, str]]:
        """Alarms of devices that nothing they say will end, and why. What is latched, somebody acknowledges."""
        found = []
        for alarm in raised.open_devices(connection):
            rule = inforce.get(alarm.rule)
            if self._judging.withdrawn(alarm.kid):
                found.append((alarm, WITHDRAWN))
            elif alarm.kid is None or (rule is not None and rule.asked.kind in LATCHED):
                continue
            elif rule is None or not self._judging.concerns(connection, rule, alarm.kid, now):
                found.append((alarm, OUT_OF_SCOPE))
        return found

    def _end(self, connection: Connection, alarm: Alarm, why: str, now: int) -> None:
        if raised.end(connection, alarm.rule, alarm.about, Cleared(now, "", None), now, why) is not None:
            self._judging.changed()
        if why == OUT_OF_SCOPE and alarm.kid is not None:  # should it come back, it begins anew
            states.forget(connection, alarm.rule, alarm.kid)

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
            case "refused":
                courses = refused.now_of(connection, rule.asked, raised.open_of(connection, rule.id), now)
                held = {kid: seen for kid, seen in courses.items() if not self._judging.withdrawn(kid)}
                abouts = {kid.hex(): About(kid.hex(), self._subject(kid), kid, CITY) for kid in held}
                series = {kid.hex(): seen for kid, seen in held.items()}
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
            self._judging.learn(connection, [one.subject for one in reports], now)
        for report in reports:
            if self._judging.withdrawn(report.kid) or not self.hearing.tells(report.gateway, now):
                continue
            if self._judging.names(connection, rule, report.subject, report.kid, now):
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
            where = about.district or self._judging.district(connection, about.subject, now)
            self._judging.note(connection, rule, About(key, about.subject, about.kid, where), [change], now)

    def _subject(self, kid: bytes) -> str:
        key = self._judging.keys.find(kid)
        return "" if key is None else key.subject
