"""Judging batch headers in the log's order: numbers and times among those of the same gateway (SPEC.md §4)."""

from collections import Counter

from civicroot_wire import batch
from civicroot_wire.batch import Header

from .examine import Examined
from .grounds import MISSING, Grounds
from .heads import MAX_TIME
from .record_judge import RecordJudge
from .times import duration


class BatchJudge:
    """Call it inside a step: `header`, and then what became of its records."""

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds
        self._records = RecordJudge(grounds)

    @property
    def counts(self) -> Counter[str]:
        """What became of the records."""
        return self._records.counts

    def header(self, index: int, header: Header) -> None:
        """Judge the next header: its number and its times among its gateway's others."""
        kid, seq = header.kid, header.sequence.seq
        digest = batch.content_digest(header, self._grounds.realm)
        about = f"batch {seq} of {self._grounds.directory.name(kid)}"
        counts, skip = self._check_number(index, header, digest, about)
        self._check_times(index, header, about)
        row = (index, kid, seq, skip, counts, digest, header.root, header.size)
        self._grounds.state.sql.execute(
            "INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '{}')",
            (*row, min(header.opened, MAX_TIME), min(header.closed, MAX_TIME), MISSING),
        )

    def _check_number(self, index: int, header: Header, digest: bytes, about: str) -> tuple[bool, int]:
        """Whether the header decides on its number, and how many before it that it skipped."""
        kid, seq, skip = header.kid, header.sequence.seq, header.sequence.skip
        facts = self._grounds.lives.change(kid).facts
        if seq in facts.received:
            row = self._grounds.state.sql.execute(
                "SELECT at, digest FROM batches WHERE gateway = ? AND seq = ? ORDER BY at LIMIT 1", (kid, seq)
            ).fetchone()
            both = f"log entries {row[0]} and {index}"
            if row[1] == digest:
                self._grounds.find("entry-repeated", about, f"{both} have the same content", index)
                return False, 0
            evidence = self._grounds.entries(row[0], index)
            self._grounds.find("batch-equivocation", about, f"{both} differ in content", index, evidence)
            facts.equivocated.add(seq)
            return False, 0
        facts.received.add(seq)
        skipped = [number for number in range(seq - skip, seq) if number in facts.received]
        if seq in facts.skipped or skipped:
            detail = f"log entry {index}: " + (
                f"it skips {skipped[0]}, which was used" if skipped else "another header skips this number"
            )
            self._grounds.find("batch-skipped-number", about, detail, index, self._grounds.entries(index))
            return True, 0
        if skip:
            facts.skipped.add(seq - skip, seq - 1)
        return True, skip

    def _check_times(self, index: int, header: Header, about: str) -> None:
        sql, tolerance = self._grounds.state.sql, self._grounds.bounds.tolerance
        mine = (header.kid, header.sequence.seq)
        before = sql.execute(
            "SELECT seq, closed, at FROM batches WHERE gateway = ? AND seq < ? ORDER BY seq DESC LIMIT 1", mine
        ).fetchone()
        after = sql.execute(
            "SELECT seq, closed, at FROM batches WHERE gateway = ? AND seq > ? ORDER BY seq LIMIT 1", mine
        ).fetchone()
        if before and header.closed < before[1] - tolerance:
            detail = f"log entry {index}: closed {duration(before[1] - header.closed)} before batch {before[0]}"
            self._grounds.find("batch-back-dated", about, detail, index, self._grounds.entries(before[2], index))
        if after and header.closed > after[1] + tolerance:
            detail = f"log entry {index}: closed {duration(header.closed - after[1])} after batch {after[0]}"
            self._grounds.find("batch-post-dated", about, detail, index, self._grounds.entries(after[2], index))
        latest = self._grounds.bounds.now if self._grounds.bounds.published is None else self._grounds.bounds.published
        if header.closed > latest + tolerance:
            what = "now" if self._grounds.bounds.published is None else "the witnesses saw it"
            detail = f"log entry {index}: closed {duration(header.closed - latest)} after {what}"
            self._grounds.find("batch-post-dated", about, detail, index, self._grounds.entries(index))

    def unread(self, index: int, state: str, detail: str) -> None:
        """The records of a header are not to be had, or are not the ones that were signed."""
        self._grounds.state.sql.execute("UPDATE batches SET state = ?, detail = ? WHERE at = ?", (state, detail, index))

    def records(self, index: int, gateway: bytes, closed: int, examined: list[Examined]) -> None:
        """Judge the records of the header at log `index`."""
        self._records.judge(index, gateway, closed, examined)
