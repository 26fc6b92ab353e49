"""Reading again: every audit looks, in turn, at some of what it audited before: nothing changes behind its back."""

from civicroot_wire import batch, merkle, tile
from civicroot_wire.errors import WireError

from .book import Book
from .errors import LogDamaged, Missing
from .findings import Finding
from .follow import BATCH
from .knowledge import Knowledge
from .log_reader import LogReader
from .source import Source
from .state import State

_POSITION = "recheck"


class Recheck:
    """Hash tiles, entries and batches are still served, and still the ones that were signed."""

    def __init__(self, state: State, book: Book, knowledge: Knowledge, source: Source) -> None:
        self._state = state
        self._book = book
        self._knowledge = knowledge
        self._source = source

    def run(self, reader: LogReader, before: int, bundles: int) -> int:
        """Look at the next so many bundles of the first `before` entries; how many. Raises SourceError."""
        whole = -(-min(reader.size, before) // tile.FULL)
        count = min(bundles, whole)
        position = self._state.number(_POSITION)
        for step in range(count):
            self._bundle(reader, (position + step) % whole, before)
        if whole:
            with self._state.step():
                self._state.put(_POSITION, (position + count) % whole)
        return count

    def _bundle(self, reader: LogReader, number: int, before: int) -> None:
        start = number * tile.FULL
        try:
            reader.tile(0, number)
        except (LogDamaged, Missing) as error:
            self._add("tile-damaged", f"tile {number}", str(error), start)
            return
        try:
            for index, entry in enumerate(reader.bundle_as_served(number), start):
                if entry is None:
                    detail = f"what is served as log entry {index} is no longer what the signed tree commits to"
                    self._add("entry-edited", f"log entry {index}", detail, index)
        except (LogDamaged, Missing) as error:
            self._add("log-unreadable", f"log entry {start}", f"no longer readable: {error}", start)
        self._batches(start, min(start + tile.FULL, before))

    def _batches(self, start: int, end: int) -> None:
        rows = self._state.sql.execute(
            "SELECT at, gateway, seq, size, root FROM batches WHERE at >= ? AND at < ? AND state = 'audited'",
            (start, end),
        ).fetchall()
        for at, gateway, seq, size, root in rows:
            about = f"batch {seq} of {self._knowledge.directory.name(gateway)}"
            try:
                header, records = batch.decode_message(self._source.get(BATCH + root.hex(), batch.MAX_MESSAGE_BYTES))
                leaves = [merkle.leaf_hash(item) for item in records]
                if len(records) != size or merkle.root(leaves) != root:
                    self._add("batch-damaged", about, f"log entry {at}: its records are no longer what was signed", at)
                elif self._knowledge.index_of(merkle.leaf_hash(header)) is None:
                    self._add("batch-damaged", about, f"log entry {at}: its stored header is not in the log", at)
            except WireError as error:
                self._add("batch-damaged", about, f"log entry {at}: {error}", at)
            except Missing as error:
                self._gone(at, about, error)

    def _gone(self, at: int, about: str, error: Missing) -> None:
        """It was there; gone is all right only if a pruning covers it and the minimum says so."""
        sql = self._state.sql
        covered = sql.execute('SELECT 1 FROM prunings WHERE first <= ? AND "end" > ?', (at, at)).fetchone()
        below = at < self._state.number("minimum")
        if not (covered and below):
            name = "pruned-without-statement" if below else "batch-missing"
            self._add(name, about, f"log entry {at}: {error}", at)

    def _add(self, name: str, about: str, detail: str, index: int) -> None:
        with self._state.step():
            self._book.add(Finding(name, about, detail, str(index), index))
