"""The sequencer: gives every entry its index, inside the transaction that stores what the entry is about.

The same entry submitted twice has one index. Indices have no holes: whoever holds the writing transaction is the only
one who gives them out, and a transaction that is undone gives its indices back.
"""

from civicroot_wire import merkle
from civicroot_wire.errors import MalformedError
from civicroot_wire.tile import MAX_ENTRY_BYTES
from sqlalchemy import Connection, func, insert, select

from civicroot_backend.database.tables import log_entries


class Sequencer:
    """Indices for one writing transaction (Database.write)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.next_index = size(connection)

    def append(self, kind: str, entry: bytes) -> int:
        """The entry's index: its old one if it is logged already. Raises MalformedError if it is too large."""
        if len(entry) > MAX_ENTRY_BYTES:
            raise MalformedError("too-large", f"log entry of {len(entry)} bytes")
        leaf = merkle.leaf_hash(entry)
        known = find(self._connection, leaf)
        if known is not None:
            return known
        index = self.next_index
        row = {"index": index, "leaf_hash": leaf, "kind": kind, "entry": entry}
        self._connection.execute(insert(log_entries), row)
        self.next_index = index + 1
        return index


def size(connection: Connection) -> int:
    """How many entries are committed."""
    highest = connection.execute(select(func.max(log_entries.c.index))).scalar_one_or_none()
    return 0 if highest is None else highest + 1


def find(connection: Connection, leaf_hash: bytes) -> int | None:
    """The index of an entry with this leaf hash."""
    found = select(log_entries.c.index).where(log_entries.c.leaf_hash == leaf_hash)
    return connection.execute(found).scalar_one_or_none()


def entry_at(connection: Connection, index: int) -> bytes:
    """The entry at an index; raises NoResultFound if there is none."""
    entry: bytes = connection.execute(select(log_entries.c.entry).where(log_entries.c.index == index)).scalar_one()
    return entry


def entries(connection: Connection, first: int, end: int, kind: str | None = None) -> list[bytes]:
    """Entries first … end−1, or those of a kind among them, in order."""
    rows = select(log_entries.c.entry).where(log_entries.c.index >= first, log_entries.c.index < end)
    if kind is not None:
        rows = rows.where(log_entries.c.kind == kind)
    return list(connection.execute(rows.order_by(log_entries.c.index)).scalars())
