"""Closing batches: when, over what, and what the header says."""

import hashlib
from array import array

import pytest
from civicroot_gateway.config import MAX_BATCH_BYTES, BatchLimits
from civicroot_gateway.spool.contents import Run
from civicroot_gateway.spool.frame import RecordFrame
from civicroot_gateway.uplink import batcher
from civicroot_gateway.uplink.batcher import MAX_SPAN
from civicroot_wire import batch
from hypothesis import given
from hypothesis import strategies as st

from .city import NOW, REALM, signer, verify

_RECORDS = st.lists(st.binary(max_size=512), min_size=1, max_size=60)
_LIMITS = st.builds(BatchLimits, st.integers(1, 20), st.integers(512, 4096), st.just(10.0))


def _spooled(contents: list[bytes]) -> list[RecordFrame]:
    return [RecordFrame(place, 1000 + place, 1, content) for place, content in enumerate(contents, 1)]


def _run(contents: list[bytes]) -> Run:
    return Run(array("Q", range(1, len(contents) + 1)), array("H", map(len, contents)))


@given(_RECORDS, _LIMITS)
def test_batches_take_all_records_in_order_within_the_limits(contents: list[bytes], limits: BatchLimits) -> None:
    left, taken = contents, 0
    while left:
        count = batcher.choose(_run(left), limits)
        assert 1 <= count <= limits.max_records
        assert sum(map(len, left[:count])) <= limits.max_bytes
        taken += count
        left = left[count:]
    assert taken == len(contents)


@given(_RECORDS, st.integers(0, 2**32 - 1))
def test_sealed_header_commits_to_the_records_and_verifies(contents: list[bytes], seq: int) -> None:
    key = signer(5)
    sealed, message = batcher.seal(seq, _spooled(contents), NOW, REALM, key)
    header = batch.verify_header(batch.decode_header(sealed.header), REALM, key.public, verify)
    batch.check_records(header, contents)
    assert (header.sequence.seq, header.opened, header.closed) == (seq, 1001, 1000 + len(contents))
    assert (sealed.first, sealed.last, sealed.size) == (1, len(contents), len(contents))
    assert batch.decode_message(message) == (sealed.header, contents)
    assert sealed.digest == hashlib.sha256(message).digest()


def test_largest_batch_the_configuration_allows_fits_a_message() -> None:
    key = signer(5)
    limits = BatchLimits(batch.MAX_BATCH_RECORDS, MAX_BATCH_BYTES, 1)
    large, small = [bytes(512)] * 1024, [bytes(240)] * 1024
    assert batcher.choose(_run(large), limits) == MAX_BATCH_BYTES // 512
    for contents in (large, small):
        records = _spooled(contents)[: batcher.choose(_run(contents), limits)]
        _, message = batcher.seal(2**32 - 1, records, 2**64 - 1, REALM, key)
        batch.decode_message(message)  # refuses what is over 256 KiB


@pytest.mark.parametrize(
    ("sizes", "grows", "newest", "full"),
    [
        ([10], True, 1, False),
        ([10] * 3, True, 3, False),
        ([10] * 4, True, 4, True),
        ([4096], True, 1, True),
        ([10], False, 1, True),
        ([10], True, MAX_SPAN, False),
        ([10], True, MAX_SPAN + 1, True),
    ],
)
def test_batch_is_full_when_nothing_more_can_get_into_it(
    sizes: list[int], grows: bool, newest: int, full: bool
) -> None:
    run = _run([bytes(size) for size in sizes])
    assert batcher.is_full(run, grows, newest, BatchLimits(4, 4096, 10)) is full


def test_batch_spans_no_more_of_the_journal_than_is_read_at_once() -> None:
    run = Run(array("Q", [1, 2, MAX_SPAN, MAX_SPAN + 1, MAX_SPAN + 2]), array("H", [10] * 5))
    assert batcher.choose(run, BatchLimits()) == 3


@pytest.mark.parametrize(
    ("arrivals", "opened", "closed"),
    [([0, 0], NOW, NOW), ([5, 0, 7], 5, 7), ([0, NOW + 9], NOW, NOW), ([9, 3], 3, 9)],
)
def test_unknown_arrivals_count_as_the_earliest_known_and_none_is_after_the_closing(
    arrivals: list[int], opened: int, closed: int
) -> None:
    records = [RecordFrame(place, arrived, 1, b"x") for place, arrived in enumerate(arrivals, 1)]
    sealed, _ = batcher.seal(0, records, NOW, REALM, signer(5))
    header = batch.decode_header(sealed.header)
    assert (header.opened, header.closed) == (opened, closed)
