"""Nobody takes all of what there is: one target's backlog, tests of a target, trials of rules."""

import json
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import pytest
from civicroot_backend.alarms import outbox, past
from civicroot_backend.alarms.rule import Asked, Scope

from tests.backend.alarms.conftest import FULL, Watch, rule
from tests.backend.alarms.receivers import Hook, web_server
from tests.backend.alarms.test_telling import HERE, dispatcher, messages, target
from tests.backend.people.office import reason

BACKLOG = 200
pytestmark = pytest.mark.parametrize("watch", [HERE], indirect=True)


@pytest.fixture
def dead() -> Iterator[Hook]:
    with web_server() as server:
        server.status = 503
        yield server


@pytest.fixture
def hook() -> Iterator[Hook]:
    with web_server() as server:
        yield server


def queued(watch: Watch, made: dict[str, Any], severity: str, event: str = outbox.RAISED) -> None:
    """A message that waits for the target."""
    with watch.city.backend.database.write() as connection:
        outbox._write(connection, made["target"]["id"], event, {"severity": severity}, watch.now)


def test_a_target_that_takes_nothing_does_not_hold_up_another(watch: Watch, dead: Hook, hook: Hook) -> None:
    gone, alive = (target(watch, "webhook", each.url) for each in (dead, hook))
    for _ in range(BACKLOG):
        queued(watch, gone, "notice")
    for severity in ("urgent", "notice"):
        queued(watch, alive, severity)
    dispatcher(watch).step()
    assert len(dead.requests) == 1, "one attempt a step"
    assert len(hook.requests) == 2


def test_what_is_urgent_goes_first_among_targets(watch: Watch, dead: Hook, hook: Hook) -> None:
    slow, quick = (target(watch, "webhook", each.url) for each in (dead, hook))
    queued(watch, slow, "notice")
    queued(watch, quick, "urgent")
    with watch.city.backend.database.read() as connection:
        found = outbox.waiting(connection, watch.now, 5)
    assert [message.target for message in found] == [quick["target"]["id"], slow["target"]["id"]]


def test_few_tests_of_a_target_wait_at_once(watch: Watch, dead: Hook) -> None:
    made = target(watch, "webhook", dead.url)
    path = f"districts/city/alarm-targets/{made['target']['id']}/test"
    for _ in range(outbox.MAX_TESTS):
        assert watch.operator.ask("POST", path).status_code == 201
    assert reason(watch.operator.ask("POST", path)) == (409, "too-many")
    assert len(messages(watch, made)) == outbox.MAX_TESTS
    dead.status = 204
    dispatcher(watch).step()
    assert json.loads(dead.requests[0].body)["type"] == "alarm.test"
    assert watch.operator.ask("POST", path).status_code == 201


def test_few_rules_are_tried_at_once(watch: Watch) -> None:
    places = watch.city.backend.alarms.trials
    body = {"rule": FULL, "from": watch.office.at_time(-60), "to": watch.office.at_time(1)}
    for _ in range(past.AT_ONCE):
        assert places.acquire(blocking=False)
    answer = watch.operator.ask("POST", "districts/city/alarm-rules/trial", body)
    assert reason(answer) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) == past.MAX_SECONDS
    for _ in range(past.AT_ONCE):
        places.release()
    wrong = {**body, "to": body["from"]}
    for _ in range(past.AT_ONCE + 1):  # each gives its place back, whatever becomes of it
        assert watch.operator.ask("POST", "districts/city/alarm-rules/trial", wrong).status_code == 422
    assert watch.tried(FULL)["cut"] == past.ALL


def test_a_trial_on_lost_numbers_ends_in_time_within_one_device(watch: Watch) -> None:
    key = watch.city.enrol_device("bin/1")
    watch.fill(key, 10)
    for _ in range(5):
        watch.fill(key, 10, skip=2)
    asked = Asked("Lost", "lost", {"least": 1}, Scope())
    clock = chain([0.0] * 4, repeat(past.MAX_SECONDS + 1))  # asked at the start, before the device, before each gap
    with watch.city.backend.database.read() as connection:
        found = past.try_rule(connection, asked, watch.now - 60, watch.now + 1, lambda: next(clock))
    assert (found.cut, found.looked_at) == (past.TOO_LONG, 2)
    assert watch.tried(rule("lost", parameters={"least": 1}))["looked_at"] == 5
