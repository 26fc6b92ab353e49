"""Rules on who outside looks: witnesses and anchors that are real and fail, and their course in the tables."""

from pathlib import Path

from civicroot_backend.alarms import facts
from civicroot_backend.alarms.machine import Cleared, Raised
from civicroot_backend.alarms.rule import Asked, Scope
from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import anchorings, checkpoints, publications
from civicroot_backend.people.roles import Role
from sqlalchemy import insert, update

from tests.backend.alarms.conftest import Watch, rule
from tests.backend.people.office import Office
from tests.backend.promise_town import promising_town
from tests.backend.witness_server import Reply


def test_an_anchor_that_does_not_confirm_and_witnesses_that_are_gone_ring(tmp_path: Path) -> None:
    with promising_town(tmp_path) as town:
        office = Office(town.served)
        watch = Watch(office, office.person(Role.OPERATOR), origin=town.served.url)
        watch.make(rule("quorum", for_seconds=300))
        watch.make(rule("anchor", parameters={"age_seconds": 900}))
        watch.make(rule("checkpoint", parameters={"age_seconds": 7200}))
        town.clock["works"] = False
        town.backend.publish_pending()
        town.backend.anchor()
        watch.later(899)
        assert watch.open() == []
        watch.later(1)
        assert [one["subject"] for one in watch.open()] == ["anchor/clock.example"]
        for witness in town.witnesses[1:]:
            witness.lie = lambda _asked: Reply(503)
        town.refuse()
        town.backend.publish_pending()
        watch.later(299)
        assert len(watch.open()) == 1
        watch.later(1)
        quorum, _ = watch.open()
        assert (quorum["subject"], quorum["proof"]) == ("log/witnesses", "/log/checkpoint")
        watch.later(7200)
        assert [one["kind"] for one in watch.open()] == ["checkpoint", "quorum", "anchor"]
        for kind in ("quorum", "anchor", "checkpoint"):
            parameters = {"anchor": {"age_seconds": 900}, "checkpoint": {"age_seconds": 7200}}.get(kind, {})
            tried = watch.tried(rule(kind, parameters=parameters, for_seconds=300 if kind == "quorum" else 0))
            (live,) = [one for one in watch.open() if one["kind"] == kind]
            assert [one["raised"] for one in tried["spans"]] == [live["raised"]], kind


def signed(database: Database, size: int, time: int) -> None:
    with database.write() as connection:
        row = {"size": size, "root": bytes(32), "note": b"", "time": time}
        connection.execute(insert(checkpoints).values(**row))


def cosigned(database: Database, size: int, time: int, met: bool = True) -> None:
    with database.write() as connection:
        row = {"size": size, "note": b"", "quorum": 2, "met": met, "time": time}
        connection.execute(insert(publications).values(**row))


def test_the_course_of_checkpoints_witnesses_and_anchors(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/course.db")
    asked = Asked("A rule", "checkpoint", {"age_seconds": 100}, Scope())
    signed(database, 1, 0)
    with database.read() as connection:
        assert facts.quorum(connection, None) == facts.quorum(connection, 0) == {}, "without witnesses"
        assert facts.run(facts.checkpoint(connection, asked, None)[facts.CHECKPOINT], 100, 0)[0].raised
    cosigned(database, 1, 1)
    signed(database, 5, 50)
    cosigned(database, 5, 60, met=False)
    signed(database, 7, 70)
    cosigned(database, 7, 200)
    with database.read() as connection:
        _, changes = facts.run(facts.quorum(connection, 0)[facts.QUORUM], 300, 30)
        assert changes == [Raised(80, 50, "5", 5), Cleared(200, "7", 7)]
        (now,) = facts.quorum(connection, None)[facts.QUORUM]
        assert (now.time, now.level.value) == (200, "good")
        _, changes = facts.run(facts.checkpoint(connection, asked, 0)[facts.CHECKPOINT], 400, 0)
        assert changes == [Raised(101, 101, "1", 1), Cleared(200, "7", 7), Raised(300, 300, "7", 7)]
    with database.write() as connection:
        row = {"name": "clock", "kind": "rfc3161", "size": 1, "state": "failed", "detail": "", "submitted": 10}
        connection.execute(insert(anchorings).values(**row))
        connection.execute(insert(anchorings).values(**{**row, "size": 5, "state": "pending", "submitted": 90}))
    with database.read() as connection:
        _, changes = facts.run(facts.anchor(connection, asked, None)["anchor/clock"], 300, 0)
        assert [(type(one), one.time) for one in changes] == [(Raised, 110)], "one that failed is no confirmation"
    with database.write() as connection:
        done = update(anchorings).where(anchorings.c.size == 5)
        connection.execute(done.values(state="confirmed", confirmed=150))
    with database.read() as connection:
        for start in (None, 0):
            state, changes = facts.run(facts.anchor(connection, asked, start)["anchor/clock"], 300, 0)
            assert not state.raised
            assert [one.time for one in changes] == ([] if start is None else [110, 150])
    database.close()
