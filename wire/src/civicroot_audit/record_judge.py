"""Judging records in the log's order: withdrawn keys, duplicates, equivocation, skipped numbers, beacons.

Idempotent by (key, seq, content) as everywhere (SPEC.md §2, §3.1): the same content again is a duplicate, other content
under a used number is equivocation. What counts becomes part of the key's life.
"""

import json
from collections import Counter

from civicroot_wire import revocation

from .examine import Examined
from .findings import NOTICE, Finding
from .grounds import AUDITED, Decided, Grounds
from .heads import MAX_TIME
from .lives import Life
from .times import duration

_FORGERIES = ("non-canonical-s", "weak-key", "weak-r", "bad-signature")
_UNKNOWN = ("unknown-key-id", "wrong-role")

New = dict[tuple[int, int], tuple[bytes, int]]  # by life and seq: content digest and place of what a batch adds


class RecordJudge:
    """Call it inside a step. `counts`: what became of the records."""

    def __init__(self, grounds: Grounds) -> None:
        self.counts: Counter[str] = Counter()
        self._grounds = grounds
        self._named: Counter[bytes] = Counter()  # beacons of the batch that is judged

    def judge(self, index: int, gateway: bytes, closed: int, examined: list[Examined]) -> None:
        """Judge the records of the header at log `index`."""
        new: New = {}
        decided: Decided = {}
        for place, item in enumerate(examined):
            if item.kid is None or item.reason is not None:
                self._bad(index, gateway, place, item)
            else:
                self._good(index, closed, place, item, item.kid, new, decided)
        rows = [(life, seq, digest, index, place) for (life, seq), (digest, place) in new.items()]
        sql = self._grounds.state.sql
        sql.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", rows)
        sql.executemany(
            "INSERT INTO beacons VALUES (?, ?, ?) ON CONFLICT (beacon) DO UPDATE SET"
            " records = records + excluded.records, at = min(at, excluded.at)",
            [(told, count, index) for told, count in self._named.items()],
        )
        self._named.clear()
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
        about = f"reading {item.seq} of {self._grounds.directory.name(item.kid)}" if item.kid else who
        detail = f"{who}: {item.reason}; in a batch of {self._grounds.directory.name(gateway)}"
        self._grounds.book.add(
            Finding(name, about, detail, f"{index} {place}", index),
            lambda: {"record.cbor": self._grounds.places.record(index, place)},
        )

    def _good(
        self,
        index: int,
        closed: int,
        place: int,
        item: Examined,
        kid: bytes,
        new: New,
        decided: Decided,
    ) -> None:
        life, seq = self._grounds.lives.change(kid), item.seq
        facts = life.facts
        # 1. A key that was withdrawn says nothing any more.
        if self._grounds.directory.is_withdrawn(kid, index, seq):
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
            self._named[item.beacon] += 1
            self._check_beacon(index, closed, place, item, kid)

    def _reported(self, claimed: int | None, closed: int) -> int:
        """When a record was made; a clock that runs ahead would hide a silence, so then it is the gateway's."""
        believed = claimed is not None and claimed <= closed + self._grounds.bounds.tolerance
        return min(claimed if believed and claimed is not None else closed, MAX_TIME)

    def _again(self, index: int, place: int, item: Examined, life: Life, new: New) -> None:
        seq = item.seq
        if (life.id, seq) in new:
            digest, at, there = new[life.id, seq][0], index, new[life.id, seq][1]
        else:
            digest, at, there = self._grounds.state.sql.execute(
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
        self._grounds.book.add(
            Finding("record-equivocation", self._reading(life.kid, seq), detail, f"{life.kid.hex()} {seq}", index),
            lambda: {
                "record-1.cbor": self._grounds.places.record(at, there),
                "record-2.cbor": self._grounds.places.record(index, place),
            },
        )

    def _reject(self, life: Life, seq: int, decided: Decided) -> None:
        self.counts["rejected"] += 1
        life.facts.rejected.add(seq)
        decided.setdefault(life.kid.hex(), {}).setdefault("rejected", []).append((seq, seq))

    def _withdrawn(self, index: int, place: int, kid: bytes, seq: int) -> None:
        found = self._grounds.directory.withdrawal(kid)
        if found is None:
            raise ValueError(f"{kid.hex()} is not withdrawn")
        # One that went out of service in good order may still have had something to say.
        orderly = found.statement.reason == revocation.RETIRED
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
        known = self._grounds.bounds.beacons.get(item.beacon or b"")
        if known is None:  # neither seen nor kept: no bound (beacons.py says so)
            return
        size, after = known
        if size > index:
            detail = f"record {place} of log entry {index} knows the checkpoint of size {size}"
            self._record_finding("record-too-early", kid, item.seq, detail, index, place)
        if after is not None and closed < after - self._grounds.bounds.tolerance:
            about = f"the batch at log entry {index}"
            detail = f"closed {duration(after - closed)} before witnesses made what record {place} in it repeats"
            self._grounds.find("batch-back-dated", about, detail, index, self._grounds.entries(index))

    def _record_finding(
        self, name: str, kid: bytes, seq: int, detail: str, index: int, place: int, severity: str = ""
    ) -> None:
        self._grounds.book.add(
            Finding(name, self._reading(kid, seq), detail, f"{index} {place}", index, severity=severity),
            lambda: {"record.cbor": self._grounds.places.record(index, place)},
        )

    def _reading(self, kid: bytes, seq: int) -> str:
        return f"reading {seq} of {self._grounds.directory.name(kid)}"
