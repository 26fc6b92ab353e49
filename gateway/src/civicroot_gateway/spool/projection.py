"""What follows from the journal's records: devices, numbers seen, counters; in memory at once, in state.db by and by.

What turns out to be damaged in state.db raises SpoolFault, as a disk does that fails; `reload` then makes it anew.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from civicroot_wire import cbor, cose, record, record_grammar
from civicroot_wire.errors import WireError

from ..admission.sequence_ledger import SequenceLedger
from ..errors import SpoolError, SpoolFault
from ..operate.logs import fields
from . import state_file
from .damage import Damage
from .journal import Journal
from .segment import READ_ATTEMPTS, Fault
from .state import STATE_FILE, Counters, DeviceRow, Mark, State
from .state_file import StateDamaged, is_unreadable
from .window import Seen, Window

REPLAY_WINDOW = 16384  # numbers whose digests are kept: half a year of a busy bin, far more than an outbox holds
WINDOW_RECORDS = 65536  # of which the digests wait in memory: 13 MB, and half a second to read them again after a kill
MAX_WINDOW_RECORDS = 4 * WINDOW_RECORDS  # when state.db takes nothing: beyond it no record is accepted
DAMAGED = "spool-damaged"  # alarm
_PRUNE_STEP = 1024  # numbers between two prunings of the window: one statement for many

_log = logging.getLogger(__name__)


class Projection:
    """`devices` by kid; `mark`: how far state.db goes."""

    def __init__(self, folder: Path, kid: bytes, realm: str, fault: Fault) -> None:
        self.devices: dict[bytes, DeviceRow] = {}
        self.mark = Mark()
        self._path = folder / STATE_FILE
        self._kid = kid
        self._realm = realm
        self._fault = fault
        self._window = Window()
        self._pruned: dict[bytes, int] = {}
        self._prunable: dict[bytes, int] = {}
        self._dirty: set[bytes] = set()
        self._counts: Counter[tuple[str, str]] = Counter()  # since the last `save`
        self._totals: Counter[tuple[str, str]] = Counter()  # with what is stored
        self._saved: Mapping[tuple[str, bytes], bytes] = {}  # from a damaged state.db
        self._condemned: StateDamaged | None = None
        self._unreadable = 0  # times that the disk failed under it
        self._state: State

    # Opening

    def open(self) -> bool:
        """Whether there is a sound state.db; if not, `begin` must follow. Raises SpoolError."""
        if not self._path.exists():
            return False
        for _ in range(READ_ATTEMPTS - 1):
            try:
                return self._open_known()
            except SpoolFault as error:
                if not is_unreadable(error):
                    raise
        return self._open_known(last=True)

    def _open_known(self, last: bool = False) -> bool:
        """One attempt; in the `last`, what the disk does not give is damaged."""
        found: State | None = None
        try:
            found = self._open()
            self.devices, self.mark, stored = found.devices(), found.mark(), found.counters()
        except (StateDamaged, SpoolFault) as error:
            if found is not None:
                found.close()
            if not isinstance(error, StateDamaged) and not (last and is_unreadable(error)):
                raise
            self._set_aside(error)
            return False
        self._state = found
        self._totals.update(stored)
        return True

    def begin(self, next_batch: int) -> None:
        """A new state.db, in place of none."""
        self.devices, self.mark = {}, Mark(max(next_batch, self.mark.next_batch))
        self._unreadable = 0
        State.create(self._path, self._kid, self._realm, self.mark)
        self._state = self._open()
        with self._changing():
            self._state.save(self._saved)
            self._state.count(self._totals - self._counts)  # what was counted before the file was lost
            if self._counts["spool", "damaged-state"]:
                self._state.raise_alarm(DAMAGED, 0)
        self._saved, self._condemned = {}, None

    def _open(self) -> State:
        return State.open(self._path, self._kid, self._realm, self._fault)

    def _set_aside(self, error: SpoolError) -> None:
        aside, self._saved, next_batch = state_file.set_aside(self._path)
        self.mark = Mark(max(next_batch, self.mark.next_batch))
        self.count({("spool", "damaged-state"): 1})
        _log.critical("state.db is damaged, made anew", extra=fields(error=str(error), kept=str(aside)))

    def replay(self, journal: Journal, counting: bool) -> None:
        """Take in what state.db has not. Signatures were verified before it was written."""
        external = cbor.encode(cose.aad(record.KIND, self._realm))
        mark = self.mark
        for item in journal.after(min(mark.seen_to, mark.counted_to) if counting else mark.seen_to):
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
                self.count({("record", "accepted"): 1})
                row.heard = max(row.heard or 0, item.arrived) or None

    def reload(self, journal: Journal, next_batch: int) -> None:
        """Devices as they are durable, by a state.db that is opened anew. Raises SpoolError."""
        before = self.devices
        try:
            self._reopen()
            self.devices, self.mark = self._state.devices(), self._state.mark()
        except StateDamaged as error:
            self._state.close()
            self._set_aside(error)
            self.begin(next_batch)
        self._window.clear()
        self._pruned.clear()
        self._prunable.clear()
        self.replay(journal, counting=False)
        for kid, row in before.items():  # never durable at once, and worth keeping
            now = self.device(kid)
            now.heard, now.online, now.waiting = row.heard, row.online, row.waiting
            now.configuration, now.refused = row.configuration, row.refused

    def _reopen(self) -> None:
        if self._condemned is not None:
            raise self._condemned
        try:
            fresh = self._open()
        except SpoolFault as error:  # a full disk has no room for what opening makes
            _log.error("state.db does not open again", extra=fields(error=str(error)))
            return
        self._state.close()
        self._state = fresh

    def close(self) -> None:
        """Close it; what `save` did not store is replayed from the journal."""
        self._state.close()

    @contextmanager
    def _trusting(self) -> Iterator[None]:
        try:
            yield
        except StateDamaged as error:
            self._condemned = error
            raise SpoolFault(str(error)) from error
        except SpoolFault as error:
            self._unreadable += is_unreadable(error)
            if self._unreadable >= READ_ATTEMPTS:  # a bad spot under a page that is needed again and again
                self._condemned = StateDamaged(str(error))
            raise

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._trusting(), self._state.transaction():
            yield

    # What is known

    @property
    def is_dirty(self) -> bool:
        """Whether `save` has anything to store."""
        return bool(self._dirty or self._counts)

    @property
    def window_records(self) -> int:
        """Numbers whose digests are in memory only."""
        return len(self._window)

    @property
    def included(self) -> int:
        """Position up to which state.db has all that follows from the records."""
        return min(self.mark.seen_to, self.mark.counted_to)

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
        with self._trusting():
            row = self._state.seen(kid, seq)
        return None if row is None else Seen(*row)

    def counters(self) -> dict[tuple[str, str], int]:
        """All counters by (subject, name)."""
        return dict(self._totals)

    def raised(self) -> list[str]:
        """Alarms that last until somebody acknowledges them; raises SpoolFault."""
        with self._trusting():
            return self._state.raised()

    def load(self, kind: str) -> dict[bytes, bytes]:
        """The registry's messages of a kind by kid."""
        with self._trusting():
            return self._state.load(kind)

    # What comes

    def accept(self, kid: bytes, seq: int, digest: bytes, position: int) -> None:
        """A record is durable."""
        self._window.add(kid, seq, digest, position)

    def settle(self, kid: bytes) -> None:
        """Settle a device's ledger below the window; its digests there are forgotten when the window is saved."""
        row = self.devices[kid]
        below = (row.ledger.received.last or 0) + 1 - REPLAY_WINDOW
        if below >= self._pruned.get(kid, 0) + _PRUNE_STEP:
            row.ledger.settle(below)
            self._pruned[kid] = self._prunable[kid] = below

    def count(self, counts: Counters) -> None:
        """Add to the counters; durable with the next `save`."""
        self._counts.update(counts)
        self._totals.update(counts)

    def record_number(self, next_batch: int) -> None:
        """Store the next batch number; raises SpoolFault."""
        if self.mark.next_batch < next_batch:
            mark = replace(self.mark, next_batch=next_batch)
            with self._changing():
                self._state.set_mark(mark)
            self.mark = mark

    def keep(self, trust: Mapping[tuple[str, bytes], bytes], others: Callable[[State], None]) -> None:
        """Store what cannot wait: the registry's messages, and what `others` writes. Raises SpoolFault."""
        with self._changing():
            self._state.save(trust)
            others(self._state)

    def note_damage(self, damages: list[Damage], at: int) -> None:
        """Store which places of the journal are damaged, and count the records; raises SpoolFault."""
        if damages:
            with self._changing():
                lost = self._state.add_damage(damages, at)
                if lost is not None:
                    self._state.raise_alarm(DAMAGED, at)
            _log.critical("spool is damaged", extra=fields(places=len(damages), records=lost))
            self.count({("spool", "damaged-records"): lost} if lost else {})

    def save(self, mark: Mark, standing: Mapping[str, int | None], window: bool) -> None:
        """Bring state.db up to `mark`, with the replay window or without it; raises SpoolFault."""
        with self._changing():
            self._state.save_devices((kid, self.devices[kid]) for kid in self._dirty)
            self._state.count(self._counts)
            self._state.set_standing(standing)
            if window:
                self._state.add_seen(self._window.rows())
                self._state.forget_seen(self._prunable.items())
            self._state.set_mark(mark)
        self.mark = mark
        self._dirty.clear()
        self._counts.clear()
        if window:
            self._window.clear()
            self._prunable.clear()
