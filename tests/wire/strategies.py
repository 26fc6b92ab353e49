"""Hypothesis strategies for wire values and for spoilt bytes."""

import string

from civicroot_wire.cbor import DecimalFraction, Tag
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence
from hypothesis import strategies as st

UINT32 = (1 << 32) - 1
UINT64 = (1 << 64) - 1
SECONDS = st.integers(0, UINT64)
LOWER = string.ascii_lowercase
EDGE = LOWER + string.digits
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)

integers = st.integers(-UINT64 - 1, UINT64) | st.integers(-300, 300)
decimals = st.builds(DecimalFraction, st.integers(-12, -1), integers)
numbers = integers | decimals
names = st.from_regex(r"\A[a-z0-9][a-z0-9._-]{0,31}\Z")
subjects = st.builds(
    "/".join, st.tuples(st.text(LOWER, min_size=1, max_size=12), st.text(EDGE + "._-AZ", min_size=1, max_size=48))
)
realms = st.from_regex(r"\A[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?\Z")
label_text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=24)  # at most 96 bytes
hashes = st.binary(min_size=32, max_size=32)
reasons = st.text(LOWER + "-", min_size=1, max_size=32)

leaves = st.none() | st.booleans() | numbers | st.binary(max_size=40) | TEXT
items = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(integers | TEXT, inner, max_size=4)
        | st.builds(Tag, st.sampled_from([18, 98]), inner)
    ),
    max_leaves=8,
)

measurement_values = numbers | st.booleans() | st.binary(max_size=16) | st.text(EDGE + " é", max_size=16)
measurements = st.builds(
    Measurement,
    names,
    measurement_values,
    st.none() | st.text(EDGE + "/%", min_size=1, max_size=8),
    st.none() | st.integers(-(1 << 28), 1 << 28),
    st.none() | st.integers(0, 1 << 28),
)
packs = st.builds(Pack, st.lists(measurements, min_size=1, max_size=3), st.none() | st.integers(1 << 28, UINT64))


@st.composite
def sequences(draw: st.DrawFn, most_ranges: int = 16, beacons: bool = True) -> Sequence:
    """Sequence headers that the format allows."""
    seq = draw(st.integers(0, UINT32) | st.integers(0, 200))
    skip = draw(st.integers(0, min(64, seq)))
    beacon = draw(st.none() | st.binary(min_size=8, max_size=8)) if beacons else None
    marks = sorted(draw(st.sets(st.integers(0, max(seq - 1, 0)), max_size=2 * most_ranges))) if seq else []
    ranges: list[tuple[int, int]] = []
    for first, last in zip(marks[::2], marks[1::2], strict=False):
        if not ranges or first > ranges[-1][1] + 1:
            ranges.append((first, last))
    return Sequence(seq, skip, beacon, ranges if most_ranges else [])


@st.composite
def spoilt(draw: st.DrawFn, originals: list[bytes]) -> bytes:
    """One of `originals` after a few edits: bytes changed, put in, taken out, repeated, or cut off."""
    data = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        edit = draw(st.sampled_from(["change", "insert", "delete", "repeat", "cut", "flip"]))
        if edit == "insert" or not data:
            data[at:at] = draw(st.binary(min_size=1, max_size=4))
        elif edit == "delete":
            del data[at : at + draw(st.integers(1, 4))]
        elif edit == "repeat":
            data[at:at] = data[at : at + draw(st.integers(1, 16))]
        elif edit == "cut":
            del data[at:]
        elif edit == "flip":
            data[at] ^= 1 << draw(st.integers(0, 7))
        else:
            data[at] = draw(st.integers(0, 255))
    return bytes(data)
