"""Admission under arbitrary input: every record is accepted at most once, whatever order and company it comes in."""

from civicroot_gateway.admission.admission import Accepted, Admission, Duplicate, Refused
from civicroot_gateway.admission.limits import MAX_UP_BYTES, MAX_UP_RECORDS
from civicroot_gateway.admission.sequence_ledger import SequenceLedger
from civicroot_gateway.registry.registry import Registry
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fuzz import fuzz_examples

from .city import REALM, City, Device, verify

_CITY = City()
_DEVICE = _CITY.device()
_OTHER = _CITY.device()
_GOOD = [_DEVICE.record(number) for number in range(8)]
_MIXED = [*_GOOD, *[_DEVICE.record(number, fill=7) for number in range(3)], _OTHER.record(0), b"\x00", b"\xff", b"\x18"]


class _Core:
    """Admission with its memory in dictionaries, applied as the engine does."""

    def __init__(self) -> None:
        registry = Registry(_CITY.policy, verify)
        for kid, message in _CITY.registrations.items():
            key = registry.judge(kid, message)
            assert key is not None
            registry.add(key)
        self.ledger = SequenceLedger()
        self.digests: dict[int, bytes] = {}
        self.accepted: list[bytes] = []
        self.admission = Admission(
            REALM, registry, lambda _kid: self.ledger, lambda _kid, seq: self.digests.get(seq), verify
        )

    def up(self, device: Device, payload: bytes) -> list[Accepted | Duplicate | Refused]:
        found = []
        for decision in self.admission.decisions(device.kid, payload):
            if isinstance(decision, Accepted):
                self.ledger.add(decision.record.sequence)
                self.digests[decision.record.seq] = decision.digest
                self.accepted.append(decision.record.encoded)
            found.append(decision)
        return found


@settings(max_examples=fuzz_examples(60), deadline=None)
@given(st.lists(st.lists(st.sampled_from(_MIXED), min_size=1, max_size=8), max_size=6))
def test_each_number_is_accepted_once_and_only_with_a_content_the_device_signed(messages: list[list[bytes]]) -> None:
    core = _Core()
    for records in messages:
        core.up(_DEVICE, b"".join(records))
    numbers = [_MIXED.index(data) % 8 if data in _GOOD else _MIXED.index(data) - 8 for data in core.accepted]
    assert len(numbers) == len(set(numbers))
    assert set(core.accepted) <= set(_MIXED[:11])


@settings(max_examples=fuzz_examples(60), deadline=None)
@given(st.binary(max_size=300))
def test_noise_is_refused_and_never_raises(noise: bytes) -> None:
    core = _Core()
    assert all(isinstance(decision, Refused) for decision in core.up(_DEVICE, noise))


@settings(max_examples=fuzz_examples(100), deadline=None)
@given(st.integers(0, 8 * len(_GOOD[0]) - 1))
def test_record_with_any_bit_flipped_is_not_accepted(bit: int) -> None:
    data = bytearray(_GOOD[0])
    data[bit // 8] ^= 1 << bit % 8
    core = _Core()
    assert all(isinstance(decision, Refused) and not decision.final for decision in core.up(_DEVICE, bytes(data)))


def test_limits_of_a_message_are_the_specifications() -> None:
    assert (MAX_UP_RECORDS, MAX_UP_BYTES) == (32, 8192)
    core = _Core()
    payload = b"".join(_DEVICE.record(number) for number in range(MAX_UP_RECORDS))
    assert [type(decision) for decision in core.up(_DEVICE, payload)] == [Accepted] * MAX_UP_RECORDS
    (decision,) = core.up(_DEVICE, bytes(MAX_UP_BYTES + 1))
    assert isinstance(decision, Refused) and decision.reason == "too-large"
