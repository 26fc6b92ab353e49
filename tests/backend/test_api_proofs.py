"""Proof files and QR codes over HTTP."""

import hashlib
from collections.abc import Iterator

import pytest
import segno
from civicroot_backend.api.labels import draw
from civicroot_cli.verify import inflate
from civicroot_wire import policy, sodium, verifier
from civicroot_wire.errors import ProofError

from tests.backend.api_city import OpenCity, Served, serve


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """bin/12 has records 0 to 2 published and 3 only committed; lamp/1 is of a kind without pages."""
    city = OpenCity(tmp_path_factory.mktemp("city"))
    key = city.enrol_device("bin/12", simulated=True)
    city.enrol_device("lamp/1")
    city.commit([city.fill(key, seq, 20 + seq) for seq in range(3)])
    city.publish()
    city.commit([city.fill(key, 3, 23)])
    with serve(city) as running:
        yield running
    city.close()


def proof_path(served: Served, seq: int) -> str:
    return f"/api/v1/devices/{served.client.get('/api/v1/subjects/bin/12').json()['kid']}/records/{seq}/proof"


def verify(served: Served, proof: bytes) -> verifier.Report:
    trusted = policy.verify(policy.from_document(served.client.get("/policy.json").json()), sodium.verify)
    return verifier.verify(proof, trusted, sodium.verify, inflate)


@pytest.mark.parametrize("seq", [0, 1, 2])
def test_proof_holds_under_the_served_policy(served: Served, seq: int) -> None:
    answer = served.client.get(proof_path(served, seq))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/cbor"
    assert answer.headers["content-disposition"] == f'attachment; filename="bin-12-{seq}.proof"'
    report = verify(served, answer.content)
    assert (report.device.subject, report.record.seq, report.device.simulated) == ("bin/12", seq, True)
    assert str(report.record.pack.measurements[0].value) == f"0.2{seq}"


def test_flipped_bit_of_a_served_proof_fails(served: Served) -> None:
    proof = bytearray(served.client.get(proof_path(served, 1)).content)
    proof[len(proof) // 2] ^= 1
    with pytest.raises(ProofError):
        verify(served, bytes(proof))


def test_committed_but_unpublished_record_is_to_be_asked_for_again(served: Served) -> None:
    answer = served.client.get(proof_path(served, 3))
    assert (answer.status_code, answer.json()["reason"]) == (409, "not-yet-published")
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["cache-control"] == "no-store"


def test_proof_is_there_once_the_checkpoint_covers_it(served: Served) -> None:
    city = served.city
    key = city.enrol_device("bin/13")
    city.commit([city.fill(key, 0, 50)])
    path = f"/api/v1/devices/{key.kid.hex()}/records/0/proof"
    assert served.client.get(path).status_code == 409
    city.publish()
    assert verify(served, served.client.get(path).content).device.subject == "bin/13"


def test_number_that_was_never_used_is_not_found(served: Served) -> None:
    answer = served.client.get(proof_path(served, 77))
    assert (answer.status_code, answer.json()["reason"]) == (404, "not-found")


def test_gateway_has_no_records(served: Served) -> None:
    answer = served.client.get(f"/api/v1/devices/{served.city.gateway.kid.hex()}/records/0/proof")
    assert (answer.status_code, answer.json()["reason"]) == (404, "not-found")


def test_label_is_the_configured_address_in_upper_case(served: Served) -> None:
    kid = served.client.get("/api/v1/subjects/bin/12").json()["kid"]
    answer = served.client.get(f"/api/v1/devices/{kid}/qr.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    expected = segno.make("HTTPS://CITY.EXAMPLE/B/12", error="m", micro=False)
    assert expected.mode == "alphanumeric"
    assert expected.version <= 2
    assert hashlib.sha256(answer.content).digest() == hashlib.sha256(draw("https://city.example/b/12", 8)).digest()
    assert answer.content.startswith(b"<?xml")


def test_label_of_a_kind_without_page_is_not_found(served: Served) -> None:
    kid = served.client.get("/api/v1/subjects/lamp/1").json()["kid"]
    answer = served.client.get(f"/api/v1/devices/{kid}/qr.svg")
    assert (answer.status_code, answer.json()["reason"]) == (404, "not-found")
