"""An outsider's audit of one gateway: what reached the backend against what the devices signed.

It decodes and verifies with the tests' independent implementations and shares no code with gateway or backend.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from tests.conformance import independent_cbor as cbor
from tests.conformance import independent_cose as cose
from tests.conformance import independent_merkle as merkle

SEQUENCE = -65537
Position = tuple[int, int]  # batch number, index in it


@dataclass(frozen=True, slots=True)
class Batch:
    """A verified batch message; times in Unix seconds."""

    number: int
    opened: int
    closed: int
    records: list[bytes]


@dataclass
class Evidence:
    """What an outsider can collect.

    `received`: every batch message, as often as it came. `committed` and `refused`: those with such a verdict.
    `signed` and `acknowledged`: by device and number. `since`, `until`: Unix seconds between which all of it happened.
    """

    realm: str
    gateway: bytes
    received: list[bytes]
    committed: list[bytes]
    refused: list[bytes]
    signed: dict[bytes, dict[int, bytes]]
    acknowledged: dict[bytes, set[int]]
    since: float = 0.0
    until: float = float("inf")


@dataclass
class Report:
    """`positions`: the first place of each record; `duplicates`: places beyond it; `repeats`: messages sent again."""

    positions: dict[tuple[bytes, int], Position] = field(default_factory=dict)
    duplicates: int = 0
    repeats: int = 0
    batches: int = 0


def audit(found: Evidence, ordered: bool = False) -> Report:
    """Raises AssertionError unless nothing is lost and nothing is there twice.

    `ordered`: the devices sent a record only when the one before it was acknowledged, so order is promised.
    """
    # 1. Every message is well-formed, and its header signed by this gateway over exactly these records.
    batches = {message: read(message, found.realm, found.gateway) for message in set(found.received)}
    # 2. One content under each number: the gateway never contradicts itself, not even about what is refused.
    contents = Counter(batch.number for batch in batches.values())
    assert max(contents.values(), default=1) == 1, f"two contents: {[n for n, c in contents.items() if c > 1]}"
    # 3. Numbers without a gap.
    assert sorted(contents) == list(range(len(contents))), f"gap in {sorted(contents)}"
    # 4. Every one has its verdict.
    assert set(found.committed) | set(found.refused) == set(batches), "a batch without a verdict"
    assert not set(found.committed) & set(found.refused), "a batch with two verdicts"
    committed = sorted((batches[message] for message in set(found.committed)), key=lambda batch: batch.number)
    # 5. Times that can be true.
    for batch in committed:
        assert found.since <= batch.opened <= batch.closed <= found.until, (found.since, batch.opened, batch.closed)
    # 6. Everything that was signed is there, exactly as it was signed, once; nothing else is.
    report = _place(committed, found.signed)
    missing = [(kid.hex(), seq) for kid, by in found.signed.items() for seq in by if (kid, seq) not in report.positions]
    assert not missing, f"{len(missing)} records lost: {missing[:10]}"
    # 7. What devices were told is durable is there.
    told = {(kid, seq) for kid, numbers in found.acknowledged.items() for seq in numbers}
    assert told <= set(report.positions), f"acknowledged and lost: {sorted(told - set(report.positions))[:10]}"
    # 8. In order, where it is promised.
    if ordered:
        _check_order(report)
    report.repeats = len(found.received) - len(batches)
    report.batches = len(committed)
    return report


def read(message: bytes, realm: str, gateway: bytes) -> Batch:
    """Decode and verify a batch message (SPEC.md §4); raises Refused or AssertionError."""
    header, records = cbor.read(message)
    signed = cose.sign1(header)
    payload: Any = cbor.read(cose.verify(signed, gateway, f"civicroot/batch/v1/{realm}".encode()))
    sequence: Any = signed.headers[SEQUENCE]
    assert len(sequence) == 1, "a gateway skips no number"
    size, root, opened, closed = (payload[label] for label in (1, 2, 3, 4))
    assert size == len(records) > 0, "size"
    assert root == merkle.tree_hash([merkle.leaf_hash(data) for data in records]), "root"
    return Batch(sequence[0], opened, closed, records)


def _place(batches: Iterable[Batch], signed: dict[bytes, dict[int, bytes]]) -> Report:
    """Find each record's first place; bytes that no device signed fail."""
    known = {sha256(data).digest(): (kid, seq) for kid, by in signed.items() for seq, data in by.items()}
    report = Report()
    for batch in batches:
        for index, data in enumerate(batch.records):
            name = known.get(sha256(data).digest())
            assert name is not None, f"batch {batch.number} has a record that no device signed, at {index}"
            if name in report.positions:
                report.duplicates += 1
            else:
                report.positions[name] = (batch.number, index)
    return report


def _check_order(report: Report) -> None:
    by_device: dict[bytes, list[tuple[Position, int]]] = defaultdict(list)
    for (kid, seq), position in report.positions.items():
        by_device[kid].append((position, seq))
    for kid, places in by_device.items():
        numbers = [seq for _, seq in sorted(places)]
        assert numbers == sorted(numbers), f"{kid.hex()}: {numbers}"
