"""Following the log: bundle after bundle is read, judged, and written with all that it led to in one step.

Reading runs ahead of writing: the entries of a bundle are judged, its batches are fetched and examined by others
(workers.py) while earlier bundles are written, in the log's order.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from civicroot_wire import batch, merkle, tile
from civicroot_wire.errors import WireError

from .batch_judge import BatchJudge
from .beacons import Beacons
from .book import Book
from .entry_judge import EntryJudge
from .errors import LogDamaged, Missing, SourceError
from .examine import Looked, Task
from .findings import Finding
from .grounds import DAMAGED, MISSING
from .judged import Judged
from .knowledge import Knowledge, prefix_of
from .log_reader import PREFIX, LogReader
from .prunings import Prunings
from .sink import Sink
from .source import CONNECTIONS, Source
from .state import State
from .workers import Examiner

AHEAD = 2  # bundles judged before the oldest is written: keeps the workers busy, bounds what is in memory
BATCH = PREFIX + "batch/"


class TileTrouble(Exception):
    """A hash tile that is needed for new entries is damaged or missing; `cause` says which."""

    def __init__(self, cause: LogDamaged | Missing) -> None:
        super().__init__(str(cause))
        self.cause = cause


@dataclass(frozen=True)
class Unexamined:
    """Why a batch could not be examined: MISSING or DAMAGED."""

    state: str
    detail: str


@dataclass
class _Step:
    start: int
    leaves: list[bytes] = field(default_factory=list)
    judged: list[tuple[Judged, bytes]] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    batches: dict[int, "Future[Looked | Unexamined]"] = field(default_factory=dict)
    sink: Sink = field(default_factory=Sink)


class Follower:
    """Advances the knowledge along a log. `counts`: entries by kind; `enrolled`: log indices of new enrolments."""

    def __init__(
        self,
        state: State,
        book: Book,
        knowledge: Knowledge,
        entries: EntryJudge,
        batches: BatchJudge,
        prunings: Prunings,
        examiner: Examiner,
        source: Source,
        beacons: Beacons,
        progress: Callable[[int], None],
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.enrolled: list[int] = []
        self._state = state
        self._book = book
        self._knowledge = knowledge
        self._entries = entries
        self._batches = batches
        self._prunings = prunings
        self._examiner = examiner
        self._source = source
        self._beacons = beacons
        self._progress = progress

    def follow(self, reader: LogReader) -> bool:
        """Audit what is new in the reader's tree, which extends the own one; False if entries of it are not served.

        Raises TileTrouble, SourceError; what was audited before that stays.
        """
        own = self._knowledge.own
        if reader.size <= own.size:
            return True
        first, end = own.size // tile.FULL, -(-reader.size // tile.FULL)
        pending: deque[_Step] = deque()
        pool = ThreadPoolExecutor(CONNECTIONS, "audit-read")
        try:
            for number in range(first, end):
                try:
                    start = own.size if number == first else number * tile.FULL
                    step = self._open(number, start, reader, pool)
                except (TileTrouble, SourceError):
                    self._drain(pending)  # what was read until here is sound
                    raise
                except (LogDamaged, Missing) as error:
                    self._drain(pending)
                    self._unreadable(error)
                    return False
                pending.append(step)
                if len(pending) > AHEAD:
                    self._close(pending.popleft())
            self._drain(pending)
        finally:
            pool.shutdown(cancel_futures=True)
        return True

    def read_again(self, reader: LogReader) -> None:
        """Entries and batches that nobody served before, if somebody does now. Raises SourceError."""
        sql = self._state.sql
        with ThreadPoolExecutor(CONNECTIONS, "audit-read") as pool:
            for (at,) in sql.execute("SELECT at FROM unread WHERE at < ? ORDER BY at", (reader.size,)).fetchall():
                step = _Step(at)
                self._admit([(at, _or_none(reader, at))], step, pool)
                if not step.unread:
                    self._close(step)
                    with self._state.step():
                        sql.execute("DELETE FROM unread WHERE at = ?", (at,))
            states = (MISSING, DAMAGED)
            rows = sql.execute(
                "SELECT at, gateway, closed, size, root FROM batches WHERE state IN (?, ?) ORDER BY at", states
            ).fetchall()
            for at, gateway, closed, size, root in rows:
                found = self.examined(Task(at, size, root))
                self._beacons.fetch(_told([found]))
                with self._state.step():
                    self._beacons.enter()
                    self._settle(at, gateway, closed, found)
                    self._knowledge.lives.save()

    def examined(self, task: Task) -> Looked | Unexamined:
        """Fetch a batch and examine it. Raises SourceError."""
        try:
            message = self._source.get(BATCH + task.root.hex(), batch.MAX_MESSAGE_BYTES)
            return self._examiner.examine(task, message)
        except Missing as error:
            return Unexamined(MISSING, str(error))
        except WireError as error:
            return Unexamined(DAMAGED, str(error))

    def _open(self, number: int, start: int, reader: LogReader, pool: ThreadPoolExecutor) -> _Step:
        try:
            hashes = reader.tile(0, number)
        except (LogDamaged, Missing) as error:
            raise TileTrouble(error) from error
        entries = reader.bundle_as_served(number)
        skip = start - number * tile.FULL
        leaves = [hashes[at : at + merkle.HASH_BYTES] for at in range(0, len(hashes), merkle.HASH_BYTES)]
        step = _Step(start, leaves[skip:])
        self._admit(list(enumerate(entries[skip:], start)), step, pool)
        return step

    def _admit(self, entries: list[tuple[int, bytes | None]], step: _Step, pool: ThreadPoolExecutor) -> None:
        for index, data in entries:
            if data is None:
                step.unread.append(index)
                continue
            judged = self._entries.judge(index, data, step.sink)
            step.judged.append((judged, data))
            header = judged.header
            if header is not None:
                task = Task(index, header.size, header.root)
                step.batches[index] = pool.submit(self.examined, task)

    def _drain(self, pending: deque[_Step]) -> None:
        while pending:
            self._close(pending.popleft())

    def _close(self, step: _Step) -> None:
        """Write a step. What it needs of the batches is waited for before, so that no lock is held meanwhile."""
        examined = {index: future.result() for index, future in step.batches.items()}
        self._beacons.fetch(_told(examined.values()))
        with self._state.step():
            self._beacons.enter()
            self._append(step)
            self._beacons.settle(self._knowledge.own)
            for index in step.unread:
                detail = f"what is served as log entry {index} is not what the signed tree commits to"
                self._book.add(Finding("entry-edited", f"log entry {index}", detail, str(index), index))
                self._state.sql.execute("INSERT OR IGNORE INTO unread VALUES (?)", (index,))
            step.sink.write(self._state, self._book)
            for judged, data in step.judged:
                self._take(judged, data, examined)
            self._knowledge.save()
        self._progress(len(step.leaves))

    def _append(self, step: _Step) -> None:
        own, sql = self._knowledge.own, self._state.sql
        own.append(step.leaves)
        for index, leaf in enumerate(step.leaves, step.start):
            before = self._knowledge.index_of(leaf)
            if before is not None:
                detail = f"log entries {before} and {index} are the same"
                self._book.add(Finding("entry-repeated", f"log entry {index}", detail, str(index), index))
            sql.execute("INSERT INTO leaves VALUES (?, ?)", (prefix_of(leaf), index))

    def _take(self, judged: Judged, data: bytes, examined: dict[int, Looked | Unexamined]) -> None:
        self.counts[judged.kind] += 1
        if judged.enrolled is not None:
            self.enrolled.append(judged.index)
        if judged.header is not None:
            self._batches.header(judged.index, judged.header)
            self._settle(judged.index, judged.header.kid, judged.header.closed, examined[judged.index])
        if judged.pruning is not None:
            self._prunings.judge(judged.index, judged.pruning, data)

    def _settle(self, index: int, gateway: bytes, closed: int, found: Looked | Unexamined) -> None:
        if isinstance(found, Unexamined):
            self._batches.unread(index, found.state, found.detail)
            return
        self._batches.records(index, gateway, closed, found.records)
        if self._knowledge.index_of(found.header) is None:
            detail = f"log entry {index}: its records are sound, the header stored with them is not in the log"
            about = f"a batch of {self._knowledge.directory.name(gateway)}"
            self._book.add(Finding("batch-damaged", about, detail, str(index), index))

    def _unreadable(self, error: LogDamaged | Missing) -> None:
        size = self._knowledge.own.size
        detail = f"the log cannot be followed from entry {size} on: {error}"
        with self._state.step():
            self._book.add(Finding("log-unreadable", f"log entry {size}", detail, str(size), size), standing=True)


def _told(examined: Iterable[Looked | Unexamined]) -> set[bytes]:
    """The beacons that examined records name."""
    looked = [found for found in examined if isinstance(found, Looked)]
    return {item.beacon for found in looked for item in found.records if item.beacon is not None}


def _or_none(reader: LogReader, index: int) -> bytes | None:
    number, place = divmod(index, tile.FULL)
    try:
        return reader.bundle_as_served(number)[place]
    except (LogDamaged, Missing):
        return None
