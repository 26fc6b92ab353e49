"""A reading's bundle fits 5 KB without anchors in a log of a million entries, and leaves nothing unchecked."""

import zlib
from statistics import median

import pytest
from civicroot_wire import sodium, verifier
from civicroot_wire.errors import ProofError
from civicroot_wire.finding import CHECKED

from tests.bench.million import ENTRIES, Million, million

FIVE_KB = 5000
PLACES = 200


@pytest.fixture(scope="module")
def reading() -> Million:
    return million()


def inflate(compressed: bytes, limit: int) -> bytes:
    return zlib.decompressobj().decompress(compressed, limit)


def test_bundle_with_everything_is_at_most_five_kilobytes(reading: Million) -> None:
    report = verifier.verify(reading.encoded, reading.policy, sodium.verify, inflate)
    unchecked = [finding.step for finding in report.findings if finding.status != CHECKED]
    assert unchecked == ["anchors"]
    assert report.head.checkpoint.size == ENTRIES
    assert len(report.head.cosigned) == 3 and reading.policy.quorum == 2
    assert len(reading.encoded) <= FIVE_KB
    assert sum(reading.parts().values()) == len(reading.encoded)
    print(len(reading.encoded), reading.parts())


def test_wherever_the_entries_lie(reading: Million) -> None:
    """How many hashes the paths share depends on where the entries lie: the worst of many places fits too."""
    sizes = reading.sizes(PLACES)
    print(sizes[0], median(sizes), sizes[-1])
    assert sizes[-1] <= FIVE_KB


def test_the_large_bundle_fails_when_a_hash_is_changed(reading: Million) -> None:
    spoilt = bytearray(reading.encoded)
    at = spoilt.find(reading.bundle.header.path[0])
    spoilt[at] ^= 1
    with pytest.raises(ProofError):
        verifier.verify(bytes(spoilt), reading.policy, sodium.verify, inflate)
