"""The city log as one thing: recover at start, grow when entries are committed, give paths at the published size."""

from collections.abc import Callable

from civicroot_wire import note, tile
from civicroot_wire.logged import Logged
from civicroot_wire.sodium import Signer

from civicroot_backend.database.connection import Database
from civicroot_backend.errors import LogDamaged, LogForked, NotYetPublished
from civicroot_backend.log import sequencer
from civicroot_backend.log.integrate import grow
from civicroot_backend.log.publish import Published, Publisher
from civicroot_backend.log.tiles import TileReader
from civicroot_backend.store.store import BlobStore

STEP = 16 * tile.FULL  # entries integrated at once: bounds memory, and a backlog is published in this many


class CityLog:
    """One thread calls `recover` and then `advance`; any thread reads and compares."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        key: note.VerifierKey,
        signer: Signer,
        clock: Callable[[], float],
    ) -> None:
        self.key = key
        self._database = database
        self._store = store
        self._tiles = TileReader(store)
        self._publisher = Publisher(database, store, key, signer, clock)

    @property
    def published(self) -> Published | None:
        """The newest published checkpoint; None until the first."""
        return self._publisher.published

    def recover(self) -> None:
        """Go on where the last process ended, however it ended. Raises LogForked, LogDamaged, SwapRefused."""
        # 1. What is published is what the database says was signed: no old copy of either, no other log.
        published = self._publisher.load()
        # 2. The tiles hash to it: nothing is signed over damaged ones.
        if published is not None and self._tiles.root(published.size) != published.root:
            raise LogDamaged(f"the tiles do not hash to the published root of size {published.size}")
        # 3. A checkpoint that was signed but not published is published, so no signed tree is ever left out.
        last = self._publisher.last_recorded()
        if last is not None and (published is None or published.size < last.size):
            self._integrate(published.size if published else 0, last.size)
            self._publisher.publish(last.size, self._tiles.root(last.size))

    def advance(self) -> Published | None:
        """Publish committed entries, at most STEP of them; None if there are none. Raises LogForked, SwapRefused."""
        before = self.published.size if self.published else 0
        with self._database.read() as connection:
            committed = sequencer.size(connection)
        if committed < before:
            raise LogForked(f"{before} entries are published, the database has {committed}")
        if committed == before:
            return None
        size = min(committed, before + STEP)
        self._integrate(before, size)
        return self._publisher.publish(size, self._tiles.root(size))

    def compare(self, content: bytes) -> None:
        """Look at a checkpoint that was seen outside. Raises LogForked if it shows that this log has two histories."""
        self._publisher.compare(content)

    def logged(self, index: int, at: Published) -> Logged:
        """The entry at `index` with its path to the root of checkpoint `at`. Raises NotYetPublished."""
        if index >= at.size:
            raise NotYetPublished(f"log entry {index} is not in the checkpoint of size {at.size}")
        with self._database.read() as connection:
            entry = sequencer.entry_at(connection, index)
        return Logged(entry, index, self._tiles.inclusion_path(index, at.size))

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
            size = end
