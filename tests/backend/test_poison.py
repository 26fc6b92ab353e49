"""No message, however odd, stops ingest, log or projection; what enrolled keys signed may still be at every limit."""

import hashlib
import random
from pathlib import Path

import pytest
from civicroot_backend.api import entry_list
from civicroot_backend.service import Backend
from civicroot_cli.verify import inflate
from civicroot_wire import (
    batch,
    configuration,
    enrolment,
    entry_verifier,
    receipt,
    record,
    release,
    senml,
    status_list,
    tlog_proof,
    verifier,
)
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.configuration import Configuration
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.errors import WireError
from civicroot_wire.release import Release
from civicroot_wire.senml import Measurement
from civicroot_wire.sequence import MAX_SEQ, MAX_SKIP
from civicroot_wire.sodium import Signer, verify
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backend.city import NOW, REALM, City, batch_message, commit, signed_record, sole_verdict
from tests.backend.conftest import Scene
from tests.support.fuzz import fuzz_examples

U64 = (1 << 64) - 1
EXAMPLES = fuzz_examples(60)  # each commits, publishes and projects: about 50 ms

seqs = st.sampled_from([0, 1, 63, 64, 65, MAX_SEQ - 1, MAX_SEQ]) | st.integers(0, MAX_SEQ)
numbers = (
    st.sampled_from([0, U64, -U64 - 1, DecimalFraction(-12, U64), DecimalFraction(-1, -U64), DecimalFraction(-12, 0)])
    | st.integers(-U64 - 1, U64)
    | st.builds(DecimalFraction, st.integers(-12, -1), st.integers(-U64, U64))
)
values = numbers | st.booleans() | st.binary(max_size=40) | st.text(max_size=16)
names = st.sampled_from(["fill", "weight", "a", "a" * 32, "0._-", "record", "time", "select"])
measurements = st.builds(
    Measurement,
    names,
    values,
    unit=st.none() | st.text(min_size=1, max_size=8),
    time=st.none() | st.sampled_from([-(1 << 28), 1 << 28, 0]),
    update_time=st.none() | st.sampled_from([0, 1 << 28]),
)
packs = st.builds(
    senml.Pack,
    st.lists(measurements, min_size=1, max_size=3),
    st.none() | st.sampled_from([1 << 28, NOW, 1 << 31, 1 << 33, (1 << 63) - 1, 1 << 63, U64]),
)


@st.composite
def sequences(draw: st.DrawFn) -> record.Sequence:
    seq = draw(seqs)
    return record.Sequence(seq, draw(st.integers(0, min(seq, MAX_SKIP))), draw(st.none() | st.just(bytes(8))))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """One backend for all examples: what one left behind must not harm the next."""
    city = City(Path(tmp_path_factory.mktemp("poison")) / "city")
    with city.backend() as backend:
        gateway = city.enrolled(backend, "gateway/1", "gateway")
        yield Scene(city, backend, gateway, city.enrolled(backend, "bin/12", "device"))


_batch_seq = iter(range(1 << 20))
_status_index = iter(range(1 << 20))


def survive(stage: Scene, message: bytes) -> None:
    """Commit, publish and project; then an ordinary batch is still accepted and provable."""
    sole_verdict(stage.city, stage.backend, stage.gateway, message)
    finish(stage.backend)
    device = stage.city.enrolled(stage.backend, "bin/1", "device")
    good = batch_message(stage.gateway, next(_batch_seq), [signed_record(device, 0)])
    assert sole_verdict(stage.city, stage.backend, stage.gateway, good).rejected == []
    finish(stage.backend)
    verifier.verify(stage.backend.proof(device.kid, 0), stage.backend.policy, verify, lambda data, _limit: data)


def finish(backend: Backend) -> None:
    backend.publish_pending()
    backend.project_pending()


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.tuples(sequences(), packs), min_size=1, max_size=4))
def test_records_at_every_limit(stage: Scene, drawn: list[tuple[record.Sequence, senml.Pack]]) -> None:
    records = [record.sign(stage.device.kid, *item, REALM, stage.device) for item in drawn]
    survive(stage, batch_message(stage.gateway, next(_batch_seq), records))


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from([0, 1, NOW - 1, NOW]),
    st.sampled_from([NOW, NOW + 300, NOW + 301, 1 << 63, U64]),
    st.integers(0, MAX_SKIP),
)
def test_headers_at_every_limit(stage: Scene, opened: int, closed: int, skip: int) -> None:
    seq = MAX_SEQ - next(_batch_seq) * 70
    listed = [signed_record(stage.device, seq % 1000)]
    sequence = record.Sequence(seq, skip)
    header = batch.sign_header(stage.gateway.kid, sequence, listed, opened, closed, REALM, stage.gateway)
    survive(stage, batch.encode_message(header, listed))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**32))
def test_damaged_messages(stage: Scene, seed: int) -> None:
    chance = random.Random(seed)
    listed = [signed_record(stage.device, 2000 + at) for at in range(3)]
    message = bytearray(batch_message(stage.gateway, next(_batch_seq), listed))
    for _ in range(chance.randrange(1, 4)):
        message[chance.randrange(len(message))] ^= 1 << chance.randrange(8)
    survive(stage, bytes(message[: chance.randrange(len(message))] if chance.random() < 0.3 else message))


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.none() | st.text(min_size=1, max_size=24),
    st.none() | st.tuples(numbers, numbers),
    st.none() | st.binary(min_size=1, max_size=32),
    st.none() | st.tuples(st.sampled_from([0, status_list.MAX_KEYS - 1]), st.text(min_size=1, max_size=30)),
    st.none() | st.integers(0, U64),
)
def test_enrolments_at_every_limit(stage: Scene, label, location, model, status, issued_at) -> None:  # type: ignore[no-untyped-def]
    if status is not None:  # one bit belongs to one key
        status = (abs(status[0] - next(_status_index)), status[1])
    key = Signer(stage.city.key().seed)
    found = Enrolment("tree/A.b_-9", key.public, "device", stage.city.possession(key, "tree/A.b_-9", "device"))
    found.label, found.location, found.model, found.status, found.issued_at = label, location, model, status, issued_at
    registrar = stage.city.registrar
    stage.backend.submit(enrolment.sign(found, registrar.kid, "r", REALM, registrar))
    commit(stage.backend, stage.gateway, batch_message(stage.gateway, next(_batch_seq), [signed_record(key, 0)]))
    finish(stage.backend)
    assert stage.backend.proof(key.kid, 0)


# Entries


def survive_entry(stage: Scene, data: bytes) -> bool:
    """Submit bytes; whether they were logged. Whatever they are, the city goes on and an ordinary entry is proved."""
    try:
        logged = not stage.backend.submit(data).repeated
    except WireError as error:
        logged = False
        assert error.reason
    organisation = stage.city.enrolled(stage.backend, "organisation/zoo", "organisation")
    good = stage.city.statement(organisation, "organisation/zoo", "bin/12", b"ordinary")
    index = stage.backend.submit(good).index
    finish(stage.backend)
    report = entry_verifier.verify(stage.backend.entry_proof(index), stage.backend.policy, verify, inflate)
    assert report.subject == "bin/12"
    found = receipt.decode(stage.backend.receipts.cose(index))
    receipt.verify(found, good, stage.city.log_key.public, verify)
    return logged


def entries_of_every_kind(stage: Scene) -> list[bytes]:
    """One valid entry of each kind that is submitted, none of them logged yet."""
    city = stage.city
    keys = {role: city.enrolled(stage.backend, f"{role}/1", role) for role in ("organisation", "operator", "release")}
    new, device = city.key(), city.enrolled(stage.backend, "bin/5", "device")
    wanted = Configuration("bin/5", next(_batch_seq), {"interval": 60})
    made = Release("release/1", (1, 0, next(_batch_seq) % 65536), "esp32", (0, 9, 0), [("main.py", 1, bytes(32))])
    return [
        city.enrolment(new, "bin/6", "device"),
        city.revocation(device, "bin/5"),
        city.status_list([], next(_batch_seq), 1 << 10),
        configuration.sign(wanted, keys["operator"].kid, "operator/1", city.realm, keys["operator"]),
        release.sign(made, keys["release"].kid, "release/1", city.realm, keys["release"]),
        city.statement(keys["organisation"], "organisation/1", "bin/5", b"%d" % next(_batch_seq)),
    ]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 5))
def test_damaged_entries(stage: Scene, seed: int, which: int) -> None:
    """No flipped bit and no cut is logged: everything in an entry is signed."""
    chance = random.Random(seed)
    data = bytearray(entries_of_every_kind(stage)[which])
    if chance.random() < 0.3:
        data = data[: chance.randrange(len(data))]
    else:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    assert not survive_entry(stage, bytes(data))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary(max_size=64) | st.integers(0, 5).map(lambda at: bytes([0xD2, 0x84, at])))
def test_bytes_that_are_no_entry(stage: Scene, data: bytes) -> None:
    assert not survive_entry(stage, data)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.text(min_size=1, max_size=32),
    st.text(min_size=1, max_size=32),
    st.sampled_from([b"", b"\x00", b"\xff" * 100, "\u202e<script>".encode(), bytes(32 * 1024)])
    | st.binary(max_size=200),
    st.none() | st.text(min_size=1, max_size=32),
    st.booleans(),
)
def test_statements_at_every_limit(
    stage: Scene, subject: str, typ: str, payload: bytes, content_type: str | None, detached: bool
) -> None:
    """Whatever an organisation may say is logged, found by its subject and proved."""
    key = stage.city.enrolled(stage.backend, "organisation/zoo", "organisation")
    said = hashlib.sha256(payload).digest() if detached else payload
    data = stage.city.statement(
        key, "organisation/zoo", subject, said, typ, content_type=content_type, detached=detached
    )
    assert survive_entry(stage, data)
    index = stage.backend.submit(data).index
    report = entry_verifier.verify(stage.backend.entry_proof(index), stage.backend.policy, verify, inflate)
    assert report.subject == subject
    assert len(stage.backend.receipts.cose(index)) <= receipt.MAX_RECEIPT_BYTES
    assert tlog_proof.parse(stage.backend.receipts.tlog_proof(index)).extra == data
    with stage.backend.database.read() as connection:
        found = entry_list.find(connection, subject, None, None, 1)
    assert entry_list.entry_of(found[0], index + 1).index == index
