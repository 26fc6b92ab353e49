"""The hashes of a bundle: its paths share one table, since paths in one tree meet on their way up (SPEC.md §7.1)."""

from . import shape
from .checkpoint import MAX_SIZE
from .errors import MalformedError
from .logged import Logged
from .merkle import HASH_BYTES, MAX_PATH
from .tile import MAX_ENTRY_BYTES

MAX_HASHES = 8 * MAX_PATH  # no bundle has more paths than that


class Writer:
    """Takes paths and gives the indexes that stand for them; `table` is what the bundle carries."""

    def __init__(self) -> None:
        self._known: "dict[bytes, int]" = {}
        self._parts: "list[bytes]" = []

    def path(self, hashes: "list[bytes]") -> "list[int]":
        """The indexes of a path's hashes, in its order."""
        found = []
        for item in hashes:
            if item not in self._known:
                self._known[item] = len(self._parts)
                self._parts.append(item)
            found.append(self._known[item])
        return found

    def logged(self, entry: Logged) -> "list[object]":
        """The CBOR item of a logged entry."""
        return [entry.entry, entry.index, self.path(entry.path)]

    @property
    def table(self) -> bytes:
        """The hashes one after another, in the order of their first use."""
        return b"".join(self._parts)


class Reader:
    """Reads the same back, strictly: a table has one form for the same paths, and no hash that none of them uses."""

    def __init__(self, value: object) -> None:
        table = shape.octets(value, "hashes", 0, MAX_HASHES * HASH_BYTES)
        if len(table) % HASH_BYTES:
            raise MalformedError("bad-length", "a hash has 32 bytes")
        self._hashes = [table[at : at + HASH_BYTES] for at in range(0, len(table), HASH_BYTES)]
        if len(set(self._hashes)) != len(self._hashes):
            raise MalformedError("not-deterministic", "a hash stands in the table twice")
        self._used = 0

    def path(self, value: object, what: str) -> "list[bytes]":
        """The hashes of a path."""
        found = []
        for item in shape.array(value, what, 0, MAX_PATH):
            index = shape.integer(item, what + " hash", 0, MAX_HASHES)
            if index > self._used:
                raise MalformedError("not-deterministic", "hashes stand in the order of their first use")
            if index == len(self._hashes):
                raise MalformedError("out-of-range", "no hash %d in the table" % index)
            self._used = max(self._used, index + 1)
            found.append(self._hashes[index])
        return found

    def logged(self, value: object, what: str) -> Logged:
        """A logged entry."""
        entry, index, path = shape.array(value, what, 3, 3)
        return Logged(
            shape.octets(entry, what, 1, MAX_ENTRY_BYTES),
            shape.integer(index, what + " index", 0, MAX_SIZE),
            self.path(path, what + " path"),
        )

    def finish(self) -> None:
        """Raise MalformedError if a hash is left that no path used."""
        if self._used != len(self._hashes):
            raise MalformedError("not-deterministic", "a hash that no path uses")
