"""Tiles and entry bundles: how a log is laid out for reading (c2sp.org/tlog-tiles; SPEC.md §5.1)."""

from .errors import MalformedError
from .merkle import HASH_BYTES, node_hash

HEIGHT = 8
FULL = 1 << HEIGHT  # hashes in a full tile, entries in a full bundle
MAX_LEVEL = 7  # 8 levels of 8 bits cover every size below 2⁶³
MAX_ENTRY_BYTES = 65535
ENTRIES = "entries"
_GROUP = 1000


def number_path(number: int) -> str:
    """Three digits a group, all but the last prefixed `x`: 1234067 is x001/x234/067."""
    path = "%03d" % (number % _GROUP)
    while number >= _GROUP:
        number //= _GROUP
        path = "x%03d/" % (number % _GROUP) + path
    return path


def tile_path(level: "int | str", number: int, width: int = FULL) -> str:
    """Path below the log's prefix of tile `number` at `level`, or of an entry bundle if level is ENTRIES."""
    path = "tile/%s/%s" % (level, number_path(number))
    return path if width == FULL else "%s.p/%d" % (path, width)


def parse_path(path: str) -> "tuple[int | str, int, int]":
    """(level, number, width) of a path that `tile_path` makes; MalformedError for any other."""
    parts = path.split("/")
    width = FULL
    if len(parts) > 3 and parts[-2].endswith(".p"):
        width = _decimal(parts[-1])
        parts = parts[:-1]
        parts[-1] = parts[-1][:-2]
    if len(parts) < 3 or parts[0] != "tile" or not 1 <= width <= FULL:
        raise MalformedError("malformed", "not a tile path: " + path)
    if parts[1] != ENTRIES and _decimal(parts[1]) > MAX_LEVEL:
        raise MalformedError("malformed", "not a tile path: " + path)
    level = ENTRIES if parts[1] == ENTRIES else _decimal(parts[1])
    number = 0
    for group in parts[2:]:
        number = number * _GROUP + _decimal(group[1:] if group.startswith("x") else group)
    if number >= 1 << 63 or tile_path(level, number, width) != path:
        raise MalformedError("malformed", "not a tile path: " + path)
    return level, number, width


def _decimal(digits: str) -> int:
    if not 1 <= len(digits) <= 3 or any(digit not in "0123456789" for digit in digits):
        raise MalformedError("malformed", "not a tile number: " + digits)
    return int(digits)


def widths(size: int) -> "list[tuple[int, int, int]]":
    """Rightmost tile of each level in a tree of `size`: (level, number, width), width 1 … 256."""
    found = []
    level, count = 0, size
    while count:
        found.append((level, (count - 1) // FULL, (count - 1) % FULL + 1))
        level, count = level + 1, count // FULL
    return found


def locate(level: int, index: int) -> "tuple[int, int, int, int]":
    """Where the perfect subtree `index` at `level` is computed from: (tile level, number, first hash, hashes)."""
    tile_level = level // HEIGHT
    span = 1 << (level - tile_level * HEIGHT)
    first = index * span
    return tile_level, first // FULL, first % FULL, span


def width_in(tile_level: int, number: int, size: int) -> int:
    """How many hashes tile `number` at `tile_level` has in a tree of `size`: 0 … 256."""
    count = size >> (tile_level * HEIGHT)
    return max(0, min(FULL, count - number * FULL))


def fold(hashes: bytes, first: int, span: int) -> bytes:
    """Root of the perfect subtree over hashes first … first+span−1 of a tile; span is a power of two."""
    if len(hashes) % HASH_BYTES or len(hashes) < (first + span) * HASH_BYTES:
        raise MalformedError("truncated", "tile is too short")
    level = [hashes[i * HASH_BYTES : (i + 1) * HASH_BYTES] for i in range(first, first + span)]
    while len(level) > 1:
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


def encode_bundle(entries: "list[bytes]") -> bytes:
    """An entry bundle: each entry as uint16 big-endian length and bytes."""
    out = bytearray()
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise MalformedError("too-large", "log entry of %d bytes" % len(entry))
        out.extend(len(entry).to_bytes(2, "big"))
        out.extend(entry)
    return bytes(out)


def decode_bundle(data: bytes) -> "list[bytes]":
    """The entries of a bundle of 1 … 256."""
    entries = []
    pos = 0
    while pos < len(data):
        end = pos + 2 + int.from_bytes(data[pos : pos + 2], "big")
        if pos + 2 > len(data) or end > len(data):
            raise MalformedError("truncated", "entry bundle is cut")
        entries.append(data[pos + 2 : end])
        pos = end
    if not 1 <= len(entries) <= FULL:
        raise MalformedError("out-of-range", "entry bundle of %d entries" % len(entries))
    return entries
