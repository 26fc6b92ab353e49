"""Entries over HTTP: whoever sends one, its signature is all that counts; receipts and proofs come back."""

import base64
import dataclasses
import hashlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cbor2
import httpx
import pytest
from civicroot_backend import realm
from civicroot_backend.api import prefer, refusal_budget
from civicroot_backend.database.tables import enrolments, revocations
from civicroot_backend.errors import NotYetPublished
from civicroot_backend.log import kinds, sequencer
from civicroot_cli.verify import inflate
from civicroot_wire import (
    checkpoint,
    claims,
    configuration,
    entry_verifier,
    merkle,
    note,
    policy,
    receipt,
    release,
    sodium,
    statement,
    tlog_proof,
)
from civicroot_wire.claims import Claims
from civicroot_wire.configuration import Configuration
from civicroot_wire.release import Release
from civicroot_wire.sodium import Signer
from civicroot_witness.token_buckets import TokenBuckets
from cwt import COSE as CoseReader
from cwt import COSEKey
from cwt.exceptions import VerifyError
from sqlalchemy import select

from tests.backend.api_city import COSE, ENTRIES, OpenCity, Served, serve
from tests.backend.city import City, signed_header
from tests.support.brokers import free_port
from tests.vectors import rfc9162

ASYNC = {"prefer": "respond-async"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    city = OpenCity(tmp_path_factory.mktemp("city"))
    with serve(city) as running:
        yield running
    city.close()


def test_signed_enrolment_is_logged_once(served: Served) -> None:
    key = Signer.generate()
    statement = served.city.city.enrolment(key, "bin/1", "device", label="빈 1")
    first = served.client.post(ENTRIES, content=statement, headers=COSE | ASYNC)
    again = served.client.post(ENTRIES, content=statement, headers=COSE | ASYNC)
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert first.headers["location"] == f"/entries/{first.json()['index']}"
    assert (first.json()["kind"], first.json()["subject"]) == ("enrolment", "bin/1")
    assert first.json()["leaf"] == merkle.leaf_hash(statement).hex()
    shown = served.client.get("/api/v1/subjects/bin/1").json()
    assert (shown["kid"], shown["enrolled_at_index"], shown["label"]) == (key.kid.hex(), first.json()["index"], "빈 1")


def test_enrolment_by_an_unknown_registrar_is_forbidden_and_counted(served: Served, tmp_path: Path) -> None:
    before = served.city.backend.counts().get(("enrolment", "untrusted"), 0)
    other = City(tmp_path, name=served.city.city.realm)
    statement = other.enrolment(Signer.generate(), "bin/2", "device")
    answer = served.client.post(ENTRIES, content=statement, headers=COSE)
    assert (answer.status_code, answer.json()["reason"]) == (403, "untrusted")
    assert served.city.backend.counts()["enrolment", "untrusted"] == before + 1
    assert served.client.get("/api/v1/subjects/bin/2").status_code == 404


def test_enrolment_for_another_city_is_forbidden(served: Served, tmp_path: Path) -> None:
    other = City(tmp_path, name="other.city")
    other.registrar = served.city.city.registrar
    statement = other.enrolment(Signer.generate(), "bin/2", "device")
    answer = served.client.post(ENTRIES, content=statement, headers=COSE)
    assert (answer.status_code, answer.json()["reason"]) == (403, "wrong-realm")


def test_altered_enrolment_is_forbidden(served: Served) -> None:
    statement = bytearray(served.city.city.enrolment(Signer.generate(), "bin/2", "device"))
    statement[-1] ^= 1
    answer = served.client.post(ENTRIES, content=bytes(statement), headers=COSE)
    assert (answer.status_code, answer.json()["reason"]) in ((403, "bad-signature"), (403, "non-canonical-s"))


@pytest.mark.parametrize(("body", "reason"), [(b"", "truncated"), (b"\xd2\x84", "truncated"), (b"\xa0", "wrong-type")])
def test_bytes_that_are_no_statement_are_a_bad_request(served: Served, body: bytes, reason: str) -> None:
    answer = served.client.post(ENTRIES, content=body, headers=COSE)
    assert (answer.status_code, answer.json()["reason"]) == (400, reason)


@pytest.mark.parametrize("chunked", [False, True])
def test_body_over_the_limit_is_refused_before_it_is_read(served: Served, chunked: bool) -> None:
    body = bytes(64 * 1024 + 1)
    content = iter([body[:40_000], body[40_000:]]) if chunked else body
    answer = served.client.post(ENTRIES, content=content, headers=COSE)
    assert (answer.status_code, answer.json()["reason"]) == (413, "too-large")


def test_other_media_types_are_refused(served: Served) -> None:
    answer = served.client.post(ENTRIES, json={"subject": "bin/1"})
    assert (answer.status_code, answer.json()["reason"]) == (415, "wrong-media-type")


def test_other_method_is_refused(served: Served) -> None:
    answer = served.client.delete(ENTRIES)
    assert (answer.status_code, answer.json()["reason"]) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


# Receipts


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A city whose own threads publish; it has no broker."""
    addresses = realm.Addresses(f"mqtt://127.0.0.1:{free_port()}")
    city = OpenCity(tmp_path_factory.mktemp("running"), addresses)
    failed: list[bool] = []
    city.backend.start(lambda: failed.append(True))
    with serve(city) as served:
        yield served
    city.close()
    assert not failed


def organisation(served: Served, name: str = "organisation/zoo") -> Signer:
    """A newly enrolled key of an organisation."""
    return served.city.city.enrolled(served.city.backend, name, "organisation")


def post(served: Served, data: bytes, **headers: str) -> httpx.Response:
    return served.client.post(ENTRIES, content=data, headers=COSE | headers)


def refuse(served: Served, data: bytes, status: int, reason: str, kind: str = kinds.STATEMENT) -> None:
    """What must be refused: by this name, counted once, and nothing is logged."""
    backend = served.city.backend
    with backend.database.read() as connection:
        size = sequencer.size(connection)
    before = backend.counts().get((kind, reason), 0)
    answer = post(served, data)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason), answer.text
    assert backend.counts()[kind, reason] == before + 1
    with backend.database.read() as connection:
        assert sequencer.size(connection) == size


def cose_key(signer: Signer) -> COSEKey:
    return COSEKey.new({1: 1, 2: signer.kid, 3: -19, -1: 6, -2: signer.public})


def test_statement_is_answered_with_a_receipt_that_an_independent_reader_verifies(running: Served) -> None:
    city = running.city.city
    key = organisation(running)
    signed = city.statement(key, "organisation/zoo", "bin/12", b'{"emptied":true}', content_type="application/json")
    answer = post(running, signed)
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/cose")
    index = int(answer.headers["location"].rpartition("/")[2])
    # The cwt library reads both; the root that the receipt signs is computed by another implementation of the RFC.
    assert CoseReader.new().decode(signed, cose_key(key)) == b'{"emptied":true}'
    tagged = cbor2.loads(answer.content)
    size, at, path = cbor2.loads(tagged.value[1][396][-1][0])
    assert at == index
    root = rfc9162.tree_root([running.client.get(f"/entries/{number}").content for number in range(size)])
    assert rfc9162.verify_inclusion(rfc9162.leaf(signed), at, size, path, root)
    assert tagged.value[2] is None
    assert cbor2.loads(tagged.value[0]) == {
        1: -19, 4: city.log_key.kid, 15: {1: f"{city.realm}/log", 2: "bin/12"}, 395: 1
    }  # fmt: skip
    CoseReader.new().decode(answer.content, cose_key(city.log_key), detached_payload=root)
    with pytest.raises(VerifyError):
        CoseReader.new().decode(answer.content, cose_key(city.log_key), detached_payload=bytes(32))
    found = receipt.verify(receipt.decode(answer.content), signed, city.log_key.public, sodium.verify)
    assert (found.index, found.subject) == (index, "bin/12")


def test_the_same_entry_again_has_the_same_index(running: Served) -> None:
    key = organisation(running)
    signed = running.city.city.statement(key, "organisation/zoo", "bin/13", b"1")
    first, again = post(running, signed), post(running, signed)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["location"] == again.headers["location"]
    receipt.verify(receipt.decode(again.content), signed, running.city.city.log_key.public, sodium.verify)


def test_many_submit_the_same_at_once_and_it_is_logged_once(running: Served) -> None:
    signed = running.city.city.statement(organisation(running), "organisation/zoo", "bin/13", b"at once")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(running, signed), range(8)))
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]


def test_exports_of_an_entry_all_hold(running: Served) -> None:
    city = running.city.city
    signed = city.statement(organisation(running), "organisation/zoo", "tree/1", b"watered")
    path = post(running, signed).headers["location"]
    got = running.client.get(path)
    assert (got.content, got.headers["content-type"]) == (signed, "application/cose")
    assert got.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert got.headers["access-control-allow-origin"] == "*"
    found = receipt.decode(running.client.get(f"{path}/receipt").content)
    receipt.verify(found, signed, city.log_key.public, sodium.verify)
    transparent = receipt.attach(signed, [running.client.get(f"{path}/receipt").content])
    assert receipt.detach(transparent)[0] == signed
    text = running.client.get(f"{path}/tlog-proof")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    proof = tlog_proof.parse(text.content)
    assert proof.extra == signed
    head = checkpoint.parse_body(
        note.verify(note.parse(proof.checkpoint), running.city.backend.log.key, sodium.verify).body
    )
    assert rfc9162.verify_inclusion(rfc9162.leaf(signed), proof.index, head.size, proof.path, head.root)
    report = verify_entry(running, path)
    assert (report.kind, report.subject, report.issuer) == ("statement", "tree/1", "organisation/zoo")


def verify_entry(served: Served, path: str) -> entry_verifier.EntryReport:
    """The report of an entry's proof file under the served policy."""
    trusted = policy.verify(policy.from_file(served.client.get("/policy.json").content), sodium.verify)
    answer = served.client.get(f"{path}/proof")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    return entry_verifier.verify(answer.content, trusted, sodium.verify, inflate)


def test_every_kind_of_entry_has_a_proof(running: Served) -> None:
    city, backend = running.city.city, running.city.backend
    operator, releaser = city.key(), city.key()
    device = running.city.enrol_device("bin/77", status=(1, city.status_uri))
    wanted = Configuration("bin/77", 1, {"interval": 60})
    made = Release("release/1", (1, 0, 0), "esp32", (0, 9, 0), [("main.py", 1, bytes(32))])
    for data in (
        city.enrolment(operator, "operator/1", "operator"),
        city.enrolment(releaser, "release/1", "release"),
        configuration.sign(wanted, operator.kid, "operator/1", city.realm, operator),
        release.sign(made, releaser.kid, "release/1", city.realm, releaser),
        city.status_list([]),
        city.revocation(device, "bin/77"),
        city.status_list([1]),
    ):
        assert post(running, data).status_code == 201
    running.city.commit([running.city.fill(running.city.enrol_device("bin/78"), 0, 5)])
    assert post(running, city.statement(organisation(running), "organisation/zoo", "bin/77", b"x")).status_code == 201
    size = backend.published.size if backend.published else 0
    kinds_seen = {verify_entry(running, f"/entries/{index}").kind for index in range(size)}
    assert kinds_seen == {
        "policy", "enrolment", "configuration", "release", "status-list", "revocation", "batch", "statement"
    }  # fmt: skip


def test_detached_statement_carries_only_the_hash(running: Served) -> None:
    key, document = organisation(running), b"a contract that stays private"
    signed = running.city.city.statement(
        key,
        "organisation/zoo",
        "contract/7",
        hashlib.sha256(document).digest(),
        detached=True,
        content_type="application/pdf",
        location="https://zoo.example/7.pdf",
    )
    post(running, signed)
    (found,) = running.client.get("/api/v1/entries", params={"subject": "contract/7"}).json()["entries"]
    assert (found["detached"], found["content_type"]) == (True, "application/pdf")
    assert (found["location"], found["payload"]) == ("https://zoo.example/7.pdf", None)
    assert found["digest"] == hashlib.sha256(document).hexdigest()
    assert (found["issuer"], found["typ"], found["kid"]) == ("organisation/zoo", "application/json", key.kid.hex())


def test_statements_are_found_by_subject_newest_first_in_pages(running: Served) -> None:
    key = organisation(running)
    payloads = [b"text %d" % at for at in range(3)] + [b"\xff\x00", bytes(5000)]
    for payload in payloads:
        post(running, running.city.city.statement(key, "organisation/zoo", "tree/42", payload))
    first = running.client.get("/api/v1/entries", params={"subject": "tree/42", "limit": 3}).json()
    second = running.client.get(
        "/api/v1/entries", params={"subject": "tree/42", "limit": 3, "cursor": first["next"]}
    ).json()
    assert second["next"] is None
    shown = [item["payload"] for item in first["entries"] + second["entries"]]
    assert shown == [
        None,
        {"text": None, "base64": base64.b64encode(payloads[3]).decode()},
        *({"text": f"text {at}", "base64": None} for at in (2, 1, 0)),
    ]
    everything = running.client.get("/api/v1/entries", params={"kind": "policy"}).json()["entries"]
    assert [(item["index"], item["kid"]) for item in everything] == [(0, None)]
    device = running.city.enrol_device("bin/500")
    (enrolled,) = running.client.get("/api/v1/entries", params={"subject": "bin/500"}).json()["entries"]
    assert (enrolled["kind"], enrolled["issuer"]) == ("enrolment", "the registrar")
    assert device.kid.hex() != enrolled["kid"] == running.city.city.registrar.kid.hex()
    assert running.client.get("/api/v1/entries", params={"kind": "rumour"}).status_code == 422


def test_receipt_can_be_had_after_a_restart_between_commit_and_publication(tmp_path: Path) -> None:
    city = City(tmp_path / "realm")
    with city.backend() as backend:
        key = city.enrolled(backend, "organisation/zoo", "organisation")
        signed = city.statement(key, "organisation/zoo", "bin/1", b"x")
        submitted = backend.submit(signed)
        with pytest.raises(NotYetPublished):
            backend.receipts.cose(submitted.index)
    with city.backend() as backend:
        assert backend.submit(signed) == dataclasses.replace(submitted, repeated=True)
        backend.publish_pending()
        found = receipt.decode(backend.receipts.cose(submitted.index))
        assert receipt.verify(found, signed, city.log_key.public, sodium.verify).index == submitted.index


def test_waiting_ends_after_the_time_that_was_asked_for(served: Served) -> None:
    signed = served.city.city.statement(organisation(served), "organisation/zoo", "bin/1", b"nobody publishes here")
    assert post(served, signed, prefer="wait=0").status_code == 202
    assert post(served, signed, prefer="wait=1").status_code == 202
    index = int(post(served, signed, prefer="respond-async").headers["location"].rpartition("/")[2])
    answer = served.client.get(f"/entries/{index}")
    assert (answer.status_code, answer.json()["reason"]) == (409, "not-yet-published")
    assert served.client.get(f"/entries/{index + 1}/receipt").status_code == 404


@pytest.mark.parametrize("index", ["-1", "x", str(1 << 53), "9" * 40])
def test_index_that_no_log_has_is_a_bad_parameter(served: Served, index: str) -> None:
    for path in (f"/entries/{index}", f"/entries/{index}/receipt", f"/entries/{index}/proof"):
        answer = served.client.get(path)
        assert (answer.status_code, answer.json()["reason"]) == (422, "bad-parameter")
        assert answer.headers["access-control-allow-origin"] == "*", "a page elsewhere can read why"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, prefer.MAX_WAIT),
        ("respond-async", 0.0),
        ("Respond-Async, wait=3", 3.0),
        ("wait=100000", prefer.MAX_WAIT),
        ("wait=-1", prefer.MAX_WAIT),
        ("wait=\u0665", prefer.MAX_WAIT),
        ("handling=lenient", prefer.MAX_WAIT),
    ],
)
def test_prefer(header: str | None, seconds: float) -> None:
    assert prefer.wait_of(header) == seconds


# What is refused


def test_statement_by_nobody_is_refused(served: Served) -> None:
    stranger = served.city.city.key()
    refuse(served, served.city.city.statement(stranger, "organisation/zoo", "bin/1", b"x"), 403, "unknown-key-id")


def test_statement_in_anothers_name_is_refused(served: Served) -> None:
    key = organisation(served, "organisation/mouse")
    refuse(served, served.city.city.statement(key, "organisation/zoo", "bin/1", b"x"), 403, "untrusted")


def test_statement_by_a_device_is_refused(served: Served) -> None:
    key = served.city.enrol_device("bin/91")
    refuse(served, served.city.city.statement(key, "bin/91", "bin/91", b"x"), 403, "wrong-role")


def test_statement_of_another_city_is_refused(served: Served) -> None:
    key = organisation(served)
    signed = statement.sign(Claims("text/plain", "organisation/zoo", "bin/1", "other.city"), b"x", key.kid, key)
    refuse(served, signed, 403, "wrong-realm")


def test_statement_by_a_revoked_key_is_refused_and_an_earlier_one_stays(served: Served) -> None:
    key = organisation(served)
    early = served.city.city.statement(key, "organisation/zoo", "bin/1", b"early")
    index = served.city.backend.submit(early).index
    served.city.backend.submit(served.city.city.revocation(key, "organisation/zoo"))
    refuse(served, served.city.city.statement(key, "organisation/zoo", "bin/1", b"late"), 403, "revoked")
    assert served.city.backend.submit(early).index == index


def test_reserved_typ_is_judged_as_what_it_says(served: Served) -> None:
    key = organisation(served)
    signed = served.city.city.statement(key, "organisation/zoo", "bin/1", b"\xa0", typ=claims.ENROLMENT_TYP)
    refuse(served, signed, 400, "missing-key", kinds.ENROLMENT)


def test_what_only_the_backend_and_gateways_log_is_not_submitted(served: Served) -> None:
    key = organisation(served)
    pruned = served.city.city.statement(key, "organisation/zoo", "bin/1", b"\xa0", typ=claims.PRUNING_TYP)
    refuse(served, pruned, 400, "wrong-kind", "entry")
    refuse(served, signed_header(served.city.gateway, 900, [b"x"]), 400, "wrong-kind", "entry")
    with served.city.backend.database.read() as connection:
        refuse(served, sequencer.entry_at(connection, 0), 400, "wrong-kind", "entry")


def test_oversized_payload_is_refused(served: Served) -> None:
    key = organisation(served)
    signed = served.city.city.statement(key, "organisation/zoo", "bin/1", bytes(statement.MAX_PAYLOAD + 1))
    refuse(served, signed, 400, "out-of-range")


def test_altered_statement_is_refused(served: Served) -> None:
    signed = bytearray(served.city.city.statement(organisation(served), "organisation/zoo", "bin/1", b"payload"))
    signed[signed.index(b"payload")] ^= 1
    refuse(served, bytes(signed), 403, "bad-signature")


def test_configuration_versions_rise(served: Served) -> None:
    city = served.city.city
    operator = city.enrolled(served.city.backend, "operator/1", "operator")

    def signed(version: int, issuer: str = "operator/1", subject: str = "bin/12") -> bytes:
        return configuration.sign(Configuration(subject, version, {}), operator.kid, issuer, city.realm, operator)

    assert post(served, signed(3), **ASYNC).status_code == 202
    refuse(served, signed(3, issuer="operator/2"), 403, "untrusted", kinds.CONFIGURATION)
    refuse(served, signed(2), 403, "wrong-order", kinds.CONFIGURATION)
    assert post(served, signed(4), **ASYNC).status_code == 202
    assert post(served, signed(1, subject="bin/13"), **ASYNC).status_code == 202


def test_release_is_signed_by_a_release_key(served: Served) -> None:
    city = served.city.city
    operator = city.enrolled(served.city.backend, "operator/2", "operator")
    made = Release("release/1", (1, 0, 0), "esp32", (0, 9, 0), [("main.py", 1, bytes(32))])
    signed = release.sign(made, operator.kid, "operator/2", city.realm, operator)
    refuse(served, signed, 403, "wrong-role", kinds.RELEASE)


def test_one_organisation_cannot_fill_the_log(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    quota = TokenBuckets(2, 0.001, 8, time.monotonic)
    monkeypatch.setattr(served.city.backend._submissions, "_quota", quota)
    key, other = organisation(served), organisation(served, "organisation/mouse")
    said = [served.city.city.statement(key, "organisation/zoo", "bin/1", b"%d" % at) for at in range(3)]
    assert [post(served, item, **ASYNC).status_code for item in said] == [202, 202, 429]
    answer = post(served, said[2])
    assert (answer.json()["reason"], int(answer.headers["retry-after"]) > 1) == ("too-many-requests", True)
    assert post(served, said[0], **ASYNC).status_code == 202, "a repetition is no new entry"
    again = served.city.city.statement(other, "organisation/mouse", "bin/1", b"x")
    assert post(served, again, **ASYNC).status_code == 202


def test_who_sends_rubbish_for_long_is_not_listened_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal_budget, "AT_ONCE", 3)
    city = OpenCity(tmp_path)
    with serve(city) as served:
        assert [post(served, b"\xa0").status_code for _ in range(5)] == [400, 400, 400, 429, 429]
        assert city.backend.counts()["entry", "wrong-type"] == 3, "what is not listened to costs no write"
    city.close()


def test_status_list_is_served_under_the_registrars_name(running: Served) -> None:
    city = running.city.city
    kid = city.registrar.kid.hex()
    assert city.status_uri == f"https://{city.realm}/status-lists/{kid}"
    assert running.client.get(f"/status-lists/{'0' * 16}").status_code == 404
    path = post(running, city.status_list(_revoked(running), 77, 16)).headers["location"]
    answer = running.client.get(f"/status-lists/{kid}")
    assert answer.content == running.client.get(path).content
    assert answer.headers["content-type"] == "application/statuslist+cwt"
    assert answer.headers["link"] == f'<{path}>; rel="canonical"'


def _revoked(served: Served) -> list[int]:
    """The indices of the city's revoked keys."""
    joined = enrolments.join(revocations, revocations.c.kid == enrolments.c.kid)
    query = select(enrolments.c.status_index).select_from(joined).where(enrolments.c.status_index.is_not(None))
    with served.city.backend.database.read() as connection:
        return list(connection.execute(query).scalars())
