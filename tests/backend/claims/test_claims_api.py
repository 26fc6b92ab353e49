"""Claims over HTTP: status, reasons, and where a scanned token leads."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_wire import claim_token

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.claims.scene import ALICE, BOB, CODE, Bin

WRONG = [3] * 6


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    city = OpenCity(tmp_path)
    static = tmp_path / "static"
    static.mkdir()
    (static / "bin.html").write_text("<!doctype html><title>bin</title>")
    with serve(city, static) as running:
        yield running
    city.close()


@pytest.fixture
def place(served: Served) -> Bin:
    return Bin(served.city)


def with_token(served: Served, digits: str, wallet: bytes = ALICE) -> tuple[int, dict[str, object]]:
    answer = served.client.post("/api/v1/claims", json={"token": digits, "wallet": wallet.hex()})
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()


def with_code(served: Served, place: Bin, code: list[int]) -> tuple[int, dict[str, object]]:
    path = f"/api/v1/devices/{place.key.kid.hex()}/claims"
    answer = served.client.post(path, json={"code": code, "wallet": ALICE.hex()})
    return answer.status_code, answer.json()


def test_claim_with_a_token(served: Served, place: Bin) -> None:
    place.deposit(0)
    digits = claim_token.to_digits(place.token(0))
    kid = place.key.kid.hex()
    path = f"/api/v1/devices/{kid}/records/0/claim"
    assert served.client.get(path).status_code == 404
    status, body = with_token(served, digits)
    assert status == 201
    assert body == {
        "kid": kid,
        "seq": 0,
        "method": "token",
        "state": "confirmed",
        "kilograms": "0.42",
        "claimed": "2023-11-14T22:13:20Z",
        "record": f"/api/v1/devices/{kid}/records/0/proof",
    }
    assert served.client.get(path).json() == body
    assert with_token(served, digits) == (200, body)
    status, problem = with_token(served, digits, BOB)
    assert (status, problem["reason"]) == (409, "already-claimed")


def test_reasons_of_refused_claims(served: Served, place: Bin) -> None:
    place.deposit(0, code=CODE)
    place.opens(0)
    late = claim_token.to_digits(place.token(1))
    assert with_token(served, "0123")[1]["reason"] == "not-deterministic"
    stranger = claim_token.to_digits(place.token(0, signer=served.city.city.key()))
    assert (with_token(served, stranger)[0], with_token(served, stranger)[1]["reason"]) == (403, "unknown-key-id")
    assert [(status, body["reason"]) for status, body in (with_code(served, place, WRONG) for _ in range(3))] == [
        (403, "wrong-code"),
        (403, "wrong-code"),
        (429, "too-many-tries"),
    ]
    assert with_code(served, place, list(CODE))[0] == 429
    place.wait(1000)
    assert (with_token(served, late)[0], with_token(served, late)[1]["reason"]) == (410, "expired")
    assert (with_code(served, place, WRONG)[0], with_code(served, place, WRONG)[1]["reason"]) == (404, "no-deposit")


@pytest.mark.parametrize(
    "body",
    [
        {"token": "12a", "wallet": ALICE.hex()},
        {"token": "9" * 310, "wallet": ALICE.hex()},
        {"token": "12", "wallet": "ab"},
        {"token": "12", "wallet": ALICE.hex(), "more": 1},
        {"wallet": ALICE.hex()},
    ],
)
def test_a_body_of_another_shape_is_a_bad_parameter(served: Served, body: dict[str, object]) -> None:
    answer = served.client.post("/api/v1/claims", json=body)
    assert (answer.status_code, answer.json()["reason"]) == (422, "bad-parameter")


def test_a_code_has_six_colours(served: Served, place: Bin) -> None:
    for code in ([0] * 5, [0] * 7, [4] * 6, [-1] * 6):
        assert with_code(served, place, code)[0] == 422
    place.deposit(0, code=CODE)
    place.opens(0)
    status, body = with_code(served, place, list(CODE))
    assert (status, body["method"]) == (201, "code")


def test_a_scanned_token_leads_to_the_bins_page_and_stays_out_of_the_next_request(served: Served, place: Bin) -> None:
    digits = claim_token.to_digits(place.token(0))
    answer = served.client.get(f"/B/{digits}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/claim#{digits}")
    assert answer.headers["cache-control"] == "no-store"
    assert served.client.get("/B/12").text.endswith("<title>bin</title>")
    for no_token in ("9" * 200, digits[:-1], "x" * 60):
        answer = served.client.get(f"/B/{no_token}", follow_redirects=False)
        assert (answer.status_code, answer.json()["reason"]) == (404, "not-found")
