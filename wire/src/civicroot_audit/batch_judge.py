"""Judging batches and their records in the log's order: duplicates, equivocation, skipped numbers, times.

Idempotent by (key, seq, content) as everywhere (SPEC.md §2, §3.1, §4.1): the same content again is a duplicate, other
content under a used number is equivocation. What counts becomes part of the key's life.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from civicroot_wire import batch, revocation
from civicroot_wire.batch import Header

from .book import Book, Evidence
from .directory import Directory
from .examine import Examined
from .findings import NOTICE, Finding
from .heads import MAX_TIME
from .lives import Life, Lives
from .ranges import Ranges
from .state import State
from .times import duration

AUDITED, MISSING, DAMAGED, PRUNED = "audited", "missing", "damaged", "pruned"
_FORGERIES = ("non-canonical-s", "weak-key", "weak-r", "bad-signature")
_UNKNOWN = ("unknown-key-id", "wrong-role")

Decided = dict[str, dict[str, list[tuple[int, int]]]]  # by kid in hex: what a batch decided of the key's numbers


@dataclass(frozen=True)
class Bounds:
    """What is known of times, in Unix seconds. `tolerance`: how wrong a gateway's clock may be.

    `published`: by when the checkpoint that is audited was witnessed; every batch below it had closed by then.
    """

    now: int
    tolerance: int
    published: int | None
    beacons: dict[bytes, tuple[int, int | None]]


@dataclass(frozen=True)
class Places:
    """Where evidence is read again: a log entry by index, a record by its header's index and its place."""

    entry: Callable[[int], bytes]
    record: Callable[[int, int], bytes]


class BatchJudge:
    """Call it inside a step. `counts`: what became of the records."""

    def __init__(
        self, state: State, book: Book, lives: Lives, directory: Directory, realm: str, bounds: Bounds, places: Places
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._state = state
        self._book = book
        self._lives = lives
        self._directory = directory
        self._realm = realm
        self._bounds = bounds
        self._places = places

    # Headers

    def header(self, index: int, header: Header) -> None:
        """Judge the next header: its number and its times among its gateway's others."""
        kid, seq = header.kid, header.sequence.seq
        digest = batch.content_digest(header, self._realm)
        about = f"batch {seq} of {self._directory.name(kid)}"
        counts, skip = self._check_number(index, header, digest, about)
        self._check_times(index, header, about)
        row = (index, kid, seq, skip, counts, digest, header.root, header.size)
        self._state.sql.execute(
            "INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '{}')",
            (*row, min(header.opened, MAX_TIME), min(header.closed, MAX_TIME), MISSING),
        )

    def _check_number(self, index: int, header: Header, digest: bytes, about: str) -> tuple[bool, int]:
        """Whether the header decides on its number, and how many before it that it skipped."""
        kid, seq, skip = header.kid, header.sequence.seq, header.sequence.skip
        facts = self._lives.change(kid).facts
        if seq in facts.received:
            row = self._state.sql.execute(
                "SELECT at, digest FROM batches WHERE gateway = ? AND seq = ? ORDER BY at LIMIT 1", (kid, seq)
            ).fetchone()
            both = f"log entries {row[0]} and {index}"
            if row[1] == digest:
                self._find("entry-repeated", about, f"{both} have the same content", index)
                return False, 0
            evidence = self._entries(row[0], index)
            self._find("batch-equivocation", about, f"{both} differ in content", index, evidence)
            facts.equivocated.add(seq)
            return False, 0
        facts.received.add(seq)
        skipped = [number for number in range(seq - skip, seq) if number in facts.received]
        if seq in facts.skipped or skipped:
            detail = f"log entry {index}: " + (
                f"it skips {skipped[0]}, which was used" if skipped else "another header skips this number"
            )
            self._find("batch-skipped-number", about, detail, index, self._entries(index))
            return True, 0
        if skip:
            facts.skipped.add(seq - skip, seq - 1)
        return True, skip

    def _check_times(self, index: int, header: Header, about: str) -> None:
        sql, tolerance = self._state.sql, self._bounds.tolerance
        mine = (header.kid, header.sequence.seq)
        before = sql.execute(
            "SELECT seq, closed, at FROM batches WHERE gateway = ? AND seq < ? ORDER BY seq DESC LIMIT 1", mine
        ).fetchone()
        after = sql.execute(
            "SELECT seq, closed, at FROM batches WHERE gateway = ? AND seq > ? ORDER BY seq LIMIT 1", mine
        ).fetchone()
        if before and header.closed < before[1] - tolerance:
            detail = f"log entry {index}: closed {duration(before[1] - header.closed)} before batch {before[0]}"
            self._find("batch-back-dated", about, detail, index, self._entries(before[2], index))
        if after and header.closed > after[1] + tolerance:
            detail = f"log entry {index}: closed {duration(header.closed - after[1])} after batch {after[0]}"
            self._find("batch-post-dated", about, detail, index, self._entries(after[2], index))
        latest = self._bounds.now if self._bounds.published is None else self._bounds.published
        if header.closed > latest + tolerance:
            what = "now" if self._bounds.published is None else "the witnesses saw it"
            detail = f"log entry {index}: closed {duration(header.closed - latest)} after {what}"
            self._find("batch-post-dated", about, detail, index, self._entries(index))

    # Records

    def unread(self, index: int, state: str, detail: str) -> None:
        """The records of a header are not to be had, or are not the ones that were signed."""
        self._state.sql.execute("UPDATE batches SET state = ?, detail = ? WHERE at = ?", (state, detail, index))

    def records(self, index: int, gateway: bytes, closed: int, examined: list[Examined]) -> None:
        """Judge the records of the header at log `index`."""
        new: dict[tuple[int, int], tuple[bytes, int]] = {}
        decided: Decided = {}
        for place, item in enumerate(examined):
            if item.kid is None or item.reason is not None:
                self._bad(index, gateway, place, item)
            else:
                self._good(index, closed, place, item, item.kid, new, decided)
        rows = [(life, seq, digest, index, place) for (life, seq), (digest, place) in new.items()]
        sql = self._state.sql
        sql.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", rows)
        sql.execute(
            "UPDATE batches SET state = ?, detail = '', decided = ? WHERE at = ?", (AUDITED, json.dumps(decided), index)
        )

    def _bad(self, index: int, gateway: bytes, place: int, item: Examined) -> None:
        self.counts["rejected"] += 1
        name = "record-unreadable"
        if item.reason in _FORGERIES:
            name = "record-forged"
        elif item.reason in _UNKNOWN:
            name = "record-unknown-device"
        who = f"record {place} of log entry {index}"
        about = f"reading {item.seq} of {self._directory.name(item.kid)}" if item.kid else who
        detail = f"{who}: {item.reason}; in a batch of {self._directory.name(gateway)}"
        self._book.add(
            Finding(name, about, detail, f"{index} {place}", index),
            lambda: {"record.cbor": self._places.record(index, place)},
        )

    def _good(
        self,
        index: int,
        closed: int,
        place: int,
        item: Examined,
        kid: bytes,
        new: dict[tuple[int, int], tuple[bytes, int]],
        decided: Decided,
    ) -> None:
        life, seq = self._lives.change(kid), item.seq
        facts = life.facts
        # 1. A key that was withdrawn says nothing any more.
        if self._directory.is_withdrawn(kid, index, seq):
            self._reject(life, seq, decided)
            self._withdrawn(index, place, kid, seq)
            return
        # 2. The same content again, or other content under a used number.
        if seq in facts.received:
            self._again(index, place, item, life, new)
            return
        # 3. A number that the key said it never used, or the other way round.
        conflict = self._skip_conflict(item, life)
        if conflict:
            self._reject(life, seq, decided)
            detail = f"record {place} of log entry {index}: {conflict}"
            self._record_finding("record-skipped-number", kid, seq, detail, index, place)
            return
        # 4. It counts.
        self.counts["accepted"] += 1
        facts.received.add(seq)
        mine = decided.setdefault(kid.hex(), {})
        mine.setdefault("received", []).append((seq, seq))
        if item.skip:
            facts.skipped.add(seq - item.skip, seq - 1)
            mine.setdefault("skipped", []).append((seq - item.skip, seq - 1))
        for first, last in item.thinned:
            facts.thinned.add(first, last)
            mine.setdefault("thinned", []).append((first, last))
        new[life.id, seq] = item.digest, place
        if life.last is None or seq > life.last:
            life.last = seq
            life.reported = self._reported(item.time, closed)
            life.promise = item.promise
        if item.beacon is not None:
            self._check_beacon(index, closed, place, item, kid)

    def _reported(self, claimed: int | None, closed: int) -> int:
        """When a record was made; a clock that runs ahead would hide a silence, so then it is the gateway's."""
        believed = claimed is not None and claimed <= closed + self._bounds.tolerance
        return min(claimed if believed and claimed is not None else closed, MAX_TIME)

    def _again(
        self, index: int, place: int, item: Examined, life: Life, new: dict[tuple[int, int], tuple[bytes, int]]
    ) -> None:
        seq = item.seq
        if (life.id, seq) in new:
            digest, at, there = new[life.id, seq][0], index, new[life.id, seq][1]
        else:
            digest, at, there = self._state.sql.execute(
                "SELECT digest, at, place FROM records WHERE life = ? AND seq = ?", (life.id, seq)
            ).fetchone()
        if digest == item.digest:
            self.counts["duplicate"] += 1
            if index < at:  # read late: the lowest index is the one that counts
                new[life.id, seq] = digest, place
            return
        self.counts["rejected"] += 1
        life.facts.equivocated.add(seq)
        detail = f"record {there} of log entry {at} and record {place} of log entry {index} differ in content"
        self._book.add(
            Finding("record-equivocation", self._reading(life.kid, seq), detail, f"{life.kid.hex()} {seq}", index),
            lambda: {
                "record-1.cbor": self._places.record(at, there),
                "record-2.cbor": self._places.record(index, place),
            },
        )

    def _reject(self, life: Life, seq: int, decided: Decided) -> None:
        self.counts["rejected"] += 1
        life.facts.rejected.add(seq)
        decided.setdefault(life.kid.hex(), {}).setdefault("rejected", []).append((seq, seq))

    def _withdrawn(self, index: int, place: int, kid: bytes, seq: int) -> None:
        found = self._directory.withdrawal(kid)
        if found is None:
            raise ValueError(f"{kid.hex()} is not withdrawn")
        # One that went out of service in good order may still have had something to say.
        orderly = found.statement.reason in (revocation.RETIRED, revocation.ROTATED)
        detail = f"record {place} of log entry {index}: the key was withdrawn at {found.index}"
        self._record_finding("record-revoked", kid, seq, detail, index, place, NOTICE if orderly else "")

    def _skip_conflict(self, item: Examined, life: Life) -> str | None:
        facts = life.facts
        if item.seq in facts.skipped:
            return "another record says that it skipped this number"
        for number in range(item.seq - item.skip, item.seq):
            if number in facts.received:
                return f"it says that it skipped {number}, which was used"
        return None

    def _check_beacon(self, index: int, closed: int, place: int, item: Examined, kid: bytes) -> None:
        known = self._bounds.beacons.get(item.beacon or b"")
        if known is None:  # of a checkpoint that this auditor never saw: no bound
            return
        size, after = known
        if size > index:
            detail = f"record {place} of log entry {index} knows the checkpoint of size {size}"
            self._record_finding("record-too-early", kid, item.seq, detail, index, place)
        if after is not None and closed < after - self._bounds.tolerance:
            about = f"the batch at log entry {index}"
            detail = f"closed {duration(after - closed)} before witnesses made what record {place} in it repeats"
            self._find("batch-back-dated", about, detail, index, self._entries(index))

    def _record_finding(
        self, name: str, kid: bytes, seq: int, detail: str, index: int, place: int, severity: str = ""
    ) -> None:
        self._book.add(
            Finding(name, self._reading(kid, seq), detail, f"{index} {place}", index, severity=severity),
            lambda: {"record.cbor": self._places.record(index, place)},
        )

    def _find(self, name: str, about: str, detail: str, index: int, evidence: Evidence | None = None) -> None:
        self._book.add(Finding(name, about, detail, str(index), index), evidence)

    def _entries(self, *indexes: int) -> Evidence:
        return lambda: {f"entry-{at}.cbor": self._places.entry(at) for at in indexes}

    def _reading(self, kid: bytes, seq: int) -> str:
        return f"reading {seq} of {self._directory.name(kid)}"


def merged(decided: list[Decided]) -> dict[bytes, dict[str, Ranges]]:
    """What several batches decided, by kid and class."""
    found: dict[bytes, dict[str, Ranges]] = {}
    for item in decided:
        for kid, classes in item.items():
            mine = found.setdefault(bytes.fromhex(kid), {})
            for name, ranges in classes.items():
                into = mine.setdefault(name, Ranges())
                for first, last in ranges:
                    into.add(first, last)
    return found
