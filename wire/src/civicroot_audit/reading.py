"""Reading a city's log from where the last audit ended to the shown checkpoint, and some of what lies before again."""

import os
import time
from collections.abc import Callable

from civicroot_wire import batch, sodium

from .api_check import ApiCheck
from .batch_judge import BatchJudge
from .beacons import Beacons
from .entry_judge import EntryJudge
from .errors import LogDamaged, Missing
from .findings import Finding
from .follow import BATCH, Follower, TileTrouble
from .grounds import Bounds, Grounds, Places
from .heads import Shown
from .log_reader import LogReader
from .prunings import Prunings
from .recheck import Recheck
from .recomputed import Recomputed
from .report import FAILED, HELD, NOT_CHECKED
from .session import Session
from .workers import Examiner, InProcess, Workers

MINIMUM = "log/batch-minimum-index"
WORTH_WORKERS = 512  # new entries; a worker takes a third of a second to start
_MAX_DIGITS = 20

Progress = Callable[[int, int], None]


class Reading:
    """Advances the session's knowledge. `progress(entries, of)` is called as entries are audited."""

    def __init__(self, session: Session, beacons: Beacons, progress: Progress | None) -> None:
        self._session = session
        self._beacons = beacons
        self._progress = progress

    def read(self, shown: Shown) -> None:
        """Everything up to the shown checkpoint. Raises SourceError."""
        session = self._session
        # 1. It goes on from what was seen.
        reader, holds = self._reader(shown)
        if reader is None or not holds:
            says = "what was signed does not go on from what was seen" if not holds else "the tree cannot be read"
            session.check("consistency", FAILED, says)
            return
        count = session.heads.count()
        status, says = (FAILED, "not with") if session.heads.forks else (HELD, "with")
        session.check("consistency", status, f"{says} every checkpoint that was ever seen ({count})")
        # 2. What is new, and what could not be read before.
        self._take_minimum()
        self._beacons.fetch_again()
        with session.state.step():
            self._beacons.enter()
        self._read_new(shown, reader)
        with session.state.step():
            self._beacons.settle(session.known.own)
        # 3. Some of what was read before, and what the city's own pages say of it.
        self._read_again(reader)

    def _reader(self, shown: Shown) -> tuple[LogReader | None, bool]:
        """A reader of the shown tree, and whether it goes on from what was seen. Damaged tiles are done without."""
        session, own = self._session, self._session.known.own
        reader: LogReader | None = LogReader(session.source, shown.checkpoint)
        try:
            if reader is not None and shown.checkpoint.size >= own.size:
                reader.verify_edge()
            with session.state.step():
                return reader, session.heads.history_holds(shown, own, reader)
        except (LogDamaged, Missing) as error:
            reader = self._without_tiles(shown, error)
        if reader is None:
            return None, True
        with session.state.step():
            return reader, session.heads.history_holds(shown, own, reader)

    def _without_tiles(self, shown: Shown, error: LogDamaged | Missing) -> Recomputed | None:
        session, own = self._session, self._session.known.own
        path = error.path if isinstance(error, LogDamaged) else str(error)
        session.find(Finding("tile-damaged", "hash tiles", str(error), path))
        try:
            return Recomputed(session.source, shown.checkpoint, own)
        except (LogDamaged, Missing) as worse:
            detail = f"the log cannot be followed from entry {own.size} on: {worse}"
            about = f"log entry {own.size}"
            session.find(Finding("log-unreadable", about, detail, str(own.size), own.size), standing=True)
            return None

    def _read_new(self, shown: Shown, reader: LogReader) -> None:
        session, report = self._session, self._session.report
        new = max(0, shown.checkpoint.size - session.known.own.size)
        examiner = self._examiner(new)
        try:
            batches = self._batch_judge(shown, reader)
            follower = self._follower(batches, examiner, new)
            begun = time.monotonic()
            self._follow(follower, reader, shown)
            report.seconds = time.monotonic() - begun
        finally:
            examiner.close()
        report.entries, report.records = dict(follower.counts), dict(batches.counts)
        numbers = set(follower.enrolled)
        report.enrolments = [item for item in session.known.directory.in_order if item.index in numbers]

    def _follow(self, follower: Follower, reader: LogReader, shown: Shown) -> None:
        try:
            whole = follower.follow(reader)
        except TileTrouble as trouble:
            replacement = self._without_tiles(shown, trouble.cause)
            whole = replacement is not None and follower.follow(replacement)
        size = self._session.known.own.size
        if whole:
            self._session.check("entries", HELD, f"all {size} read, {sum(follower.counts.values())} of them new")
        else:
            self._session.check("entries", FAILED, f"{size} of {shown.checkpoint.size} could be read")
        follower.read_again(reader)

    def _read_again(self, reader: LogReader) -> None:
        session = self._session
        before, bundles = session.report.size_before, session.options.recheck
        if before and bundles:
            recheck = Recheck(session.state, session.book, session.known, session.source)
            count = recheck.run(reader, before, bundles)
            session.check("read again", HELD, f"{count} bundles of entries with their batches, as every time in turn")
        else:
            session.check(
                "read again", NOT_CHECKED, "not asked for" if before else "everything was read for the first time"
            )
        with session.state.step():  # what is pruned is shown by the API without being a reading that this audit saw
            self._prunings().settle(session.state.number("minimum"))
        api = ApiCheck(session.state, session.book, session.known, session.source, session.realm)
        says = api.run(session.options.api)
        session.check("api", HELD if api.compared else NOT_CHECKED, says)

    def _follower(self, batches: BatchJudge, examiner: Examiner, new: int) -> Follower:
        session, known = self._session, self._session.known
        done = 0

        def progress(entries: int) -> None:
            nonlocal done
            done += entries
            if self._progress is not None:
                self._progress(done, new)

        entries = EntryJudge(known.directory, known.policies, known.versions, sodium.verify)
        return Follower(
            session.state,
            session.book,
            known,
            entries,
            batches,
            self._prunings(),
            examiner,
            session.source,
            self._beacons,
            progress,
        )

    def _batch_judge(self, shown: Shown, reader: LogReader) -> BatchJudge:
        session, known = self._session, self._session.known
        bounds = Bounds(session.now, session.options.tolerance, shown.seen_by, self._beacons.known)
        places = Places(reader.entry, self._record)
        grounds = Grounds(session.state, session.book, known.lives, known.directory, session.realm, bounds, places)
        return BatchJudge(grounds)

    def _prunings(self) -> Prunings:
        session, known = self._session, self._session.known
        return Prunings(session.state, session.book, known.lives, known.directory)

    def _examiner(self, new: int) -> Examiner:
        jobs = self._session.options.jobs
        if jobs is None:
            jobs = (os.cpu_count() or 1) if new >= WORTH_WORKERS else 0
        realm, directory = self._session.realm, self._session.known.directory
        return Workers(realm, directory, jobs) if jobs > 1 else InProcess(realm, directory)

    def _record(self, index: int, place: int) -> bytes:
        """A record again, for evidence."""
        session = self._session
        header = session.state.sql.execute("SELECT root FROM batches WHERE at = ?", (index,)).fetchone()
        message = session.source.get(BATCH + header[0].hex(), batch.MAX_MESSAGE_BYTES)
        records = batch.decode_message(message)[1]
        if place >= len(records):
            raise Missing(f"the batch at log entry {index} has no record {place} any more")
        return records[place]

    def _take_minimum(self) -> None:
        """The published minimum index; it never goes back, since what was pruned is gone."""
        session = self._session
        try:
            text = session.source.get(MINIMUM, _MAX_DIGITS).decode("ascii").strip()
        except (Missing, UnicodeDecodeError):
            return
        if text.isdigit():
            with session.state.step():
                session.state.put("minimum", max(int(text), session.state.number("minimum")))
