"""The spool: the journal of what was accepted, sealed and settled, and state.db, which follows it at its leisure.

Nothing is said to anybody before `commit` or `seal` returned. Both raise SpoolFault when the disk fails; what is in
memory then is still what is on the disk, but for the devices' ledgers, which `reload` puts back.

A batch number must never be used for two contents. It is in the journal, in the frame with the batch's header, and in
state.db, both synced before the batch is offered for delivery; opening goes on from the greater of the two. Only when
state.db is gone does the journal stand alone, and then damage in it makes the number go up by as many batches as can
have been written there.
"""

import hashlib
import logging
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from civicroot_wire import batch, cbor, cose, record, record_grammar
from civicroot_wire.errors import WireError
from civicroot_wire.sodium import Signer

from ..admission.sequence_ledger import SequenceLedger
from ..errors import SpoolError, SpoolFault
from ..operate.logs import fields
from ..uplink.lane import URGENT
from . import contents, frame, migration_0_1, state
from .contents import Contents, SpooledBatch
from .damage import Damage
from .frame import RecordFrame, SealedFrame, SettledFrame
from .journal import SEGMENT_BYTES, Journal
from .segment import HEADER_BYTES, SUFFIX, Fault, Identity
from .state import STATE_FILE, Counters, DeviceRow, Mark, State, StateDamaged
from .window import Seen, Window

JOURNAL_FOLDER = "spool"
# Bytes of the disk left free: to copy a segment, for state.db to grow in, and for the notes of what is delivered. A
# disk that is full to the last byte would stay so, though the backend commits everything.
DISK_RESERVE = 32 << 20
REPLAY_WINDOW = 16384  # numbers whose digests are kept: half a year of a busy bin, far more than an outbox holds
STATE_INTERVAL = 60.0  # seconds: what `status` shows of a gateway that was killed is no older
WINDOW_INTERVAL = 3600.0  # seconds: a device that reports every minute then fills its page of state.db, not one of 60
WINDOW_RECORDS = 65536  # or so many: 13 MB of memory, and half a second to read them again after a kill
MAX_WINDOW_RECORDS = 4 * WINDOW_RECORDS  # when state.db takes nothing: beyond it no record is accepted
COMPACT_SHARE = 0.25  # of a segment's records that are not delivered: below, copying them frees more than it costs
COMPACT_SEGMENTS = 4  # a spool of fewer is small
_PRUNE_STEP = 1024  # numbers between two prunings of the window: one statement for many
_SENT_SOON = 8  # messages kept in memory from their sealing until they are sent: two windows, 2 MiB

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class NewRecord:
    """An accepted record on its way into the spool."""

    kid: bytes
    seq: int
    digest: bytes
    frame: RecordFrame


def no_fault(_statement: str) -> None:
    """The hook outside tests."""


def identity_of(signer: Signer, realm: str) -> Identity:
    """Whose journal it is. The salt of its frames is a secret that comes with the key, and lives as long."""
    salt = hashlib.blake2b(signer.seed, digest_size=4, person=b"civicroot-spool").digest()
    return Identity(signer.kid, hashlib.sha256(realm.encode()).digest()[:8], int.from_bytes(salt, "little"))


class Spool:
    """An open spool; one writer. `devices` by kid, `contents` of the journal; both are changed by what is durable only.

    Raises SpoolError when it opens.
    """

    def __init__(self, folder: Path, identity: Identity, realm: str, fault: Fault = no_fault) -> None:
        self.folder = folder
        self.devices: dict[bytes, DeviceRow] = {}
        self.damages: list[Damage] = []
        self.damaged = False  # an alarm, until somebody acknowledges it
        self._identity = identity
        self._realm = realm
        self._fault = fault
        self._journal = Journal(folder / JOURNAL_FOLDER, identity, fault)
        self.contents = Contents(self._journal.read)
        self._window = Window()
        self._pruned: dict[bytes, int] = {}
        self._prunable: dict[bytes, int] = {}
        self._dirty: set[bytes] = set()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._incomplete: set[int] = set()
        self._messages: dict[int, bytes] = {}
        self._lanes: tuple[list[int], list[int]] | None = None
        self._oldest = (0, 0)  # position and arrival
        self._condemned: StateDamaged | None = None
        self._open_state()

    @classmethod
    def create(cls, folder: Path, signer: Signer, realm: str) -> None:
        """Make the empty spool of a new key, durably; raises SpoolError if there is one."""
        if exists(folder):
            raise SpoolError(f"{folder} has a spool")
        (folder / JOURNAL_FOLDER).mkdir(exist_ok=True)
        journal = Journal(folder / JOURNAL_FOLDER, identity_of(signer, realm), no_fault)
        journal.commit([], [], 0)
        journal.close()
        State.create(folder / STATE_FILE, signer.kid, realm, Mark())

    @classmethod
    def open(cls, folder: Path, signer: Signer, realm: str, fault: Fault = no_fault) -> "Spool":
        """Open the spool of a key; raises SpoolError.

        A missing spool is not made anew: the key's next batch number would be lost with it.
        """
        identity = identity_of(signer, realm)
        migration_0_1.run(folder, identity, realm, JOURNAL_FOLDER, STATE_FILE, fault)
        if not exists(folder):
            raise SpoolError(
                f"{folder} has no spool; a key without its spool has lost its batch number: make a new key"
            )
        return cls(folder, identity, realm, fault)

    # Opening

    def _open_state(self) -> None:
        path = self.folder / STATE_FILE
        (self.folder / JOURNAL_FOLDER).mkdir(exist_ok=True)
        found: State | None = None
        saved: Mapping[tuple[str, bytes], bytes] = {}
        try:
            if path.exists():
                found = State.open(path, self._identity.kid, self._realm, self._fault)
                self.devices = found.devices()
        except StateDamaged as error:
            saved = self._set_aside(found, error)
            found = None
        self.damages = self._journal.load(lambda item, _segment: self.contents.take(item))
        mark = self._lone_mark() if found is None else found.mark()
        if found is None:
            State.create(path, self._identity.kid, self._realm, mark)
            found = State.open(path, self._identity.kid, self._realm, self._fault)
            with found.transaction():
                found.save(saved)
        self._agree(mark)
        self._state, self._mark = found, mark
        try:
            self._record_number()
        except SpoolFault as error:  # a full disk: the uplink can still be served with what was recorded before
            _log.error("state.db takes no writes", extra=fields(error=str(error)))
        self._replay(counting=True)

    def requeue(self) -> int:
        """Put the records of all refused batches among those in no batch; how many. Raises SpoolFault."""
        refused = self.contents.refused
        self.commit([], [self.outcome_of(item, frame.RETURNED) for item in refused])
        return sum(item.records for item in refused)

    def _set_aside(self, damaged: State | None, error: StateDamaged) -> Mapping[tuple[str, bytes], bytes]:
        if damaged is not None:
            damaged.close()
        aside, saved = state.set_aside(self.folder / STATE_FILE)
        self._counts["spool", "damaged-state"] += 1
        _log.critical("state.db is damaged, made anew", extra=fields(error=str(error), kept=str(aside)))
        return saved

    def _lone_mark(self) -> Mark:
        """What the journal says when it stands alone."""
        if not self._journal.numbered:
            raise SpoolError(f"{self.folder}: neither journal nor state says the next batch number: make a new key")
        least = len(frame.encode(SealedFrame(0, 0, 0, 0, 0, bytes(32), b""), 0))
        return Mark(next_batch=max([self.contents.next_batch, *self._headers()]) + self._journal.unsure // least)

    def _headers(self) -> list[int]:
        return [item.header.next_batch for item in self._journal.segments]

    def _agree(self, mark: Mark) -> None:
        """Journal and state go on from the greater of their numbers."""
        self.contents.next_batch = max(self.contents.next_batch, mark.next_batch, *self._headers(), 0)
        included = max(mark.seen_to, mark.counted_to)
        if included >= self._journal.next_position:
            first, number = (
                self._journal.next_position,
                max([item.number for item in self._journal.segments], default=0),
            )
            self.damages.append(Damage(number, 0, 0, first, included, included + 1 - first))
            self._journal.skip_to(included + 1)
        self._incomplete = {item.seq for item in self.contents.waiting if item.records < item.size}

    def _replay(self, counting: bool) -> None:
        """Take in from the journal what state.db has not. Signatures were verified before it was written."""
        external = cbor.encode(cose.aad(record.KIND, self._realm))
        mark = self._mark
        for item in self._journal.after(min(mark.seen_to, mark.counted_to) if counting else mark.seen_to):
            try:
                found = record_grammar.decode(item.encoded)
            except WireError as error:  # it was accepted, by a version that took more
                _log.error("record in the journal", extra=fields(position=item.position, error=str(error)))
                continue
            row = self.device(found.kid)
            row.ledger.add(found.sequence)
            digest = hashlib.sha256(found.sig_structure(external)).digest()
            self._window.add(found.kid, found.seq, digest, item.position)
            if counting and item.position > mark.counted_to:
                self._counts["record", "accepted"] += 1
                row.heard = max(row.heard or 0, item.arrived) or None

    def reload(self) -> None:
        """After a failed commit: files opened anew, and devices as they are durable. Raises SpoolError."""
        self._state.close()
        before = self.devices
        try:
            if self._condemned is not None:
                raise self._condemned
            self._state = State.open(self.folder / STATE_FILE, self._identity.kid, self._realm, self._fault)
            self.devices = self._state.devices()
        except StateDamaged as error:
            self._renew_state(error)
        self._mark = self._state.mark()
        self._window.clear()
        self._pruned.clear()
        self._prunable.clear()
        self._replay(counting=False)
        for kid, row in before.items():  # never durable at once, and worth keeping
            now = self.device(kid)
            now.heard, now.online, now.waiting = row.heard, row.online, row.waiting
        self._lanes = None

    def _renew_state(self, error: StateDamaged) -> None:
        """A new state.db in place of one that turned out to be damaged; the journal is replayed into it."""
        saved = self._set_aside(self._state, error)
        path = self.folder / STATE_FILE
        State.create(path, self._identity.kid, self._realm, Mark(next_batch=self.contents.next_batch))
        self._state = State.open(path, self._identity.kid, self._realm, self._fault)
        with self._state.transaction():
            self._state.save(saved)
        self.devices, self._condemned = {}, None

    def close(self) -> None:
        """Close it; what `save` did not store is replayed from the journal."""
        self._journal.close()
        self._state.close()

    # What is known

    @property
    def octets(self) -> int:
        """Bytes of the journal."""
        return self._journal.octets

    def free_bytes(self) -> int:
        """Free bytes of the file system that the spool is on."""
        return shutil.disk_usage(self.folder).free

    @property
    def clock(self) -> int:
        """Unix seconds that the clock had reached when `save` was called last."""
        return self._mark.clock

    @property
    def is_dirty(self) -> bool:
        """Whether `save` has anything to store."""
        return bool(self._dirty or self._counts)

    def oldest_arrival(self) -> int | None:
        """Unix seconds when the oldest record came that is not delivered; None if there is none, or no clock was."""
        position = min(self.contents.oldest().values(), default=0)
        if position != self._oldest[0]:
            found = self._journal.read(position, position) if position else []
            self._oldest = position, found[0].arrived if found else 0
        return self._oldest[1] or None

    @property
    def next_position(self) -> int:
        """The position of the next record."""
        return self._journal.next_position

    @property
    def lanes(self) -> tuple[list[int], list[int]]:
        """Numbers of the batches to be delivered, urgent and ordinary ones, each ascending."""
        if self._lanes is None:
            ready = [
                item
                for item in self.contents.waiting
                if item.seq < self._mark.next_batch and item.seq not in self._incomplete
            ]
            urgent = [item.seq for item in ready if item.lane == URGENT]
            self._lanes = urgent, [item.seq for item in ready if item.lane != URGENT]
        return self._lanes

    def device(self, kid: bytes) -> DeviceRow:
        """The device's row, to be changed; stored by the next `save`."""
        row = self.devices.get(kid)
        if row is None:
            row = self.devices[kid] = DeviceRow(SequenceLedger())
        self._dirty.add(kid)
        return row

    def seen(self, kid: bytes, seq: int) -> Seen | None:
        """What was accepted under a number, while the replay window remembers it; raises SpoolFault."""
        found = self._window.get(kid, seq)
        if found is not None:
            return found
        with self._trusting_state():
            row = self._state.seen(kid, seq)
        return None if row is None else Seen(*row)

    def record_at(self, position: int) -> bytes | None:
        """A record's bytes, while it is in the journal."""
        found = self._journal.read(position, position)
        return found[0].encoded if found else None

    def counters(self) -> dict[tuple[str, str], int]:
        """All counters by (subject, name)."""
        with self._trusting_state():
            return dict(Counter(self._state.counters()) + self._counts)

    def load(self, kind: str) -> dict[bytes, bytes]:
        """The registry's messages of a kind by kid."""
        with self._trusting_state():
            return self._state.load(kind)

    # The commit

    def commit(self, records: Sequence[NewRecord], settled: Sequence[SettledFrame]) -> None:
        """Make accepted records and verdicts durable; raises SpoolFault, and then nothing of it is."""
        if len(self._window) > MAX_WINDOW_RECORDS:
            raise SpoolFault(f"{self.folder / STATE_FILE} takes no writes")
        frames = [*self._returns(), *settled]
        self._journal.commit([item.frame for item in records], frames, self.contents.next_batch)
        for item in records:
            self.contents.take(item.frame)
            self._window.add(item.kid, item.seq, item.digest, item.frame.position)
        for kid in {item.kid for item in records}:
            self._prune(kid)
        for found in frames:
            self.contents.take(found)
            self._incomplete.discard(found.seq)
            self._messages.pop(found.seq, None)
        if frames:
            self._lanes = None
        if self._mark.next_batch < self.contents.next_batch:
            self._record_number()

    def _returns(self) -> list[SettledFrame]:
        """Batches that lost records match their roots no more: what is left of them goes into others.

        If the backend has one of them, those records are there twice, which is no fault. If not, its number stays
        without a batch, and whoever audits the log asks for it: it is where records were lost.
        """
        return [self.outcome_of(self.contents.batches[seq], frame.RETURNED) for seq in sorted(self._incomplete)]

    @staticmethod
    def outcome_of(item: SpooledBatch, outcome: int, reason: str = "") -> SettledFrame:
        """The frame that says what became of a batch."""
        return SettledFrame(item.seq, item.lane, item.first, item.last, outcome, reason)

    def read(self, first: int, last: int, lane: int) -> list[RecordFrame]:
        """The records of a lane from position `first` to `last` that can be read; raises SpoolFault."""
        return self._journal.read(first, last, lane)

    def lose(self, lane: int, first: int, last: int, records: int) -> None:
        """So many records of a lane that are in no batch could not be read back: they are gone."""
        at = next((item for item in self._journal.segments if item.first <= first <= item.last), None)
        self.damages.append(Damage(0 if at is None else at.number, 0, 0, first, last, records))
        self.note_damage(self._mark.clock)
        if not self._journal.read(first, last, lane):
            self.contents.queue(lane).take(first, last)

    def seal(self, found: SealedFrame, message: bytes) -> None:
        """Use up a batch number, durably; raises SpoolFault."""
        self._journal.commit([], [found], self.contents.next_batch)
        self.contents.take(found)
        self._messages[found.seq] = message
        while len(self._messages) > _SENT_SOON:
            del self._messages[next(iter(self._messages))]
        self._record_number()

    def _record_number(self) -> None:
        """The batch number in state.db, too; while it cannot be, the batch waits."""
        if self._mark.next_batch < self.contents.next_batch:
            mark = replace(self._mark, next_batch=self.contents.next_batch)
            with self._changing_state():
                self._state.set_mark(mark)
            self._mark = mark
        self._lanes = None

    def batch_message(self, seq: int) -> bytes:
        """The message of a waiting batch, the same bytes every time.

        Raises SpoolFault if it cannot be read; if because of damage, it is taken out with the next commit.
        """
        known = self._messages.get(seq)
        if known is not None:
            return known
        item = self.contents.batches[seq]
        records = [found.encoded for found in self._journal.read(item.first, item.last, item.lane)]
        message = batch.encode_message(item.header, records)
        if hashlib.sha256(message).digest() != item.digest:
            self._incomplete.add(seq)
            self._lanes = None
            raise SpoolFault(f"batch {seq} has {len(records)} of its {item.size} records")
        return message

    def batch_records(self, item: SpooledBatch) -> list[bytes]:
        """The records of a batch, in order."""
        return [found.encoded for found in self._journal.read(item.first, item.last, item.lane)]

    # The state

    def count(self, counts: Counters) -> None:
        """Add to the counters; durable with the next `save`."""
        self._counts.update(counts)

    def keep(self, trust: Mapping[tuple[str, bytes], bytes], others: Callable[[State], None] | None) -> None:
        """Store what cannot wait: the registry's messages, and what `others` writes. Raises SpoolFault."""
        with self._changing_state():
            self._state.save(trust)
            if others is not None:
                others(self._state)

    def note_damage(self, at: int) -> None:
        """Store what opening found damaged; raises SpoolFault."""
        lost = 0
        if self.damages:
            with self._changing_state():
                lost = self._state.add_damage(self.damages, at)
            _log.critical("spool is damaged", extra=fields(places=len(self.damages), records=lost))
        if lost:
            self._counts["spool", "damaged-records"] += lost
        self.damages = []
        with self._trusting_state():
            self.damaged = self._state.unacknowledged_damage() > 0

    @contextmanager
    def _trusting_state(self) -> Iterator[None]:
        """What turns out to be damaged is replaced by `reload`, as after every fault."""
        try:
            yield
        except StateDamaged as error:
            self._condemned = error
            raise SpoolFault(str(error)) from error

    @contextmanager
    def _changing_state(self) -> Iterator[None]:
        with self._trusting_state(), self._state.transaction():
            yield

    @property
    def window_records(self) -> int:
        """Numbers whose digests are in memory only."""
        return len(self._window)

    def save(self, clock: int, standing: Mapping[str, int | None], window: bool) -> None:
        """Bring state.db up to date, with the replay window or without it; raises SpoolFault."""
        last = self._journal.next_position - 1
        mark = Mark(self.contents.next_batch, last if window else self._mark.seen_to, last, clock)
        with self._changing_state():
            self._state.save_devices((kid, self.devices[kid]) for kid in self._dirty)
            self._state.count(self._counts)
            self._state.set_standing(standing)
            if window:
                self._state.add_seen(self._window.rows())
                self._state.forget_seen(self._prunable.items())
            self._state.set_mark(mark)
        self._mark = mark
        self._dirty.clear()
        self._counts.clear()
        if window:
            self._window.clear()
            self._prunable.clear()
        with self._trusting_state():
            self.damaged = self._state.unacknowledged_damage() > 0
        self._lanes = None

    def _prune(self, kid: bytes) -> None:
        """Settle a device's ledger below the window; its digests there are forgotten with the next `save` of it."""
        row = self.devices[kid]
        below = (row.ledger.received.last or 0) + 1 - REPLAY_WINDOW
        if below >= self._pruned.get(kid, 0) + _PRUNE_STEP:
            row.ledger.settle(below)
            self._pruned[kid] = self._prunable[kid] = below

    # Making room

    def tidy(self, max_octets: int) -> bool:
        """Delete what is delivered; compact one segment if that is worth it. True: `save` the window, then again."""
        oldest, included = self.contents.oldest(), min(self._mark.seen_to, self._mark.counted_to)
        dead, wanting = 0, False
        for item in self._journal.segments:
            if item is self._journal.segments[-1] and not self._is_full(max_octets):
                break
            if any(lane in oldest and last >= oldest[lane] for lane, (_, last) in item.lanes.items()):
                break
            if item.last > included:
                wanting = True
                break
            dead += 1
        if dead == len(self._journal.segments):
            self._journal.rotate(self.contents.next_batch)
        if dead:
            self._journal.delete_oldest(dead)
        self._compact_one()
        return wanting

    def _is_full(self, max_octets: int) -> bool:
        return self._journal.octets >= min(max_octets, SEGMENT_BYTES) and self._journal.segments[-1].records > 0

    def _compact_one(self) -> None:
        if len(self._journal.segments) <= COMPACT_SEGMENTS:
            return
        ranges: dict[int, list[tuple[int, int, int]]] = {}
        for item in self._journal.segments[:-1]:
            for lane in item.lanes:
                ranges.setdefault(lane, self.contents.ranges(lane))
            live = sum(contents.live_records(ranges[lane], *span) for lane, span in item.lanes.items())
            if live < COMPACT_SHARE * item.records and item.last <= min(self._mark.seen_to, self._mark.counted_to):
                self._journal.compact(item, lambda found: contents.is_live(ranges[found.lane], found.position))
                return


def is_unused(folder: Path) -> bool:
    """Whether nothing was ever put into the spool of a folder."""
    segments = list((folder / JOURNAL_FOLDER).glob("*" + SUFFIX))
    if len(segments) > 1 or any(item.stat().st_size > HEADER_BYTES for item in segments):
        return False
    return not (folder / STATE_FILE).exists() or state.is_unused(folder / STATE_FILE)


def remove(folder: Path) -> None:
    """Delete an unused spool."""
    for path in (folder / JOURNAL_FOLDER).glob("*"):
        path.unlink()
    for suffix in ("-wal", "-shm", ""):
        (folder / (STATE_FILE + suffix)).unlink(missing_ok=True)


def exists(folder: Path) -> bool:
    """Whether a folder has a spool, or what is left of one."""
    return (
        (folder / migration_0_1.OLD_FILE).exists()
        or (folder / STATE_FILE).exists()
        or any((folder / JOURNAL_FOLDER).glob("*" + SUFFIX))
    )
