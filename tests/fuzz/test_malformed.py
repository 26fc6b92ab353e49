"""Malformed notes, tiles, proofs, policies, statements, receipts: a named refusal, or the only encoding."""

from random import Random

import pytest
from civicroot_wire import cbor
from civicroot_wire.errors import MalformedError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import structure
from tests.fuzz.seeds import seeds
from tests.fuzz.structure import NotCborError
from tests.fuzz.target import AnotherEncodingError, Target
from tests.fuzz.targets import TARGETS
from tests.support.fuzz import fuzz_examples
from tests.wire.strategies import spoilt

NOT_CBOR = ("entry-bundle", "ots-file", "radio-answer", "radio-part", "radio-up")  # the last have a tag of their own
STRUCTURED = [name for name, target in TARGETS.items() if not target.text and name not in NOT_CBOR]
EXAMPLES = 1500  # of each kind: a second or two a target


def changed(target: Target) -> st.SearchStrategy[bytes]:
    """A valid input after changes of its structure."""
    originals = [data for data in seeds(target.families, valid=True) if target.text or _structured(data)]
    change = structure.changed_lines if target.text else structure.changed
    return st.builds(change, st.sampled_from(originals), st.builds(Random, st.integers(0, (1 << 32) - 1)))


def _structured(data: bytes) -> bool:
    try:
        structure.parse(data)
    except NotCborError:
        return False
    return True


def inputs(target: Target) -> st.SearchStrategy[bytes]:
    """Raw bytes, spoilt inputs, and inputs with another structure."""
    known = seeds(target.families)
    raw = st.binary(max_size=100) | spoilt(known)
    return raw if target.name in NOT_CBOR else raw | changed(target)


@pytest.mark.parametrize("name", TARGETS)
def test_a_named_refusal_or_the_one_encoding(name: str) -> None:
    target = TARGETS[name]

    @settings(max_examples=fuzz_examples(EXAMPLES), deadline=None)
    @given(inputs(target))
    def run(data: bytes) -> None:
        target.accepts(data)

    run()


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_reaches_its_writer(name: str) -> None:
    """A target whose decoder refused everything would find nothing; so would one that took everything."""
    target = TARGETS[name]
    accepted = [target.accepts(data) for data in seeds(target.families)]
    assert True in accepted and False in accepted
    assert not any(target.accepts(data + b"\x00") for data in seeds(target.families, valid=True))


@pytest.mark.parametrize("name", STRUCTURED)
def test_changes_of_structure_are_nearly_right(name: str) -> None:
    """The mutator writes what it parsed; what it changes is mostly deterministic CBOR, so it passes the codec."""
    target, random = TARGETS[name], Random(1)
    originals = [data for data in seeds(target.families, valid=True) if _structured(data)]
    assert all(structure.write(structure.parse(data)) == data for data in originals)
    passed = 0
    for _ in range(100):
        try:
            cbor.decode(structure.changed(random.choice(originals), random), 1 << 18)
            passed += 1
        except MalformedError:
            continue
    assert passed > 60


def test_a_second_encoding_is_noticed() -> None:
    """The check itself: a decoder that accepts an indefinite or a padded form would be caught."""
    lax = Target("lax", ("cbor",), lambda data: cbor.encode(cbor.decode(data.rstrip(b"\x00"), 100)))
    assert lax.accepts(b"\x01")
    with pytest.raises(AnotherEncodingError):
        lax.accepts(b"\x01\x00")
