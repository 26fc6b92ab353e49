"""Batches, verdicts, registrations, checkpoints and states through the engine."""

import shutil
from pathlib import Path

import pytest
from civicroot_gateway.admission.sequence_ledger import MAX_LEDGER_RANGES
from civicroot_gateway.config import BatchLimits
from civicroot_gateway.operate.status import of_standing
from civicroot_gateway.operate.status_text import heard_text
from civicroot_gateway.spool.spool import DISK_RESERVE
from civicroot_gateway.spool.state import acknowledge
from civicroot_gateway.upkeep import STATE_INTERVAL
from civicroot_gateway.uplink.delivery import WINDOW
from civicroot_wire import (
    batch,
    beacon,
    cosignature,
    enrolment,
    keys,
    note,
    possession,
    registration,
    state,
    topic,
    verdict,
)
from civicroot_wire.registration import Registration
from civicroot_wire.sodium import Signer
from civicroot_wire.state import State
from civicroot_wire.verdict import Verdict

from .bad_input import NON_CANONICAL, SMALL_ORDER
from .city import NOW, REALM, City, Device, signer, verify
from .rig import Rig


def _open_batch(rig: Rig, message: bytes) -> tuple[batch.Header, list[bytes]]:
    """The header, verified, and the records it commits to."""
    encoded, records = batch.decode_message(message)
    header = batch.verify_header(batch.decode_header(encoded), REALM, rig.city.gateway.public, verify)
    batch.check_records(header, records)
    return header, records


def test_batch_closes_by_count_under_a_signed_root_with_arrival_times(rig: Rig, device: Device) -> None:
    rig.up(device, device.record(0))
    rig.now += 5
    rig.up(device, device.record(1), device.record(2))
    assert rig.batches() == []
    rig.up(device, device.record(3))
    (message,) = rig.batches()
    header, records = _open_batch(rig, message)
    assert records == [device.record(n) for n in range(4)]
    assert (header.sequence.seq, header.sequence.skip, header.opened, header.closed) == (0, 0, NOW, NOW + 5)


def test_batch_closes_by_age(rig: Rig, device: Device) -> None:
    rig.up(device, device.record(0))
    assert rig.engine.due_in() == 10
    rig.uptime += 9
    rig.flush()
    assert rig.batches() == []
    rig.uptime += 1
    rig.flush()
    assert len(rig.batches()) == 1
    assert rig.engine.due_in() == STATE_INTERVAL - 10  # when state.db is due
    rig.uptime += STATE_INTERVAL
    rig.flush()
    assert rig.engine.due_in() is None


def test_batch_closes_by_bytes_and_stays_below_them(city: City, device: Device, tmp_path: Path) -> None:
    size = len(device.record(0))
    rig = Rig(city, tmp_path, BatchLimits(max_records=1024, max_bytes=max(3 * size, 512), max_age=99))
    rig.trust_all()
    rig.up(device, *[device.record(n) for n in range(10)])
    for message in rig.batches():
        assert sum(map(len, _open_batch(rig, message)[1])) <= max(3 * size, 512)
    assert len(rig.batches()) >= 2
    rig.close()


@pytest.mark.parametrize(("first", "then", "opened"), [(3600, 5, 5), (5, 3600, 5), (3600, 3600, 3600)])
def test_batch_never_claims_an_arrival_after_its_closing(
    rig: Rig, device: Device, first: int, then: int, opened: int
) -> None:
    """A clock that was ahead and is set back: the backend would refuse the batch with `bad-time`."""
    rig.now = NOW + first
    rig.up(device, device.record(0))
    rig.now = NOW + then
    rig.up(device, *[device.record(n) for n in (1, 2, 3)])
    header, _ = _open_batch(rig, rig.batches()[0])
    assert (header.opened, header.closed) == (NOW + opened, NOW + then)


def test_uplink_that_is_behind_gets_full_batches_only(rig: Rig, device: Device) -> None:
    for number in range(WINDOW * 4 + 3):
        rig.up(device, device.record(number))
        rig.uptime += 11
    assert [len(_open_batch(rig, message)[1]) for message in rig.batches()][-1] in (1, 4)
    waiting = len(rig.engine.waiting)
    rig.uptime += 1000
    rig.flush()
    assert len(rig.engine.waiting) == waiting


def test_no_batch_closes_before_the_gateways_own_enrolment_is_known(city: City, device: Device, tmp_path: Path) -> None:
    rig = Rig(city, tmp_path)
    rig.say(device.kid, topic.ENROLMENT, city.registrations[device.kid])
    rig.up(device, *[device.record(n) for n in range(5)])
    assert (rig.batches(), rig.acknowledged(device, range(5))) == ([], list(range(5)))
    rig.trust_all()
    assert len(rig.batches()) == 1
    rig.close()


def test_batch_is_resent_byte_for_byte_after_restarts_and_numbers_go_on(rig: Rig, device: Device) -> None:
    rig.up(device, *[device.record(n) for n in range(4)])
    before = rig.batches()
    rig.now += 100
    rig.reopen()
    assert rig.batches() == before
    rig.say(None, topic.ACK, rig.city.commit(before[0]))
    rig.flush()
    rig.reopen()
    rig.up(device, *[device.record(n) for n in range(4, 8)])
    header, records = _open_batch(rig, rig.batches()[0])
    assert (header.sequence.seq, records[0]) == (1, device.record(4))


def test_committed_batch_is_deleted_and_a_late_repetition_is_no_fault(rig: Rig, device: Device) -> None:
    rig.up(device, *[device.record(n) for n in range(4)])
    answer = rig.city.commit(rig.batches()[0])
    for _ in range(2):
        rig.say(None, topic.ACK, answer)
    assert rig.flush().settled == [0]
    rig.say(None, topic.ACK, answer)
    rig.flush()
    assert (rig.batches(), rig.engine.spooled) == ([], 0)
    assert rig.counted("verdict") == {"settled-before": 1}
    rig.up(device, device.record(0))
    assert rig.counted("record")["duplicate"] == 1


def test_second_batch_may_be_committed_before_the_first(rig: Rig, device: Device) -> None:
    rig.up(device, *[device.record(n) for n in range(9)])
    first, second = rig.batches()
    rig.say(None, topic.ACK, rig.city.commit(second))
    rig.flush()
    rig.reopen()
    assert rig.batches() == [first]
    rig.up(device, *[device.record(n) for n in range(9, 12)])
    assert _open_batch(rig, rig.batches()[-1])[1] == [device.record(n) for n in range(8, 12)]


def test_refused_batch_is_kept_whole_as_a_dead_letter(rig: Rig, device: Device) -> None:
    rig.up(device, *[device.record(n) for n in range(4)])
    (message,) = rig.batches()
    rig.say(None, topic.ACK, rig.city.refuse(message, "unknown-key-id"))
    rig.flush()
    assert rig.batches() == []
    rig.reopen()
    (kept,) = rig.spool.contents.refused
    assert (kept.seq, kept.reason, rig.spool.batch_message(0)) == (0, "unknown-key-id", message)
    assert rig.counted("batch-refused") == {"unknown-key-id": 1}


def test_rejected_record_is_counted_and_kept_and_the_rest_is_committed(rig: Rig, device: Device) -> None:
    rig.up(device, *[device.record(n) for n in range(4)])
    rig.say(None, topic.ACK, rig.city.commit(rig.batches()[0], rejected=[(2, "revoked")]))
    rig.flush()
    assert rig.counted("rejected") == {"revoked": 1}
    assert rig.evidence() == [("revoked", device.record(2), None)]
    assert rig.engine.spooled == 0


def _forged(city: City, message: bytes) -> bytes:
    stranger = signer(77)
    return verdict.sign(Verdict(verdict.digest_of(message), index=1), stranger.kid, REALM, stranger)


def _by_gateway(city: City, message: bytes) -> bytes:
    return verdict.sign(Verdict(verdict.digest_of(message), index=1), city.gateway.kid, REALM, city.gateway)


def _other_realm(city: City, message: bytes) -> bytes:
    return verdict.sign(Verdict(verdict.digest_of(message), index=1), city.backend.kid, "other.example", city.backend)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_forged, "unknown-key-id"),
        (_by_gateway, "wrong-role"),
        (_other_realm, "bad-signature"),
        (lambda city, message: city.commit(message, rejected=[(4, "revoked")]), "out-of-range"),
        (lambda city, message: city.commit(message)[:-1], "truncated"),
    ],
)
def test_verdict_that_is_not_the_backends_deletes_nothing(rig: Rig, device: Device, make, reason: str) -> None:
    rig.up(device, *[device.record(n) for n in range(4)])
    before = rig.batches()
    rig.say(None, topic.ACK, make(rig.city, before[0]))
    rig.flush()
    assert (rig.batches(), rig.counted("verdict")) == (before, {reason: 1})


def test_acknowledgement_names_numbers_holes_beacon_and_time(rig: Rig, device: Device) -> None:
    head = rig.city.log.note()
    rig.say(None, topic.CHECKPOINT, head.encode())
    rig.up(device, device.record(0), device.record(1), device.record(4))
    (ack,) = rig.acks[device.kid]
    assert (ack.durable, ack.holes, ack.time) == ((0, 4), [(2, 3)], NOW)
    assert ack.beacon == beacon.of(note.parse(head), [])


def test_device_that_comes_online_is_told_beacon_and_time(rig: Rig, device: Device) -> None:
    rig.say(device.kid, topic.STATE, state.encode(State(True, "1.2.3", 40)))
    rig.flush()
    (ack,) = rig.acks[device.kid]
    assert (ack.durable, ack.time) == (None, NOW)
    rig.say(device.kid, topic.STATE, state.encode(State(False)))
    rig.say(device.kid, topic.STATE, b"\xa0")
    rig.flush()
    assert len(rig.acks[device.kid]) == 1
    assert rig.counted("state") == {"missing-key": 1}
    assert rig.spool.devices[device.kid].online is False


def test_status_says_which_configuration_a_device_follows_and_what_it_refused_until_it_says_otherwise(
    rig: Rig, device: Device
) -> None:
    def shown() -> str:
        (found,) = [item for item in of_standing(rig.engine.standing())["devices"] if item["kid"] == device.kid.hex()]
        return heard_text(found, NOW)

    rig.up(device, device.record(0))
    assert "configuration" not in shown()
    rig.say(device.kid, topic.STATE, state.encode(State(True, configuration=5, refused="alarm.full.begin")))
    rig.say(device.kid, topic.STATE, state.encode(State(False)))
    assert shown().endswith("offline, configuration 5, refuses a newer one: alarm.full.begin")
    rig.say(device.kid, topic.STATE, state.encode(State(True, configuration=6)))
    assert shown().endswith("online, configuration 6")


def test_device_whose_enrolment_comes_is_told_so_that_it_sends_again(rig: Rig, city: City) -> None:
    """It may have been waiting for minutes by then, because nobody answered."""
    late = city.device()
    rig.up(late, late.record(0))
    assert rig.acks[late.kid] == []
    for _ in range(2):
        rig.say(late.kid, topic.ENROLMENT, city.registrations[late.kid])
        rig.flush()
    assert [(ack.durable, ack.time) for ack in rig.acks[late.kid]] == [(None, NOW)]


def test_checkpoint_never_goes_back_and_two_roots_for_one_size_are_kept(rig: Rig, city: City) -> None:
    old = city.log.note(2).encode()
    new = city.log.note(3).encode()
    rig.say(None, topic.CHECKPOINT, new)
    rig.say(None, topic.CHECKPOINT, old)
    rig.flush()
    rig.reopen()
    assert rig.spool.load("checkpoint").get(b"") == new
    city.log.entries[2] += b"!"
    fork = city.log.note(3).encode()
    rig.say(None, topic.CHECKPOINT, fork)
    rig.flush()
    assert rig.spool.load("checkpoint").get(b"") == new
    assert rig.counted("checkpoint") == {"accepted": 1, "equivocation": 1}
    assert rig.evidence() == [("equivocation", fork, new)]


def test_checkpoint_of_another_log_is_refused(rig: Rig) -> None:
    other = City()
    other.log.key = signer(55)
    rig.say(None, topic.CHECKPOINT, other.log.note().encode())
    rig.flush()
    assert (rig.spool.load("checkpoint").get(b""), rig.counted("checkpoint")) == (None, {"untrusted": 1})


def test_checkpoint_counts_only_with_the_quorum_of_witnesses(tmp_path: Path) -> None:
    city = City(quorum=1)
    rig = Rig(city, tmp_path)
    rig.say(None, topic.CHECKPOINT, city.log.note().encode())
    rig.flush()
    assert rig.counted("checkpoint") == {"quorum-missed": 1}
    signed = city.cosigned()
    rig.say(None, topic.CHECKPOINT, signed)
    rig.flush()
    assert rig.spool.load("checkpoint").get(b"") == signed
    assert cosignature.verify(note.parse(signed).body, note.parse(signed).lines[1], city.witness_key, verify) == NOW
    rig.close()


def test_registrations_survive_a_restart_without_the_backend(rig: Rig, device: Device) -> None:
    rig.reopen()
    rig.up(device, device.record(0))
    assert rig.acknowledged(device, range(1)) == [0]


def test_same_key_enrolled_again_supersedes_and_the_older_one_changes_nothing(
    rig: Rig, city: City, device: Device
) -> None:
    old = city.registrations[device.kid]
    moved = city.enrol(device.key, "tree/7", "device")
    for message in (moved, old):
        rig.say(device.kid, topic.ENROLMENT, message)
    rig.flush()
    assert rig.spool.load("enrolment")[device.kid] == moved


def test_another_key_under_a_known_kid_is_refused_and_kept(
    rig: Rig, city: City, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = signer(321)
    # A second key with the same 64-bit kid takes 2^32 work to find: the wire's kid is stood in for.
    found = enrolment.Enrolment("bin/9", other.public, "device", b"")
    found.kid = device.kid
    monkeypatch.setattr("civicroot_gateway.registry.registry.registration.verify", lambda *_: found)
    message = city.enrol(other, "bin/9", "device")
    rig.say(device.kid, topic.ENROLMENT, message)
    rig.flush()
    assert rig.counted("registration")["key-mismatch"] == 1
    known = registration.decode(city.registrations[device.kid]).entry.entry
    assert rig.evidence() == [("key-mismatch", message, known)]


def _by_stranger(city: City, key: Signer) -> bytes:
    index = city.log.append(city.enrolment(key, "bin/9", "device", registrar=signer(66)))
    return registration.encode(Registration(city.log.logged(index), city.log.note()))


def _not_logged(city: City, key: Signer) -> bytes:
    city.enrol(key, "bin/9", "device")
    logged = city.log.logged(len(city.log.entries) - 1)
    logged.path[0] = bytes(32)
    return registration.encode(Registration(logged, city.log.note()))


def _of_another_log(city: City, key: Signer) -> bytes:
    other = City()
    other.log.key = signer(55)
    return other.enrol(key, "bin/9", "device")


@pytest.mark.parametrize("public", [SMALL_ORDER, NON_CANONICAL], ids=["small-order", "non-canonical"])
def test_enrolment_of_a_key_that_binds_nobody_is_refused(rig: Rig, city: City, public: bytes) -> None:
    request = possession.sign(keys.kid(public), "bin/9", "device", bytes(16), REALM, lambda _message: signer(9)(b""))
    asked = enrolment.Enrolment("bin/9", public, "device", request)
    entry = enrolment.sign(asked, city.registrar.kid, "registrar", REALM, city.registrar)
    logged = city.log.logged(city.log.append(entry))
    message = registration.encode(Registration(logged, city.log.note()))
    rig.say(asked.kid, topic.ENROLMENT, message)
    rig.flush()
    assert rig.counted("registration").get("weak-key") == 1


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_by_stranger, "untrusted"),
        (_not_logged, "bad-path"),
        (_of_another_log, "untrusted"),
        (lambda city, key: city.registrations[city.backend.kid], "wrong-topic"),
        (lambda city, key: city.enrol(key, "bin/9", "device")[:-1], "truncated"),
    ],
)
def test_registration_that_does_not_verify_registers_nobody(rig: Rig, city: City, make, reason: str) -> None:
    key = signer(888)
    rig.say(key.kid, topic.ENROLMENT, make(city, key))
    rig.up(Device(key), Device(key).record(0))
    assert rig.counted("registration").get(reason) == 1
    assert rig.counted("record") == {"unknown-key-id": 1}


@pytest.mark.parametrize("contradiction", ["equivocation", "skipped-seq"])
def test_contradiction_is_an_alarm_until_somebody_knows_of_it(rig: Rig, device: Device, contradiction: str) -> None:
    rig.up(device, device.record(70, skip=5))
    assert rig.engine.alarms == []
    rig.up(device, device.record(70, fill=51) if contradiction == "equivocation" else device.record(68))
    assert rig.refused(device) in ({70: contradiction}, {68: contradiction})
    for _ in range(2):
        assert rig.engine.alarms == rig.engine.standing().alarms == ["contradiction"]
        rig.kill()
        rig.open()
    assert acknowledge(rig.folder) == ["contradiction"]
    assert rig.engine.alarms == []


def test_full_spool_admits_nothing_and_devices_keep_theirs(city: City, device: Device, tmp_path: Path) -> None:
    rig = Rig(city, tmp_path, spool_bytes=300)
    rig.trust_all()
    rig.up(device, *[device.record(n) for n in range(4)])
    rig.up(device, device.record(4))
    assert rig.counted("message") == {"spool-full": 1}
    assert rig.acknowledged(device, range(5)) == [0, 1, 2, 3]
    rig.say(None, topic.ACK, city.commit(rig.batches()[0]))
    rig.flush()
    rig.up(device, device.record(4))
    assert rig.acknowledged(device, range(5)) == [0, 1, 2, 3, 4]
    rig.close()


def test_disk_keeps_room_for_deleting(rig: Rig, city: City, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    assert abs(rig.spool.free_bytes() - shutil.disk_usage(rig.folder).free) < 1 << 30
    rig.up(device, *[device.record(n) for n in range(4)])
    with monkeypatch.context() as patch:
        patch.setattr(rig.spool, "free_bytes", lambda: DISK_RESERVE - 1)
        rig.up(device, device.record(4))
        rig.say(None, topic.ACK, city.commit(rig.batches()[0]))
        rig.flush()
    assert rig.counted("message") == {"disk-full": 1}
    assert (rig.acknowledged(device, range(5)), rig.engine.spooled) == ([0, 1, 2, 3], 0)
    rig.up(device, device.record(4))
    assert rig.acknowledged(device, range(5)) == [0, 1, 2, 3, 4]


def test_refused_batches_take_their_share_of_the_spool(city: City, device: Device, tmp_path: Path) -> None:
    """A backend that refuses everything must not fill the card."""
    rig = Rig(city, tmp_path, spool_bytes=1000)
    rig.trust_all()
    for number in range(0, 40, 4):
        rig.up(device, *[device.record(number + n) for n in range(4)])
        for message in rig.batches():
            rig.say(None, topic.ACK, city.refuse(message, "unknown-key-id"))
        rig.flush()
    assert 1000 <= rig.spool.octets < 2500
    assert rig.counted("message")["spool-full"] > 0
    rig.reopen()
    rig.up(device, device.record(99))
    assert rig.acknowledged(device, range(99, 100)) == []
    rig.spool.close()


def test_device_that_restarts_thousands_of_times_is_never_refused(city: City, device: Device, tmp_path: Path) -> None:
    """Every restart leaves the rest of a block of numbers unused: two more ranges in the key's ledger."""
    rig = Rig(city, tmp_path, BatchLimits(max_records=1024), spool_bytes=1 << 30)
    rig.trust_all()
    restarts = 2 * MAX_LEDGER_RANGES // 3
    for number in range(restarts):
        rig.say(device.kid, topic.UP, device.record(64 * number, skip=63 if number else 0))
        if number % 50 == 0:
            rig.flush()
    rig.flush()
    assert rig.counted("record") == {"accepted": restarts}
    rig.reopen()
    rig.up(device, device.record(64 * restarts, skip=63))
    assert (rig.acks[device.kid][-1].durable, rig.acks[device.kid][-1].holes) == ((0, 64 * restarts), [])
    rig.close()
