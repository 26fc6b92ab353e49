"""What the API, health, metrics and events say of witnesses, and what the configuration refuses."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from civicroot_backend import config
from civicroot_backend.errors import ConfigurationError
from civicroot_backend.log.below_quorum import PUBLISH
from civicroot_wire import head
from civicroot_wire.sodium import verify

from tests.backend.api_city import Served, serve
from tests.backend.city import NOW, City, batch_message, commit, signed_record
from tests.backend.witness_server import Reply, WitnessServer
from tests.backend.witnessed_city import witnessed_city

TIME = "2023-11-14T22:13:20Z"


class SomeCity:
    """What `serve` needs."""

    def __init__(self, city: City, backend: Any) -> None:
        self.city = city
        self.backend = backend


@pytest.fixture
def realm_and_witnesses(tmp_path: Path) -> Iterator[tuple[City, list[WitnessServer]]]:
    with witnessed_city(tmp_path) as made:
        yield made


@pytest.fixture(params=["wait", PUBLISH])
def served(
    realm_and_witnesses: tuple[City, list[WitnessServer]], request: pytest.FixtureRequest
) -> Iterator[tuple[Served, list[WitnessServer]]]:
    city, witnesses = realm_and_witnesses
    with city.backend(below_quorum=request.param) as backend, serve(SomeCity(city, backend)) as made:  # type: ignore[arg-type]
        yield made, witnesses


def metrics(served: Served) -> dict[str, float]:
    lines = served.client.get("/metrics").text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def part(served: Served) -> dict[str, Any]:
    found: dict[str, Any] = served.client.get("/healthz").json()["parts"]["witnesses"]
    return found


def test_with_its_quorum_the_log_says_who_cosigned(served: tuple[Served, list[WitnessServer]]) -> None:
    made, witnesses = served
    backend = made.city.backend
    witnesses[2].lie = lambda _asked: Reply(422)
    for number in range(3):
        made.city.city.enrolled(backend, f"bin/{number}", "device")
        backend.publish_pending()
    page = made.client.get("/api/v1/checkpoints?limit=2").json()
    assert [item["size"] for item in page["checkpoints"]] == [5, 4]
    newest = page["checkpoints"][0]
    assert newest["cosigned"] == [{"name": "w1.example", "time": TIME}, {"name": "w2.example", "time": TIME}]
    assert (newest["quorum"], newest["met"], newest["time"]) == (2, True, TIME)
    rest = made.client.get(f"/api/v1/checkpoints?limit=2&cursor={page['next']}").json()
    assert ([item["size"] for item in rest["checkpoints"]], rest["next"]) == ([3], None)
    # The note itself proves it.
    found = head.verify(made.client.get("/log/checkpoint").content, backend.policy, verify, True)
    assert (found.checkpoint.size, found.cosigned) == (5, [("w1.example", NOW), ("w2.example", NOW)])
    listed = made.client.get("/api/v1/witnesses").json()
    assert [(item["name"], item["state"], item["size"], item["last_seen"]) for item in listed] == [
        ("w1.example", "ok", 5, TIME),
        ("w2.example", "ok", 5, TIME),
        ("w3.example", "lying", 0, None),
    ]
    assert listed[0]["url"] == witnesses[0].url
    # One witness's word is an alarm for people, not the end of the log.
    said = part(made)
    assert said["ok"] is True
    assert "ALARM: w3.example" in said["says"]
    counted = metrics(made)
    assert counted["civicroot_quorum_met"] == 1
    assert counted["civicroot_checkpoint_cosignatures"] == counted["civicroot_checkpoint_quorum"] == 2
    assert counted['civicroot_witness_answers_total{outcome="cosigned",witness="w1.example"}'] == 3
    assert counted['civicroot_witness_answers_total{outcome="forked",witness="w3.example"}'] >= 1
    assert counted['civicroot_witness_alarm{witness="w3.example"}'] == 1
    assert counted['civicroot_witness_up{witness="w1.example"}'] == 1


def test_below_the_quorum_the_log_says_so_everywhere(served: tuple[Served, list[WitnessServer]]) -> None:
    made, witnesses = served
    backend = made.city.backend
    for witness in witnesses[1:]:
        witness.lie = lambda _asked: Reply(503)
    backend.publish_pending()
    counted, said = metrics(made), part(made)
    assert said["ok"] is False
    assert made.client.get("/healthz").status_code == 503
    assert counted["civicroot_quorum_met"] == 0
    if backend.config.below_quorum == PUBLISH:
        (only,) = made.client.get("/api/v1/checkpoints").json()["checkpoints"]
        assert (only["cosigned"], only["quorum"], only["met"]) == ([{"name": "w1.example", "time": TIME}], 2, False)
        assert said["says"] == "log size 2 is published with 1 cosignatures, below 2"
        assert counted["civicroot_checkpoint_cosignatures"] == 1
    else:
        assert made.client.get("/api/v1/checkpoints").json() == {"checkpoints": [], "next": None}
        assert made.client.get("/log/checkpoint").status_code == 404
        assert said["says"] == "log size 2 waits for a quorum of 2"
        assert counted["civicroot_checkpoint_waiting_size"] == 2
    # What comes meanwhile is committed all the same.
    submitted = backend.submit(made.city.city.enrolment(made.city.city.key(), "bin/1", "device"))
    assert submitted.index == 2


def test_batches_are_pruned_only_after_the_quorum_saw_the_statement(
    realm_and_witnesses: tuple[City, list[WitnessServer]],
) -> None:
    city, witnesses = realm_and_witnesses
    with city.backend(below_quorum=PUBLISH, retention_days=30) as backend:
        gateway, device = city.enrolled(backend, "gateway/1", "gateway"), city.enrolled(backend, "bin/12", "device")
        commit(backend, gateway, batch_message(gateway, 0, [signed_record(device, 0)]))
        backend.publish_pending()
        batches = city.config.data_directory / "public/log/batch"
        city.now += 31 * 86_400
        for witness in witnesses:
            witness.lie = lambda _asked: Reply(500)
        backend.prune()
        assert backend.published is not None
        assert (backend.published.size, backend.published.met) == (6, False), "the statement is published, unwitnessed"
        assert len(list(batches.iterdir())) == 1
        for witness in witnesses:
            witness.lie = None
        city.enrolled(backend, "bin/13", "device")
        backend.publish_pending()
        backend.prune()
        assert list(batches.iterdir()) == []


# The configuration


def test_witnesses_are_in_the_configuration_file(realm_and_witnesses: tuple[City, list[WitnessServer]]) -> None:
    city, witnesses = realm_and_witnesses
    assert city.config.witnesses == {item.name: item.url for item in witnesses}
    assert (city.config.below_quorum, city.config.beacon_seconds) == ("wait", 60)


def test_the_environment_gives_witnesses_as_json(realm_and_witnesses: tuple[City, list[WitnessServer]]) -> None:
    city, _ = realm_and_witnesses
    urls = {"w1.example": "https://w1.example/a"}
    environment = {"CIVICROOT_WITNESSES": json.dumps(urls), "CIVICROOT_BEACON_SECONDS": "5"}
    found = config.load(city.config_file, environment)
    assert (found.witnesses, found.beacon_seconds) == (urls, 5)


@pytest.mark.parametrize(
    "change",
    [
        {"below_quorum": "never"},
        {"beacon_seconds": -1},
        {"beacon_seconds": "60"},
        {"witnesses": ["https://w1.example"]},
        {"witnesses": {"w1.example": "w1.example:8080"}},
        {"witnesses": {"w1.example": 1}},
    ],
)
def test_values_that_are_none_are_refused(
    realm_and_witnesses: tuple[City, list[WitnessServer]], change: dict[str, object]
) -> None:
    city, _ = realm_and_witnesses
    values = {
        "realm": "test.example",
        "policy_file": "policy.json",
        "log_key_file": "log.key",
        "backend_key_file": "backend.key",
        "broker_url": "mqtt://127.0.0.1",
    }
    config.make(values, city.folder)
    with pytest.raises(ConfigurationError, match=next(iter(change))):
        config.make({**values, **change}, city.folder)


def test_fewer_witnesses_than_the_quorum_are_refused_unless_it_may_publish_below(
    realm_and_witnesses: tuple[City, list[WitnessServer]],
) -> None:
    city, witnesses = realm_and_witnesses
    urls = {witnesses[0].name: witnesses[0].url}
    with pytest.raises(ConfigurationError, match="2 witnesses"), city.backend(witnesses=urls):
        pass
    with city.backend(witnesses=urls, below_quorum=PUBLISH) as backend:
        found = backend.witnesses().standings
        assert [(item.name, item.url) for item in found][1:] == [("w2.example", None), ("w3.example", None)]


def test_a_witness_that_the_policy_does_not_know_is_refused(
    realm_and_witnesses: tuple[City, list[WitnessServer]],
) -> None:
    city, _ = realm_and_witnesses
    urls = {**city.config.witnesses, "w9.example": "https://w9.example"}
    with pytest.raises(ConfigurationError, match=r"w9\.example"), city.backend(witnesses=urls):
        pass
