"""A rule tried on what is stored gives what the live one gave, and says what it did not look at."""

from typing import Any

import pytest
from civicroot_backend.alarms import past
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement

from tests.backend.alarms.conftest import FULL, PROMISE, Watch, rule
from tests.backend.people.office import reason


def spans(answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(one["subject"], one["raised"], one["cleared"], one["value"], one["number"]) for one in answer["spans"]]


def rang(watch: Watch, live: int) -> list[tuple[Any, ...]]:
    """What the live rule raised, in the same form."""
    found = spans({"spans": [one for one in watch.open(state="all") if one["rule"] == live]})
    return sorted(found, key=lambda span: (span[1], span[0]))


RULES = [
    FULL,
    {**FULL, "for_seconds": 0},
    rule("threshold", parameters={"name": "temp", "side": "below", "begin": 0, "end": 2}),
    rule("rise", parameters={"name": "temp", "direction": "up", "change": 8, "window_seconds": 900}),
    rule("flag", parameters={"flags": ["fire", "tilt"]}),
    rule("silence", for_seconds=120),
]


def test_the_past_rings_as_the_live_rules_did(watch: Watch) -> None:
    keys = [watch.city.enrol_device(f"bin/{number}") for number in range(2)]
    made = [watch.make({**asked, "quiet_seconds": 600})["id"] for asked in RULES]
    course = [(70, 5, ""), (95, -1, ""), (96, -2, "fire"), (85, 9, "fire"), (20, 14, ""), (93, 1, "tilt"), (97, 3, "")]
    for index, (fill, temperature, alarm) in enumerate(course):
        for key in keys[: 2 if index % 3 else 1]:
            level = Measurement("fill", DecimalFraction(-2, fill), "/", update_time=PROMISE)
            watch.says(key, level, Measurement("temp", temperature, "Cel"), Measurement("alarm", alarm))
        watch.later(5)
        for _ in range(4):
            watch.later(170)
    watch.city.publish()
    for asked, live in zip(RULES, made, strict=True):
        answer = watch.tried({**asked, "quiet_seconds": 600})
        assert spans(answer) == rang(watch, live), asked
        assert answer["rang"] == len(answer["spans"]) > 0, asked
        assert 0 < answer["told"] <= answer["rang"]
        assert (answer["devices"], answer["cut"], answer["pruned"], answer["looked_at"]) == (2, "", 0, 11)
        assert watch.office.served.client.get(answer["spans"][0]["proof"]).status_code == 200


def test_lost_and_equivocating_numbers_are_found_in_the_past(watch: Watch) -> None:
    key = watch.city.enrol_device("bin/1")
    watch.fill(key, 10)
    watch.fill(key, 10, skip=4)
    watch.city.commit([watch.city.fill(key, 0, 99, watch.now)])
    watch.later(900)
    lost = watch.tried(rule("lost", parameters={"least": 2}, for_seconds=600))
    assert [(one["value"], one["number"], one["cleared"]) for one in lost["spans"]] == [("4", 5, None)]
    twice = watch.tried(rule("equivocation"))
    assert [(one["subject"], one["value"]) for one in twice["spans"]] == [("bin/1", "0")]


def test_checkpoints_of_the_past(watch: Watch) -> None:
    key = watch.city.enrol_device("bin/1")
    for _ in range(3):
        watch.fill(key, 10)
        watch.city.publish()
        watch.later(1000)
    answer = watch.tried(rule("checkpoint", parameters={"age_seconds": 900}))
    assert [one["seconds"] for one in answer["spans"]] == [100, 100, 101]
    assert [one["cleared"] is None for one in answer["spans"]] == [False, False, True]
    assert watch.tried(rule("quorum"))["rang"] == 0
    assert watch.tried(rule("anchor", parameters={"age_seconds": 900}))["rang"] == 0


def test_what_is_not_looked_at_is_said(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    key = watch.city.enrol_device("bin/1")
    for percent in (95, 10, 95, 10):
        watch.fill(key, percent)
        watch.later(60)
    assert watch.tried(rule("gateway"))["cut"] == "not-kept"
    with monkeypatch.context() as patch:
        patch.setattr(past, "MAX_RECORDS", 3)
        assert watch.tried(FULL)["cut"] == "records"
    with monkeypatch.context() as patch:
        patch.setattr(past, "MAX_DEVICES", 0)
        assert watch.tried(FULL)["cut"] == "devices"
    with monkeypatch.context() as patch:
        patch.setattr(past, "MAX_SECONDS", -1.0)
        assert watch.tried(FULL)["cut"] == "time"
    body = {"rule": FULL, "from": watch.office.at_time(-93 * 86_400), "to": watch.office.at_time()}
    assert reason(watch.operator.ask("POST", "districts/city/alarm-rules/trial", body)) == (422, "bad-rule")


def test_a_trial_changes_nothing_and_begins_with_what_was_before(watch: Watch) -> None:
    key = watch.city.enrol_device("bin/1")
    watch.fill(key, 95)
    watch.later(7200)
    watch.fill(key, 10)
    assert watch.open() == []
    before = len(watch.office.trail())
    answer = watch.tried({**FULL, "for_seconds": 0}, seconds=3600)
    assert [one["value"] for one in answer["spans"]] == ["0.95"], "it was so already when the range began"
    assert (len(watch.office.trail()), watch.open(state="all")) == (before, [])
