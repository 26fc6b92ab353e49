"""Closing batches, and the schedule of their delivery."""

import pytest
from civicroot_gateway.config import MAX_BATCH_BYTES, BatchLimits
from civicroot_gateway.uplink import batcher
from civicroot_gateway.uplink.batcher import SpooledRecord
from civicroot_gateway.uplink.delivery import FIRST_PAUSE, LONGEST_PAUSE, WINDOW, Delivery
from civicroot_wire import batch
from hypothesis import given
from hypothesis import strategies as st

from .city import NOW, REALM, signer, verify

_RECORDS = st.lists(st.binary(max_size=512), min_size=1, max_size=60)
_LIMITS = st.builds(BatchLimits, st.integers(1, 20), st.integers(512, 4096), st.just(10.0))


def _spooled(contents: list[bytes]) -> list[SpooledRecord]:
    return [SpooledRecord(place, 1000 + place, content) for place, content in enumerate(contents, 1)]


@given(_RECORDS, _LIMITS)
def test_batches_take_all_records_in_order_within_the_limits(contents: list[bytes], limits: BatchLimits) -> None:
    left = _spooled(contents)
    taken: list[bytes] = []
    while left:
        chosen = batcher.choose(left, limits)
        assert 1 <= len(chosen) <= limits.max_records
        assert sum(len(item.encoded) for item in chosen) <= limits.max_bytes
        taken += [item.encoded for item in chosen]
        left = left[len(chosen) :]
    assert taken == contents


@given(_RECORDS, st.integers(0, 2**32 - 1))
def test_sealed_header_commits_to_the_records_and_verifies(contents: list[bytes], seq: int) -> None:
    key = signer(5)
    sealed = batcher.seal(seq, _spooled(contents), NOW, REALM, key)
    header = batch.verify_header(batch.decode_header(sealed.header), REALM, key.public, verify)
    batch.check_records(header, contents)
    assert (header.sequence.seq, header.opened, header.closed) == (seq, 1001, 1000 + len(contents))
    assert (sealed.first, sealed.last, sealed.size) == (1, len(contents), len(contents))


def test_largest_batch_the_configuration_allows_fits_a_message() -> None:
    key = signer(5)
    limits = BatchLimits(batch.MAX_BATCH_RECORDS, MAX_BATCH_BYTES, 1)
    chosen = batcher.choose(_spooled([bytes(512)] * 1024), limits)
    assert len(chosen) == MAX_BATCH_BYTES // 512
    many = batcher.choose(_spooled([bytes(240)] * 1024), limits)
    for records in (chosen, many):
        sealed = batcher.seal(2**32 - 1, records, 2**64 - 1, REALM, key)
        message = batch.encode_message(sealed.header, [item.encoded for item in records])
        batch.decode_message(message)  # refuses what is over 256 KiB


@pytest.mark.parametrize(
    ("records", "octets", "age", "room", "due"),
    [
        (0, 0, 99, True, False),
        (1, 10, 9.9, True, False),
        (1, 10, 10, True, True),
        (1, 10, 99, False, False),
        (4, 10, 0, False, True),
        (1, 4096, 0, False, True),
    ],
)
def test_batch_is_due_when_full_or_old_while_the_uplink_has_room(
    records: int, octets: int, age: float, room: bool, due: bool
) -> None:
    assert batcher.is_due(records, octets, age, BatchLimits(4, 4096, 10), room) is due


def test_oldest_batches_are_sent_in_a_window_and_again_after_growing_pauses() -> None:
    delivery = Delivery(lambda: 0.0)
    waiting = list(range(10))
    assert delivery.due(waiting, 0.0) == waiting[:WINDOW]
    now, pauses = 0.0, []
    for _ in range(9):
        for seq in delivery.due(waiting, now):
            delivery.sent(seq, now)
        assert delivery.due(waiting, now) == []
        pause = delivery.next_due(waiting, now)
        assert pause is not None
        pauses.append(pause)
        now += pause
    assert pauses == [min(FIRST_PAUSE * 2**n, LONGEST_PAUSE) for n in range(9)]


def test_verdict_frees_the_window_and_a_new_connection_makes_all_due() -> None:
    delivery = Delivery(lambda: 1.0)
    for seq in delivery.due([0, 1, 2, 3, 4, 5], 0.0):
        delivery.sent(seq, 0.0)
    delivery.forget(0)
    assert delivery.due([1, 2, 3, 4, 5], 0.0) == [4]
    delivery.restart()
    assert delivery.due([1, 2, 3, 4, 5], 0.0) == [1, 2, 3, 4]
    assert delivery.next_due([], 0.0) is None
