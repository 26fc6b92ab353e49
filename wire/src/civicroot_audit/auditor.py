"""An audit, from the first question to the report: `audit(source, policy, state)`."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from civicroot_wire import batch, note, sodium
from civicroot_wire import policy as wire_policy
from civicroot_wire.errors import MalformedError, WireError
from civicroot_wire.policy import Policy

from . import api_check
from .api_check import ApiCheck
from .batch_judge import BatchJudge, Bounds, Places
from .book import Book
from .entry_judge import EntryJudge
from .errors import AuditError, LogDamaged, Missing, PolicyError, SourceError
from .findings import Finding
from .follow import BATCH, Follower, TileTrouble
from .heads import Heads, Shown
from .knowledge import Knowledge
from .log_reader import LogReader
from .prunings import Prunings
from .recheck import Recheck
from .recomputed import Recomputed
from .report import FAILED, HELD, NOT_CHECKED, Check, Report
from .source import Source
from .standing import Standing
from .state import State
from .workers import Examiner, InProcess, Workers

CHECKPOINT, POLICY_FILE, MINIMUM = "log/checkpoint", "policy.json", "log/batch-minimum-index"
TOLERANCE = 300  # seconds that a gateway's clock may be wrong: what the backend allows it (SPEC.md §4.1)
WORTH_WORKERS = 512  # new entries; a worker takes a third of a second to start
RECHECKED = 1  # bundles that every audit reads again
_MAX_DIGITS = 20


@dataclass(frozen=True)
class Options:
    """How to audit. `jobs`: worker processes, None for as many as there are processors, 0 for none.

    `stale_after`: seconds after which an old log is an alarm; None: a notice after a day; 0: never. `recheck`: bundles
    to read again. `api`: none, sample or all.
    """

    tolerance: int = TOLERANCE
    stale_after: int | None = None
    jobs: int | None = None
    recheck: int = RECHECKED
    api: str = api_check.SAMPLE


def audit(
    source: Source,
    policy: Policy,
    state: Path,
    mirrors: Sequence[Source] = (),
    options: Options | None = None,
    clock: Callable[[], float] = time.time,
    progress: Callable[[int, int], None] | None = None,
    acknowledge: Sequence[str] = (),
) -> Report:
    """Audit what is new at `source` since the last audit with this state folder.

    `progress(entries, of)` is called as entries are audited. Findings named in `acknowledge` (fingerprints) no longer
    count as alarms. Raises StateError, PolicyError; whatever else goes wrong is in the report.
    """
    try:
        wire_policy.verify(policy, sodium.verify)
    except WireError as error:
        raise PolicyError(f"the policy does not hold: {error}") from error
    memory = State(state)
    try:
        memory.claim("realm", policy.realm)
        return Audit(source, policy, memory, mirrors, options or Options(), clock, progress).run(acknowledge)
    finally:
        memory.close()


class Audit:
    """One audit; `run` it once."""

    def __init__(
        self,
        source: Source,
        policy: Policy,
        state: State,
        mirrors: Sequence[Source],
        options: Options,
        clock: Callable[[], float],
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._source = source
        self._policy = policy
        self._state = state
        self._mirrors = mirrors
        self._options = options
        self._clock = clock
        self._progress = progress
        now = int(clock())
        self._now = now
        self._book = Book(state, now)
        self._known = Knowledge(state, policy, sodium.verify)
        self._heads = Heads(state, self._book, sodium.verify, now)
        self._standing = Standing(state, self._book, self._known, now)
        self._report = Report(
            source.name,
            policy.realm,
            policy.version,
            now,
            str(state.folder / "evidence"),
            size_before=self._known.own.size,
        )

    def run(self, acknowledge: Sequence[str]) -> Report:
        """Do all of it."""
        report = self._report
        try:
            self._look()
        except AuditError as error:
            report.not_done = str(error)
        with self._state.step():
            self._stand()
            for fingerprint in acknowledge:
                if not self._book.acknowledge(fingerprint):
                    report.checks.append(Check("acknowledge", FAILED, f"there is no finding {fingerprint}"))
            report.findings = self._book.entries()
        report.size = self._known.own.size
        report.root = self._known.own.root(report.size).hex()
        report.finished = int(self._clock())
        return report

    def _look(self) -> None:
        # 1. Mirrors first: what they show, the city must have by the time that it is asked.
        mirrored = [(mirror, self._checkpoint_of(mirror)) for mirror in self._mirrors]
        text = self._source.get(CHECKPOINT, note.MAX_NOTE_BYTES)
        served = self._served_policy()
        # 2. Each checkpoint by itself, and against all that were ever seen.
        judge = self._known.policies.effective
        if served is not None and self._known.policies.follows(served):
            judge = served
        with self._state.step():
            shown = self._heads.receive(self._source.name, text, judge)
            others = [
                (mirror, self._heads.receive(mirror.name, found, judge))
                for mirror, found in mirrored
                if found is not None
            ]
        if shown is None:
            self._check("checkpoint", FAILED, "the city shows none that this policy trusts")
        else:
            self._head_checks(shown)
            self._follow(shown)
        if shown is not None:
            with self._state.step():
                says = self._standing.freshness(shown.seen_by, self._options.stale_after)
            self._check("age", HELD, says)
            with self._state.step():
                self._heads.agree(self._known.own)
        # 3. What mirrors show is part of the same history.
        for mirror, other in others:
            self._compare_mirror(mirror, other)
        if not self._mirrors:
            self._check("mirrors", NOT_CHECKED, "none was given")
        with self._state.step():
            self._standing.policies(served)

    def _follow(self, shown: Shown) -> None:
        own = self._known.own
        reader, holds = self._reader(shown)
        if reader is None or not holds:
            says = "what was signed does not go on from what was seen" if not holds else "the tree cannot be read"
            self._check("consistency", FAILED, says)
            return
        says = f"with all {self._checkpoints()} checkpoints that were ever seen"
        self._check("consistency", FAILED if self._heads.forks else HELD, "not " + says if self._heads.forks else says)
        self._state_minimum()
        new = max(0, shown.checkpoint.size - own.size)
        examiner = self._examiner(new)
        try:
            follower, records = self._follower(shown, reader, examiner, new)
            begun = time.monotonic()
            self._advance(follower, reader, shown)
            self._report.seconds = time.monotonic() - begun
            self._report.entries, self._report.records = dict(follower.counts), dict(records.counts)
            numbers = set(follower.enrolled)
            self._report.enrolments = [item for item in self._known.directory.in_order if item.index in numbers]
        finally:
            examiner.close()
        self._look_again(reader)

    def _reader(self, shown: Shown) -> tuple[LogReader | None, bool]:
        """A reader of the shown tree, and whether it goes on from what was seen. Damaged tiles are done without."""
        own = self._known.own
        reader = LogReader(self._source, shown.checkpoint)
        try:
            with self._state.step():
                if shown.checkpoint.size >= own.size:
                    reader.verify_edge()
                return reader, self._heads.history_holds(shown, own, reader)
        except (LogDamaged, Missing) as error:
            replacement = self._without_tiles(shown, error)
        if replacement is None:
            return None, True
        with self._state.step():
            return replacement, self._heads.history_holds(shown, own, replacement)

    def _without_tiles(self, shown: Shown, error: LogDamaged | Missing) -> Recomputed | None:
        path = error.path if isinstance(error, LogDamaged) else str(error)
        with self._state.step():
            self._book.add(Finding("tile-damaged", "hash tiles", str(error), path))
        try:
            return Recomputed(self._source, shown.checkpoint, self._known.own)
        except (LogDamaged, Missing) as worse:
            size = self._known.own.size
            detail = f"the log cannot be followed from entry {size} on: {worse}"
            with self._state.step():
                self._book.add(Finding("log-unreadable", f"log entry {size}", detail, str(size), size), standing=True)
            return None

    def _advance(self, follower: Follower, reader: LogReader, shown: Shown) -> None:
        try:
            whole = follower.follow(reader)
        except TileTrouble as trouble:
            replacement = self._without_tiles(shown, trouble.cause)
            whole = replacement is not None and follower.follow(replacement)
        size = self._known.own.size
        if whole:
            self._check("entries", HELD, f"all {size} read, {sum(follower.counts.values())} of them new")
        else:
            self._check("entries", FAILED, f"{size} of {shown.checkpoint.size} could be read")
        try:
            follower.read_again(reader)
        except TileTrouble as trouble:
            self._without_tiles(shown, trouble.cause)

    def _look_again(self, reader: LogReader) -> None:
        if self._report.size_before and self._options.recheck:
            recheck = Recheck(self._state, self._book, self._known, self._source)
            count = recheck.run(reader, self._report.size_before, self._options.recheck)
            self._check("read again", HELD, f"{count} bundles of entries with their batches, as every time in turn")
        else:
            self._check("read again", NOT_CHECKED, "everything was read for the first time")
        with self._state.step():
            self._settle()  # what is pruned is shown by the API without being a reading that this audit could see
        api = ApiCheck(self._state, self._book, self._known, self._source, self._policy.realm)
        says = api.run(self._options.api)
        self._check("api", HELD if api.compared else NOT_CHECKED, says)

    def _follower(self, shown: Shown, reader: LogReader, examiner: Examiner, new: int) -> tuple[Follower, BatchJudge]:
        known, state, book = self._known, self._state, self._book
        bounds = Bounds(self._now, self._options.tolerance, shown.seen_by, self._heads.beacons())
        places = Places(reader.entry, self._record)
        batches = BatchJudge(state, book, known.lives, known.directory, self._policy.realm, bounds, places)
        done = 0

        def progress(entries: int) -> None:
            nonlocal done
            done += entries
            if self._progress is not None:
                self._progress(done, new)

        follower = Follower(
            state,
            book,
            known,
            EntryJudge(known.directory, known.policies, known.versions, sodium.verify),
            batches,
            Prunings(state, book, known.lives, known.directory),
            examiner,
            self._source,
            progress,
        )
        return follower, batches

    def _examiner(self, new: int) -> Examiner:
        jobs = self._options.jobs
        if jobs is None:
            jobs = (os.cpu_count() or 1) if new >= WORTH_WORKERS else 0
        realm, directory = self._policy.realm, self._known.directory
        return Workers(realm, directory, jobs) if jobs > 1 else InProcess(realm, directory)

    def _record(self, index: int, place: int) -> bytes:
        """A record again, for evidence."""
        header = self._state.sql.execute("SELECT root FROM batches WHERE at = ?", (index,)).fetchone()
        message = self._source.get(BATCH + header[0].hex(), batch.MAX_MESSAGE_BYTES)
        records = batch.decode_message(message)[1]
        if place >= len(records):
            raise Missing(f"the batch at log entry {index} has no record {place} any more")
        return records[place]

    def _compare_mirror(self, mirror: Source, other: Shown | None) -> None:
        name = f"mirror {mirror.name}"
        if other is None:
            self._check(name, FAILED, "it shows no checkpoint that this policy trusts")
            return
        own = self._known.own
        reader = LogReader(mirror, other.checkpoint) if other.checkpoint.size > own.size else None
        try:
            with self._state.step():
                holds = self._heads.history_holds(other, own, reader)
        except (LogDamaged, Missing, SourceError) as error:
            self._mirror_unreachable(mirror, error)
            return
        says = f"{other.checkpoint.size} entries, the city has {own.size}"
        self._check(name, HELD if holds else FAILED, says)
        if holds and other.checkpoint.size > own.size:
            with self._state.step():
                self._book.add(Finding("source-behind", self._source.name, says, mirror.name), standing=True)

    def _checkpoint_of(self, mirror: Source) -> bytes | None:
        try:
            return mirror.get(CHECKPOINT, note.MAX_NOTE_BYTES)
        except (Missing, SourceError) as error:
            self._mirror_unreachable(mirror, error)
            return None

    def _mirror_unreachable(self, mirror: Source, error: AuditError) -> None:
        self._check(f"mirror {mirror.name}", NOT_CHECKED, str(error))
        with self._state.step():
            self._book.add(Finding("mirror-unreachable", mirror.name, str(error), mirror.name), standing=True)

    def _served_policy(self) -> Policy | None:
        try:
            return wire_policy.from_file(self._source.get(POLICY_FILE, wire_policy.MAX_FILE_BYTES))
        except (Missing, MalformedError):
            return None

    def _state_minimum(self) -> None:
        """The published minimum index; it never goes back, since what was pruned is gone."""
        try:
            text = self._source.get(MINIMUM, _MAX_DIGITS).decode("ascii").strip()
        except (Missing, UnicodeDecodeError):
            return
        if text.isdigit():
            with self._state.step():
                self._state.put("minimum", max(int(text), self._state.number("minimum")))

    def _head_checks(self, shown: Shown) -> None:
        found, count = shown.checkpoint, len(shown.head.cosigned)
        self._report.origin = found.origin
        self._check("checkpoint", HELD, f"{found.size} entries, signed by {found.origin}")
        if shown.quorum == 0:
            self._check("witnesses", NOT_CHECKED, "the policy asks for none: nobody outside vouches for this history")
        else:
            status = HELD if count >= shown.quorum else FAILED
            self._check("witnesses", status, f"{count} cosigned ({shown.head.witnesses()}), {shown.quorum} are needed")
        self._check("anchors", NOT_CHECKED, "this version knows none")

    def _stand(self) -> None:
        """Everything that is looked at anew every time."""
        self._settle()
        self._standing.batches(self._state.number("minimum"))
        self._standing.revocations()
        self._known.lives.save()
        self._report.accounts = self._standing.accounts()
        if self._report.not_done is None:
            self._book.forget_what_was_put_right()

    def _settle(self) -> None:
        """Batches that are gone and may be are pruned from here on."""
        minimum = self._state.number("minimum")
        Prunings(self._state, self._book, self._known.lives, self._known.directory).settle(minimum)

    def _checkpoints(self) -> int:
        return int(self._state.sql.execute("SELECT count(*) FROM checkpoints").fetchone()[0])

    def _check(self, name: str, status: str, says: str) -> None:
        self._report.checks.append(Check(name, status, says))
