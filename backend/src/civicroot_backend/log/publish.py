"""Publishing: a checkpoint is recorded, then put in the place of the one that this process knows to be published.

Both steps are durable by themselves, and both may have happened although this process was told that they failed. `load`
takes up what the store really publishes; the city log calls it at its start and after every failure.

A log that shows two trees is worthless. So a checkpoint is signed only for a tree that extends the published one, it is
recorded in the database before anybody sees it, witnesses too, and it replaces the published one by compare-and-swap: a
second writer on the same store, or one whose database is an old copy, is refused. What is published of a checkpoint is
recorded as well (cosigning.py), so that the published bytes are always known here.

A copy of database and store together looks like the original. Only what left this machine tells them apart: `compare`
is given the checkpoints that the broker retains for the gateways.
"""

from collections.abc import Callable
from dataclasses import dataclass

from civicroot_wire import checkpoint, merkle
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import WireError
from sqlalchemy import Row, insert, select

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import checkpoints, publications
from civicroot_backend.errors import LogForked, LogKeyMissing
from civicroot_backend.log.log_keys import LogKeys
from civicroot_backend.store.store import BlobStore
from civicroot_backend.witnesses.quorum import Quorum

CHECKPOINT = "log/checkpoint"


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint of this log: `size` entries, `root`, the signed `note`, and `time` (Unix seconds) of its signing.

    `cosigned`: (witness, Unix seconds by its own clock) by name, those that count; `quorum`: how many the policy asks.
    """

    size: int
    root: bytes
    note: str
    time: int
    cosigned: tuple[tuple[str, int], ...] = ()
    quorum: int = 0

    @property
    def met(self) -> bool:
        """Whether the quorum has cosigned it."""
        return len(self.cosigned) >= self.quorum

    def tree(self, origin: str) -> Checkpoint:
        """What is signed, in the log of this name."""
        return Checkpoint(origin, self.size, self.root)


class Publisher:
    """Signs each size with the key that `keys` has for it. One thread publishes; any may read and compare."""

    def __init__(
        self, database: Database, store: BlobStore, keys: LogKeys, quorum: Quorum, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._store = store
        self._keys = keys
        self._quorum = quorum
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
        if recorded is None or recorded.root != found.root or not self._is_known(recorded, content):
            raise LogForked(
                f"the published checkpoint of size {found.size} is not in the database: is that an old copy?"
            )
        self.published = self.judged(recorded, content.decode())
        return self.published

    def judged(self, signed: Published, text: str) -> Published:
        """A signed checkpoint with the cosignatures that count in its note `text`."""
        cosigned = tuple((item.name, item.time) for item in self._quorum.counted(text, signed.size))
        return Published(signed.size, signed.root, text, signed.time, cosigned, self._quorum.needed)

    def _is_known(self, recorded: Published, content: bytes) -> bool:
        """Whether the published bytes are recorded: of the log alone, or with cosignatures."""
        if recorded.note.encode() == content:
            return True
        mine = select(publications.c.note).where(publications.c.size == recorded.size)
        with self._database.read() as connection:
            return content in connection.execute(mine).scalars().all()

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
        return None if row is None else self._signed(row)

    def last_recorded(self) -> Published | None:
        """The largest checkpoint that was ever signed, published or not."""
        with self._database.read() as connection:
            row = connection.execute(select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1)).one_or_none()
        return None if row is None else self._signed(row)

    def sign(self, size: int, root: bytes) -> Published:
        """Sign and record the tree of `size` with `root`: only the log's own signature is there yet.

        Raises LogForked, LogKeyMissing.
        """
        # 1. It extends what is published: never below.
        before = self.published
        if before is not None and size <= before.size:
            raise LogForked(f"asked to sign size {size} after {before.size}")
        # 2. What was signed for this size stays what it is: never beside.
        found = self.recorded(size) or self._record(size, root)
        if found.root != root:
            raise LogForked(f"size {size} was signed with another root")
        return found

    def publish(self, found: Published) -> Published:
        """Publish what is recorded, or the same tree with more cosignatures. Raises LogForked, StoreError."""
        before = self.published
        if before is not None and (found.size, found.root) != (before.size, before.root) and found.size <= before.size:
            raise LogForked(f"asked to publish size {found.size} after {before.size}")
        # Nobody else has published since.
        self._store.swap(CHECKPOINT, before.note.encode() if before else None, found.note.encode())
        self.published = found
        return found

    def _record(self, size: int, root: bytes) -> Published:
        if len(root) != merkle.HASH_BYTES:
            raise LogForked("a root has 32 bytes")
        key, signer = self._keys.key_of(size), self._keys.signer_of(size)
        text = checkpoint.sign(Checkpoint(key.name, size, root), key, signer)
        made = Published(size, root, text, int(self._clock()), (), self._quorum.needed)
        row = {"size": size, "root": root, "note": text.encode(), "time": made.time}
        with self._database.write() as connection:
            connection.execute(insert(checkpoints), row)
        return made

    def _signed(self, row: Row[int, bytes, bytes, int]) -> Published:
        return Published(row.size, row.root, row.note.decode(), row.time, (), self._quorum.needed)
