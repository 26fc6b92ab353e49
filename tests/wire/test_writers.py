"""Writers refuse to make what no reader would take, and building refuses what it cannot prove."""

import pytest
from civicroot_wire import checkpoint, cosignature, merkle, note, status_list, tile
from civicroot_wire.acknowledgement import Acknowledgement
from civicroot_wire.cbor import DecimalFraction, Tag, encode
from civicroot_wire.errors import MalformedError, MerkleError, SignatureError

from tests.vectors import city
from tests.vectors.citylog import LOG, log_key, witness_key

WITNESS = "witness-a.example"
LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(5)]


@pytest.mark.parametrize("value", [1 << 64, -(1 << 64) - 1])
def test_integer_over_64_bits_is_not_encoded(value: int) -> None:
    with pytest.raises(MalformedError, match="out-of-range"):
        encode(value)


@pytest.mark.parametrize(("exponent", "mantissa"), [(0, 1), (-13, 1), (-1, 1 << 64), (-1, -(1 << 64) - 1)])
def test_decimal_fraction_outside_the_format_is_not_made(exponent: int, mantissa: int) -> None:
    with pytest.raises(MalformedError, match="out-of-range"):
        DecimalFraction(exponent, mantissa)


@pytest.mark.parametrize("value", [1.5, {1, 2}, object()])
def test_type_outside_the_format_is_not_encoded(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)


@pytest.mark.parametrize(
    ("exponent", "mantissa", "text"),
    [(-1, 215, "21.5"), (-2, 2150, "21.50"), (-1, -5, "-0.5"), (-12, 1, "0.000000000001"), (-3, 0, "0.000")],
)
def test_decimal_fraction_is_written_at_its_resolution(exponent: int, mantissa: int, text: str) -> None:
    assert str(DecimalFraction(exponent, mantissa)) == text


def test_log_signs_only_checkpoints_of_its_own_name() -> None:
    with pytest.raises(MalformedError, match="malformed"):
        checkpoint.sign(checkpoint.Checkpoint("elsewhere.example", 1, bytes(32)), log_key(), LOG)


def test_log_key_makes_no_cosignature_and_witness_key_signs_no_note() -> None:
    body = "text\n"
    with pytest.raises(MalformedError, match="wrong-algorithm"):
        cosignature.sign(body, city.NOW, log_key(), LOG)
    witness = witness_key(WITNESS)
    signed = note.parse(body + "\n" + note.line(witness, city.key(WITNESS)(body.encode())))
    with pytest.raises(SignatureError, match="wrong-algorithm"):
        note.verify(signed, witness, lambda *_: None)


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0)])
def test_no_inclusion_path_of_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(MerkleError, match="out-of-range"):
        merkle.inclusion_path(merkle.of_list(LEAVES), index, size)


@pytest.mark.parametrize(("first", "second"), [(0, 5), (5, 4), (-1, 2)])
def test_no_consistency_path_from_nothing_or_backwards(first: int, second: int) -> None:
    with pytest.raises(MerkleError, match="out-of-range"):
        merkle.consistency_path(merkle.of_list(LEAVES), first, second)


def test_subtree_beyond_a_tile_is_not_folded() -> None:
    hashes = b"".join(LEAVES)
    assert tile.fold(hashes, 0, 4) == merkle.root(LEAVES[:4])
    for data, first, span in ((hashes, 4, 2), (hashes[:-1], 0, 4), (b"", 0, 1)):
        with pytest.raises(MalformedError, match="truncated"):
            tile.fold(data, first, span)


def test_entry_over_65535_bytes_goes_in_no_bundle() -> None:
    largest = bytes(65535)
    assert tile.decode_bundle(tile.encode_bundle([largest])) == [largest]
    with pytest.raises(MalformedError, match="too-large"):
        tile.encode_bundle([largest + b"\x00"])


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 65536, 65537, 70_000])
def test_roots_from_tiles_are_those_of_the_leaves(size: int) -> None:
    hashes = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(size)]
    levels = [hashes]
    while len(levels[-1]) >= tile.FULL:
        below = levels[-1]
        ends = range(tile.FULL, len(below) + 1, tile.FULL)
        levels.append([merkle.root(below[end - tile.FULL : end]) for end in ends])

    def read_node(level: int, index: int) -> bytes:
        tile_level, number, first, span = tile.locate(level, index)
        width = tile.width_in(tile_level, number, size)
        start = number * tile.FULL
        return tile.fold(b"".join(levels[tile_level][start : start + width]), first, span)

    assert merkle.range_root(read_node, 0, size) == merkle.root(hashes)
    assert [width for _, _, width in tile.widths(size)] == [(len(level) - 1) % tile.FULL + 1 for level in levels]


def test_acknowledgement_covers_its_range_without_the_holes() -> None:
    ack = Acknowledgement((10, 20), [(12, 12), (15, 17)])
    assert [seq for seq in range(25) if ack.covers(seq)] == [10, 11, 13, 14, 18, 19, 20]
    assert not Acknowledgement().covers(0)


def test_decimals_and_tags_are_equal_only_in_every_part() -> None:
    assert DecimalFraction(-1, 215) == DecimalFraction(-1, 215)
    for other in (DecimalFraction(-2, 215), DecimalFraction(-1, 216), 21.5, None):
        assert DecimalFraction(-1, 215) != other
    assert Tag(18, [1]) == Tag(18, [1])
    for other in (Tag(98, [1]), Tag(18, [2]), [1]):
        assert Tag(18, [1]) != other


def test_status_list_has_no_bit_beyond_its_end() -> None:
    assert [status_list.is_set(b"\x01\x82", index) for index in (0, 1, 9, 15)] == [True, False, True, True]
    for index in (-1, 16):
        with pytest.raises(MalformedError, match="out-of-range"):
            status_list.is_set(b"\x01\x82", index)
