"""The Python client against a real backend: typed answers, pages, problems, proofs."""

import dataclasses
import io
import typing
from typing import Any

import pytest
from civicroot_client import Client, ClientError, NotProved, NotUnderstood, Problem, Unreachable, models
from civicroot_client.decoding import decode
from civicroot_client.transport import Answer, Transport, problem_of
from civicroot_wire.cbor import DecimalFraction

from tests.backend.api_city import Served
from tests.support.brokers import free_port


def test_everything_that_the_api_answers_comes_typed(served: Served, client: Client) -> None:
    kid = served.city.devices["bin/12"].kid.hex()
    assert client.city().counts == models.Counts(devices=3, gateways=1, records=206, rejected=0)
    assert [device.subject for device in client.devices()] == ["bin/12", "bin/13", "bin/14"]
    assert client.device(kid).location == models.Location(37.5665, 126.978)
    assert client.completeness(kid).received == [(0, 204)]
    assert client.history(kid, "fill", "2023-11-14T22:13:20Z", "2023-11-14T22:14:20Z").points[0][1] == 0.01
    subject = client.subject("bin/12")
    assert subject.properties == models.BinProperties("bin", ["paper"], None, None)
    tree = client.subject("tree/7")
    assert isinstance(tree.properties, models.TreeProperties)
    assert (tree.kid, tree.properties.planted) == (None, "1990")
    assert [version.properties for version in client.properties("tree/7")] == [tree.properties]
    emptied = client.state("bin/12").emptied
    assert emptied is not None
    assert (emptied.before.seq, emptied.after.seq, emptied.fell) == (179, 180, "0.89")
    near = client.near(37.5665, 126.978, not_full=True, accepts="paper")
    assert [(found.subject, found.distance_m) for found in near] == [("bin/12", 0), ("bin/13", 111)]
    assert {entry.kind for entry in client.entries()} == {"policy", "enrolment", "batch"}
    assert [entry.kind for entry in client.entries(subject="bin/12")] == ["enrolment"]
    assert next(client.checkpoints()).met is True
    assert (list(client.anchors()), client.witnesses(), client.alarms().silent) == ([], [], [])


def test_pages_are_followed_to_the_end(served: Served, client: Client) -> None:
    kid = served.city.devices["bin/12"].kid.hex()
    assert [reading.seq for reading in client.readings(kid)] == list(range(204, -1, -1))
    assert [reading.seq for reading in client.subject_readings("bin/12")] == list(range(204, -1, -1))


def test_reading_is_verified_against_a_policy(served: Served, client: Client) -> None:
    (reading,) = client.readings(served.city.devices["bin/13"].kid.hex())
    report = client.verified(reading, client.policy())
    assert report.record.pack.measurements[0].value == DecimalFraction(-2, 10)
    assert report.device.subject == "bin/13"
    other = dataclasses.replace(reading, seq=0, kid=served.city.devices["bin/12"].kid.hex())
    assert client.verified(other, client.policy()).device.subject == "bin/12"


def test_proof_of_another_reading_or_of_none_is_no_proof(
    served: Served, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (reading for reading, _ in zip(client.subject_readings("bin/12"), range(2), strict=False))
    bundle = client.proof(first.kid, first.seq)
    policy = client.policy()
    monkeypatch.setattr(client, "proof", lambda kid, seq: bundle)
    with pytest.raises(NotProved, match="is of reading 204"):
        client.verified(second, policy)
    bundle = bundle[:-1] + bytes([bundle[-1] ^ 1])
    with pytest.raises(NotProved):
        client.verified(first, policy)


def test_refusals_are_raised_with_their_reason(client: Client) -> None:
    with pytest.raises(Problem, match="404 not-found: no device is enrolled as bin/99") as caught:
        client.subject("bin/99")
    assert (caught.value.status, caught.value.reason, caught.value.retry_after) == (404, "not-found", None)
    with pytest.raises(Problem, match="bad-parameter"):
        client.near(91.0, 0.0)
    with pytest.raises(Problem, match="not-found"):
        client.subject("bin/../../entries")
    with pytest.raises(Problem, match="not-found"):
        client.proof("00" * 8, 0)


def test_report_is_made_once(served: Served, client: Client) -> None:
    made = client.report("bin/12", "damaged", "The lid does not close.")
    kept = served.client.get(f"/api/v1/reports/{made.id}", headers={"Report-Token": made.token}).json()
    assert kept["text"] == made.text == "The lid does not close."


def test_api_key_is_sent(served: Served) -> None:
    with Client(served.url, key="no key") as client, pytest.raises(Problem) as caught:
        client._json("/session")
    assert caught.value.status == 401


@pytest.mark.parametrize("key", ["secret\nkey", "secret\r\n", "sécret", "secret\x00"])
def test_key_that_is_none_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ClientError) as caught:
        Client("http://127.0.0.1", key=key).city()
    assert str(caught.value) == "this is no API key"


@pytest.mark.parametrize("url", ["city.example", "ftp://city.example", "http://", "http://city.example/?x"])
def test_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ClientError, match="not an HTTP address"):
        Client(url)


def test_nobody_there_is_said_in_one_line() -> None:
    with (
        pytest.raises(Unreachable, match="does not answer: Connection refused"),
        Client(f"http://127.0.0.1:{free_port()}", retries=0) as client,
    ):
        client.city()


def test_answer_larger_than_can_be_is_not_read(served: Served) -> None:
    transport = Transport(served.url)
    with pytest.raises(Unreachable, match="more than 100 bytes"):
        transport.request("GET", "/openapi.json", limit=100)
    transport.close()


def test_series_are_readings_and_files_are_the_whole_list(client: Client, served: Served) -> None:
    kid = client.subject("bin/12").kid or ""
    found = client.series(kid, "fill", points=8)
    assert len(found.points) <= 8 < found.total == 205
    seqs = {reading.seq: reading.values[0].value for reading in client.readings(kid)}
    assert all(seqs[point.seq] == point.value for point in found.points)
    out = io.BytesIO()
    assert client.save(f"/api/v1/devices/{kid}/readings", out, "csv") is None
    assert out.getvalue().count(b"\r\n") == 1 + len(seqs)
    with pytest.raises(Problem, match="no device"):
        client.save("/api/v1/devices/0123456789abcdef/readings", out)


def test_an_error_without_words_is_said_to_have_none() -> None:
    found = problem_of("https://city.example", Answer(500, {}, b""))
    assert str(found) == "https://city.example answers 500: nothing"


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (None, "Location is NoneType"),
        ({"latitude": 1.0}, "Location has no longitude"),
        ({"latitude": "1", "longitude": 2}, "Location.latitude is str"),
        ({"latitude": True, "longitude": 2}, "Location.latitude is bool"),
    ],
)
def test_answer_that_does_not_fit_is_named(value: object, where: str) -> None:
    with pytest.raises(NotUnderstood, match=where):
        decode(models.Location, value)
    assert decode(models.Location, {"latitude": 1, "longitude": 2.5, "new": 3}) == models.Location(1.0, 2.5)


def form_of(schema: dict[str, Any]) -> set[str]:
    """What kinds of JSON a schema allows."""
    if "$ref" in schema:
        return {"object"}
    if listed := schema.get("anyOf", schema.get("oneOf")):
        return set().union(*(form_of(each) for each in listed))
    return {schema["type"]}


def form_of_hint(hint: Any) -> set[str]:
    """The same of a type."""
    if dataclasses.is_dataclass(hint):
        return {"object"}
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) in (list, tuple):
        return {"array"}
    if typing.get_origin(hint) is typing.Literal:
        return {"string"}
    if arguments:
        return set().union(*(form_of_hint(each) for each in arguments))
    return {{str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}[hint]}


def test_models_are_those_of_the_openapi_document(served: Served) -> None:
    """A field that is added, or may be null now, shows here."""
    schemas = served.client.get("/openapi.json").json()["components"]["schemas"]
    for name, model in vars(models).items():
        if dataclasses.is_dataclass(model):
            hints = typing.get_type_hints(model)
            document = {field: form_of(schema) for field, schema in schemas[name]["properties"].items()}
            assert {field: form_of_hint(hint) for field, hint in hints.items()} == document, name
