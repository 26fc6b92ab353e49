"""What is refused at the gateway's door: by its reason, counted, kept as a sample, and harming nothing else."""

import tracemalloc

import pytest
from civicroot_gateway.admission.evidence import MAX_SAMPLE_BYTES
from civicroot_wire import topic

from .bad_input import CASES, BadInput, unknown_device
from .city import City, Device, signer
from .rig import Rig


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_record_is_refused_with_its_reason_and_the_next_one_is_accepted(
    case: BadInput, rig: Rig, device: Device
) -> None:
    payload = case.make(rig.city, device)
    rig.trust_all()
    before = rig.counted("record")
    rig.up(device, payload)
    taken = 32 if case.name == "33-records" else 0
    assert rig.counted("record") == before | {case.reason: 1} | ({"accepted": taken} if taken else {})
    assert [reason for reason, _, _ in rig.evidence()] == [case.reason]
    assert rig.refused(device) == ({3: case.reason} if case.final else {})
    assert rig.acknowledged(device, range(40)) == list(range(3, 3 + taken))
    rig.up(device, device.record(90))
    assert rig.acknowledged(device, range(90, 91)) == [90]


def test_malformed_record_in_the_middle_refuses_the_rest_of_that_message_only(rig: Rig, device: Device) -> None:
    rig.up(device, device.record(0), b"\xff", device.record(1))
    rig.up(device, device.record(2))
    assert rig.acknowledged(device, range(3)) == [0, 2]
    assert rig.counted("record") == {"accepted": 2, "not-deterministic": 1}


def test_well_formed_bad_record_in_the_middle_refuses_only_itself(rig: Rig, device: Device) -> None:
    bad = device.record(1, realm="other.example")
    rig.up(device, device.record(0), bad, device.record(2))
    assert rig.acknowledged(device, range(3)) == [0, 2]
    assert rig.refused(device) == {}  # a forged record must not make the device give up the good one
    rig.up(device, device.record(1))
    assert rig.acknowledged(device, range(3)) == [0, 1, 2]


def test_used_number_with_the_same_content_is_a_no_op_but_acknowledged(rig: Rig, device: Device) -> None:
    rig.up(device, device.record(0), device.record(0))
    rig.up(device, device.record(0))
    rig.reopen()
    rig.acks.clear()
    rig.up(device, device.record(0))
    assert rig.acknowledged(device, range(1)) == [0]
    assert (rig.counted("record"), rig.engine.spooled) == ({"accepted": 1, "duplicate": 3}, 1)


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("apart", [False, True])
def test_used_number_with_other_content_is_equivocation_and_both_are_kept(
    rig: Rig, device: Device, restart: bool, apart: bool
) -> None:
    first, second = device.record(0, fill=10), device.record(0, fill=90)
    if apart:
        rig.up(device, first)
        if restart:
            rig.reopen()
        rig.up(device, second)
    else:
        rig.up(device, first, second)
    assert rig.counted("record") == {"accepted": 1, "equivocation": 1}
    assert rig.evidence() == [("equivocation", second, first)]
    assert rig.refused(device) == {0: "equivocation"}
    assert rig.engine.spooled == 1


def test_skipped_number_is_refused_in_either_order_and_both_are_kept(rig: Rig, device: Device) -> None:
    skipping, skipped, late = device.record(9, skip=4), device.record(7), device.record(12, skip=4)
    rig.up(device, skipping, skipped, late)
    assert rig.refused(device) == {7: "skipped-seq", 12: "skipped-seq"}
    assert rig.evidence() == [("skipped-seq", skipped, skipping), ("skipped-seq", late, skipping)]


def test_unknown_device_is_refused_but_not_for_ever(rig: Rig) -> None:
    stranger = unknown_device()
    rig.up(stranger, stranger.record(0))
    assert rig.counted("record") == {"unknown-key-id": 1}
    assert rig.acks == {}
    rig.say(stranger.kid, topic.ENROLMENT, rig.city.enrol(stranger.key, "bin/999", "device"))
    rig.up(stranger, stranger.record(0))
    assert rig.acknowledged(stranger, range(1)) == [0]


@pytest.mark.parametrize("role", ["gateway", "backend", "wallet", "operator"])
def test_record_by_a_key_of_another_role_is_refused(rig: Rig, role: str) -> None:
    other = Device(signer(500))
    rig.city.enrol(other.key, "bin/500", role)
    rig.trust_all()
    rig.up(other, other.record(0))
    assert (rig.counted("record"), rig.engine.spooled) == ({"wrong-role": 1}, 0)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "civicroot/v1",
        "civicroot/v1/00",
        "civicroot/v2/{g}/{d}/up",
        "civicroot/v1/{g}/{D}/up",
        "civicroot/v1/{g}/{d}/piece",
    ],
)
def test_message_under_no_topic_of_ours_is_counted_and_ignored(rig: Rig, device: Device, name: str) -> None:
    kid = rig.city.gateway.kid.hex()
    rig.engine.receive(name.format(g=kid, d=device.kid.hex(), D=device.kid.hex().upper() + "G"), device.record(0))
    rig.flush()
    assert sum(rig.counted("message").values()) == 1
    assert rig.engine.spooled == 0


def test_record_at_another_gateways_topic_is_refused(rig: Rig, device: Device) -> None:
    rig.engine.receive(topic.of_device(b"otherone", device.kid, topic.UP), device.record(0))
    rig.flush()
    assert rig.counted("message") == {"wrong-topic": 1}


def test_evidence_is_bounded_for_a_device_and_does_not_push_out_others(rig: Rig, city: City, device: Device) -> None:
    quiet = city.device()
    rig.trust_all()
    rig.up(quiet, quiet.record(0, realm="other.example"))
    for number in range(20):
        rig.up(device, device.record(number, realm="other.example"))
    kept = [data for reason, data, _ in rig.evidence() if reason == "bad-signature"]
    assert len(kept) == 9
    assert kept[0] == quiet.record(0, realm="other.example")
    assert rig.counted("record") == {"bad-signature": 21}


def test_sample_of_a_huge_message_is_small_from_the_start(rig: Rig, device: Device) -> None:
    name = rig.city.topic(topic.UP, device.kid) + "/" + 60_000 * "x"
    tracemalloc.start()
    for _ in range(20):
        rig.engine.receive(name, bytes(1 << 20))
        rig.say(device.kid, topic.UP, bytes(1 << 20))
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held < 2 << 20
    rig.flush()
    rows = rig.select("SELECT length(data), length(detail), detail FROM evidence")
    assert len(rows) == 16
    assert all(data <= MAX_SAMPLE_BYTES and size < 300 and "(1048576 bytes)" in text for data, size, text in rows)
