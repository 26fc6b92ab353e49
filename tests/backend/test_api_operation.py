"""Health, metrics, the OpenAPI document, headers, and errors of every kind."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_backend import realm
from civicroot_backend.api.rights import RIGHTS
from civicroot_backend.errors import LogDamaged
from civicroot_backend.telemetry.errors import TelemetryUnavailable
from civicroot_wire.sodium import Signer
from openapi_spec_validator import validate
from prometheus_client.parser import text_string_to_metric_families

from tests.backend.api_city import OpenCity, Served, serve
from tests.support.brokers import NatsBroker

HEALTHY_WITHIN = 20.0  # seconds


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A city without broker; one of its three records is by a key that nobody enrolled."""
    city = OpenCity(tmp_path_factory.mktemp("city"))
    key = city.enrol_device("bin/12")
    stranger = Signer.generate()
    city.commit([city.fill(key, 0, 40), city.fill(stranger, 0, 40), city.fill(key, 1, 41)])
    city.publish()
    city.city.now += 90
    with serve(city) as running:
        yield running
    city.close()


def samples(served: Served) -> dict[tuple[str, str], float]:
    """(sample, outcome) → value."""
    text = served.client.get("/metrics").text
    return {
        (sample.name, sample.labels.get("outcome", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_say_what_was_counted_and_where_things_stand(served: Served) -> None:
    found = samples(served)
    assert found["civicroot_records_total", "accepted"] == 2
    assert found["civicroot_records_total", "unknown-key-id"] == 1
    assert found["civicroot_batches_total", "committed"] == 1
    assert found["civicroot_entries_total", "accepted"] >= 2
    assert found["civicroot_log_size", ""] == 5
    assert found["civicroot_checkpoint_age_seconds", ""] == 90
    assert found["civicroot_telemetry_up", ""] == 1
    assert found["civicroot_mqtt_connected", ""] == 0


def test_projection_lag_falls_to_nothing(served: Served) -> None:
    assert samples(served)["civicroot_projection_lag_records", ""] in (0, 2)
    served.city.backend.project_pending()
    assert samples(served)["civicroot_projection_lag_records", ""] == 0


def test_request_durations_are_labelled_by_route_not_by_path(served: Served) -> None:
    for path in ("/api/v1/subjects/bin/12", "/api/v1/subjects/bin/13", "/nothing/at/all", "/b/12"):
        served.client.get(path)
    text = served.client.get("/metrics").text
    assert 'route="/api/v1/subjects/{kind}/{name}",status="200"' in text
    assert 'route="/api/v1/subjects/{kind}/{name}",status="404"' in text
    assert 'route="unmatched",status="404"' in text
    assert "/nothing/at/all" not in text


def test_two_applications_share_no_metrics(served: Served, tmp_path: Path) -> None:
    city = OpenCity(tmp_path)
    with serve(city) as other:
        assert ("civicroot_records_total", "accepted") not in samples(other)
    city.close()


def test_without_broker_the_backend_is_not_healthy(served: Served) -> None:
    answer = served.client.get("/healthz")
    found = answer.json()
    assert answer.status_code == 503
    assert found["ok"] is False
    assert found["parts"]["broker"] == {"ok": False, "says": "not connected"}
    assert {name for name, part in found["parts"].items() if not part["ok"]} == {"broker"}
    assert found["parts"]["log"]["says"] == "5 entries published"


def test_with_everything_running_the_backend_is_healthy(tmp_path: Path) -> None:
    with NatsBroker(tmp_path) as broker:
        city = OpenCity(tmp_path, realm.Addresses(f"mqtt://127.0.0.1:{broker.port}"))
        failed: list[bool] = []
        city.backend.start(lambda: failed.append(True))
        try:
            with serve(city) as served:
                answer = served.client.get("/healthz")
                deadline = time.monotonic() + HEALTHY_WITHIN
                while answer.status_code != 200 and time.monotonic() < deadline:
                    time.sleep(0.02)
                    answer = served.client.get("/healthz")
        finally:
            city.close()
    assert answer.json()["ok"] is True
    assert not failed


def test_openapi_document_is_valid_and_every_route_is_described(served: Served) -> None:
    document = served.client.get("/openapi.json").json()
    validate(document)
    declared = {name.partition(" ")[2].replace(":path", "") for name in RIGHTS}
    assert set(document["paths"]) == declared - {"/openapi.json", "/docs", "/docs.css"}
    for path, methods in document["paths"].items():
        for operation in methods.values():
            where = f"{path}: {operation}"
            assert operation["summary"], where
            assert operation["description"], where
            status, success = next(item for item in operation["responses"].items() if item[0][0] in "23")
            assert ("content" in success) == (status not in ("204", "303")), where
            assert all(content.get("schema") for content in success.get("content", {}).values()), where
            assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"], where
            assert "422" not in operation["responses"], where
            assert ("429" in operation["responses"]) == path.startswith(("/api/v1/", "/entries", "/status-lists/")), (
                where
            )


def test_examples_of_the_models_are_of_the_models(served: Served) -> None:
    schemas = served.client.get("/openapi.json").json()["components"]["schemas"]
    leaves = [
        (name, field)
        for name, model in schemas.items()
        for field, schema in model.get("properties", {}).items()  # an enumeration has none
        if schema.get("type") in ("string", "integer", "number")
        and not {"examples", "enum", "const"} & {*schema}  # a list of all values is an example
    ]
    assert leaves == []


def test_every_parameter_has_an_example_or_needs_none(served: Served) -> None:
    document = served.client.get("/openapi.json").json()
    lacking = {
        parameter["name"]
        for path, methods in document["paths"].items()
        if not path.startswith("/api/v1/session")  # nobody makes these up: a browser is given them
        for operation in methods.values()
        for parameter in operation.get("parameters", [])
        if not {"examples", "example"} & {*parameter, *parameter["schema"]}
        and not {"default", "enum"} & {*parameter["schema"]}
    }
    assert lacking == set()


def test_reference_page_shows_every_operation_and_loads_nothing_from_elsewhere(served: Served) -> None:
    answer = served.client.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "script" not in answer.text
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    for path in served.client.get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in answer.text
    assert served.client.get("/docs.css").headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(
    "path", ["/", "/b/12", "/docs", "/api/v1/city", "/api/v1/nothing", "/log/checkpoint", "/healthz"]
)
def test_every_answer_has_the_security_headers(served: Served, path: str) -> None:
    headers = served.client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "server" not in headers
    assert headers["cache-control"] in ("no-cache", "no-store")


@pytest.mark.parametrize("path", ["/api/v1/city", "/log/checkpoint", "/healthz", "/policy.json", "/"])
def test_head_has_the_headers_of_get_and_no_body(served: Served, path: str) -> None:
    got, headed = served.client.get(path), served.client.head(path)
    assert (headed.status_code, headed.headers["content-type"]) == (got.status_code, got.headers["content-type"])
    assert headed.content == b""


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/b/1/2", "/assets/none.js", "/assets/../secret"])
def test_unknown_path_is_a_problem(served: Served, path: str) -> None:
    answer = served.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    problem = answer.json()
    assert (problem["status"], problem["title"], problem["reason"]) == (404, "Not Found", "not-found")


def test_telemetry_that_is_away_is_said_and_harms_nothing_else(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise TelemetryUnavailable("secret address")

    monkeypatch.setattr(served.city.backend.telemetry, "history", away)
    monkeypatch.setattr(served.city.backend.telemetry, "cursor", away)
    kid = served.client.get("/api/v1/subjects/bin/12").json()["kid"]
    answer = served.client.get(f"/api/v1/devices/{kid}/history?name=fill")
    assert (answer.status_code, answer.json()["reason"]) == (503, "unavailable")
    assert "secret" not in answer.text
    assert samples(served)["civicroot_telemetry_up", ""] == 0
    assert served.client.get(f"/api/v1/devices/{kid}/records/0/proof").status_code == 200


@pytest.mark.parametrize("error", [LogDamaged("secret tile"), ZeroDivisionError("secret")])
def test_defect_shows_no_trace(served: Served, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def broken(*_: object) -> bytes:
        raise error

    monkeypatch.setattr(served.city.backend, "proof", broken)
    kid = served.client.get("/api/v1/subjects/bin/12").json()["kid"]
    answer = served.client.get(f"/api/v1/devices/{kid}/records/0/proof")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert json.loads(answer.content)["reason"] == "internal-error"
    assert "secret" not in answer.text
