"""Heads: every checkpoint that a source shows is judged by itself and against every other one that was ever seen."""

import json
from dataclasses import dataclass

from civicroot_wire import beacon, checkpoint, cosignature, merkle, note
from civicroot_wire import head as wire_head
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import WireError
from civicroot_wire.head import Head
from civicroot_wire.note import Note
from civicroot_wire.policy import Policy

from .book import Book
from .errors import AuditError
from .examine import Verify
from .findings import Finding
from .log_reader import LogReader
from .own_tree import OwnTree
from .state import State
from .times import moment

CHECKPOINT = "log/checkpoint"
MAX_TIME = (1 << 63) - 1  # what the database holds; a signed time may claim more


@dataclass(frozen=True)
class Shown:
    """A trusted checkpoint that `source` shows. `cosigned` witnesses of the policy's `quorum` vouch for it."""

    source: str
    checkpoint: Checkpoint
    text: bytes
    head: Head
    quorum: int

    @property
    def seen_by(self) -> int | None:
        """Unix seconds by which it existed, if the policy is right about its witnesses."""
        return self.head.seen_by(self.quorum)


@dataclass(frozen=True)
class _Stored:
    source: str
    size: int
    root: bytes
    text: bytes


class Heads:
    """Judges checkpoints. Call it inside a step."""

    def __init__(self, state: State, book: Book, verify: Verify, now: int) -> None:
        self._state = state
        self._book = book
        self._verify = verify
        self._now = now
        self.forks = 0  # contradictions that this audit met

    def receive(self, source: str, text: bytes, policy: Policy) -> Shown | None:
        """Judge a checkpoint by itself and remember it; None if it cannot be used."""
        # 1. A signed note of a tree head.
        try:
            signed = note.parse(text)
            found = checkpoint.parse_body(signed.body)
        except WireError as error:
            detail = f"what {source} shows is no checkpoint: {error}"
            self._book.add(Finding("checkpoint-malformed", source, detail, source), lambda: {"checkpoint.txt": text})
            return None
        # 2. The log's key of the policy signed it: no other log.
        try:
            self._check_log(signed, found, policy)
        except WireError as error:
            detail = f"checkpoint of size {found.size} of {source}: {error}"
            self._book.add(Finding("checkpoint-untrusted", source, detail, source), lambda: {"checkpoint.txt": text})
            return None
        # 3. Enough witnesses saw it, and their times go forward.
        head = Head(found, signed, self._cosigned(source, signed, found, policy, text))
        self._check_quorum(source, head, policy, text)
        shown = Shown(source, found, text, head, policy.quorum)
        # 4. It is not smaller than what this source showed before.
        self._check_rollback(shown)
        # 5. No other root was ever signed for this size.
        self._check_same_size(shown)
        self._remember(shown, policy)
        return shown

    def receive_kept(self, source: str, what: str, text: bytes, head: Head, policy: Policy) -> Shown:
        """Take up a verified checkpoint from before, which `source` keeps as `what`."""
        shown = Shown(source, head.checkpoint, text, head, policy.quorum)
        for witness, time in head.cosigned:
            self._check_time(witness, head.checkpoint.size, min(time, MAX_TIME), text)
        self._check_quorum(what, head, policy, text)
        self._check_same_size(shown)
        self._remember(shown, policy)
        return shown

    def history_holds(self, shown: Shown, own: OwnTree, reader: LogReader | None) -> bool:
        """Whether the checkpoint's tree and every one seen before are parts of one history; if not, the fork is found.

        `reader` reads the source's tiles; it is needed only for a checkpoint over more than `own` has.
        Raises Missing, SourceError, LogDamaged.
        """
        if shown.checkpoint.size <= own.size:
            return self._is_part(shown, own)
        if reader is None:
            raise ValueError("a tree that is larger than the own one is read by a reader")
        # 1. Everything that agrees with the own tree agrees with this one, if it goes on from the own tree.
        holds = reader.root(own.size) == own.root(own.size)
        if not holds:
            self._find_fork(shown, own, reader)
        # 2. What was signed beside the own tree, or beyond it, is compared one by one.
        for other in self._stored("agrees = 0 AND size > 0 AND size < ? ORDER BY size", reader.size):
            if reader.root(other.size) != other.root:
                self._fork(shown, other, _proof(other.size, reader))
        return holds

    def agree(self, own: OwnTree) -> None:
        """Mark the checkpoints that the own tree, which has grown, agrees with."""
        for other in self._stored("agrees = 0 AND size <= ?", own.size):
            if own.root(other.size) == other.root:
                self._state.sql.execute(
                    "UPDATE checkpoints SET agrees = 1 WHERE size = ? AND root = ?", (other.size, other.root)
                )

    def covering(self, size: int) -> dict[str, bytes]:
        """As evidence: the smallest signed checkpoint of the own history with at least so many entries, if any."""
        for found in self._stored("agrees = 1 AND size >= ? ORDER BY size LIMIT 1", size):
            return {"checkpoint.txt": found.text}
        return {}

    def count(self) -> int:
        """How many checkpoints were ever seen."""
        return int(self._state.sql.execute("SELECT count(*) FROM checkpoints").fetchone()[0])

    def count_met(self) -> int:
        """How many of them met their policy's quorum."""
        return int(self._state.sql.execute("SELECT count(*) FROM checkpoints WHERE after IS NOT NULL").fetchone()[0])

    def beacons(self) -> dict[bytes, tuple[int, int | None]]:
        """Beacon → (size of its checkpoint, Unix seconds before which nobody knew it)."""
        rows = self._state.sql.execute("SELECT beacon, size, after FROM checkpoints")
        return {told: (size, after) for told, size, after in rows}

    def _check_log(self, signed: Note, found: Checkpoint, policy: Policy) -> None:
        at = max(found.size - 1, 0)
        follows = self._state.get("origin")
        if follows is not None and found.origin != follows:
            raise WireError("untrusted", f"it is of log {found.origin}, this audit follows {follows}")
        keys = [key for key in wire_head.keys_at(policy.logs, at) if key.name == found.origin]
        if not keys:
            raise WireError("untrusted", f"log {found.origin} at index {at}")
        note.verify(signed, keys[0], self._verify)
        self._state.put("origin", found.origin)

    def _cosigned(
        self, source: str, signed: Note, found: Checkpoint, policy: Policy, text: bytes
    ) -> list[tuple[str, int]]:
        times: dict[str, int] = {}
        for line in signed.lines:
            for key in wire_head.keys_at(policy.witnesses, max(found.size - 1, 0)):
                if not line.is_by(key):
                    continue
                try:
                    time = cosignature.verify(signed.body, line, key, self._verify)
                    if key.name in times:
                        raise WireError("not-deterministic", "a witness signed twice")
                except WireError as error:
                    about = f"witness {key.name}"
                    detail = f"on the checkpoint of size {found.size} of {source}: {error}"
                    finding = Finding("cosignature-bad", about, detail, f"{key.name} {found.size} {source}")
                    self._book.add(finding, lambda: {"checkpoint.txt": text})
                    continue
                times[key.name] = time
                self._check_time(key.name, found.size, min(time, MAX_TIME), text)
        return list(times.items())

    def _check_time(self, witness: str, size: int, time: int, text: bytes) -> None:
        sql = self._state.sql
        # The neighbours by size: if the others go forward among themselves, these say whether this one fits.
        below = sql.execute(
            "SELECT size, time FROM cosignatures WHERE witness = ? AND size < ? ORDER BY size DESC, time DESC LIMIT 1",
            (witness, size),
        ).fetchone()
        above = sql.execute(
            "SELECT size, time FROM cosignatures WHERE witness = ? AND size > ? ORDER BY size, time LIMIT 1",
            (witness, size),
        ).fetchone()
        later = below if below and below[1] > time else above
        if later and (later is below or later[1] < time):
            detail = f"it saw size {size} at {moment(time)} and size {later[0]} at {moment(later[1])}"
            finding = Finding("cosignature-time", f"witness {witness}", detail, f"{witness} {size} {later[0]}")
            self._book.add(finding, lambda: self._files(text, later[0]))
        sql.execute("INSERT OR IGNORE INTO cosignatures VALUES (?, ?, ?)", (witness, size, time))

    def _files(self, text: bytes, size: int) -> dict[str, bytes]:
        row = self._state.sql.execute("SELECT note FROM checkpoints WHERE size = ? LIMIT 1", (size,)).fetchone()
        return {"checkpoint.txt": text} | ({"other.txt": row[0]} if row else {})

    def _check_quorum(self, source: str, head: Head, policy: Policy, text: bytes) -> None:
        if len(head.cosigned) < policy.quorum:
            size = head.checkpoint.size
            detail = f"{len(head.cosigned)} of {policy.quorum} needed witnesses cosigned size {size}"
            finding = Finding("quorum-missed", source, detail, f"{source} {size}")
            self._book.add(finding, lambda: {"checkpoint.txt": text})

    def _check_rollback(self, shown: Shown) -> None:
        before = self._stored("source = ? ORDER BY size DESC LIMIT 1", shown.source)
        if before and before[0].size > shown.checkpoint.size:
            detail = f"it showed {before[0].size} entries and now shows {shown.checkpoint.size}"
            identity = f"{shown.source} {before[0].size} {shown.checkpoint.size}"
            self._book.add(
                Finding("rollback", shown.source, detail, identity),
                lambda: {"checkpoint-before.txt": before[0].text, "checkpoint-now.txt": shown.text},
            )

    def _check_same_size(self, shown: Shown) -> None:
        found = shown.checkpoint
        for other in self._stored("size = ? AND root <> ? LIMIT 1", found.size, found.root):
            self._fork(shown, other, {})

    def _is_part(self, shown: Shown, own: OwnTree) -> bool:
        """Whether a checkpoint that is not larger than the own tree is part of it."""
        size = shown.checkpoint.size
        if own.root(size) == shown.checkpoint.root:
            return True
        larger = self._stored("agrees = 1 AND size >= ? ORDER BY size LIMIT 1", size)
        if larger:
            self._fork(shown, larger[0], _own_proof(size, larger[0].size, own))
        else:
            self._fork_from_unfinished(shown, own)
        return False

    def _find_fork(self, shown: Shown, own: OwnTree, reader: LogReader) -> None:
        """The smallest checkpoint of the own history that is no prefix of the shown tree; all larger ones are none."""
        stored = self._stored("agrees = 1 AND size > 0 AND size <= ? ORDER BY size", own.size)
        low, high = 0, len(stored)
        while low < high:
            middle = (low + high) // 2
            if reader.root(stored[middle].size) == stored[middle].root:
                low = middle + 1
            else:
                high = middle
        if low < len(stored):
            self._fork(shown, stored[low], _proof(stored[low].size, reader))
        else:
            self._fork_from_unfinished(shown, own)

    def _fork_from_unfinished(self, shown: Shown, own: OwnTree) -> None:
        """The own tree was read up to here from a larger checkpoint, and the audit did not get to its end."""
        for other in self._stored("size >= ? AND root <> ? ORDER BY size LIMIT 1", own.size, shown.checkpoint.root):
            self._fork(shown, other, {})

    def _fork(self, shown: Shown, other: _Stored, files: dict[str, bytes]) -> None:
        self.forks += 1
        found = shown.checkpoint
        name = "fork" if shown.source == other.source else "split-view"
        who = shown.source if name == "fork" else f"{shown.source} and {other.source}"
        detail = (
            f"signed: {other.size} entries with root {other.root.hex()} (shown by {other.source}), and {found.size}"
            f" entries with root {found.root.hex()} (shown by {shown.source}); no history has both"
        )
        finding = Finding(name, who, detail, f"{who} {other.size} {other.root.hex()}")
        evidence = {"checkpoint-1.txt": other.text, "checkpoint-2.txt": shown.text}
        self._book.add(finding, lambda: {**evidence, **files})
        # Whoever cosigned both did not do what a witness is for.
        for witness in sorted({name for name, _ in shown.head.cosigned} & self._cosigners(other)):
            detail = f"it cosigned both: {detail_of_both(other.size, found.size)}; no history has both"
            identity = f"{witness} {other.size} {other.root.hex()}"
            self._book.add(Finding("witness-forked", f"witness {witness}", detail, identity), lambda: evidence)

    def _cosigners(self, other: _Stored) -> set[str]:
        rows = self._state.sql.execute(
            "SELECT witness FROM cosigned_heads WHERE size = ? AND root = ?", (other.size, other.root)
        )
        return {name for (name,) in rows.fetchall()}

    def _remember(self, shown: Shown, policy: Policy) -> None:
        found, head = shown.checkpoint, shown.head
        witnesses = wire_head.keys_at(policy.witnesses, max(found.size - 1, 0))
        after = head.signed_after(policy.quorum)
        self._state.sql.executemany(
            "INSERT OR IGNORE INTO cosigned_heads VALUES (?, ?, ?)",
            [(name, found.size, found.root) for name, _ in head.cosigned],
        )
        self._state.sql.execute(
            "INSERT OR IGNORE INTO checkpoints (source, size, root, note, seen, beacon, after, agrees)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
            (
                shown.source,
                found.size,
                found.root,
                shown.text,
                self._now,
                beacon.of(head.note, witnesses),
                None if after is None else min(after, MAX_TIME),
            ),
        )

    def _stored(self, where: str, *values: object) -> list[_Stored]:
        rows = self._state.sql.execute(f"SELECT source, size, root, note FROM checkpoints WHERE {where}", values)
        return [_Stored(*row) for row in rows.fetchall()]


def detail_of_both(size: int, other: int) -> str:
    """Two heads, for people."""
    return f"two trees of {size} entries" if size == other else f"trees of {size} and of {other} entries"


def _own_proof(size: int, larger: int, own: OwnTree) -> dict[str, bytes]:
    """The same of the own tree; two heads of one size need none."""
    if size == larger:
        return {}
    path = merkle.consistency_path(own.range_root, size, larger) if size else []
    return {"consistency.json": _path_file(size, larger, path)}


def _proof(size: int, reader: LogReader) -> dict[str, bytes]:
    """What shows anybody that the reader's tree has another beginning of this size than the one that was signed."""
    try:
        return {"consistency.json": _path_file(size, reader.size, reader.consistency_claim(size))}
    except AuditError as error:  # the signed notes contradict each other all the same
        return {"consistency-not-available.txt": f"{error}\n".encode()}


def _path_file(old: int, new: int, path: list[bytes]) -> bytes:
    """RFC 9162 §2.1.4: the path leads to the larger checkpoint's root, and for the smaller size to another than its."""
    content = {"old_size": old, "new_size": new, "path": [item.hex() for item in path]}
    return (json.dumps(content, indent=2) + "\n").encode()
