"""A rule on records that are refused rings for the gateway that delivered them, and in the past as it did live."""

from tests.backend.alarms.conftest import Watch, rule
from tests.backend.people.office import reason

TAMPERED = rule(
    "refused", parameters={"least": 3, "window_seconds": 600, "reasons": ["bad-signature", "unknown-key-id"]}
)


def forged(watch: Watch, number: int) -> None:
    """A batch with so many records whose signature does not fit, and a good one."""
    good = watch.city.fill(watch.city.devices["bin/12"], watch.now, 50, watch.now)
    watch.city.commit([good, *(good[:-1] + bytes([good[-1] ^ (1 + at)]) for at in range(number))])


def test_refused_records_ring_for_their_gateway_until_there_are_fewer(watch: Watch) -> None:
    watch.city.enrol_device("bin/12")
    watch.make(TAMPERED)
    watch.make({**TAMPERED, "subject": "gateway/9"})
    forged(watch, 2)
    watch.later(300)
    assert watch.open() == [], "two are no three"
    began = watch.now
    stranger = watch.city.city.key()
    watch.city.commit([watch.city.fill(stranger, 0, 50, watch.now)])
    watch.later(1)
    (found,) = watch.open()
    assert (found["kind"], found["subject"], found["value"]) == ("refused", "gateway/1", "3")
    assert found["kid"] == watch.city.gateway.kid.hex()
    assert found["since"] == found["raised"] == watch.office.at_time(began - watch.now)
    watch.city.publish()
    index = int(found["proof"].removeprefix("/entry?index="))
    assert watch.office.served.client.get(f"/entries/{index}/proof").status_code == 200, "the batch that has the third"
    watch.later(298)
    assert len(watch.open()) == 1
    watch.later(1)
    assert watch.open() == [], "the first two are ten minutes old"
    watch.later(7200)
    (over,) = watch.open(state="over")
    tried = watch.tried(TAMPERED)
    assert [(one["subject"], one["raised"], one["cleared"], one["proof"]) for one in tried["spans"]] == [
        (over["subject"], over["raised"], over["cleared"], over["proof"])
    ]


def test_what_was_open_while_nobody_looked_is_over(watch: Watch) -> None:
    watch.city.enrol_device("bin/12")
    watch.make(TAMPERED)
    forged(watch, 3)
    watch.later(1)
    assert len(watch.open()) == 1
    watch.later(86_400)
    assert watch.open() == []


def test_only_the_reasons_of_the_rule_count_and_it_is_about_gateways(watch: Watch) -> None:
    watch.city.enrol_device("bin/12")
    watch.make({**TAMPERED, "parameters": {**TAMPERED["parameters"], "reasons": ["revoked"]}})
    forged(watch, 3)
    watch.later(1)
    assert watch.open() == []
    watch.make({**TAMPERED, "parameters": {**TAMPERED["parameters"], "reasons": []}})
    assert [one["value"] for one in watch.open()] == ["3"], "any reason"
    wrong = watch.operator.ask("POST", "districts/city/alarm-rules", {**TAMPERED, "subject_kind": "bin"})
    assert reason(wrong) == (422, "bad-rule")
