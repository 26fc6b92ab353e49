"""An audit of a backend's public folder: what anybody could find out from the log and the blobs alone."""

import hashlib
from collections import Counter
from pathlib import Path

from civicroot_wire import batch, checkpoint, merkle, note, record, tile
from civicroot_wire.cbor import Tag, decode
from civicroot_wire.note import VerifierKey
from civicroot_wire.sodium import verify


class PublicLog:
    """The log below `root`, as its published checkpoint says; hashes are recomputed from the entries."""

    def __init__(self, root: Path, key: VerifierKey) -> None:
        self.root = root
        self.note = (root / "log/checkpoint").read_text()
        found = checkpoint.parse_body(note.verify(note.parse(self.note), key, verify).body)
        self.size = found.size
        self.entries = self._entries()
        self.leaves = [merkle.leaf_hash(entry) for entry in self.entries]
        assert merkle.root(self.leaves) == found.root

    def extends(self, earlier: str) -> bool:
        """Whether an earlier signed checkpoint is of a prefix of this log."""
        found = checkpoint.parse_body(note.parse(earlier).body)
        return found.size <= self.size and merkle.root(self.leaves[: found.size]) == found.root

    def headers(self) -> list[batch.Header]:
        """The batch headers, in order."""
        return [batch.decode_header(entry) for entry in self.entries if _is_header(entry)]

    def records(self) -> Counter[tuple[bytes, int]]:
        """How often each (kid, seq) is in the batches of the log; blobs are checked against their headers."""
        found: Counter[tuple[bytes, int]] = Counter()
        for header in self.headers():
            message = (self.root / "log/batch" / header.root.hex()).read_bytes()
            records = batch.decode_message(message)[1]
            batch.check_records(header, records)
            found.update((item.kid, item.seq) for item in map(record.decode, records))
        return found

    def _entries(self) -> list[bytes]:
        entries: list[bytes] = []
        for number in range(-(-self.size // tile.FULL)):
            width = min(tile.FULL, self.size - number * tile.FULL)
            path = self.root / "log" / tile.tile_path(tile.ENTRIES, number, width)
            entries += tile.decode_bundle(path.read_bytes())
        assert len(entries) == self.size
        return entries


def digest(message: bytes) -> bytes:
    """How a verdict names a batch message."""
    return hashlib.sha256(message).digest()


def _is_header(entry: bytes) -> bool:
    tagged = decode(entry, tile.MAX_ENTRY_BYTES)
    if not isinstance(tagged, Tag) or tagged.number != 18:
        return False
    protected = decode(tagged.value[0], tile.MAX_ENTRY_BYTES)  # type: ignore[index]
    return isinstance(protected, dict) and set(protected) == {1, 4, -65537}
