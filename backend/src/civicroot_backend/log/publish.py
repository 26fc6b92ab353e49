"""Publishing: a checkpoint is recorded, then put in the place of the one that this process knows to be published.

Both steps are durable by themselves, and both may have happened although this process was told that they failed. `load`
takes up what the store really publishes; the city log calls it at its start and after every failure.

A log that shows two trees is worthless. So a checkpoint is signed only for a tree that extends the published one, it is
recorded in the database before anybody sees it, and it replaces the published one by compare-and-swap: a second writer
on the same store, or one whose database is an old copy, is refused.

A copy of database and store together looks like the original. Only what left this machine tells them apart: `compare`
is given the checkpoints that the broker retains for the gateways.
"""

from collections.abc import Callable
from dataclasses import dataclass

from civicroot_wire import beacon, checkpoint, merkle, note
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import WireError
from sqlalchemy import Row, insert, select

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import checkpoints
from civicroot_backend.errors import LogForked, LogKeyMissing
from civicroot_backend.log.log_keys import LogKeys
from civicroot_backend.store.store import BlobStore

CHECKPOINT = "log/checkpoint"


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint of this log: `size` entries, `root`, the signed `note`, and `time` (Unix seconds) of its signing."""

    size: int
    root: bytes
    note: str
    time: int


class Publisher:
    """Signs each size with the key that `keys` has for it. One thread publishes; any may read and compare."""

    def __init__(self, database: Database, store: BlobStore, keys: LogKeys, clock: Callable[[], float]) -> None:
        self._database = database
        self._store = store
        self._keys = keys
        self._clock = clock
        self.published: Published | None = None

    def load(self) -> Published | None:
        """Take up what the store publishes. Raises LogForked unless this log signed and recorded it."""
        content = self._store.get(CHECKPOINT)
        if content is None:
            self.published = None
            return None
        try:
            found = self._keys.open(content)
        except (WireError, LogKeyMissing) as error:
            raise LogForked(f"the published checkpoint is not this log's: {error}") from error
        recorded = self.recorded(found.size)
        if recorded is None or recorded.root != found.root or recorded.note.encode() != content:
            raise LogForked(
                f"the published checkpoint of size {found.size} is not in the database: is that an old copy?"
            )
        self.published = recorded
        return recorded

    def compare(self, content: bytes) -> None:
        """Look at a note that somebody shows. Raises LogForked if a key of this log signed a tree unknown here."""
        if self.published is not None and self.published.note.encode() == content:
            return
        try:
            found = self._keys.open(content)
        except (WireError, LogKeyMissing):
            return  # not this log's: anybody may show anything
        known = self.recorded(found.size)
        if known is None or known.root != found.root:
            raise LogForked(
                f"this log's key signed a tree of {found.size} entries that this database does not have: "
                "an old copy was restored, or another copy is running"
            )

    def recorded(self, size: int) -> Published | None:
        """The checkpoint of this size, if one was signed."""
        with self._database.read() as connection:
            row = connection.execute(select(checkpoints).where(checkpoints.c.size == size)).one_or_none()
        return None if row is None else _published(row)

    def last_recorded(self) -> Published | None:
        """The largest checkpoint that was ever signed, published or not."""
        with self._database.read() as connection:
            row = connection.execute(select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1)).one_or_none()
        return None if row is None else _published(row)

    def publish(self, size: int, root: bytes) -> Published:
        """Sign and publish the tree of `size` with `root`. Raises LogForked, LogKeyMissing, StoreError."""
        # 1. It extends what is published: never below.
        before = self.published
        if before is not None and size <= before.size:
            raise LogForked(f"asked to sign size {size} after {before.size}")
        # 2. What was signed for this size stays what it is: never beside.
        found = self.recorded(size) or self._record(size, root)
        if found.root != root:
            raise LogForked(f"size {size} was signed with another root")
        # 3. Nobody else has published since.
        self._store.swap(CHECKPOINT, before.note.encode() if before else None, found.note.encode())
        self.published = found
        return found

    def _record(self, size: int, root: bytes) -> Published:
        if len(root) != merkle.HASH_BYTES:
            raise LogForked("a root has 32 bytes")
        key, signer = self._keys.key_of(size), self._keys.signer_of(size)
        text = checkpoint.sign(Checkpoint(key.name, size, root), key, signer)
        made = Published(size, root, text, int(self._clock()))
        row = {"size": size, "root": root, "note": text.encode(), "time": made.time}
        with self._database.write() as connection:
            # Without witnesses a checkpoint's beacon is the hash of its body alone.
            connection.execute(insert(checkpoints), row | {"beacon": beacon.of(note.parse(text), [])})
        return made


def _published(row: Row[int, bytes, bytes, bytes, int]) -> Published:
    return Published(row.size, row.root, row.note.decode(), row.time)
