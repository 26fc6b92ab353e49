"""The `.ots` codec: public example files, PyPI's `opentimestamps` both ways, and the committed vectors.

PyPI's library is the format's first implementation; it shares no code with civicroot_anchor.
"""

import hashlib
import json
from typing import Any

import pytest
from civicroot_anchor import bitcoin_header
from civicroot_anchor.ots import Attestation, BlockHeader, Detached, Operation, Pending, Timestamp, Unknown, timestamp
from civicroot_anchor.ots import detached as files
from civicroot_anchor.ots.attestation import BITCOIN, CHAINS, PENDING
from civicroot_anchor.ots.operation import APPEND, HEXLIFY, KECCAK256, PREPEND, REVERSE, RIPEMD, SHA1, SHA256
from civicroot_wire.errors import AnchorError, MalformedError
from hypothesis import given, settings
from hypothesis import strategies as st
from opentimestamps.core import notary, op
from opentimestamps.core.dubious.notary import EthereumBlockHeaderAttestation
from opentimestamps.core.serialize import BytesDeserializationContext, BytesSerializationContext, DeserializationError
from opentimestamps.core.timestamp import DetachedTimestampFile
from opentimestamps.core.timestamp import Timestamp as Theirs

from tests.support import blocks
from tests.support.fuzz import fuzz_examples
from tests.support.shared import VectorTally
from tests.vectors.generate import path_of
from tests.wire.strategies import spoilt

VECTOR_FAMILIES = ("ots",)
# OpReverse of PyPI's library warns that it may go away.
pytestmark = pytest.mark.filterwarnings("ignore:OpReverse:PendingDeprecationWarning")

ALICE, BOB = "https://alice.btc.calendar.opentimestamps.org", "https://bob.btc.calendar.opentimestamps.org"
NOTARY = Unknown(bytes.fromhex("0102030405060708"), b"x" * 46)
# What each public example says, by its name; the file beside it is hashed where there is one.
EXAMPLES: dict[str, list[Any]] = {
    "bad-stamp.txt.ots": [358391],
    "bitcoin.pdf.ots": [465751],
    "different-blockchains.txt.ots": [
        "https://eth.ots.eternitywall.com",
        ("ethereum", 3283713),
        "https://ots.eternitywall.it",
        455605,
    ],
    "empty.ots": [129405],
    "gdp2q25-2nd.pdf.ots": [912095],
    "hello-world.txt.ots": [358391],
    "incomplete.txt.ots": [ALICE],
    "known-and-unknown-notary.txt.ots": [BOB, NOTARY],
    "merkle1.txt.ots": [ALICE, BOB],
    "merkle2.txt.ots": [ALICE, BOB],
    "merkle3.txt.ots": [ALICE, BOB],
    "sha1/a-or-b.ots": ["https://finney.calendar.eternitywall.com", 466906, BOB, ALICE],
    "two-calendars.txt.ots": [ALICE, BOB],
    "unknown-notary.txt.ots": [NOTARY],
}
INVALID = {
    "invalid/bad-major-version.ots": "wrong-kind",
    "invalid/exceeds-max-msg-length.ots": "out-of-range",
    "invalid/invalid-file-digest-type.ots": "forbidden-item",
    "gdp2q25-2nd.pdf.ots.txt": "malformed",  # what people print of one
}
HASHED_BESIDE = {"sha1/a-or-b.ots": ("sha1/a", "sha1/b")}
_WITHOUT_FILE = ("bitcoin.pdf.ots", "gdp2q25-2nd.pdf.ots")


def said(attestation: Attestation) -> Any:
    """An attestation as EXAMPLES writes it."""
    if isinstance(attestation, Pending):
        return attestation.uri
    if isinstance(attestation, BlockHeader):
        return attestation.height if attestation.tag == BITCOIN else (attestation.chain, attestation.height)
    return attestation


def example(vectors: VectorTally, name: str) -> bytes:
    found = vectors.path("ots", name)
    return found.read_bytes() if found else b""


def test_public_examples(vectors: VectorTally) -> None:
    """Read, written again byte for byte, and the same lines as PyPI's library finds."""
    if vectors.root is None:
        return  # the run prints that they are absent
    for name, expected in EXAMPLES.items():
        data = example(vectors, name)
        found = files.decode(data)
        lines = list(found.timestamp.lines(found.digest))
        assert [said(line.attestation) for line in lines] == expected, name
        assert found.encode() == data, name
        theirs = DetachedTimestampFile.deserialize(BytesDeserializationContext(data))
        assert shown_theirs(theirs.timestamp) == shown(found.timestamp, found.digest), name
        vectors.ran("ots")


def test_public_examples_are_of_the_files_beside_them(vectors: VectorTally) -> None:
    if vectors.root is None:
        return
    for name in EXAMPLES.keys() - set(_WITHOUT_FILE):
        found = files.decode(example(vectors, name))
        for beside in HASHED_BESIDE.get(name, (name.removesuffix(".ots"),)):
            assert found.hashed(example(vectors, beside)[:4096]) == found.digest, beside


def test_public_examples_that_are_no_timestamps(vectors: VectorTally) -> None:
    if vectors.root is None:
        return
    for name, reason in INVALID.items():
        with pytest.raises(MalformedError) as refused:
            files.decode(example(vectors, name))
        assert refused.value.reason == reason, name
        with pytest.raises(DeserializationError):
            DetachedTimestampFile.deserialize(BytesDeserializationContext(example(vectors, name)))
        vectors.ran("ots")


def test_no_public_example_is_left_out(vectors: VectorTally) -> None:
    folder = vectors.path("ots")
    if folder is None:
        return
    there = {str(path.relative_to(folder)) for path in folder.rglob("*.ots*")}
    assert there == EXAMPLES.keys() | INVALID.keys()


def test_the_first_timestamp_against_its_real_block(vectors: VectorTally) -> None:
    """hello-world leads to the root in block 358391; bad-stamp claims that block and leads elsewhere."""
    if vectors.root is None:
        return
    block = bitcoin_header.Header(blocks.BLOCK_358391)
    block.check_work(67)
    assert (block.name, block.time) == (blocks.BLOCK_358391_HASH, 1_432_827_678)
    for name, leads in {"hello-world.txt.ots": True, "bad-stamp.txt.ots": False}.items():
        found = files.decode(example(vectors, name))
        (line,) = found.timestamp.lines(found.digest)
        assert said(line.attestation) == 358391
        assert (line.message == block.merkle_root) is leads
        vectors.ran("ots")


@pytest.mark.parametrize("header", [blocks.GENESIS, blocks.BLOCK_358391])
def test_real_headers_show_their_work_and_no_bit_can_change(header: bytes) -> None:
    work = 256 - int.from_bytes(blocks.sha256d(header), "little").bit_length()
    bitcoin_header.Header(header).check_work(work)
    with pytest.raises(AnchorError, match="less than"):
        bitcoin_header.Header(header).check_work(work + 1)
    for bit in range(8 * len(header)):
        changed = bytearray(header)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(AnchorError):
            bitcoin_header.Header(bytes(changed)).check_work(work)


def test_targets_are_read_as_bitcoin_reads_them() -> None:
    """The values of Bitcoin Core's own tests of its compact form."""
    for bits, number in {
        0x01123456: 0x12,
        0x02123456: 0x1234,
        0x03123456: 0x123456,
        0x04123456: 0x12345600,
        0x05009234: 0x92340000,
        0x20123456: 0x123456 << 232,
        0x1D00FFFF: 0xFFFF << 208,
    }.items():
        assert bitcoin_header.target(bits) == number
    for bits in (0, 0x00123456, 0x01003456, 0x02000056, 0x03000000, 0x04000000, 0x00923456, 0x01803456, 0x04923456):
        with pytest.raises(AnchorError, match="no target"):
            bitcoin_header.target(bits)
    for bits in (0xFF123456, 0x23000001, 0x22000100, 0x21010000):
        with pytest.raises(AnchorError, match="no target"):
            bitcoin_header.target(bits)


def test_committed_files() -> None:
    """The vectors of family ots_file: one verdict a case; what is refused, PyPI's library does not write."""
    for case in json.loads(path_of("ots_file").read_text(encoding="utf-8")):
        data = bytes.fromhex(case["bytes"])
        if not case["valid"]:
            with pytest.raises(MalformedError) as refused:
                files.decode(data)
            assert refused.value.reason == case["reason"], case["name"]
            assert their_file(data) != data, case["name"]
            continue
        found = files.decode(data)
        assert found.encode() == data == their_file(data), case["name"]
        assert [list(each) for each in _decoded(found)] == case["decoded"], case["name"]


def _decoded(found: Detached) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for line in found.timestamp.lines(found.digest):
        if isinstance(line.attestation, Pending):
            rows.append([line.message.hex(), "pending", line.attestation.uri])
        elif isinstance(line.attestation, BlockHeader):
            rows.append([line.message.hex(), line.attestation.chain, line.attestation.height])
        else:
            rows.append([line.message.hex(), line.attestation.tag.hex(), line.attestation.content.hex()])
    return rows


def their_file(data: bytes) -> bytes | None:
    """What PyPI's library writes of a file that it reads."""
    try:
        found = DetachedTimestampFile.deserialize(BytesDeserializationContext(data))
    except DeserializationError:
        return None
    return written(found)


def their_timestamp(data: bytes, message: bytes) -> bytes | None:
    """The same of a timestamp alone, which ends where the data end."""
    context = BytesDeserializationContext(data)
    try:
        found = Theirs.deserialize(context, message)
        context.assert_eof()
    except DeserializationError:
        return None
    return written(found)


def written(theirs: Any) -> bytes:
    context = BytesSerializationContext()
    theirs.serialize(context)
    found: bytes = context.getbytes()
    return found


def shown(found: Timestamp, message: bytes) -> set[tuple[bytes, str]]:
    """Every message with its attestation, told as the other library does."""
    return {(line.message, _as_theirs(line.attestation)) for line in found.lines(message)}


def shown_theirs(found: Any) -> set[tuple[bytes, str]]:
    return {(message, _their_form(attestation)) for message, attestation in found.all_attestations()}


def _their_form(attestation: Any) -> str:
    context = BytesSerializationContext()
    attestation.serialize(context)
    return str(context.getbytes().hex())


def _as_theirs(attestation: Attestation) -> str:
    return _their_form(converted(attestation))


def converted(attestation: Attestation) -> Any:
    """An attestation of PyPI's library."""
    if isinstance(attestation, Pending):
        return notary.PendingAttestation(attestation.uri)
    if isinstance(attestation, Unknown):
        return notary.UnknownAttestation(attestation.tag, attestation.content)
    kinds = {
        "bitcoin": notary.BitcoinBlockHeaderAttestation,
        "litecoin": notary.LitecoinBlockHeaderAttestation,
        "ethereum": EthereumBlockHeaderAttestation,
    }
    return kinds[attestation.chain](attestation.height)


THEIR_OPERATIONS = {
    APPEND: op.OpAppend,
    PREPEND: op.OpPrepend,
    REVERSE: op.OpReverse,
    HEXLIFY: op.OpHexlify,
    SHA1: op.OpSHA1,
    RIPEMD: op.OpRIPEMD160,
    SHA256: op.OpSHA256,
    KECCAK256: op.OpKECCAK256,
}
URI = st.text("abcABC019-._/:", max_size=30) | st.just("u" * 1000)
ATTESTATIONS: st.SearchStrategy[Attestation] = st.one_of(
    st.builds(Pending, URI),
    st.builds(BlockHeader, st.sampled_from(sorted(CHAINS)), st.integers(0, 300) | st.integers(0, (1 << 64) - 1)),
    st.builds(
        Unknown,
        st.binary(min_size=8, max_size=8).filter(lambda tag: tag not in CHAINS and tag != PENDING),
        st.binary(max_size=200),
    ),
)
ARGUMENTS = st.binary(min_size=1, max_size=40) | st.integers(1, 4096).map(bytes)
OPERATIONS = st.one_of(
    st.builds(Operation, st.sampled_from([APPEND, PREPEND]), ARGUMENTS),
    st.builds(Operation, st.sampled_from([REVERSE, HEXLIFY, SHA1, RIPEMD, SHA256, KECCAK256])),
)
TREES = st.recursive(
    st.builds(Timestamp, st.sets(ATTESTATIONS, min_size=1, max_size=3)),
    lambda deeper: st.builds(
        Timestamp, st.sets(ATTESTATIONS, max_size=2), st.dictionaries(OPERATIONS, deeper, min_size=1, max_size=3)
    ),
    max_leaves=8,
)
MESSAGES = st.binary(max_size=64) | st.integers(0, 4096).map(bytes)


def possible(tree: Timestamp, message: bytes) -> Timestamp | None:
    """The part of a tree whose operations can be applied to a message; None if nothing is left."""
    branches: dict[Operation, Timestamp] = {}
    for step, then in tree.branches.items():
        try:
            below = possible(then, step(message))
        except MalformedError:
            continue
        if below is not None:
            branches[step] = below
    return Timestamp(tree.attestations, branches) if tree.attestations or branches else None


def copied(tree: Timestamp, message: bytes) -> Any:
    """The tree as PyPI's library builds it, step by step."""
    found = Theirs(message)
    found.attestations |= {converted(attestation) for attestation in tree.attestations}
    for step, then in tree.branches.items():
        theirs = THEIR_OPERATIONS[step.tag](step.argument) if step.argument else THEIR_OPERATIONS[step.tag]()
        assert theirs(message) == step(message)
        found.ops[theirs] = copied(then, step(message))
    return found


@settings(max_examples=fuzz_examples(200), deadline=None)
@given(TREES, MESSAGES)
def test_both_libraries_write_the_same_and_read_each_other(tree: Timestamp, message: bytes) -> None:
    """Ours is read by theirs and written again byte for byte, and theirs by ours; every message is the same."""
    ours = possible(tree, message)
    if ours is None:
        return
    theirs = copied(ours, message)
    data = ours.encode()
    assert data == written(theirs) == their_timestamp(data, message)
    again = timestamp.decode(data, message)
    assert again == ours and again.encode() == data
    assert shown(again, message) == shown_theirs(theirs)


@settings(max_examples=fuzz_examples(200), deadline=None)
@given(TREES, TREES, MESSAGES)
def test_merging_is_theirs(first: Timestamp, second: Timestamp, message: bytes) -> None:
    one, other = possible(first, message), possible(second, message)
    if one is None or other is None:
        return
    theirs = copied(one, message)
    theirs.merge(copied(other, message))
    one.merge(other)
    assert one.encode() == written(theirs)


KNOWN = [case["bytes"] for case in json.loads(path_of("ots_file").read_text(encoding="utf-8"))]


@settings(max_examples=fuzz_examples(1000), deadline=None)
@given(spoilt([bytes.fromhex(data) for data in KNOWN]))
def test_damaged_files_have_one_verdict(data: bytes) -> None:
    """What we read, PyPI's library reads and writes the same; what it writes back unchanged, we read."""
    try:
        ours = files.decode(data).encode()
    except MalformedError as refused:
        theirs = their_file(data)
        assert theirs != data or "varuint over 64 bits" in str(refused), refused
    else:
        assert ours == data == their_file(data)


def test_depth_and_size_are_bounded() -> None:
    deep = b"\x08" * 255 + b"\x00" + BITCOIN + b"\x01\x07"
    assert timestamp.decode(deep, bytes(32)).encode() == deep == their_timestamp(deep, bytes(32))
    with pytest.raises(MalformedError, match="too-deep"):
        timestamp.decode(b"\x08" + deep, bytes(32))
    assert their_timestamp(b"\x08" + deep, bytes(32)) is None
    with pytest.raises(MalformedError, match="too-large"):
        timestamp.decode(bytes(timestamp.MAX_BYTES + 1), bytes(32))
    with pytest.raises(MalformedError, match="out-of-range"):
        timestamp.decode(deep, bytes(4097))


def test_what_nobody_may_build() -> None:
    """A writer cannot make what a reader refuses."""
    for build in (
        lambda: Operation(APPEND),
        lambda: Operation(PREPEND, bytes(4097)),
        lambda: Operation(SHA256, b"x"),
        lambda: Operation(0x04),
        lambda: Pending("https://a.example/?b"),
        lambda: Pending("é"),
        lambda: Pending("a" * 1001),
        lambda: BlockHeader(PENDING, 7),
        lambda: BlockHeader(BITCOIN, 1 << 64),
        lambda: BlockHeader(BITCOIN, -1),
        lambda: Unknown(BITCOIN, b""),
        lambda: Unknown(b"short", b""),
        lambda: Unknown(bytes(8), bytes(8193)),
        lambda: Detached(Operation(REVERSE), bytes(32), Timestamp()),
        lambda: Detached(Operation(SHA1), bytes(32), Timestamp()),
        lambda: Timestamp().encode(),
        lambda: bitcoin_header.Header(bytes(79)),
    ):
        with pytest.raises(MalformedError):
            build()


def test_hashes_against_published_values() -> None:
    """Keccak-256 has its first padding, RIPEMD-160 is not SHA-1."""
    assert Operation(KECCAK256)(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert Operation(RIPEMD)(b"abc").hex() == "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"
    assert Operation(SHA1)(b"abc") == hashlib.sha1(b"abc").digest()
