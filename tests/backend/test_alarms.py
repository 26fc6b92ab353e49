"""Alarms: one for a gateway that is down, and not one for each device behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_backend.api import alarms as api
from civicroot_backend.gateways import alarms
from civicroot_wire import batch, state
from civicroot_wire.sodium import Signer
from civicroot_wire.state import State

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.city import batch_message, commit, signed_record

PROMISE = 600  # seconds


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(api, "KEPT_SECONDS", 0.0)
    city = OpenCity(tmp_path)
    with serve(city) as running:
        yield running
    city.close()


@pytest.fixture
def other(served: Served) -> Signer:
    return served.city.city.enrolled(served.city.backend, "gateway/2", batch.ROLE)


def says(served: Served, gateway: Signer, said: State) -> bool:
    return served.city.backend.gateways.said(gateway.kid, state.encode(said))


def found(served: Served) -> dict[str, object]:
    answer = served.client.get("/api/v1/alarms")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, object] = answer.json()
    return body


def report(served: Served, gateway: Signer, number: int, devices: int, first: int = 0) -> list[Signer]:
    """So many new devices report once through a gateway, and promise to report again."""
    keys = [served.city.enrol_device(f"bin/{first + index}") for index in range(devices)]
    records = [signed_record(key, 0, promised=PROMISE) for key in keys]
    commit(served.city.backend, gateway, batch_message(gateway, number, records))
    return keys


def test_a_gateway_that_is_down_is_one_alarm_and_its_devices_are_none(served: Served, other: Signer) -> None:
    city = served.city
    for gateway in (city.gateway, other):
        assert says(served, gateway, State(True, "1.0"))
    report(served, city.gateway, 0, 30)
    report(served, other, 0, 5, first=100)
    assert found(served) == {"gateways": [], "silent": [], "silent_count": 0, "behind": 0}
    assert not says(served, city.gateway, State(False))
    city.city.now += 2 * PROMISE  # everybody is overdue
    answer = found(served)
    assert [
        (item["subject"], item["reasons"], item["behind"], item["since"])
        for item in answer["gateways"]  # type: ignore[attr-defined]
    ] == [("gateway/1", ["offline"], 30, "2023-11-14T22:13:20Z")]
    assert answer["behind"] == 30
    assert answer["silent_count"] == 5
    assert {item["gateway"] for item in answer["silent"]} == {other.kid.hex()}  # type: ignore[attr-defined]
    assert says(served, city.gateway, State(True))
    answer = found(served)
    assert (answer["gateways"], answer["behind"], answer["silent_count"]) == ([], 0, 35)


def test_what_a_gateway_says_it_needs_is_its_alarm(served: Served) -> None:
    city = served.city
    report(served, city.gateway, 0, 3)
    said = State(True, "1.2", 17, ["clock-unset", "disk-full"], 5)
    says(served, city.gateway, said)
    city.city.now += 100
    says(served, city.gateway, said)
    (alarm,) = found(served)["gateways"]  # type: ignore[misc]
    assert alarm == {
        "kid": city.gateway.kid.hex(),
        "subject": "gateway/1",
        "reasons": ["clock-unset", "disk-full"],
        "since": "2023-11-14T22:13:20Z",
        "behind": 3,
        "version": "1.2",
        "waiting": 17,
        "room": 5,
    }
    assert found(served)["behind"] == 3, "it takes nothing in"
    city.city.now += PROMISE
    assert found(served)["silent_count"] == 0
    city.city.now -= PROMISE
    city.city.now += 100
    says(served, city.gateway, State(True, alarms=["room-short"]))
    (alarm,) = found(served)["gateways"]  # type: ignore[misc]
    assert (alarm["reasons"], alarm["since"]) == (["room-short"], "2023-11-14T22:16:40Z")
    assert found(served)["behind"] == 0, "records still come through"
    city.city.now += PROMISE
    assert found(served)["silent_count"] == 3


def test_a_device_that_moved_is_behind_the_gateway_it_came_through_last(served: Served, other: Signer) -> None:
    city = served.city
    (device,) = report(served, city.gateway, 0, 1)
    commit(city.backend, other, batch_message(other, 0, [signed_record(device, 1, promised=PROMISE)]))
    says(served, city.gateway, State(False))
    says(served, other, State(True))
    city.city.now += 2 * PROMISE
    answer = found(served)
    assert answer["behind"] == 0
    assert [item["subject"] for item in answer["silent"]] == ["bin/0"]  # type: ignore[attr-defined]


def test_withdrawn_devices_and_gateways_raise_no_alarm(served: Served, other: Signer) -> None:
    city = served.city
    (device,) = report(served, city.gateway, 0, 1)
    says(served, city.gateway, State(True))
    says(served, other, State(False))
    city.city.now += 2 * PROMISE
    city.backend.submit(city.city.revocation(device, "bin/0"))
    city.backend.submit(city.city.revocation(other, "gateway/2"))
    assert found(served) == {"gateways": [], "silent": [], "silent_count": 0, "behind": 0}


def test_nobody_else_is_listened_to(served: Served) -> None:
    city = served.city
    device = city.enrol_device("bin/1")
    for stranger in (device, Signer(bytes([7]) * 32)):
        assert not says(served, stranger, State(True, alarms=["revoked"]))
    assert not city.backend.gateways.said(city.gateway.kid, b"\xff")
    assert city.backend.gateways.standings() == {}


def test_silent_devices_are_named_up_to_a_limit(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "MAX_SILENT", 3)
    report(served, served.city.gateway, 0, 5)
    served.city.city.now += 2 * PROMISE
    answer = found(served)
    assert (len(answer["silent"]), answer["silent_count"]) == (3, 5)  # type: ignore[arg-type]


def test_an_answer_is_for_all_who_ask_in_the_next_seconds(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "KEPT_SECONDS", 60.0)
    before = found(served)
    says(served, served.city.gateway, State(False))
    assert found(served) == before


def test_metrics_say_how_gateways_stand(served: Served, other: Signer) -> None:
    says(served, served.city.gateway, State(True, alarms=["spool-full"]))
    says(served, other, State(False))
    text = served.client.get("/metrics").text
    for line in (
        f'civicroot_gateway_online{{gateway="{served.city.gateway.kid.hex()}"}} 1.0',
        f'civicroot_gateway_online{{gateway="{other.kid.hex()}"}} 0.0',
        f'civicroot_gateway_alarm{{gateway="{served.city.gateway.kid.hex()}",reason="spool-full"}} 1.0',
        f'civicroot_gateway_alarm{{gateway="{other.kid.hex()}",reason="offline"}} 1.0',
    ):
        assert line in text
