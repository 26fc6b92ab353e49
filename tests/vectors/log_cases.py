"""Families tile_path, entry_bundle and logged (SPEC.md §5.1, §7)."""

from collections.abc import Iterator
from typing import Any

from civicroot_wire.cbor import encode
from civicroot_wire.tile import encode_bundle

from tests.vectors import city
from tests.vectors.case import Case, invalid, valid
from tests.vectors.citylog import Log


def tile_path_cases() -> Iterator[Case]:
    """Paths of tiles and entry bundles, and near misses."""
    for text, level, number, width in (
        ("tile/0/000", 0, 0, 256),
        ("tile/0/000.p/1", 0, 0, 1),
        ("tile/0/001.p/255", 0, 1, 255),
        ("tile/1/999", 1, 999, 256),
        ("tile/1/x001/000", 1, 1000, 256),
        ("tile/2/x001/x234/067", 2, 1_234_067, 256),
        ("tile/7/x001/x234/067.p/8", 7, 1_234_067, 8),
        ("tile/entries/000", "entries", 0, 256),
        ("tile/entries/x123/456.p/78", "entries", 123_456, 78),
    ):
        yield valid(text, text=text, decoded={"level": level, "number": number, "width": width})
    for name, text in _bad_paths():
        yield invalid(name, "malformed", text=text)


def _bad_paths() -> Iterator[tuple[str, str]]:
    yield "empty", ""
    yield "only the level", "tile/0"
    yield "leading slash", "/tile/0/000"
    yield "trailing slash", "tile/0/000/"
    yield "another folder", "tiles/0/000"
    yield "level 8", "tile/8/000"
    yield "level with a leading zero", "tile/00/000"
    yield "level negative", "tile/-1/000"
    yield "level is a word", "tile/data/000"
    yield "number of two digits", "tile/0/00"
    yield "number of four digits", "tile/0/1000"
    yield "x on the last group", "tile/0/x000"
    yield "no x on the first group", "tile/0/001/000"
    yield "leading zero group", "tile/0/x000/001"
    yield "upper-case X", "tile/0/X001/000"
    yield "partial of width 0", "tile/0/000.p/0"
    yield "partial of full width", "tile/0/000.p/256"
    yield "partial of width 257", "tile/0/000.p/257"
    yield "width with a leading zero", "tile/0/000.p/01"
    yield "partial without width", "tile/0/000.p"
    yield "partial with an empty width", "tile/0/000.p/"
    yield "dots", "tile/0/../000"
    yield "hexadecimal", "tile/0/00a"
    yield "digits that are not ASCII", "tile/0/00١"
    yield "space", "tile/0/ 01"
    yield (
        "number of 2^63",
        "tile/0/" + "x009/x223/x372/x036/x854/x775/808",
    )


def entry_bundle_cases() -> Iterator[Case]:
    """Bundles of one to 256 entries, and cut ones."""
    many = [city.bytes_of(f"entry {i}", i % 3) for i in range(256)]
    for name, entries in (
        ("one entry", [b"entry"]),
        ("an empty entry between two", [b"a", b"", b"b"]),
        ("256 entries", many),
        ("an entry of 300 bytes", [city.bytes_of("long entry", 300)]),
    ):
        yield valid(name, encode_bundle(entries), {"entries": [entry.hex() for entry in entries]})
    good = encode_bundle([b"one", b"two"])
    yield invalid("empty", "out-of-range", b"")
    yield invalid("257 entries", "out-of-range", bytes(2 * 257))
    yield invalid("cut in the second entry", "truncated", good[:-1])
    yield invalid("cut after the second length", "truncated", good[:7])
    yield invalid("cut in the second length", "truncated", good[:6])
    yield invalid("length beyond the end", "truncated", b"\xff\xff" + bytes(100))


def logged_cases() -> Iterator[Case]:
    """Entries with their paths to a root."""
    log = Log([city.bytes_of(f"log entry {i}", 50 + i) for i in range(11)])
    inputs: dict[str, Any] = {"size": 11, "root": log.root()}
    for index in (0, 7, 10):
        entry, _, path = log.logged(index)
        decoded = {"entry": entry.hex(), "index": index, "path": [item.hex() for item in path]}
        yield valid(f"entry {index} of 11", encode(log.logged(index)), decoded, **inputs)
    entry, index, path = log.logged(7)
    for name, reason, item in (
        ("not an array", "wrong-type", {0: entry}),
        ("two elements", "out-of-range", [entry, index]),
        ("four elements", "out-of-range", [entry, index, path, None]),
        ("entry empty", "out-of-range", [b"", index, path]),
        ("entry is text", "wrong-type", ["entry", index, path]),
        ("index negative", "out-of-range", [entry, -1, path]),
        ("index 2^63", "out-of-range", [entry, 1 << 63, path]),
        ("index beyond the tree", "out-of-range", [entry, 11, path]),
        ("neighbour's index", "bad-path", [entry, 6, path]),
        ("path too short", "bad-path", [entry, index, path[:-1]]),
        ("path too long", "bad-path", [entry, index, [*path, bytes(32)]]),
        ("path of 64 hashes", "out-of-range", [entry, index, [bytes(32)] * 64]),
        ("hash of 31 bytes", "bad-length", [entry, index, [path[0][:31], *path[1:]]]),
        ("another entry", "bad-path", [entry + b"\x00", index, path]),
    ):
        yield invalid(name, reason, encode(item), **inputs)
    yield invalid("root of another log", "bad-path", encode([entry, index, path]), size=11, root=bytes(32))
    yield invalid("root of a smaller tree", "bad-path", encode([entry, index, path]), size=10, root=log.root(10))
