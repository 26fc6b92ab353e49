"""Alarms end when their rule no longer looks there, and a rule that was changed meanwhile raises none."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from civicroot_backend.database.connection import Database
from civicroot_wire import record
from civicroot_wire.senml import Measurement
from sqlalchemy import Connection

from tests.backend.alarms.conftest import FULL, PROMISE, Watch, rule
from tests.backend.test_api_subjects import imported

IMPORTED_SECONDS = 300  # until an import is known


def ended(watch: Watch) -> list[tuple[str, str]]:
    return [(one["kind"], one["cleared_why"]) for one in watch.open(state="over")]


def test_a_device_that_moved_out_of_its_rule_has_no_alarm_of_it(watch: Watch) -> None:
    key = watch.city.enrol_device("bin/12")
    watch.make({**FULL, "for_seconds": 0})
    watch.make(rule("silence", subject_kind="bin"))
    watch.make(rule("lost", subject_kind="bin", parameters={"least": 1}))
    watch.fill(key, 10)
    watch.fill(key, 95, skip=1)
    watch.later(2 * PROMISE)
    assert sorted(one["kind"] for one in watch.open()) == ["lost", "silence", "threshold"]
    watch.city.backend.submit(watch.city.city.enrolment(key, "tree/7", record.ROLE))
    watch.judge()
    assert [one["kind"] for one in watch.open()] == ["lost"], "what nothing makes good somebody has to see"
    assert sorted(ended(watch)) == [("silence", "out-of-scope"), ("threshold", "out-of-scope")]
    watch.later(60)
    assert len(watch.open()) == 1
    watch.city.backend.submit(watch.city.city.enrolment(key, "bin/12", record.ROLE, label="Back"))
    watch.fill(key, 95)
    watch.judge()
    assert sorted(one["kind"] for one in watch.open()) == ["lost", "threshold"], "it is back, and as bad"


def test_a_place_that_goes_to_another_district_takes_no_alarm_along(watch: Watch) -> None:
    for slug in ("north", "south"):
        watch.office.district(slug)
    imported(watch.city, "bin", "id,district\n1,North\n2,North\n")
    keys = [watch.city.enrol_device(f"bin/{number}") for number in (1, 2)]
    watch.make({**FULL, "for_seconds": 0}, "north")
    watch.make(rule("flag", parameters={"flags": ["fire"]}, for_seconds=600), "north")
    for key in keys:
        watch.fill(key, 95)
        watch.says(key, Measurement("alarm", "fire"))
    watch.judge()
    assert len(watch.open("north")) == 2
    imported(watch.city, "bin", "id,district\n1,South\n2,North\n")
    watch.later(IMPORTED_SECONDS)
    assert [one["subject"] for one in watch.open()] == ["bin/2"]
    watch.later(600)
    assert [(one["subject"], one["kind"]) for one in watch.open()] == [("bin/2", "flag"), ("bin/2", "threshold")]
    assert ended(watch) == [("threshold", "out-of-scope")], "what was about to ring does not, either"


class Meanwhile:
    """The database; something happens before the first transaction that writes."""

    def __init__(self, database: Database, happens: Callable[[], Any]) -> None:
        self.read = database.read
        self._database, self._happens = database, [happens]

    def write(self) -> AbstractContextManager[Connection]:
        while self._happens:
            self._happens.pop()()
        return self._database.write()


def test_a_rule_that_is_removed_while_it_is_judged_raises_nothing(watch: Watch) -> None:
    key = watch.city.enrol_device("bin/12")
    made = [watch.make(rule("silence", name=name)) for name in ("Removed", "Changed")]
    paths = [f"districts/city/alarm-rules/{one['id']}" for one in made]
    watch.fill(key, 10)
    watch.city.city.now += 2 * PROMISE

    def changes() -> None:
        gone = watch.operator.ask("DELETE", paths[0], **{"if-match": '"1"'})
        longer = rule("silence", name="Changed", for_seconds=86_400)
        changed = watch.operator.ask("PUT", paths[1], longer, **{"if-match": '"1"'})
        assert (gone.status_code, changed.status_code) == (204, 200)

    looker = watch.city.backend.alarms.looker
    looker._database = Meanwhile(looker._database, changes)  # type: ignore[assignment]
    looker.look()
    assert watch.open(state="all") == []
    watch.judge()
    assert watch.open(state="all") == []
