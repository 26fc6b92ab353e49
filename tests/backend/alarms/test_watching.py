"""Rules over a real backend: raised by readings, cleared by readings, suppressed where they would only be noise."""

from collections.abc import Callable

import pytest
from civicroot_backend.alarms import watcher
from civicroot_backend.alarms.hearing import SETTLE_SECONDS
from civicroot_backend.alarms.judging import Judging
from civicroot_backend.people.roles import Role
from civicroot_backend.service import Backend
from civicroot_wire import state
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement
from civicroot_wire.state import State

from tests.backend.alarms.conftest import FULL, PROMISE, Watch, rule
from tests.backend.people.office import reason
from tests.backend.test_api_subjects import imported


def alarm(*names: str) -> Measurement:
    return Measurement("alarm", " ".join(names))


def temperature(celsius: int) -> Measurement:
    return Measurement("temp", celsius, "Cel")


def test_a_full_bin_rings_after_a_while_leads_to_its_proof_and_is_over_below_the_second_limit(watch: Watch) -> None:
    bin_12, tree = watch.city.enrol_device("bin/12"), watch.city.enrol_device("tree/7")
    made = watch.make(FULL)
    watch.fill(bin_12, 70)
    watch.fill(tree, 99)
    began = watch.fill(bin_12, 93)
    watch.later(590)
    assert watch.open() == []
    since = watch.office.at_time(-590)
    watch.later(10)  # no further reading is needed: the last one holds
    (found,) = watch.open()
    assert (found["subject"], found["value"], found["number"], found["page"]) == ("bin/12", "0.93", began, "/b/12")
    assert (found["since"], found["raised"], found["rule"]) == (since, watch.office.at_time(), made["id"])
    watch.city.publish()
    assert watch.office.served.client.get(found["proof"]).status_code == 200
    watch.fill(bin_12, 85)
    watch.later(60)
    assert [one["id"] for one in watch.open()] == [found["id"]], "between the limits it goes on"
    over = watch.fill(bin_12, 10)
    watch.later(1)
    assert watch.open() == []
    (gone,) = watch.open(state="over")
    assert (gone["cleared_why"], gone["cleared_proof"]) == ("good", found["proof"].replace(f"/{began}/", f"/{over}/"))


def test_fire_and_tilt_ring_at_once_and_a_start_ends_them(watch: Watch) -> None:
    key = watch.city.enrol_device("bin/1")
    watch.make(rule("flag", parameters={"flags": ["fire", "tilt"]}, severity="urgent"))
    watch.says(key, alarm("battery", "fire"))
    watch.judge()
    (found,) = watch.open()
    assert (found["value"], found["severity"], found["kind"]) == ("fire", "urgent", "flag")
    watch.says(key, Measurement("boots", 4))
    watch.judge()
    assert watch.open() == []


def test_a_temperature_that_rises_quickly_rings(watch: Watch) -> None:
    key = watch.city.enrol_device("bin/1")
    parameters = {"name": "temp", "direction": "up", "change": 8, "window_seconds": 300}
    watch.make(rule("rise", parameters=parameters))
    for celsius in (20, 24):
        watch.says(key, temperature(celsius))
        watch.later(60)
    watch.says(key, Measurement("temp", DecimalFraction(-2, 2900), "Cel"))
    watch.judge()
    (found,) = watch.open()
    assert found["value"] == "29.00", "values keep their digits"


def test_one_gateway_down_is_one_alarm_and_its_devices_have_time_to_come_back(watch: Watch) -> None:
    keys = [watch.city.enrol_device(f"bin/{number}") for number in range(5)]
    watch.make(rule("silence", for_seconds=60))
    watch.make(rule("gateway", for_seconds=120))

    def gateway(online: bool) -> None:
        watch.city.backend.gateways.said(watch.city.gateway.kid, state.encode(State(online)))

    gateway(True)
    for key in keys:
        watch.fill(key, 10)
    gateway(False)
    watch.later(2 * PROMISE)
    assert [(one["kind"], one["subject"], one["value"]) for one in watch.open()] == [
        ("gateway", "gateway/1", "offline")
    ]
    gateway(True)
    watch.later(60)
    assert watch.open() == [], "it is back, and they may be about to send what they kept"
    for key in keys[1:]:
        watch.fill(key, 10)
    watch.later(SETTLE_SECONDS)
    for key in keys[1:]:
        watch.fill(key, 10)
    watch.judge()
    assert [(one["kind"], one["subject"]) for one in watch.open()] == [("silence", "bin/0")]
    watch.fill(keys[0], 10)
    watch.judge()
    assert watch.open() == []


def test_a_backend_that_hears_nothing_calls_nobody_silent(watch: Watch) -> None:
    key = watch.city.enrol_device("bin/1")
    watch.make(rule("silence"))
    watch.fill(key, 10)
    hearing = watch.city.backend.alarms.looker.hearing
    hearing.hears = lambda: False
    watch.later(2 * PROMISE)
    hearing.hears = lambda: True
    watch.later(60)
    assert watch.open() == []
    watch.later(SETTLE_SECONDS)
    assert [one["kind"] for one in watch.open()] == ["silence"]


def test_lost_numbers_are_told_when_they_had_time_to_come_and_somebody_ends_it(watch: Watch) -> None:
    key = watch.city.enrol_device("bin/1")
    watch.make(rule("lost", parameters={"least": 2}, for_seconds=600))
    watch.fill(key, 10)
    late = watch.city.fill(key, 1, 11, watch.now)
    watch.fill(key, 12, skip=1)  # 1 is on its way
    watch.judge()
    watch.city.commit([late])
    watch.later(600)
    assert watch.open() == [], "the gap was filled"
    after = watch.fill(key, 12, skip=3)
    watch.later(600)
    (found,) = watch.open()
    assert (found["value"], found["number"]) == ("3", after)
    body = {"note": " the flash was exchanged "}
    answer = watch.operator.ask("POST", f"districts/city/alarms/{found['id']}/acknowledgement", body)
    assert (answer.status_code, answer.json()["acknowledged"]["note"]) == (201, "the flash was exchanged")
    assert (watch.open(), answer.json()["cleared_why"]) == ([], "acknowledged")
    watch.fill(key, 12, skip=2)
    watch.later(600)
    assert [one["value"] for one in watch.open()] == ["2"], "what was seen is not told again"


def test_two_records_of_one_number_ring_with_the_entry_that_shows_it(watch: Watch) -> None:
    key = watch.city.enrol_device("bin/1")
    watch.make(rule("equivocation", severity="urgent"))
    watch.fill(key, 10)
    watch.city.commit([watch.city.fill(key, 0, 99, watch.now)])
    watch.judge()
    (found,) = watch.open()
    assert (found["kind"], found["value"]) == ("equivocation", "0")
    watch.city.publish()
    index = found["number"]
    assert found["proof"] == f"/entry?index={index}"
    assert watch.office.served.client.get(f"/entries/{index}").status_code == 200


def test_an_old_checkpoint_rings_until_the_next(watch: Watch) -> None:
    watch.make(rule("checkpoint", parameters={"age_seconds": 900}))
    watch.city.publish()
    watch.later(899)
    assert watch.open() == []
    watch.later(1)
    (found,) = watch.open()
    assert (found["subject"], found["proof"]) == ("log/checkpoint", "/log/checkpoint")
    watch.fill(watch.city.enrol_device("bin/1"), 10)
    watch.city.publish()
    watch.judge()
    assert watch.open() == []


def test_a_new_rule_begins_with_what_is_known_and_a_changed_one_anew(watch: Watch) -> None:
    key = watch.city.enrol_device("bin/12")
    watch.fill(key, 95)
    made = watch.make({**FULL, "for_seconds": 0})
    assert [one["value"] for one in watch.open()] == ["0.95"]
    path = f"districts/city/alarm-rules/{made['id']}"
    higher = {**FULL, "parameters": {**FULL["parameters"], "begin": 0.97}}
    assert reason(watch.operator.ask("PUT", path, higher)) == (428, "if-match-missing")
    assert reason(watch.operator.ask("PUT", path, higher, **{"if-match": '"7"'})) == (412, "changed")
    answer = watch.operator.ask("PUT", path, higher, **{"if-match": '"1"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    watch.judge()
    assert watch.open() == []
    assert [one["cleared_why"] for one in watch.open(state="over")] == ["rule-changed"]
    assert watch.operator.ask("GET", path).headers["etag"] == '"2"'
    assert watch.operator.ask("DELETE", path, **{"if-match": '"2"'}).status_code == 204
    assert reason(watch.operator.ask("GET", path)) == (404, "not-found")
    trail = [row.action for row in watch.office.trail() if row.action.startswith("alarm")]
    assert trail == ["alarm-rule-added", "alarm-rule-changed", "alarm-rule-removed"]


def test_a_withdrawn_device_has_no_alarm(watch: Watch) -> None:
    key = watch.city.enrol_device("bin/12")
    watch.make({**FULL, "for_seconds": 0})
    watch.fill(key, 95)
    watch.judge()
    assert len(watch.open()) == 1
    watch.city.backend.submit(watch.city.city.revocation(key, "bin/12"))
    watch.judge()
    assert (watch.open(), watch.open(state="over")[0]["cleared_why"]) == ([], "withdrawn")


def test_districts_see_and_acknowledge_their_own(watch: Watch) -> None:
    for slug in ("north", "south"):
        watch.office.district(slug)
    imported(watch.city, "bin", "id,district\n1,North\n2,South\n3,\n")
    keys = [watch.city.enrol_device(f"bin/{number}") for number in (1, 2, 3)]
    watch.make({**FULL, "for_seconds": 0})
    watch.make({**FULL, "for_seconds": 0, "name": "North alone"}, "north")
    for key in keys:
        watch.fill(key, 95)
    watch.judge()
    north = watch.open("north")
    assert sorted((one["rule_name"], one["subject"]) for one in north) == [
        ("Bins that are full", "bin/1"),
        ("North alone", "bin/1"),
    ]
    assert len(watch.open()) == 4
    crew = watch.office.at(watch.office.person(Role.CREW, district="south"))
    (mine,) = crew.get("districts/south/alarms")["items"]
    other = f"districts/south/alarms/{north[0]['id']}/acknowledgement"
    assert reason(crew.ask("POST", other, {})) == (404, "not-found")
    assert crew.ask("POST", f"districts/south/alarms/{mine['id']}/acknowledgement", {"note": "ok"}).status_code == 201
    assert reason(crew.ask("POST", f"districts/south/alarms/{mine['id']}/acknowledgement", {})) == (409, "taken")
    assert watch.office.trail()[-1].action == "alarm-acknowledged"
    assert [one["acknowledged"]["note"] for one in watch.open("south")] == ["ok"], "it goes on until it is good"
    file = crew.ask("GET", "districts/south/alarms?state=all&format=csv").text.splitlines()
    assert "id,rule,kind,severity,district,subject,since" in file[0]
    assert [line.split(",")[5] for line in file[1:]] == ["bin/2"]
    assert "https://city.example/api/v1/devices/" in file[1]
    trail = watch.operator.ask("GET", "districts/city/audit-trail?format=csv").text.splitlines()
    assert len(trail) == len(watch.office.trail()) + 1


def test_rules_that_make_no_sense_are_refused(watch: Watch) -> None:
    for wrong in (
        {**FULL, "parameters": {**FULL["parameters"], "end": 0.95}},
        {**FULL, "targets": [77]},
        {**FULL, "parameters": {"name": "fill"}},
        {**FULL, "name": "two\nlines\x00"},
        rule("checkpoint", parameters={"age_seconds": 900}, subject="bin/12"),
        rule("quorum", subject_kind="bin"),
        rule("flag", parameters={"flags": []}),
        rule("nonsense"),
    ):
        assert watch.operator.ask("POST", "districts/city/alarm-rules", wrong).status_code == 422, wrong
    watch.office.district("north")
    body = rule("checkpoint", parameters={"age_seconds": 900})
    assert reason(watch.operator.ask("POST", "districts/north/alarm-rules", body)) == (422, "bad-rule")
    assert watch.operator.get("districts/city/alarm-rules")["items"] == []


def test_killed_between_any_two_transactions_it_judges_nothing_twice_and_forgets_nothing(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "GROUP", 3)
    keys = [watch.city.enrol_device(f"bin/{number}") for number in range(4)]
    watch.make({**FULL, "for_seconds": 0})
    for percent in (95, 10, 95):
        for key in keys:
            watch.fill(key, percent)
    backend, steps = watch.city.backend, 0
    while anew(backend)():
        steps += 1
    assert steps == 4
    assert [one["subject"] for one in reversed(watch.open(state="over"))] == [f"bin/{number}" for number in range(4)]
    assert len(watch.open()) == 4


def anew(backend: Backend) -> Callable[[], int]:
    """The step of a watcher that knows nothing but what the database has."""
    old = backend.alarms.watcher
    judging = Judging(old._judging.keys, backend.events.publish)
    return watcher.Watcher(old._database, judging, old._clock).step


def test_what_fails_in_the_middle_of_a_group_is_undone(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    key = watch.city.enrol_device("bin/1")
    watch.make({**FULL, "for_seconds": 0})
    watch.fill(key, 95)
    with monkeypatch.context() as patch:

        def fails(*_: object) -> None:
            raise OSError("power cut")

        patch.setattr(watcher, "_put_cursor", fails)
        with pytest.raises(OSError, match="power cut"):
            watch.city.backend.alarms.watcher.step()
    assert watch.open() == []
    assert anew(watch.city.backend)() == 1
    assert len(watch.open()) == 1
