"""The spool under the engine: what damage costs, that no batch number is used twice, lanes, clocks and room."""

import random
import shutil
import sqlite3
from pathlib import Path

import pytest
from civicroot_gateway.config import BatchLimits
from civicroot_gateway.errors import SpoolError, SpoolFault
from civicroot_gateway.spool import frame, journal
from civicroot_gateway.spool.folder import identity_of
from civicroot_gateway.spool.segment import HEADER_BYTES
from civicroot_gateway.spool.state import STATE_FILE, acknowledge
from civicroot_gateway.upkeep import STATE_INTERVAL, WINDOW_INTERVAL
from civicroot_gateway.uplink.delivery import WINDOW
from civicroot_gateway.uplink.lane import ORDINARY, URGENT
from civicroot_wire import batch, record, topic
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence

from .city import NOW, REALM, City, Device
from .rig import Rig

PAGE = 4096


def _segments(rig: Rig) -> list[Path]:
    return sorted((rig.folder / "spool").glob("*.seg"))


def _spans(rig: Rig, path: Path) -> list[tuple[int, int, frame.Frame]]:
    salt = identity_of(rig.city.gateway, REALM).salt
    scanned = frame.scan(path.read_bytes(), HEADER_BYTES, salt)
    return [(start, end, item) for start, end, item in scanned if not isinstance(item, frame.Gap)]


def _flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 0x41
    path.write_bytes(content)


def _numbers(rig: Rig) -> list[int]:
    return [batch.decode_header(batch.decode_message(message)[0]).sequence.seq for message in rig.batches()]


def _deposit(device: Device, seq: int, name: str = "deposit") -> bytes:
    value: DecimalFraction | str = DecimalFraction(-1, 3) if name == "deposit" else "fire"
    pack = Pack([Measurement(name, value, "kg" if name == "deposit" else None)], NOW)
    return record.sign(device.kid, Sequence(seq), pack, REALM, device.key)


# Damage of the journal


def test_damaged_record_is_lost_alone_reported_once_and_an_alarm_until_acknowledged(rig: Rig, device: Device) -> None:
    rig.up(device, *[device.record(n) for n in range(3)])
    rig.close()
    (path,) = _segments(rig)
    _flip(path, _spans(rig, path)[1][0] + 30)
    for _ in range(2):
        rig.open()
        assert rig.counted("spool") == {"damaged-records": 1}
        assert "spool-damaged" in rig.engine.alarms
        assert rig.engine.spooled == 2
        rig.close()
    assert acknowledge(rig.folder) == ["spool-damaged"]
    rig.open()
    assert rig.engine.alarms == []
    rig.up(device, device.record(3), device.record(4))
    rig.uptime += 100
    rig.flush()
    assert batch.decode_message(rig.batches()[0])[1] == [device.record(n) for n in (0, 2, 3, 4)]
    rig.close()


def test_batch_that_lost_a_record_is_not_sent_and_the_others_go_under_a_new_number(rig: Rig, device: Device) -> None:
    rig.up(device, *[device.record(n) for n in range(8)])
    assert _numbers(rig) == [0, 1]
    rig.close()
    (path,) = _segments(rig)
    _flip(path, _spans(rig, path)[2][0] + 30)
    rig.open()
    assert rig.engine.waiting == [1]
    rig.flush()
    assert _numbers(rig) == [1, 2]
    assert batch.decode_message(rig.engine.batch_message(2))[1] == [device.record(n) for n in (0, 1, 3)]
    rig.reopen()
    assert _numbers(rig) == [1, 2]
    rig.close()


def test_verdict_settles_a_batch_that_lost_a_record(rig: Rig, device: Device) -> None:
    """The backend has it: nothing was lost."""
    rig.up(device, *[device.record(n) for n in range(4)])
    said = rig.city.commit(rig.batches()[0])
    rig.close()
    (path,) = _segments(rig)
    _flip(path, _spans(rig, path)[2][0] + 30)
    rig.open()
    rig.say(None, topic.ACK, said)
    rig.flush()
    assert (rig.engine.spooled, rig.engine.waiting, rig.counted("batch")["committed"]) == (0, [], 1)
    rig.close()


def test_batch_that_is_damaged_while_the_gateway_runs_is_taken_out_with_the_next_commit(
    rig: Rig, device: Device
) -> None:
    rig.up(device, *[device.record(n) for n in range(4)])
    rig.reopen()
    (path,) = _segments(rig)
    _flip(path, _spans(rig, path)[1][0] + 30)
    with pytest.raises(SpoolFault, match="3 of its 4"):
        rig.engine.batch_message(0)
    assert rig.engine.waiting == []
    rig.flush()
    assert batch.decode_message(rig.engine.batch_message(1))[1] == [device.record(n) for n in (0, 2, 3)]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_byte_is_damaged_all_other_records_get_through_and_no_number_has_two_contents(
    tmp_path: Path, seed: int
) -> None:
    """Of the journal, of state.db, or of both: one flipped byte costs one record at most."""
    print("seed", seed)
    chance = random.Random(seed)
    city = City()
    device = city.device()
    rig = Rig(city, tmp_path / "template", BatchLimits(max_records=3, max_bytes=4096, max_age=10))
    rig.trust_all()
    rig.up(device, *[device.record(n) for n in range(10)])
    before = {number: rig.engine.batch_message(number) for number in rig.engine.waiting}
    rig.say(None, topic.ACK, city.commit(before[1]))
    rig.flush()
    rig.kill()
    for number in range(25):
        folder = tmp_path / str(number)
        shutil.copytree(rig.folder, folder)
        _damage_anything(folder, chance)
        _check_all_but_one(Rig(city, folder, BatchLimits(max_records=3, max_bytes=4096, max_age=10)), device, before)
        shutil.rmtree(folder)


def _damage_anything(folder: Path, chance: random.Random) -> None:
    path = folder / "spool" / "0000000001.seg"
    written = len(path.read_bytes().rstrip(b"\0"))
    _flip(path, chance.randrange(written))
    if chance.random() < 0.5:  # the log of state.db is not read when the file is damaged
        for name in (STATE_FILE, STATE_FILE + "-wal"):
            if (folder / name).exists() and (folder / name).stat().st_size:
                _flip(folder / name, chance.randrange((folder / name).stat().st_size))


def _check_all_but_one(rig: Rig, device: Device, before: dict[int, bytes]) -> None:
    city = rig.city
    rig.trust_all()  # as the broker does: it retains them
    delivered, numbers = set(batch.decode_message(before[1])[1]), dict(before)
    for _ in range(8):
        rig.uptime += 100
        rig.flush()
        for message in rig.batches():
            seq = batch.decode_header(batch.decode_message(message)[0]).sequence.seq
            assert numbers.setdefault(seq, message) == message, "a number with two contents"
            delivered.update(batch.decode_message(message)[1])
            rig.say(None, topic.ACK, city.commit(message))
    rig.flush()
    missing = {device.record(n) for n in range(10)} - delivered
    assert len(missing) <= 1
    assert rig.engine.spooled == 0
    rig.close()


# Damage of state.db


def test_every_damaged_page_of_the_state_leaves_a_gateway_that_goes_on(tmp_path: Path) -> None:
    """Pages are overwritten with noise, with zeros, and with another page."""
    city = City()
    device, other = city.device(), city.device()
    rig = Rig(city, tmp_path / "template")
    rig.trust_all()
    rig.up(device, *[device.record(n) for n in range(6)])
    rig.up(other, other.record(0))
    waiting = _numbers(rig)
    rig.close()
    size = (rig.folder / STATE_FILE).stat().st_size
    for page in range(size // PAGE):
        for kind, content in enumerate((random.Random(page).randbytes(PAGE), bytes(PAGE), None)):
            folder = tmp_path / f"{page}-{kind}"
            shutil.copytree(rig.folder, folder)
            good = (folder / STATE_FILE).read_bytes()
            new = good[:PAGE] if content is None else content
            (folder / STATE_FILE).write_bytes(good[: page * PAGE] + new + good[(page + 1) * PAGE :])
            again = Rig(city, folder)
            again.trust_all()
            assert (_numbers(again), again.engine.spooled) == (waiting, 7)
            _send_again(again, device)
            again.up(other, other.record(1))
            assert again.acknowledged(other, range(2)) == [0, 1]
            again.kill()
            shutil.rmtree(folder)


def _send_again(rig: Rig, device: Device) -> None:
    """A record known before, and one with other content: damage of `seen` is found here, and mended."""
    for attempt in range(2):
        try:
            rig.up(device, device.record(2), device.record(3, fill=51), device.record(6))
        except SpoolFault:
            assert attempt == 0
            rig.engine.reload()
            rig.trust_all()
    assert rig.acknowledged(device, range(7)) == list(range(7))
    assert rig.refused(device) == {3: "equivocation"}


def _bad_spot(call: str) -> None:
    if call.startswith("SELECT digest"):
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
        raise error


def test_page_of_the_state_that_cannot_be_read_again_and_again_is_given_up(rig: Rig, device: Device) -> None:
    rig.up(device, *[device.record(n) for n in range(3)])
    rig.reopen()
    for _ in range(3):
        rig.spool.projection._state._fault = _bad_spot
        with pytest.raises(SpoolFault):
            rig.up(device, device.record(1), device.record(3))
        rig.engine.reload()  # the third time a new file, on another spot
    rig.trust_all()
    rig.up(device, device.record(1), device.record(3))
    assert rig.acknowledged(device, range(4)) == [0, 1, 2, 3]
    assert (rig.folder / "state.db.damaged-1").exists()


def test_state_that_is_gone_comes_again_from_the_journal(rig: Rig, device: Device) -> None:
    rig.up(device, *[device.record(n) for n in range(5)])
    waiting = _numbers(rig)
    rig.close()
    for name in (STATE_FILE, STATE_FILE + "-wal", STATE_FILE + "-shm"):
        (rig.folder / name).unlink(missing_ok=True)
    rig.open()
    rig.trust_all()
    assert (_numbers(rig), rig.spool.contents.next_batch, rig.engine.spooled) == (waiting, 1, 5)
    rig.up(device, device.record(4), device.record(2, fill=51))
    assert rig.counted("record") == {"accepted": 5, "duplicate": 1, "equivocation": 1}
    rig.close()


def test_journal_that_is_gone_leaves_the_number_in_the_state_and_its_records_are_reported(
    rig: Rig, device: Device
) -> None:
    rig.up(device, *[device.record(n) for n in range(6)])
    rig.close()
    shutil.rmtree(rig.folder / "spool")
    rig.open()
    assert (rig.engine.spooled, rig.spool.contents.next_batch) == (0, 1)
    assert rig.counted("spool") == {"damaged-records": 6}
    rig.up(device, *[device.record(n) for n in range(6, 10)])
    rig.reopen()
    assert _numbers(rig) == [1]
    assert rig.counted("spool") == {"damaged-records": 6}
    rig.close()


def test_number_that_may_have_been_used_is_not_used_again_when_all_that_said_so_is_damaged(
    rig: Rig, device: Device
) -> None:
    """The last SEALED frame is damaged, which looks like a write that was cut off, and state.db is gone."""
    rig.up(device, *[device.record(n) for n in range(4)])
    assert _numbers(rig) == [0]
    rig.close()
    (path,) = _segments(rig)
    start, _, last = _spans(rig, path)[-1]
    assert isinstance(last, frame.SealedFrame)
    _flip(path, start + 20)
    for name in (STATE_FILE, STATE_FILE + "-wal", STATE_FILE + "-shm"):
        (rig.folder / name).unlink(missing_ok=True)
    rig.open()
    rig.trust_all()
    assert _numbers(rig) and min(_numbers(rig)) >= 1
    rig.close()


def test_header_that_was_damaged_is_written_anew_with_the_number_of_now(rig: Rig, device: Device) -> None:
    rig.up(device, *[device.record(n) for n in range(4)])
    rig.say(None, topic.ACK, rig.city.commit(rig.batches()[0]))
    rig.flush()
    rig.spool._journal.rotate(rig.spool.contents.next_batch)
    rig.engine.close()
    rig.spool.tidy(1)
    rig.close()
    (path,) = _segments(rig)
    _flip(path, 9)
    rig.open()
    rig.flush()
    rig.close()
    (rig.folder / STATE_FILE).unlink()
    rig.open()
    rig.trust_all()
    assert rig.spool.contents.next_batch == 1
    rig.up(device, *[device.record(n) for n in range(4, 8)])
    rig.reopen()
    assert _numbers(rig) == [1]
    rig.close()


def test_number_that_nothing_says_is_not_guessed(rig: Rig) -> None:
    rig.close()
    (path,) = _segments(rig)
    _flip(path, 3)
    (rig.folder / STATE_FILE).unlink()
    with pytest.raises(SpoolError, match="next batch number"):
        rig.open()


# Deleting


def test_segments_are_deleted_when_all_in_them_is_delivered_and_state_has_it(
    rig: Rig, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "SEGMENT_BYTES", 2000)
    for number in range(0, 80, 4):
        rig.up(device, *[device.record(number + n) for n in range(4)])
        for message in rig.batches():
            rig.say(None, topic.ACK, rig.city.commit(message))
        rig.flush()
    assert len(_segments(rig)) <= 2
    assert rig.spool.octets < 4000
    rig.kill()  # what was deleted is in state.db
    rig.open()
    rig.up(device, device.record(0), device.record(79, fill=51))
    assert rig.acknowledged(device, range(80)) == list(range(80))
    assert rig.refused(device) == {79: "equivocation"}


def test_refused_batch_does_not_keep_what_was_delivered_around_it(
    city: City, device: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Segments are deleted from the oldest on; those behind a refused batch are compacted."""
    monkeypatch.setattr(journal, "SEGMENT_BYTES", 2000)
    rig = Rig(city, tmp_path, BatchLimits(max_records=4, max_bytes=4096, max_age=10))
    rig.trust_all()
    for number in range(0, 160, 4):
        rig.up(device, *[device.record(number + n) for n in range(4)])
        for message in rig.batches():
            refuse = number == 4
            said = rig.city.refuse(message, "unknown-key-id") if refuse else rig.city.commit(message)
            rig.say(None, topic.ACK, said)
        rig.flush()
        rig.uptime += WINDOW_INTERVAL
        rig.flush()
    assert rig.spool.octets < 160 * 150 * 0.6
    rig.reopen()
    assert [batch.decode_message(rig.spool.batch_message(item.seq))[1] for item in rig.spool.contents.refused] == [
        [device.record(n) for n in range(4, 8)]
    ]
    assert rig.counted("spool") == {}
    assert rig.spool.requeue() == 4
    rig.flush()
    assert batch.decode_message(rig.batches()[0])[1] == [device.record(n) for n in range(4, 8)]
    rig.close()


def test_full_spool_of_which_all_is_delivered_takes_in_again(city: City, device: Device, tmp_path: Path) -> None:
    rig = Rig(city, tmp_path, spool_bytes=600)
    rig.trust_all()
    for number in range(0, 24, 4):
        rig.up(device, *[device.record(number + n) for n in range(4)])
        for message in rig.batches():
            rig.say(None, topic.ACK, city.commit(message))
        rig.flush()
    assert rig.acknowledged(device, range(24)) == list(range(24))
    rig.close()


# State's turn


def test_kill_costs_no_count_of_accepted_records_and_a_clean_end_none_at_all(rig: Rig, device: Device) -> None:
    rig.up(device, *[device.record(n) for n in range(3)])
    rig.uptime += STATE_INTERVAL
    rig.flush()
    rig.up(device, device.record(3), device.record(4))
    rig.kill()
    rig.open()
    assert rig.counted("record") == {"accepted": 5}
    rig.up(device, device.record(0))
    rig.reopen()
    assert rig.counted("record") == {"accepted": 5, "duplicate": 1}
    assert rig.spool.devices[device.kid].heard == rig.now


def test_clean_end_stores_nothing_of_a_group_that_was_not_committed(rig: Rig, device: Device) -> None:
    """A ledger that has a number whose record is not in the journal would acknowledge it."""
    rig.up(device, device.record(0))
    rig.say(device.kid, topic.UP, device.record(1))
    rig.reopen()
    rig.acks.clear()
    rig.up(device, device.record(0))
    assert rig.acknowledged(device, range(2)) == [0]
    assert rig.engine.spooled == 1


def test_commit_of_records_writes_nothing_to_the_state(rig: Rig, device: Device) -> None:
    calls: list[str] = []
    rig.spool.projection._state._fault = calls.append
    for number in range(3):
        rig.up(device, device.record(number))
    assert calls == []


# Lanes


def test_deposits_and_alarms_pass_ahead_of_a_backlog_and_close_at_once(rig: Rig, device: Device) -> None:
    for number in range(4 * (WINDOW + 2)):
        rig.up(device, device.record(number))
    assert len(rig.engine.waiting) == WINDOW + 2
    rig.up(device, _deposit(device, 100), device.record(101), _deposit(device, 102, "alarm"))
    assert rig.engine.due_in() == pytest.approx(1.0)
    rig.uptime += 1
    rig.flush()
    urgent, others = rig.engine.lanes
    assert (urgent, others) == ([WINDOW + 2], list(range(WINDOW + 2)))
    assert rig.engine.waiting[0] == WINDOW + 2
    assert batch.decode_message(rig.engine.batch_message(urgent[0]))[1] == [
        _deposit(device, 100),
        _deposit(device, 102, "alarm"),
    ]
    rig.reopen()
    assert rig.engine.lanes == (urgent, others)
    assert {item.lane for item in rig.spool.contents.waiting} == {URGENT, ORDINARY}


# Clocks


def test_without_a_trusted_clock_records_are_taken_in_and_nothing_is_sealed_or_told(rig: Rig, device: Device) -> None:
    rig.clock.trusted = False
    rig.up(device, *[device.record(n) for n in range(5)])
    assert rig.acknowledged(device, range(5)) == list(range(5))
    assert (rig.batches(), {ack.time for ack in rig.acks[device.kid]}) == ([], {None})
    rig.reopen()
    rig.clock.trusted = True
    rig.flush()
    header = batch.decode_header(batch.decode_message(rig.batches()[0])[0])
    assert (header.opened, header.closed) == (rig.now, rig.now)


def test_batches_refused_for_a_wrong_clock_go_again_by_themselves_when_it_is_right(rig: Rig, device: Device) -> None:
    rig.now = NOW + 7200
    rig.up(device, *[device.record(n) for n in range(4)])
    rig.say(None, topic.ACK, rig.city.refuse(rig.batches()[0], "bad-time"))
    rig.clock.trusted = False
    rig.flush()
    assert (rig.batches(), len(rig.spool.contents.refused)) == ([], 1)
    assert rig.clock.told[-1] == ("refused", NOW + 7200)
    rig.reopen()
    assert rig.engine.due_in() is None
    rig.now, rig.clock.trusted = NOW, True
    assert rig.engine.due_in() == 0
    rig.flush()
    (message,) = rig.batches()
    header = batch.decode_header(batch.decode_message(message)[0])
    assert (header.sequence.seq, header.closed) == (1, NOW)
    assert batch.decode_message(message)[1] == [device.record(n) for n in range(4)]
    assert rig.counted("batch")["returned"] == 1


# Room


def test_spool_says_how_long_it_lasts(city: City, device: Device, tmp_path: Path) -> None:
    rig = Rig(city, tmp_path, spool_bytes=100_000)
    rig.trust_all()
    assert rig.engine.room_hours is None
    for number in range(120):
        rig.up(device, device.record(number))
        rig.uptime += 60
    rate = (len(device.record(0)) + frame.RECORD_OVERHEAD) * 60  # bytes an hour
    left = 100_000 - rig.spool.octets
    assert rig.engine.room_hours == pytest.approx(left / rate, rel=0.05)
    assert rig.engine.standing().room_hours == rig.engine.room_hours
    rig.uptime += 3600
    assert rig.engine.room_hours == pytest.approx(left / rate * 2.72, rel=0.15)
    rig.close()
