"""The audit at the end of every fault test finds each kind of loss and repetition."""

from collections.abc import Callable
from copy import deepcopy

import pytest
from civicroot_wire import batch
from civicroot_wire.sequence import Sequence

from tests.conformance.independent_refusal import Refused
from tests.gateway.city import NOW, REALM, City
from tests.system.gateway_faults.outside import Evidence, audit

pytestmark = pytest.mark.system

CITY = City()
DEVICES = [CITY.device(), CITY.device()]
SIGNED = {device.kid: {seq: device.record(seq) for seq in range(6)} for device in DEVICES}
FIRST, SECOND = (list(SIGNED[device.kid].values()) for device in DEVICES)


def message(number: int, records: list[bytes], closed: int = NOW) -> bytes:
    key = CITY.gateway
    return batch.encode_message(batch.sign_header(key.kid, Sequence(number), records, NOW, closed, REALM, key), records)


def evidence(*messages: bytes) -> Evidence:
    told = {kid: set(by) for kid, by in SIGNED.items()}
    return Evidence(
        REALM, CITY.gateway.public, list(messages), list(messages), [], deepcopy(SIGNED), told, NOW - 1, NOW + 1
    )


GOOD = [message(0, FIRST[:3] + SECOND[:2]), message(1, FIRST[3:]), message(2, SECOND[2:])]


def _without_verdict() -> Evidence:
    found = evidence(*GOOD)
    found.committed.pop()
    return found


def _garbled() -> Evidence:
    data = bytearray(GOOD[1])
    data[-1] ^= 1
    return evidence(GOOD[0], bytes(data), GOOD[2])


BAD: dict[str, tuple[str, Callable[[], Evidence]]] = {
    "a record is missing": ("lost", lambda: evidence(*GOOD[:2], message(2, SECOND[3:]))),
    "a batch is missing": ("gap", lambda: evidence(GOOD[0], GOOD[2])),
    "the last batch is missing": ("lost", lambda: evidence(*GOOD[:2])),
    "two contents under a number": ("two contents", lambda: evidence(*GOOD, message(2, SECOND[2:], NOW + 1))),
    "no verdict": ("without a verdict", _without_verdict),
    "a record that nobody signed": ("no device", lambda: evidence(*GOOD, message(3, [DEVICES[0].record(6)]))),
    "another content": ("no device", lambda: evidence(*GOOD, message(3, [DEVICES[0].record(5, fill=1)]))),
    "a record that was changed on its way": ("root", _garbled),
    "of the future": (str(NOW + 9), lambda: evidence(*GOOD[:2], message(2, SECOND[2:], NOW + 9))),
}


@pytest.mark.parametrize("name", BAD)
def test_a_fault_is_found(name: str) -> None:
    words, make = BAD[name]
    with pytest.raises((AssertionError, Refused), match=words):
        audit(make())


def test_a_good_run_passes_and_repetitions_are_counted() -> None:
    found = evidence(*GOOD, GOOD[1])
    report = audit(found, ordered=True)
    assert (report.batches, report.repeats, report.duplicates) == (3, 1, 0)
    twice = audit(evidence(*GOOD, message(3, FIRST[:2])))
    assert (twice.duplicates, twice.positions[DEVICES[0].kid, 0]) == (2, (0, 0))


def test_order_is_checked_where_it_is_promised() -> None:
    found = evidence(message(0, FIRST[::-1] + SECOND))
    audit(found)
    with pytest.raises(AssertionError, match=r"\[5, 4, 3"):
        audit(found, ordered=True)


def test_what_was_acknowledged_and_is_not_there_is_found() -> None:
    found = evidence(*GOOD)
    found.acknowledged[DEVICES[0].kid].add(9)
    with pytest.raises(AssertionError, match="acknowledged and lost"):
        audit(found)
