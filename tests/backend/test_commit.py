"""Committing batches: idempotence, groups, and what the rows say."""

import hashlib
import random
from collections.abc import Callable

import pytest
from civicroot_backend.database.tables import batches, dispositions, evidence, records
from civicroot_backend.ingest.evidence import MAX_PER_KEY, MAX_PER_REASON
from civicroot_wire import batch, cose, merkle, record, senml
from civicroot_wire.cbor import Tag, encode
from nacl import bindings
from sqlalchemy import func, select

from tests.backend.city import NOW, batch_message, commit, signed_header, signed_record, sole_verdict, verdicts
from tests.backend.conftest import Scene


def test_committed_batch_is_stored_byte_for_byte_under_its_root(scene: Scene) -> None:
    listed = [signed_record(scene.device, seq) for seq in range(5)]
    message = batch_message(scene.gateway, 0, listed)
    found = sole_verdict(scene.city, scene.backend, scene.gateway, message)
    root = merkle.root([merkle.leaf_hash(item) for item in listed])
    assert scene.backend.store.get(f"log/batch/{root.hex()}") == message
    with scene.backend.database.read() as connection:
        row = connection.execute(select(batches)).one()
        stored = connection.execute(select(records.c.encoded).order_by(records.c.position)).scalars().all()
    assert (row.log_index, row.root, row.gateway, row.seq, row.size) == (found.index, root, scene.gateway.kid, 0, 5)
    assert (row.opened, row.closed, row.received) == (NOW - 10, NOW, NOW)
    assert stored == listed


def test_batch_sent_again_gets_the_same_verdict_and_changes_nothing(scene: Scene) -> None:
    listed = [signed_record(scene.device, 0), signed_record(scene.city.key(), 0), signed_record(scene.device, 1)]
    message = batch_message(scene.gateway, 0, listed)
    first = commit(scene.backend, scene.gateway, message).answers
    assert commit(scene.backend, scene.gateway, message).answers == first
    assert commit(scene.backend, scene.gateway, message, message).answers == first * 2
    scene.backend.stop()
    with scene.city.backend() as restarted:
        assert commit(restarted, scene.gateway, message).answers == first
        assert restarted.counts()["batch", "repeated"] == 4
        assert restarted.counts()["record", "accepted"] == 2
        assert restarted.counts()["record", "unknown-key-id"] == 1


def test_batch_sent_again_keeps_its_verdict_although_the_device_was_enrolled_since(scene: Scene) -> None:
    late = scene.city.key()
    message = batch_message(scene.gateway, 0, [signed_record(late, 0)])
    before = sole_verdict(scene.city, scene.backend, scene.gateway, message)
    scene.backend.submit(scene.city.enrolment(late, "bin/13", "device"))
    assert sole_verdict(scene.city, scene.backend, scene.gateway, message).rejected == before.rejected
    again = sole_verdict(
        scene.city, scene.backend, scene.gateway, batch_message(scene.gateway, 1, [signed_record(late, 0)])
    )
    assert again.rejected == []


def test_batch_twice_in_one_group_is_committed_once(scene: Scene) -> None:
    message = batch_message(scene.gateway, 0, [signed_record(scene.device, 0)])
    first, second = verdicts(scene.city, commit(scene.backend, scene.gateway, message, message))
    assert first.index == second.index
    assert scene.backend.counts()["record", "accepted"] == 1


def test_record_in_two_batches_of_two_gateways_counts_once_at_the_lower_index(scene: Scene) -> None:
    other = scene.city.enrolled(scene.backend, "gateway/2", "gateway")
    shared = signed_record(scene.device, 0)
    first = sole_verdict(scene.city, scene.backend, scene.gateway, batch_message(scene.gateway, 0, [shared]))
    second = sole_verdict(scene.city, scene.backend, other, batch_message(other, 0, [shared]))
    assert first.rejected == second.rejected == []
    with scene.backend.database.read() as connection:
        assert connection.execute(select(records.c.log_index)).scalars().all() == [first.index]
        row = connection.execute(select(dispositions)).one()
    assert (row.log_index, row.batch_index, row.status, row.reason) == (second.index, 0, "duplicate", None)


def test_second_signature_over_a_batch_header_is_the_same_batch(scene: Scene) -> None:
    listed = [signed_record(scene.device, 0)]
    message = batch_message(scene.gateway, 0, listed)
    first = sole_verdict(scene.city, scene.backend, scene.gateway, message)
    header = cose.parse(signed_header(scene.gateway, 0, listed), 512)
    signature = _other_signature(scene.gateway.seed, cose.sig_structure(header.protected, header.payload, _aad(scene)))
    resigned = encode(Tag(cose.SIGN1_TAG, [header.protected, {}, header.payload, signature]))
    second = sole_verdict(scene.city, scene.backend, scene.gateway, batch.encode_message(resigned, listed))
    assert second.index == first.index
    assert second.digest != first.digest
    assert scene.backend.counts()["batch", "committed"] == 1


def test_positions_follow_the_order_of_log_and_batch(scene: Scene) -> None:
    messages = [
        batch_message(scene.gateway, seq, [signed_record(scene.device, 10 * seq + at) for at in range(10)])
        for seq in range(10)
    ]
    commit(scene.backend, scene.gateway, *messages[:4])
    commit(scene.backend, scene.gateway, *messages[4:])
    with scene.backend.database.read() as connection:
        rows = connection.execute(select(records).order_by(records.c.position)).all()
    assert [(row.log_index, row.batch_index) for row in rows] == sorted(
        (row.log_index, row.batch_index) for row in rows
    )
    assert [row.seq for row in rows] == list(range(100))


def test_order_of_arrival_does_not_change_what_is_accepted(scene: Scene) -> None:
    listed = [signed_record(scene.device, seq, skip=3 if seq % 10 == 3 else 0) for seq in range(300) if seq % 10 > 2]
    random.Random(7).shuffle(listed)
    for seq in range(0, len(listed), 30):
        found = sole_verdict(
            scene.city, scene.backend, scene.gateway, batch_message(scene.gateway, seq, listed[seq : seq + 30])
        )
        assert found.rejected == []
    assert scene.backend.counts()["record", "accepted"] == len(listed)


def test_record_without_clock_has_no_time(scene: Scene) -> None:
    pack = senml.Pack([senml.Measurement("lid", True)])
    unset = record.sign(scene.device.kid, record.Sequence(0), pack, scene.city.realm, scene.device)
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [unset]))
    with scene.backend.database.read() as connection:
        assert connection.execute(select(records.c.time)).scalar_one() is None


def test_gateway_that_contradicts_its_own_skip_is_committed_and_kept_as_evidence(scene: Scene) -> None:
    for seq, skip in ((10, 5), (7, 0)):
        message = batch_message(scene.gateway, seq, [signed_record(scene.device, seq)], skip)
        assert sole_verdict(scene.city, scene.backend, scene.gateway, message).committed
    assert scene.backend.counts()["batch", "skipped-seq"] == 1
    with scene.backend.database.read() as connection:
        row = connection.execute(select(evidence)).one()
    assert (row.scope, row.reason, row.kid, row.seq) == ("batch", "skipped-seq", scene.gateway.kid, 7)


@pytest.mark.parametrize(
    ("make", "reason", "kept"),
    [
        (lambda scene, at: signed_record(scene.device, 0, fill=at), "equivocation", MAX_PER_KEY),
        (lambda scene, at: b"\x59\xff\xff%d" % at, "truncated", MAX_PER_REASON),
    ],
)
def test_evidence_is_a_bounded_sample_and_the_counter_is_not(
    scene: Scene, make: Callable[[Scene, int], bytes], reason: str, kept: int
) -> None:
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [signed_record(scene.device, 0, fill=1000)]))
    bad = [make(scene, at) for at in range(MAX_PER_REASON + 50)]
    for seq in range(2):
        half = bad[seq * 75 : (seq + 1) * 75]
        commit(scene.backend, scene.gateway, batch_message(scene.gateway, 1 + seq, half))
    with scene.backend.database.read() as connection:
        rows = connection.execute(select(func.count()).select_from(evidence)).scalar_one()
    assert rows == kept
    assert scene.backend.counts()["record", reason] == len(bad)


def _aad(scene: Scene) -> bytes:
    return cose.aad(batch.KIND, scene.city.realm)


def _other_signature(seed: bytes, message: bytes) -> bytes:
    """A valid signature with another nonce than RFC 8032 prescribes."""
    digest = hashlib.sha512(seed).digest()
    a = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
    order = 2**252 + 27742317777372353535851937790883648493
    nonce = (123456789).to_bytes(32, "little")
    r = bindings.crypto_scalarmult_ed25519_base_noclamp(nonce)
    public = bindings.crypto_sign_seed_keypair(seed)[0]
    k = int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % order
    return r + ((int.from_bytes(nonce, "little") + k * a) % order).to_bytes(32, "little")
