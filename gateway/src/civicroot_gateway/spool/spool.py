"""The spool: the journal of what was accepted, sealed and settled, and the projection that follows from it.

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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from civicroot_wire import batch
from civicroot_wire.sodium import Signer

from ..errors import SpoolError, SpoolFault
from ..operate.logs import fields
from ..uplink.lane import URGENT
from . import folder as place
from . import frame, migration_0_1, tidying
from .contents import Contents, SpooledBatch
from .damage import Damage
from .folder import JOURNAL_FOLDER
from .frame import RecordFrame, SealedFrame, SettledFrame
from .journal import Journal
from .projection import MAX_WINDOW_RECORDS, Projection
from .segment import Fault, Identity
from .state import STATE_FILE, DeviceRow, Mark

# Bytes of the disk left free: to copy a segment, for state.db to grow in, and for the notes of what is delivered. A
# disk that is full to the last byte would stay so, though the backend commits everything.
DISK_RESERVE = 32 << 20
_SENT_SOON = 8  # messages kept in memory from their sealing until they are sent: two windows, 2 MiB

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class NewRecord:
    """An accepted record on its way into the spool."""

    kid: bytes
    seq: int
    digest: bytes
    frame: RecordFrame


def no_fault(_call: str) -> None:
    """The hook outside tests."""


class Spool:
    """An open spool; one writer. `contents` of the journal, and the `projection` of its records.

    Raises SpoolError when it opens.
    """

    def __init__(self, folder: Path, identity: Identity, realm: str, fault: Fault = no_fault) -> None:
        self._folder = folder
        self._incomplete: set[int] = set()
        self._messages: dict[int, bytes] = {}
        self._lanes: tuple[list[int], list[int]] | None = None
        self._oldest = (0, 0)  # position and arrival
        (folder / JOURNAL_FOLDER).mkdir(exist_ok=True)
        self._journal = Journal(folder / JOURNAL_FOLDER, identity, fault)
        self.contents = Contents(self._journal.read)
        self.projection = Projection(folder, identity.kid, realm, fault)
        self._load()

    @classmethod
    def open(cls, folder: Path, signer: Signer, realm: str, fault: Fault = no_fault) -> "Spool":
        """Open the spool of a key; raises SpoolError.

        A missing spool is not made anew: the key's next batch number would be lost with it.
        """
        identity = place.identity_of(signer, realm)
        migration_0_1.run(folder, identity, realm, JOURNAL_FOLDER, STATE_FILE, fault)
        if not place.exists(folder):
            raise SpoolError(
                f"{folder} has no spool; a key without its spool has lost its batch number: make a new key"
            )
        return cls(folder, identity, realm, fault)

    def close(self) -> None:
        """Close it; what `save` did not store is replayed from the journal."""
        self._journal.close()
        self.projection.close()

    # Opening

    def _load(self) -> None:
        known = self.projection.open()
        self._damages = self._journal.load(lambda item, _segment: self.contents.take(item))
        headers = [item.header.next_batch for item in self._journal.segments]
        self.contents.next_batch = max([self.contents.next_batch, *headers])
        if not known:
            self.projection.begin(self._lone_number())
        self._agree()
        try:
            self._record_number()
        except SpoolFault as error:  # a full disk: the uplink can still be served with what was recorded before
            _log.error("state.db takes no writes", extra=fields(error=str(error)))
        self.projection.replay(self._journal, counting=True)

    def _lone_number(self) -> int:
        """The next batch number if the journal stands alone."""
        if not self._journal.numbered:
            raise SpoolError(f"{self._folder}: neither journal nor state says the next batch number: make a new key")
        least = len(frame.encode(SealedFrame(0, 0, 0, 0, 0, bytes(32), b""), 0))
        return self.contents.next_batch + self._journal.unsure // least

    def _agree(self) -> None:
        """Journal and state go on from the greater of their numbers."""
        mark = self.projection.mark
        self.contents.next_batch = max(self.contents.next_batch, mark.next_batch)
        first, included = self._journal.next_position, max(mark.seen_to, mark.counted_to)
        if included >= first:
            number = self._journal.segments[-1].number if self._journal.segments else 0
            self._damages.append(Damage(number, 0, 0, first, included, included + 1 - first))
            self._journal.skip_to(included + 1)
        self._incomplete = {item.seq for item in self.contents.waiting if item.records < item.size}

    def reload(self) -> None:
        """After a failed commit: devices as they are durable. Raises SpoolError."""
        self.projection.reload(self._journal, self.contents.next_batch)
        self._lanes = None

    # What is known

    @property
    def devices(self) -> dict[bytes, DeviceRow]:
        """All devices by kid; to change one, ask `projection.device` for it."""
        return self.projection.devices

    @property
    def octets(self) -> int:
        """Bytes of the journal."""
        return self._journal.octets

    @property
    def next_position(self) -> int:
        """The position of the next record."""
        return self._journal.next_position

    @property
    def lanes(self) -> tuple[list[int], list[int]]:
        """Numbers of the batches to be delivered, urgent and ordinary ones, each ascending."""
        if self._lanes is None:
            recorded = self.projection.mark.next_batch
            waiting = [item for item in self.contents.waiting if item.seq not in self._incomplete]
            ready = [item for item in waiting if item.seq < recorded]
            urgent = [item.seq for item in ready if item.lane == URGENT]
            self._lanes = urgent, [item.seq for item in ready if item.lane != URGENT]
        return self._lanes

    def free_bytes(self) -> int:
        """Free bytes of the file system that the spool is on."""
        return shutil.disk_usage(self._folder).free

    def oldest_arrival(self) -> int | None:
        """Unix seconds when the oldest record came that is not delivered; None if there is none, or no clock was."""
        position = min(self.contents.oldest().values(), default=0)
        if position != self._oldest[0]:
            found = self._journal.read(position, position) if position else []
            self._oldest = position, found[0].arrived if found else 0
        return self._oldest[1] or None

    def load(self, kind: str) -> dict[bytes, bytes]:
        """The registry's messages of a kind by kid."""
        return self.projection.load(kind)

    def counters(self) -> dict[tuple[str, str], int]:
        """All counters by (subject, name)."""
        return self.projection.counters()

    # Reading

    def read(self, first: int, last: int, lane: int) -> list[RecordFrame]:
        """The records of a lane from position `first` to `last` that can be read; raises SpoolFault."""
        return self._journal.read(first, last, lane)

    def record_at(self, position: int) -> bytes | None:
        """A record's bytes, while it is in the journal."""
        found = self._journal.read(position, position)
        return found[0].encoded if found else None

    def batch_records(self, item: SpooledBatch) -> list[bytes]:
        """The records of a batch, in order."""
        return [found.encoded for found in self._journal.read(item.first, item.last, item.lane)]

    def batch_message(self, seq: int) -> bytes:
        """The message of a batch, the same bytes every time.

        Raises SpoolFault if it cannot be read; if because of damage, it is taken out with the next commit.
        """
        known = self._messages.get(seq)
        if known is not None:
            return known
        item = self.contents.batches[seq]
        records = self.batch_records(item)
        message = batch.encode_message(item.header, records)
        if hashlib.sha256(message).digest() != item.digest:
            self._incomplete.add(seq)
            self._lanes = None
            self._lost(item.first, item.last, item.size - len(records))
            raise SpoolFault(f"batch {seq} has {len(records)} of its {item.size} records")
        return message

    # Writing

    def commit(self, records: Sequence[NewRecord], settled: Sequence[SettledFrame]) -> None:
        """Make accepted records and verdicts durable; raises SpoolFault, and then nothing of it is."""
        if self.projection.window_records > MAX_WINDOW_RECORDS:
            raise SpoolFault("state.db has taken no writes for too long")
        frames = [*self._returns({item.seq for item in settled}), *settled]
        self._journal.commit([item.frame for item in records], frames, self.contents.next_batch)
        for item in records:
            self.contents.take(item.frame)
            self.projection.accept(item.kid, item.seq, item.digest, item.frame.position)
        for kid in {item.kid for item in records}:
            self.projection.settle(kid)
        for found in frames:
            self.contents.take(found)
            self._incomplete.discard(found.seq)
            self._messages.pop(found.seq, None)
        if frames:
            self._lanes = None
        self._record_number()

    def _returns(self, settled: set[int]) -> list[SettledFrame]:
        """Batches that lost records match their roots no more: what is left of them goes into others.

        If the backend has one of them, those records are there twice, which is no fault. If not, its number stays
        without a batch, and whoever audits the log asks for it: it is where records were lost.
        """
        lost = sorted(self._incomplete - settled)
        return [self.outcome_of(self.contents.batches[seq], frame.RETURNED) for seq in lost]

    @staticmethod
    def outcome_of(item: SpooledBatch, outcome: int, reason: str = "") -> SettledFrame:
        """The frame that says what became of a batch."""
        return SettledFrame(item.seq, item.lane, item.first, item.last, outcome, reason)

    def requeue(self) -> int:
        """Put the records of all refused batches among those in no batch; how many. Raises SpoolFault."""
        refused = self.contents.refused
        self.commit([], [self.outcome_of(item, frame.RETURNED) for item in refused])
        return sum(item.records for item in refused)

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
        if self.projection.mark.next_batch < self.contents.next_batch:
            self.projection.record_number(self.contents.next_batch)
            self._lanes = None

    def save(self, clock: int, standing: Mapping[str, int | None], window: bool) -> None:
        """Bring state.db up to date, with the replay window or without it; raises SpoolFault."""
        last = self._journal.next_position - 1
        seen_to = last if window else self.projection.mark.seen_to
        self.projection.save(Mark(self.contents.next_batch, seen_to, last, clock), standing, window)
        self._lanes = None

    # Damage and room

    def lose(self, lane: int, first: int, last: int, records: int) -> None:
        """So many records of a lane that are in no batch could not be read back: they are gone. Raises SpoolFault."""
        self._lost(first, last, records)
        if not self._journal.read(first, last, lane):
            self.contents.queue(lane).take(first, last)

    def _lost(self, first: int, last: int, records: int) -> None:
        at = next((item.number for item in self._journal.segments if item.first <= first <= item.last), 0)
        self._damages.append(Damage(at, 0, 0, first, last, records))

    def note_damage(self, at: int) -> None:
        """Store what was found damaged since the last time; raises SpoolFault."""
        self.projection.note_damage(self._damages, at)
        self._damages = []

    @property
    def has_news_of_damage(self) -> bool:
        """Whether `note_damage` has something to store."""
        return bool(self._damages)

    def tidy(self, max_octets: int) -> bool:
        """Make room; True if the window must be saved first. Raises SpoolFault."""
        return tidying.tidy(self._journal, self.contents, self.projection.included, max_octets)
