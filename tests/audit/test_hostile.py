"""Nothing that a city serves or logs makes an audit fail, hang, or pass."""

import random
from pathlib import Path

import pytest
from civicroot_audit.auditor import Options, audit
from civicroot_audit.report import EXIT_ALARMS, EXIT_OK, Report
from civicroot_audit.source import DirectorySource
from civicroot_wire import base64, batch, checkpoint, note, revocation
from civicroot_wire import policy as policies
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.sodium import Signer

from tests.audit.copies import ORIGIN, SEQS, Copy
from tests.backend.city import NOW, signed_record

OPTIONS = Options(api="none", jobs=0)
SEED = 20260301


def audit_it(copy: Copy, state: Path, options: Options = OPTIONS) -> Report:
    return audit(DirectorySource(copy.public), copy.policy, state, options=options, clock=lambda: NOW)


def damaged(content: bytes, dice: random.Random) -> bytes:
    """Flipped, cut, doubled or empty."""
    place = dice.randrange(len(content))
    kind = dice.randrange(5)
    if kind < 2:
        return content[:place] + bytes([content[place] ^ 1 << dice.randrange(8)]) + content[place + 1 :]
    return [content[:place], content + content[: place + 1], b""][kind - 2]


def test_every_file_damaged_in_every_way_is_an_alarm(copy: Copy, tmp_path: Path) -> None:
    dice = random.Random(SEED)
    paths = [
        copy.path("log/checkpoint"),
        copy.bundle(),
        copy.tile(),
        *(copy.blob(header) for _, header in copy.headers()),
    ]
    for number in range(8 * len(paths)):
        path = paths[number % len(paths)]
        sound = path.read_bytes()
        path.write_bytes(damaged(sound, dice))
        report = audit_it(copy, tmp_path / f"state{number}")
        assert report.exit_code == EXIT_ALARMS, f"seed {SEED}, {path.name}: {report}"
        path.write_bytes(sound)
    assert audit_it(copy, tmp_path / "sound").exit_code == EXIT_OK


def test_every_entry_damaged_in_every_way_is_found(copy: Copy, tmp_path: Path) -> None:
    """The city logs rubbish, and signs it: each entry is found by its index."""
    dice = random.Random(SEED)
    first = len(copy.entries)
    rubbish = [piece for entry in copy.entries for _ in range(12) if (piece := damaged(entry, dice))]
    copy.append(*dict.fromkeys(rubbish))
    report = audit_it(copy, tmp_path / "state")
    found = {item.index for item in report.alarms}
    assert set(range(first, len(copy.entries))) <= found
    assert not {index for index in found if index is not None and index < first}
    assert report.not_done is None


def test_every_record_damaged_in_every_way_is_found(copy: Copy, tmp_path: Path) -> None:
    dice = random.Random(SEED)
    good = copy.reading()
    records = [damaged(good, dice) for _ in range(500)]
    copy.append(copy.batch([good, *records]))
    report = audit_it(copy, tmp_path / "state")
    assert report.records == {"accepted": 3 * SEQS + 2, "rejected": 500}
    assert {item.name for item in report.alarms} <= {"record-forged", "record-unreadable", "record-unknown-device"}
    assert len(report.alarms) == 500


@pytest.mark.parametrize("size", [23, 300, 1 << 20, 1 << 40, (1 << 63) - 1])
def test_a_signed_size_that_nobody_can_serve(copy: Copy, tmp_path: Path, size: int) -> None:
    copy.show(Checkpoint(ORIGIN, size, b"\x01" * 32), copy.real.city.log_key)
    report = audit_it(copy, tmp_path / "state")
    assert {item.name for item in report.alarms} == {"tile-damaged", "log-unreadable"}
    assert report.size == 0


def test_numbers_and_times_at_their_limits(copy: Copy, tmp_path: Path) -> None:
    device = Signer(b"\x61" * 32)
    most = (1 << 64) - 1
    record = signed_record(
        device, (1 << 32) - 1, skip=64, thinned=[(0, (1 << 32) - 2)], base_time=most, promised=1 << 28
    )
    header = copy.batch([record], closed=most, seq=(1 << 32) - 1, skip=64)
    copy.append(copy.enrolment(device, "bin/99"), header)
    report = audit_it(copy, tmp_path / "state")
    assert {item.name for item in report.alarms} == {"batch-post-dated", "batch-lost"}
    (key,) = [item for item in report.accounts if item.kid == device.kid]
    assert key.account.highest == (1 << 32) - 1
    assert not key.account.lost


@pytest.mark.parametrize("content", [b"", b"[" * 200_000, b'{"policy": {}}', b"\xff\xfe", b"null"])
def test_a_served_policy_that_is_none(copy: Copy, tmp_path: Path, content: bytes) -> None:
    copy.path("policy.json").write_bytes(content)
    assert audit_it(copy, tmp_path / "state").exit_code == EXIT_OK


@pytest.mark.parametrize("content", [b"", b"-1", b"1" * 19, b"\xd9\xa3", b"9" * 50, b"0x10"])
def test_a_minimum_index_that_is_none(copy: Copy, tmp_path: Path, content: bytes) -> None:
    copy.path("log/batch-minimum-index").write_bytes(content)
    assert audit_it(copy, tmp_path / "state").exit_code == EXIT_OK


def test_the_log_key_is_rotated(copy: Copy, tmp_path: Path) -> None:
    """An auditor with the policy before goes on: the roots that it trusts handed over, and the log says so."""
    before = copy.policy_file.read_bytes()
    state = tmp_path / "state"
    assert audit_it(copy, state).exit_code == EXIT_OK
    at = len(copy.entries) + 1
    second = Signer(b"\x62" * 32)
    keys = [copy.real.city.log_key.public, second.public]
    vkeys = [str(note.VerifierKey(ORIGIN, key)) for key in keys]
    logs = [{"vkey": vkeys[0], "first": 0, "last": at - 1}, {"vkey": vkeys[1], "first": at}]
    policy = copy.with_policy(version=2, logs=logs)
    copy.append(policies.to_entry(policy))
    assert audit_it(copy, state).exit_code == EXIT_OK, "the first key signs up to its last index"
    copy.append(copy.batch([copy.reading()]))
    head = checkpoint.parse_body(note.parse(copy.path("log/checkpoint").read_bytes()).body)
    copy.show(head, second)
    report = audit_it(copy, state)
    assert report.exit_code == EXIT_OK
    assert {item.name for item in report.findings} == {"policy-outdated"}
    # Whoever begins now with the old policy is told by the served one; whoever has neither cannot judge the key.
    late = audit_it(copy, tmp_path / "late")
    assert {item.name for item in late.alarms} == {"checkpoint-untrusted"}
    copy.use(policy)
    copy.path("policy.json").write_bytes(copy.policy_file.read_bytes())
    copy.policy_file.write_bytes(before)
    assert audit_it(copy, tmp_path / "led").exit_code == EXIT_OK
    # The old key signs nothing beyond its range.
    copy.show(head, copy.real.city.log_key)
    assert {item.name for item in audit_it(copy, state).alarms} == {"checkpoint-untrusted"}


def test_registrars_follow_one_another(copy: Copy, tmp_path: Path) -> None:
    second = Signer(b"\x63" * 32)
    at = len(copy.entries) + 1
    old = {"name": "test.example/registrar", "key": base64.encode(copy.real.city.registrar.public), "first": 0}
    new = {"name": "test.example/registrar", "key": base64.encode(second.public), "first": at}
    policy = copy.with_policy(version=2, registrars=[old | {"last": at - 1}, new])
    device, late = Signer(b"\x64" * 32), Signer(b"\x65" * 32)
    copy.append(
        policies.to_entry(policy),
        copy.enrolment_by(second, device, "bin/98"),
        copy.batch([signed_record(device, 0)]),
        copy.enrolment(late, "bin/97"),
    )
    report = audit_it(copy, tmp_path / "state")
    assert [(item.name, item.index) for item in report.alarms] == [("enrolment-untrusted", at + 2)]


def test_headers_that_share_a_root_are_one_batch(copy: Copy, tmp_path: Path) -> None:
    """A moved device's lone record comes through two gateways: the lower index counts, the other is a duplicate."""
    other = Signer(b"\x66" * 32)
    record = copy.reading()
    copy.append(
        copy.enrolment(other, "gateway/2", batch.ROLE), copy.batch([record]), copy.batch([record], seq=0, key=other)
    )
    report = audit_it(copy, tmp_path / "state")
    assert report.exit_code == EXIT_OK
    assert report.records == {"accepted": 3 * SEQS + 2, "duplicate": 1}


def test_another_log_of_the_policy_is_not_this_one(copy: Copy, tmp_path: Path) -> None:
    second = Signer(b"\x67" * 32)
    logs = copy.policy.model["logs"]
    assert isinstance(logs, list)
    other = note.VerifierKey("test.example/other", second.public)
    policy = copy.with_policy(logs=[*logs, {"vkey": str(other), "first": 0}])
    copy.use(policy)
    copy.sign_again([policies.to_entry(policy), *copy.entries[1:]])
    assert audit_it(copy, tmp_path / "state").exit_code == EXIT_OK
    head = checkpoint.parse_body(note.parse(copy.path("log/checkpoint").read_bytes()).body)
    text = checkpoint.sign(Checkpoint(other.name, head.size, head.root), other, second)
    copy.path("log/checkpoint").write_text(text)
    assert {item.name for item in audit_it(copy, tmp_path / "state").alarms} == {"checkpoint-untrusted"}


def test_a_rotated_key_delivers_up_to_its_last_number(copy: Copy, tmp_path: Path) -> None:
    second = Signer(b"\x68" * 32)
    rotation = copy.real.city.rotation(copy.real.devices["bin/1"], "bin/1", SEQS, second)
    copy.append(
        rotation, copy.enrolment(second, "bin/1"), copy.batch([copy.reading(seq=SEQS), signed_record(second, 0)])
    )
    report = audit_it(copy, tmp_path / "state")
    assert {item.name for item in report.findings} == {"revocation-unlisted"}
    copy.append(copy.batch([copy.reading(seq=SEQS + 1)], seq=copy.real.next_batch + 1))
    assert {item.name for item in audit_it(copy, tmp_path / "state").alarms} == {"record-revoked"}


def test_a_retired_key_that_still_delivers_is_worth_a_notice(copy: Copy, tmp_path: Path) -> None:
    retired = copy.real.city.revocation(copy.real.devices["bin/1"], "bin/1", revocation.RETIRED)
    copy.append(retired, copy.real.city.status_list([1, 4], NOW + 9), copy.batch([copy.reading(seq=SEQS)]))
    report = audit_it(copy, tmp_path / "state")
    assert report.exit_code == EXIT_OK
    assert {item.name for item in report.notices} == {"record-revoked"}
    (key,) = [item for item in report.accounts if item.kid == copy.real.devices["bin/1"].kid]
    assert list(key.account.rejected) == [(SEQS, SEQS)]
    assert not key.account.lost
