"""The city log as one thing: recover, grow when entries are committed, give paths at the published size.

Growing has these durable steps: entries and tiles are put (integration), a checkpoint is recorded, the note with the
witnesses' cosignatures is recorded (none without witnesses), the store publishes it. Whichever was the last that
happened, and whatever was said of it, `recover` goes on from what is there: it is the first thing at start-up, and the
first thing after a step that failed.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from civicroot_wire import batch, merkle, tile
from civicroot_wire.logged import Logged
from civicroot_wire.note import VerifierKey

from civicroot_backend.database.connection import Database
from civicroot_backend.errors import LogDamaged, LogForked, NotYetPublished, SwapRefused
from civicroot_backend.log import kinds, sequencer
from civicroot_backend.log.below_quorum import WAIT
from civicroot_backend.log.cosigning import Cosigning
from civicroot_backend.log.integrate import grow
from civicroot_backend.log.log_keys import LogKeys
from civicroot_backend.log.publish import Published, Publisher
from civicroot_backend.log.tiles import TileReader
from civicroot_backend.store.store import BATCHES, MINIMUM_INDEX, BlobStore
from civicroot_backend.witnesses.panel import Panel
from civicroot_backend.witnesses.quorum import Quorum

STEP = 16 * tile.FULL  # entries integrated at once: bounds memory, and a backlog is published in this many


class CityLog:
    """One thread calls `recover` and `advance`; any thread reads and compares."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        keys: LogKeys,
        clock: Callable[[], float],
        panel: Panel | None = None,
        below: str = WAIT,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`panel` are the witnesses, None: no quorum; `below` it WAIT or PUBLISH. `clock` gives Unix seconds."""
        panel = Panel(Quorum([], 0), {}, clock) if panel is None else panel
        self.keys = keys
        self._database = database
        self._store = store
        self._tiles = TileReader(store)
        self._publisher = Publisher(database, store, keys, panel.quorum, clock)
        self._cosigning = Cosigning(database, self._publisher, panel, below, clock, monotonic)
        self._waiting: Published | None = None  # signed, and not published for want of cosignatures
        self._witnessed: Published | None = None
        self._settled = False  # whether the last step ended well, so that `published` is what the store publishes
        self._refusal: LogForked | SwapRefused | None = None  # somebody else's log lies there: final for this process

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.keys.origin

    @property
    def key(self) -> VerifierKey:
        """The key that signs the next checkpoint."""
        return self.keys.key_of(self._size + 1)

    @property
    def published(self) -> Published | None:
        """The newest published checkpoint; None until the first."""
        return self._publisher.published

    @property
    def witnessed(self) -> Published | None:
        """The newest published checkpoint that met the quorum; None until the first. A quorum of 0 is always met."""
        return self._witnessed

    def covering(self, index: int) -> Published | None:
        """The checkpoint to prove an entry by: one that met the quorum if there is one; None if it is not published."""
        for found in (self.witnessed, self.published):
            if found is not None and index < found.size:
                return found
        return None

    @property
    def waiting(self) -> Published | None:
        """The signed checkpoint that is not published, because too few witnesses have cosigned it."""
        return self._waiting

    @property
    def again_in(self) -> float | None:
        """Seconds until `advance` asks the witnesses again; None if no checkpoint is below the quorum."""
        published = self.published
        below = self._waiting is not None or (published is not None and not published.met)
        return self._cosigning.rest if below else None

    def recover(self) -> None:
        """Go on where the last attempt ended, however it ended. Raises LogError, StoreError."""
        with self._step():
            self._tiles.forget()
            # 1. What is published is what the database says was signed: no old copy of either, no other log.
            published = self._publisher.load()
            self._waiting = None
            self._take_up(published)
            # 2. The tiles hash to it: nothing is signed over damaged ones.
            if published is not None and self._tiles.root(published.size) != published.root:
                raise LogDamaged(f"the tiles do not hash to the published root of size {published.size}")
            # 3. No entry is missing, and no batch of one that is not published: a store may lose its newest objects.
            self._check_batches(self._size, self._committed())
            # 4. A checkpoint that was signed but not published is published, so no signed tree is ever left out; and
            #    so are cosignatures that were recorded for the published one.
            last = self._publisher.last_recorded()
            if last is not None and self._size < last.size:
                self._integrate(self._size, last.size)
                self._release(self._publisher.sign(last.size, self._tiles.root(last.size)))
            elif published is not None and last is not None:
                more = self._cosigning.recorded(last)
                if more is not None and more.note != published.note:
                    self._take_up(self._publisher.publish(more))
            # 5. Somebody can sign what comes next.
            self.keys.signer_of(self._size + 1)

    def advance(self) -> Published | None:
        """Publish committed entries, at most STEP of them; None if there are none, or witnesses are waited for.

        Then `again_in` says when to call it again. A checkpoint that was published below the quorum is published again
        when it meets it. Raises LogError, StoreError. After an error it may be called again: then it recovers first.
        LogForked and SwapRefused are final.
        """
        before = self.published
        if not self._settled:
            self.recover()
            if self.published != before:
                return self.published
        # 1. Nothing is signed beyond a checkpoint that waits: it is published first.
        if self._waiting is not None:
            return self._again(self._waiting)
        # 2. Without anything new, the last one may still lack cosignatures.
        committed = self._committed()
        if committed == self._size:
            return self._again(self._publisher.recorded(self._size)) if before and not before.met else None
        # 3. The last checkpoint of a key has just the size at which the next key takes over.
        end = self.keys.end_after(self._size) or committed
        size = min(committed, self._size + STEP, end)
        self.keys.signer_of(size)  # nothing is integrated that cannot be signed
        with self._step():
            self._integrate(self._size, size)
            return self._release(self._publisher.sign(size, self._tiles.root(size)))

    def compare(self, content: bytes) -> None:
        """Look at a checkpoint that was seen outside. Raises LogForked if it shows that this log has two histories.

        Then nothing more is signed by this process.
        """
        try:
            self._publisher.compare(content)
        except LogForked as error:
            self._refusal = error
            raise

    def path(self, index: int, size: int) -> list[bytes]:
        """From the entry at `index` to the root of the tree of `size`, which is published. Raises LogDamaged."""
        return self._tiles.inclusion_path(index, size)

    def logged(self, index: int, at: Published) -> Logged:
        """The entry at `index` with its path to the root of checkpoint `at`. Raises NotYetPublished."""
        if index >= at.size:
            raise NotYetPublished(f"log entry {index} is not in the checkpoint of size {at.size}")
        with self._database.read() as connection:
            entry = sequencer.entry_at(connection, index)
        return Logged(entry, index, self._tiles.inclusion_path(index, at.size))

    @property
    def _size(self) -> int:
        return self.published.size if self.published else 0

    def _again(self, signed: Published | None) -> Published | None:
        """Ask for what a checkpoint lacks, if the time has come."""
        if signed is None or self._cosigning.rest > 0:
            return None
        with self._step():
            return self._release(signed)

    def _release(self, signed: Published) -> Published | None:
        """Publish a signed checkpoint with its cosignatures; None if it has to wait for them."""
        found = self._cosigning.conclude(signed, lambda old: self._consistency(old, signed.size))
        if found is None:
            self._waiting = signed if signed.size > self._size else None
            return None
        self._publisher.publish(found)
        self._waiting = None
        self._take_up(found)
        return found

    def _take_up(self, published: Published | None) -> None:
        if published is None or published.met:
            self._witnessed = published
        elif self._witnessed is None or self._witnessed.size >= published.size:
            self._witnessed = self._cosigning.met_before(published.size)

    def _consistency(self, old: int, size: int) -> list[bytes]:
        return merkle.consistency_path(lambda lo, hi: self._tiles.range_root(lo, hi, size), old, size)

    @contextmanager
    def _step(self) -> Iterator[None]:
        """What happens in the block ends well, or has to be recovered from, or is the end."""
        if self._refusal is not None:
            raise self._refusal
        self._settled = False
        try:
            yield
        except (LogForked, SwapRefused) as error:
            self._refusal = error
            raise
        self._settled = True

    def _committed(self) -> int:
        with self._database.read() as connection:
            committed = sequencer.size(connection)
        if committed < self._size:
            raise LogForked(f"{self._size} entries are published, the database has {committed}")
        return committed

    def _integrate(self, size: int, target: int) -> None:
        while size < target:
            # Whole tiles on the way, so that only published sizes leave partial ones.
            end = min(target, (size + STEP) // tile.FULL * tile.FULL)
            start = size - size % tile.FULL
            with self._database.read() as connection:
                entries = sequencer.entries(connection, start, end)
            if len(entries) != end - start:
                raise LogForked(f"the database lacks entries before {end}")
            blobs = grow(size, entries[size - start :], self._tiles.tile, entries[: size - start])
            self._store.put(blobs)
            self._tiles.learn(blobs)
            size = end

    def _check_batches(self, first: int, end: int) -> None:
        """Raise LogDamaged unless the batches of headers first … end−1 are in the store, but for pruned ones."""
        if first == end:
            return
        minimum = (self._store.get(MINIMUM_INDEX) or b"0").strip()
        if not minimum.isdigit():
            raise LogDamaged(f"{MINIMUM_INDEX} is no number")
        for start in range(max(first, int(minimum)), end, STEP):
            with self._database.read() as connection:
                headers = sequencer.entries(connection, start, min(end, start + STEP), kinds.BATCH)
            missing = self._store.missing([BATCHES + batch.decode_header(entry).root.hex() for entry in headers])
            if missing:
                raise LogDamaged(
                    f"the store lost {len(missing)} batches of committed entries, the first is {missing[0]}"
                )
