"""Alarms, and which of them make /healthz fail."""

from dataclasses import replace
from pathlib import Path

import pytest
from civicroot_gateway.operate import alarms, health
from civicroot_gateway.operate.alarms import CERTIFICATE_DAYS, DEVICES_PATIENCE, LEAST_ROOM, TEXTS, UPLINK_PATIENCE
from civicroot_gateway.operate.snapshot import Snapshot
from civicroot_wire import state
from civicroot_wire.state import MAX_ALARM, State

from .supervised import BRIDGE_DOWN, DEVICES_UP, STANDING, UP, WELL, standing

_OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
_DOWN = replace(UP, up=False, seconds=UPLINK_PATIENCE, error="refused")


def _names(snapshot: Snapshot) -> list[str]:
    return [alarm.name for alarm in alarms.of(snapshot)]


CASES = [
    (replace(WELL, failing="disk I/O error"), "spool-failing", False),
    (standing(alarms=["disk-full"]), "disk-full", False),
    (standing(alarms=["spool-full"]), "spool-full", False),
    (standing(alarms=["revoked"], keys=[]), "revoked", False),
    (standing(alarms=["spool-damaged"]), "spool-damaged", True),
    (standing(alarms=["contradiction"]), "contradiction", True),
    (replace(WELL, now=None, clock_alarm="clock-unset"), "clock-unset", True),
    (replace(WELL, now=None, clock_alarm="clock-back"), "clock-back", True),
    (replace(WELL, now=None, clock_alarm="clock-ahead"), "clock-ahead", True),
    (standing(batches_refused=1), "batches-refused", True),
    (standing(keys=STANDING.keys[1:]), "not-enrolled", True),
    (replace(WELL, links=(replace(DEVICES_UP, up=False, seconds=DEVICES_PATIENCE), UP)), "devices-down", True),
    (replace(WELL, links=(DEVICES_UP, _DOWN)), "uplink-down", True),
    (replace(WELL, bridges=(BRIDGE_DOWN,)), "bridge-down", True),
    (standing(room_hours=LEAST_ROOM - 1), "room-short", True),
    (replace(WELL, links=(DEVICES_UP, replace(UP, certificate_days=CERTIFICATE_DAYS - 1))), "certificate-ends", True),
]


def test_well_gateway_has_no_alarm_and_is_healthy() -> None:
    assert (_names(WELL), health.of(WELL)) == ([], health.Health(ok=True, reasons=[], alarms=[]))


@pytest.mark.parametrize(("snapshot", "name", "healthy"), CASES, ids=[name for _, name, _ in CASES])
def test_alarm_is_raised_and_fails_health_only_if_records_cannot_be_kept(
    snapshot: Snapshot, name: str, healthy: bool
) -> None:
    found = health.of(snapshot)
    assert (_names(snapshot), found.ok, found.alarms) == ([name], healthy, [name])
    assert found.reasons == ([] if healthy else [TEXTS[name]])


def test_every_alarm_has_a_case_here_and_a_name_that_the_state_can_carry() -> None:
    assert {name for _, name, _ in CASES} == set(TEXTS)
    assert all(len(name) <= MAX_ALARM for name in TEXTS)


def test_short_cut_of_the_uplink_is_no_alarm() -> None:
    assert _names(replace(WELL, links=(DEVICES_UP, replace(_DOWN, seconds=UPLINK_PATIENCE - 1)))) == []


def test_alarms_are_named_once_worst_first_and_unknown_ones_last() -> None:
    snapshot = replace(
        standing(alarms=["room-odd", "spool-full"], batches_refused=2), failing="full", clock_alarm="clock-unset"
    )
    assert _names(snapshot) == ["spool-failing", "spool-full", "clock-unset", "batches-refused", "room-odd"]
    assert alarms.of(snapshot)[-1].text == "room odd"


def test_state_carries_the_worst_alarms_in_the_order_that_is_decoded() -> None:
    everything = [alarms.named(name) for name in TEXTS]
    names = alarms.for_state(everything)
    assert set(names) == set(list(TEXTS)[: state.MAX_ALARMS])
    found = state.decode(state.encode(State(online=True, version="0.1.0", alarms=names, room=3)))
    assert found.alarms == names
    assert state.decode(state.encode(State(online=True, alarms=alarms.for_state([])))).alarms == []


def test_loop_that_does_not_answer_is_unhealthy() -> None:
    assert health.of(None) == health.Health(ok=False, reasons=[health.NO_ANSWER], alarms=[])
