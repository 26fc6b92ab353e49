"""Each kind of bad input is refused with its reason, counted, and changes nothing else."""

import hashlib
from collections.abc import Callable

import pytest
from civicroot_backend.database.tables import batches, evidence, log_entries, records
from civicroot_backend.ingest.commit import Arrival
from civicroot_backend.service import Backend
from civicroot_wire import batch, cose, enrolment, record, senml, verifier
from civicroot_wire.cbor import Tag, encode
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.errors import ProofError, WireError
from civicroot_wire.sodium import verify
from civicroot_wire.verdict import Verdict
from sqlalchemy import func, select

from tests.backend.city import (
    NOW,
    City,
    batch_message,
    commit,
    signed_header,
    signed_record,
    sole_verdict,
    verdicts,
)
from tests.backend.conftest import Scene

L = 2**252 + 27742317777372353535851937790883648493  # order of the Ed25519 group
SMALL_ORDER = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")  # of order 8
NON_CANONICAL = bytes.fromhex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")  # y = p + 1


def totals(backend: Backend) -> tuple[int, ...]:
    """Rows of what only good input may change."""
    with backend.database.read() as connection:
        tables = (log_entries, batches, records)
        return tuple(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)


def refuse(scene: Scene, message: bytes, counted: str, gateway: bytes | None = None) -> Verdict:
    """Submit a batch message that must be refused whole, once in the counters, changing nothing; its verdict."""
    before, counts = totals(scene.backend), scene.backend.counts()
    outcome = scene.backend.committer.commit([Arrival(gateway or scene.gateway.kid, message)])
    (found,) = verdicts(scene.city, outcome)
    assert not found.committed
    assert found.digest == hashlib.sha256(message).digest()
    assert totals(scene.backend) == before
    assert scene.backend.counts() == counts | {("batch", counted): counts.get(("batch", counted), 0) + 1}
    return found


def reject(scene: Scene, bad: bytes, reason: str, counted: int = 1) -> None:
    """Submit a batch with one bad record between two good ones: it is rejected at its index, the others accepted."""
    seq = totals(scene.backend)[1]
    good = [signed_record(scene.device, 1000 + 2 * seq), signed_record(scene.device, 1001 + 2 * seq)]
    before = totals(scene.backend)[2]
    found = sole_verdict(
        scene.city, scene.backend, scene.gateway, batch_message(scene.gateway, seq, [good[0], bad, good[1]])
    )
    assert found.committed
    assert found.rejected == [(1, reason)]
    assert totals(scene.backend)[2] == before + 2
    assert scene.backend.counts()["record", reason] == counted


def resigned(scene: Scene, change: Callable[[dict[int | str, object]], None]) -> bytes:
    """A record whose protected header was changed before it was signed."""
    headers: dict[int | str, object] = {cose.ALG: cose.ED25519, cose.KID: scene.device.kid, cose.SEQUENCE: [7]}
    change(headers)
    payload = senml.encode_pack(senml.Pack([senml.Measurement("lid", True)], NOW))
    return cose.sign1(headers, payload, cose.aad(record.KIND, scene.city.realm), scene.device)  # type: ignore[arg-type]


def with_signature(message: bytes, signature: bytes) -> bytes:
    """A COSE_Sign1 with another signature."""
    found = cose.parse(message, 4096)
    return encode(Tag(cose.SIGN1_TAG, [found.protected, {}, found.payload, signature]))


# CBOR


def test_truncated_batch_message_is_refused(scene: Scene) -> None:
    message = batch_message(scene.gateway, 0, [signed_record(scene.device, 0)])
    assert refuse(scene, message[:-1], "truncated").reason == "malformed"


def test_batch_message_with_trailing_bytes_is_refused(scene: Scene) -> None:
    message = batch_message(scene.gateway, 0, [signed_record(scene.device, 0)])
    assert refuse(scene, message + b"\x00", "trailing-bytes").reason == "malformed"


def test_non_deterministic_batch_message_is_refused(scene: Scene) -> None:
    message = batch_message(scene.gateway, 0, [signed_record(scene.device, 0)])
    assert message[0] == 0x82
    assert refuse(scene, b"\x98\x02" + message[1:], "not-deterministic").reason == "malformed"


def test_empty_batch_message_is_refused(scene: Scene) -> None:
    assert refuse(scene, b"", "truncated").reason == "malformed"


def test_batch_message_over_its_limit_is_refused(scene: Scene) -> None:
    assert refuse(scene, bytes(batch.MAX_MESSAGE_BYTES + 1), "too-large").reason == "malformed"


def test_truncated_record_is_rejected_at_its_index(scene: Scene) -> None:
    reject(scene, signed_record(scene.device, 5)[:-1], "truncated")


def test_non_deterministic_record_is_rejected_at_its_index(scene: Scene) -> None:
    good = signed_record(scene.device, 5)
    assert good[:2] == b"\xd2\x84"
    reject(scene, b"\xd8\x12" + good[1:], "not-deterministic")


def test_record_with_unknown_header_key_is_rejected(scene: Scene) -> None:
    reject(scene, resigned(scene, lambda headers: headers.update({99: 1})), "unknown-key")


def test_record_of_10_kb_is_rejected(scene: Scene) -> None:
    pack = senml.Pack([senml.Measurement("led", bytes(10_000))], NOW)
    big = record.sign(scene.device.kid, record.Sequence(5), pack, scene.city.realm, scene.device)
    reject(scene, big, "too-large")


# Keys and signatures


@pytest.mark.parametrize("number", [-8, -7, 5])
def test_record_of_wrong_algorithm_number_is_rejected(scene: Scene, number: int) -> None:
    reject(scene, resigned(scene, lambda headers: headers.update({cose.ALG: number})), "wrong-algorithm")


def test_record_with_bad_signature_is_rejected(scene: Scene) -> None:
    good = signed_record(scene.device, 5)
    reject(scene, good[:-1] + bytes([good[-1] ^ 1]), "bad-signature")


def test_record_signed_by_another_key_is_rejected(scene: Scene) -> None:
    impostor = scene.city.key()
    pack = senml.Pack([senml.Measurement("lid", True)], NOW)
    reject(scene, record.sign(scene.device.kid, record.Sequence(5), pack, scene.city.realm, impostor), "bad-signature")


def test_record_with_s_of_order_or_more_is_rejected(scene: Scene) -> None:
    good = signed_record(scene.device, 5)
    s = int.from_bytes(good[-32:], "little") + L
    reject(scene, with_signature(good, good[-64:-32] + s.to_bytes(32, "little")), "non-canonical-s")


@pytest.mark.parametrize("point", [SMALL_ORDER, NON_CANONICAL], ids=["small order", "non-canonical"])
def test_record_with_weak_r_is_rejected(scene: Scene, point: bytes) -> None:
    good = signed_record(scene.device, 5)
    reject(scene, with_signature(good, point + good[-32:]), "weak-r")


@pytest.mark.parametrize("point", [SMALL_ORDER, NON_CANONICAL], ids=["small order", "non-canonical"])
def test_enrolment_of_a_weak_key_is_refused(scene: Scene, point: bytes) -> None:
    helper = scene.city.key()
    request = scene.city.possession(helper, "bin/13", "device")
    found = Enrolment("bin/13", point, "device", request)
    # The possession names the weak key, so that its weakness is what is found.
    parsed = cose.parse(request, 512)
    headers = {cose.ALG: cose.ED25519, cose.KID: found.kid}
    found.possession = cose.sign1(headers, parsed.payload, cose.aad("possession", scene.city.realm), helper)
    registrar = scene.city.registrar
    refuse_enrolment(scene, enrolment.sign(found, registrar.kid, "r", scene.city.realm, registrar), "weak-key")


def test_batch_header_with_bad_signature_is_refused(scene: Scene) -> None:
    records = [signed_record(scene.device, 0)]
    header = signed_header(scene.gateway, 0, records)
    bad = header[:-1] + bytes([header[-1] ^ 1])
    assert refuse(scene, batch.encode_message(bad, records), "bad-signature").reason == "bad-signature"


# Sequence numbers


def test_used_seq_with_the_same_content_is_a_no_op(scene: Scene) -> None:
    first = signed_record(scene.device, 5)
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [first]))
    found = sole_verdict(scene.city, scene.backend, scene.gateway, batch_message(scene.gateway, 1, [first]))
    assert found.committed
    assert found.rejected == []
    assert totals(scene.backend)[1:] == (2, 1)
    assert scene.backend.counts()["record", "duplicate"] == 1


def test_used_seq_with_other_content_is_equivocation_and_both_are_kept(scene: Scene) -> None:
    first, second = signed_record(scene.device, 5, fill=10), signed_record(scene.device, 5, fill=90)
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [first]))
    reject(scene, second, "equivocation")
    with scene.backend.database.read() as connection:
        kept = connection.execute(select(evidence)).one()
        stored = connection.execute(select(records.c.encoded).where(records.c.seq == 5)).scalar_one()
    assert (kept.bytes, kept.other, kept.kid, kept.seq) == (second, first, scene.device.kid, 5)
    assert stored == first


def test_equivocation_inside_one_batch_is_found(scene: Scene) -> None:
    listed = [signed_record(scene.device, 5, fill=fill) for fill in (1, 2, 1)]
    found = sole_verdict(scene.city, scene.backend, scene.gateway, batch_message(scene.gateway, 0, listed))
    assert found.rejected == [(1, "equivocation")]
    assert scene.backend.counts()["record", "duplicate"] == 1


def test_batch_under_a_used_seq_with_other_content_is_refused_and_both_are_kept(scene: Scene) -> None:
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [signed_record(scene.device, 0)]))
    other = [signed_record(scene.device, 1)]
    assert refuse(scene, batch_message(scene.gateway, 0, other), "equivocation").reason == "equivocation"
    with scene.backend.database.read() as connection:
        kept = connection.execute(select(evidence)).one()
    assert kept.bytes == signed_header(scene.gateway, 0, other)
    assert kept.other == signed_header(scene.gateway, 0, [signed_record(scene.device, 0)])


def test_record_inside_a_skipped_range_is_rejected(scene: Scene) -> None:
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [signed_record(scene.device, 20, skip=10)]))
    reject(scene, signed_record(scene.device, 12), "skipped-seq")


def test_record_that_skips_a_used_number_is_rejected(scene: Scene) -> None:
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [signed_record(scene.device, 12)]))
    reject(scene, signed_record(scene.device, 20, skip=10), "skipped-seq")


# Realm, role, topic


def test_record_of_another_realm_is_rejected(scene: Scene) -> None:
    reject(scene, signed_record(scene.device, 5, realm_name="other.example"), "bad-signature")


def test_enrolment_of_another_realm_is_refused(scene: Scene) -> None:
    key, registrar = scene.city.key(), scene.city.registrar
    found = Enrolment("bin/13", key.public, "device", scene.city.possession(key, "bin/13", "device"))
    refuse_enrolment(scene, enrolment.sign(found, registrar.kid, "r", "other.example", registrar), "wrong-realm")


def test_record_signed_by_a_gateway_is_rejected(scene: Scene) -> None:
    reject(scene, signed_record(scene.gateway, 5), "wrong-role")


def test_batch_header_signed_by_a_device_is_refused(scene: Scene) -> None:
    message = batch_message(scene.device, 0, [signed_record(scene.device, 0)])
    assert refuse(scene, message, "wrong-role", scene.device.kid).reason == "wrong-role"


def test_record_of_an_unknown_device_is_rejected(scene: Scene) -> None:
    reject(scene, signed_record(scene.city.key(), 5), "unknown-key-id")


def test_batch_of_an_unknown_gateway_is_refused(scene: Scene) -> None:
    stranger = scene.city.key()
    message = batch_message(stranger, 0, [signed_record(scene.device, 0)])
    assert refuse(scene, message, "unknown-key-id", stranger.kid).reason == "unknown-key-id"


def test_batch_on_another_gateways_topic_is_refused(scene: Scene) -> None:
    other = scene.city.enrolled(scene.backend, "gateway/2", "gateway")
    message = batch_message(scene.gateway, 0, [signed_record(scene.device, 0)])
    assert refuse(scene, message, "wrong-topic", other.kid).reason == "wrong-topic"


# Batches


def test_batch_whose_root_does_not_match_is_refused(scene: Scene) -> None:
    header = signed_header(scene.gateway, 0, [signed_record(scene.device, 0)])
    message = batch.encode_message(header, [signed_record(scene.device, 1)])
    assert refuse(scene, message, "root-mismatch").reason == "root-mismatch"


def test_batch_whose_size_does_not_match_is_refused(scene: Scene) -> None:
    listed = [signed_record(scene.device, seq) for seq in range(3)]
    message = batch.encode_message(signed_header(scene.gateway, 0, listed), listed[:2])
    assert refuse(scene, message, "size-mismatch").reason == "size-mismatch"


def test_batch_from_the_future_is_refused(scene: Scene) -> None:
    message = batch_message(scene.gateway, 0, [signed_record(scene.device, 0)], closed=NOW + 301)
    assert refuse(scene, message, "bad-time").reason == "bad-time"


def test_batch_closed_before_it_was_opened_is_refused(scene: Scene) -> None:
    message = batch_message(scene.gateway, 0, [signed_record(scene.device, 0)], closed=NOW - 11)
    assert refuse(scene, message, "out-of-range").reason == "malformed"


def test_batch_a_little_ahead_of_our_clock_is_committed(scene: Scene) -> None:
    message = batch_message(scene.gateway, 0, [signed_record(scene.device, 0)], closed=NOW + 300)
    assert sole_verdict(scene.city, scene.backend, scene.gateway, message).committed


def test_refused_batch_leaves_the_others_of_its_group_alone(scene: Scene) -> None:
    good = [batch_message(scene.gateway, seq, [signed_record(scene.device, seq)]) for seq in range(2)]
    found = verdicts(scene.city, commit(scene.backend, scene.gateway, good[0], b"\x82", good[1]))
    assert [item.committed for item in found] == [True, False, True]


# Enrolments


def refuse_enrolment(scene: Scene, data: bytes, reason: str, scope: str = "enrolment") -> None:
    """Submit an enrolment that must be refused, once in the counters, changing nothing."""
    before = totals(scene.backend)
    with pytest.raises(WireError) as refusal:
        scene.backend.submit(data)
    assert refusal.value.reason == reason
    assert totals(scene.backend) == before
    assert scene.backend.counts()[scope, reason] == 1
    with scene.backend.database.read() as connection:
        assert connection.execute(select(evidence.c.bytes)).scalar_one() == data


def test_enrolment_by_nobodys_registrar_is_refused(scene: Scene) -> None:
    key, stranger = scene.city.key(), scene.city.key()
    found = Enrolment("bin/13", key.public, "device", scene.city.possession(key, "bin/13", "device"))
    refuse_enrolment(scene, enrolment.sign(found, stranger.kid, "r", scene.city.realm, stranger), "untrusted")


def test_enrolment_with_the_registrars_name_and_anothers_signature_is_refused(scene: Scene) -> None:
    key, stranger = scene.city.key(), scene.city.key()
    found = Enrolment("bin/13", key.public, "device", scene.city.possession(key, "bin/13", "device"))
    signed = enrolment.sign(found, scene.city.registrar.kid, "r", scene.city.realm, stranger)
    refuse_enrolment(scene, signed, "bad-signature")


def test_enrolment_for_another_role_than_the_key_asked_for_is_refused(scene: Scene) -> None:
    key, registrar = scene.city.key(), scene.city.registrar
    found = Enrolment("bin/13", key.public, "gateway", scene.city.possession(key, "bin/13", "device"))
    refuse_enrolment(scene, enrolment.sign(found, registrar.kid, "r", scene.city.realm, registrar), "wrong-role")


def test_record_is_no_enrolment(scene: Scene) -> None:
    refuse_enrolment(scene, signed_record(scene.device, 5), "wrong-kind", "entry")


# Proofs


def test_proof_for_a_different_log_fails(scene: Scene) -> None:
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [signed_record(scene.device, 0)]))
    scene.backend.publish_pending()
    proof = scene.backend.proof(scene.device.kid, 0)
    other = City(scene.city.folder.parent / "other")
    with other.backend() as stranger, pytest.raises(ProofError) as failure:
        verifier.verify(proof, stranger.policy, verify, lambda data, limit: data[:limit])
    assert failure.value.step == "checkpoint"
