"""Enrolling over HTTP: the registrar's signature is all that counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_wire.sodium import Signer

from tests.backend.api_city import COSE, ENROLMENTS, OpenCity, Served, serve
from tests.backend.city import City


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    city = OpenCity(tmp_path_factory.mktemp("city"))
    with serve(city) as running:
        yield running
    city.close()


def test_signed_enrolment_is_logged_once(served: Served) -> None:
    key = Signer.generate()
    statement = served.city.city.enrolment(key, "bin/1", "device", label="빈 1")
    first = served.client.post(ENROLMENTS, content=statement, headers=COSE)
    again = served.client.post(ENROLMENTS, content=statement, headers=COSE)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.json()["kid"] == key.kid.hex()
    shown = served.client.get("/api/v1/subjects/bin/1").json()
    assert (shown["kid"], shown["enrolled_at_index"], shown["label"]) == (key.kid.hex(), first.json()["index"], "빈 1")


def test_enrolment_by_an_unknown_registrar_is_forbidden_and_counted(served: Served, tmp_path: Path) -> None:
    before = served.city.backend.counts().get(("enrolment", "untrusted"), 0)
    other = City(tmp_path, name=served.city.city.realm)
    statement = other.enrolment(Signer.generate(), "bin/2", "device")
    answer = served.client.post(ENROLMENTS, content=statement, headers=COSE)
    assert (answer.status_code, answer.json()["reason"]) == (403, "untrusted")
    assert served.city.backend.counts()["enrolment", "untrusted"] == before + 1
    assert served.client.get("/api/v1/subjects/bin/2").status_code == 404


def test_enrolment_for_another_city_is_forbidden(served: Served, tmp_path: Path) -> None:
    other = City(tmp_path, name="other.city")
    other.registrar = served.city.city.registrar
    statement = other.enrolment(Signer.generate(), "bin/2", "device")
    answer = served.client.post(ENROLMENTS, content=statement, headers=COSE)
    assert (answer.status_code, answer.json()["reason"]) == (403, "wrong-realm")


def test_altered_enrolment_is_forbidden(served: Served) -> None:
    statement = bytearray(served.city.city.enrolment(Signer.generate(), "bin/2", "device"))
    statement[-1] ^= 1
    answer = served.client.post(ENROLMENTS, content=bytes(statement), headers=COSE)
    assert (answer.status_code, answer.json()["reason"]) in ((403, "bad-signature"), (403, "non-canonical-s"))


@pytest.mark.parametrize(("body", "reason"), [(b"", "truncated"), (b"\xd2\x84", "truncated"), (b"\xa0", "wrong-type")])
def test_bytes_that_are_no_statement_are_a_bad_request(served: Served, body: bytes, reason: str) -> None:
    answer = served.client.post(ENROLMENTS, content=body, headers=COSE)
    assert (answer.status_code, answer.json()["reason"]) == (400, reason)


@pytest.mark.parametrize("chunked", [False, True])
def test_body_over_the_limit_is_refused_before_it_is_read(served: Served, chunked: bool) -> None:
    body = bytes(64 * 1024 + 1)
    content = iter([body[:40_000], body[40_000:]]) if chunked else body
    answer = served.client.post(ENROLMENTS, content=content, headers=COSE)
    assert (answer.status_code, answer.json()["reason"]) == (413, "too-large")


def test_other_media_types_are_refused(served: Served) -> None:
    answer = served.client.post(ENROLMENTS, json={"subject": "bin/1"})
    assert (answer.status_code, answer.json()["reason"]) == (415, "wrong-media-type")


def test_other_method_is_refused(served: Served) -> None:
    answer = served.client.delete(ENROLMENTS)
    assert (answer.status_code, answer.json()["reason"]) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"
