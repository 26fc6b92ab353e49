"""The sequencer: gives every entry its index, inside the transaction that stores what the entry is about.

The same entry submitted twice has one index. Indices have no holes: whoever holds the writing transaction is the only
one who gives them out, and a transaction that is undone gives its indices back.
"""

from collections.abc import Sequence

from civicroot_wire import merkle
from civicroot_wire.errors import MalformedError
from civicroot_wire.tile import MAX_ENTRY_BYTES
from sqlalchemy import Connection, bindparam, func, insert, select

from civicroot_backend.database.tables import log_entries

LOOKED_UP = 500  # entries that one query looks for: engines bound the parameters of a statement

# Made once: building a statement costs more than running it.
_INSERT = insert(log_entries)
_SIZE = select(func.max(log_entries.c.index))
_FIND = select(log_entries.c.index).where(log_entries.c.leaf_hash == bindparam("leaf"))
_FIND_ALL = select(log_entries.c.leaf_hash, log_entries.c.index).where(
    log_entries.c.leaf_hash.in_(bindparam("leaves", expanding=True))
)
_ENTRY = select(log_entries.c.entry).where(log_entries.c.index == bindparam("at"))


class Sequencer:
    """Indices for one writing transaction (Database.write)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.next_index = size(connection)

    def append(self, kind: str, entry: bytes) -> int:
        """The entry's index: its old one if it is logged already. Raises MalformedError if it is too large."""
        leaf = _leaf_hash(entry)
        known = find(self._connection, leaf)
        if known is not None:
            return known
        index = self.next_index
        self._connection.execute(_INSERT, {"index": index, "leaf_hash": leaf, "kind": kind, "entry": entry})
        self.next_index = index + 1
        return index

    def append_all(self, kind: str, entries: Sequence[bytes]) -> list[int]:
        """Their indices, in order, as `append` gives them; a tenth of the work. Raises MalformedError."""
        leaves = [_leaf_hash(entry) for entry in entries]
        indices = self._known(leaves)
        rows = []
        for leaf, entry in zip(leaves, entries, strict=True):
            if leaf not in indices:
                indices[leaf] = self.next_index
                rows.append({"index": self.next_index, "leaf_hash": leaf, "kind": kind, "entry": entry})
                self.next_index += 1
        if rows:
            self._connection.execute(_INSERT, rows)
        return [indices[leaf] for leaf in leaves]

    def _known(self, leaves: list[bytes]) -> dict[bytes, int]:
        found: dict[bytes, int] = {}
        for start in range(0, len(leaves), LOOKED_UP):
            rows = self._connection.execute(_FIND_ALL, {"leaves": leaves[start : start + LOOKED_UP]})
            found.update((leaf, index) for leaf, index in rows)
        return found


def size(connection: Connection) -> int:
    """How many entries are committed."""
    highest = connection.execute(_SIZE).scalar_one_or_none()
    return 0 if highest is None else highest + 1


def find(connection: Connection, leaf_hash: bytes) -> int | None:
    """The index of an entry with this leaf hash."""
    return connection.execute(_FIND, {"leaf": leaf_hash}).scalar_one_or_none()


def entry_at(connection: Connection, index: int) -> bytes:
    """The entry at an index; raises NoResultFound if there is none."""
    entry: bytes = connection.execute(_ENTRY, {"at": index}).scalar_one()
    return entry


def entries(connection: Connection, first: int, end: int, kind: str | None = None) -> list[bytes]:
    """Entries first … end−1, or those of a kind among them, in order."""
    rows = select(log_entries.c.entry).where(log_entries.c.index >= first, log_entries.c.index < end)
    if kind is not None:
        rows = rows.where(log_entries.c.kind == kind)
    return list(connection.execute(rows.order_by(log_entries.c.index)).scalars())


def _leaf_hash(entry: bytes) -> bytes:
    if len(entry) > MAX_ENTRY_BYTES:
        raise MalformedError("too-large", f"log entry of {len(entry)} bytes")
    return merkle.leaf_hash(entry)
