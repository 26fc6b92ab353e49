"""The gateway without its links: messages in, a commit for each group, and what may be said after it.

Nothing leaves before the commit that it speaks of. `flush` raises sqlite3.Error if the disk fails; then `reload` puts
memory back to what is durable, and the caller lets the broker deliver the group again.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from civicroot_wire import batch, record, state, topic, verdict
from civicroot_wire.errors import MalformedError, WireError
from civicroot_wire.policy import Policy
from civicroot_wire.verdict import Verdict

from .admission import acknowledging, evidence
from .admission.admission import Accepted, Admission, Decision, Refused
from .admission.sequence_ledger import SequenceLedger
from .config import BatchLimits
from .group import PROGRESS, Group
from .operate.logs import fields
from .registry.newest_checkpoint import NewestCheckpoint
from .registry.registry import Registry
from .signing import Signer, Verify
from .spool.spool import DeviceRow, NewRecord, Spool
from .uplink.backlog import Backlog
from .uplink.batcher import SpooledRecord

REPLAY_WINDOW = 16384  # numbers whose digests are kept: half a year of a busy bin, far more than an outbox holds
# Bytes of the disk left free for deleting: SQLite needs room in its log to delete, and in the file to empty the log. A
# disk that is full to the last byte would stay so, though the backend commits everything.
DISK_RESERVE = 32 << 20
LOG_INTERVAL = 1.0  # seconds between two lines about refusals, however many there are
_PRUNE_STEP = 1024  # numbers between two prunings of the window: one statement for many

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clock:
    """`now()` in Unix seconds, for the messages; `monotonic()` in seconds, for everything that lasts."""

    now: Callable[[], int]
    monotonic: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the engine needs to know of its configuration."""

    realm: str
    policy: Policy
    limits: BatchLimits
    spool_bytes: int


@dataclass(slots=True)
class Outcome:
    """After a commit: `answers` (topic, payload) for the devices, and numbers of batches that need no more sending."""

    answers: list[tuple[str, bytes]] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)


class Engine:
    """One gateway's state over its spool. Not thread-safe: one loop owns it."""

    def __init__(self, spool: Spool, signer: Signer, settings: Settings, clock: Clock, verify: Verify) -> None:
        self._spool = spool
        self._signer = signer
        self._settings = settings
        self._clock = clock
        self._verify = verify
        self._unlogged: Counter[tuple[str, str]] = Counter()
        self._log_after = clock.monotonic()
        self.reload()

    def reload(self) -> None:
        """Forget what is not durable and read the spool."""
        self._group = Group()
        self._registry = Registry(self._settings.policy, self._verify)
        self._newest = NewestCheckpoint(self._settings.policy, self._verify)
        self._devices = self._spool.devices()
        self._pruned: dict[bytes, int] = {}
        self._position = self._spool.next_position()
        self._backlog = Backlog(
            self._spool, self._signer, self._settings.realm, self._settings.limits, self._clock.monotonic
        )
        self._admission = Admission(
            self._settings.realm, self._registry, self._ledger_of, self._digest_of, self._verify
        )
        self._load_trust()

    def _load_trust(self) -> None:
        for kid, message in self._spool.registrations().items():
            try:
                key = self._registry.judge(kid, message)
            except WireError as error:  # the policy changed since
                _log.error("registration no longer trusted", extra=fields(kid=kid.hex(), error=str(error)))
                continue
            if key:
                self._registry.add(key)
        note = self._spool.checkpoint()
        if note is not None:
            try:
                found = self._newest.judge(note)
            except WireError as error:
                _log.error("checkpoint no longer trusted", extra=fields(error=str(error)))
                return
            if found:
                self._newest.take(found, note)

    # What the daemon asks

    @property
    def kid(self) -> bytes:
        """The gateway's key identifier."""
        return self._signer.kid

    @property
    def pending(self) -> int:
        """Messages and records that wait for `flush`."""
        return self._group.messages + len(self._group.records)

    @property
    def spooled(self) -> int:
        """Records that the backend has not committed."""
        return self._backlog.records

    @property
    def waiting(self) -> list[int]:
        """Numbers of the batches to be delivered, ascending."""
        return self._backlog.waiting

    def batch_message(self, seq: int) -> bytes:
        """The message of a waiting batch."""
        return self._spool.batch_message(seq)

    def seal_due_in(self) -> float | None:
        """Seconds until a batch closes by age, or None."""
        return self._backlog.due_in() if self._may_seal() else None

    # Messages in

    def receive(self, name: str, payload: bytes) -> None:
        """Take in a message under MQTT topic `name`; refuses it by itself, and never raises for what it says."""
        self._group.messages += 1
        try:
            gateway, kid, leaf = topic.parse(name)
            if gateway != self.kid:
                raise MalformedError("wrong-topic", name)
            handler = self._handler(kid, leaf)
            if handler is None:
                raise MalformedError("wrong-topic", name)
        except WireError as error:
            self._refuse("message", error, None, payload)
            return
        handler(payload)

    def _handler(self, kid: bytes | None, leaf: str) -> Callable[[bytes], None] | None:
        if kid is None:
            return {topic.CHECKPOINT: self._on_checkpoint, topic.ACK: self._on_verdict}.get(leaf)
        of_kid = {topic.UP: self._on_up, topic.STATE: self._on_state, topic.ENROLMENT: self._on_registration}.get(leaf)
        return None if of_kid is None else partial(of_kid, kid)

    def _on_up(self, kid: bytes, payload: bytes) -> None:
        lack = self._lacks_room()
        if lack is not None:
            self._group.counts["message", lack] += 1  # not acknowledged: the device keeps its records
            return
        for decision in self._admission.decisions(kid, payload):
            self._apply(kid, decision)

    def _lacks_room(self) -> str | None:
        """Why no record is admitted now, if so."""
        if self._backlog.octets >= self._settings.spool_bytes:
            return "spool-full"
        return "disk-full" if self._spool.free_bytes() < DISK_RESERVE else None

    def _apply(self, kid: bytes, decision: Decision) -> None:
        group = self._group
        if isinstance(decision, Refused):
            group.counts["record", decision.reason] += 1
            other = None if decision.other is None else self._record_of(kid, decision.other)
            self._sample(decision.reason, kid, decision.detail, decision.data, other)
            if decision.final and decision.seq is not None:
                group.answer(kid).refused[decision.seq] = decision.reason
            return
        if isinstance(decision, Accepted):
            group.counts["record", "accepted"] += 1
            self._accept(kid, decision)
        else:
            group.counts["record", "duplicate" if decision.compared else "duplicate-not-compared"] += 1
            group.answer(kid).numbers.add(decision.seq)
            if not decision.compared:
                self._sample("duplicate-not-compared", kid, f"seq {decision.seq}", decision.data)
        self._devices[kid].heard = self._clock.now()
        group.devices.add(kid)

    def _accept(self, kid: bytes, decision: Accepted) -> None:
        found = decision.record
        spooled = SpooledRecord(self._position, self._clock.now(), found.encoded)
        self._position += 1
        self._devices[kid].ledger.add(found.sequence)  # there since its key was registered
        self._group.add(NewRecord(kid, found.seq, decision.digest, spooled))
        self._group.answer(kid).numbers.add(found.seq)
        self._backlog.add(len(found.encoded))

    def _on_state(self, kid: bytes, payload: bytes) -> None:
        try:
            found = state.decode(payload)
        except WireError as error:
            self._refuse("state", error, kid, payload)
            return
        if kid in self._devices:  # of others nothing is stored: anybody can make up a kid
            row = self._devices[kid]
            row.online, row.waiting = found.online, found.waiting
            row.heard = self._clock.now() if found.online else row.heard
            self._group.devices.add(kid)
        if found.online:
            self._group.answer(kid)

    def _on_registration(self, kid: bytes, payload: bytes) -> None:
        try:
            key = self._registry.judge(kid, payload)
        except WireError as error:
            known = self._registry.get(kid)
            self._refuse("registration", error, kid, payload, known.entry if known else None)
            return
        if key is None:
            return
        self._registry.add(key)
        self._group.registrations[kid] = payload
        self._group.counts["registration", "accepted"] += 1
        if key.role == record.ROLE:
            self._group.answer(kid)  # ends the long pause of a device whose records nobody could take until now
            if kid not in self._devices:
                self._devices[kid] = DeviceRow(SequenceLedger())
                self._group.devices.add(kid)
        _log.info("key registered", extra=fields(kid=kid.hex(), role=key.role, subject=key.subject, index=key.index))

    def _on_checkpoint(self, payload: bytes) -> None:
        try:
            found = self._newest.judge(payload)
        except WireError as error:
            self._refuse("checkpoint", error, None, payload, self._newest.note)
            return
        if found is None:
            return
        self._newest.take(found, payload)
        self._group.checkpoint = payload
        self._group.counts["checkpoint", "accepted"] += 1

    def _on_verdict(self, payload: bytes) -> None:
        try:
            # 1. Well-formed.  2. By an enrolled backend.  3. Signed in this realm.
            found = verdict.decode(payload)
            key = self._registry.signer(found.kid, verdict.ROLE)
            verdict.verify(found, self._settings.realm, key.public, self._verify)
            # 4. On a batch of ours that still waits; a late repetition is no fault.
            seq = self._spool.batch_by_digest(found.digest)
            if seq is None:
                self._group.counts["verdict", "settled-before"] += 1
                return
            # 5. On records that are in it.
            if found.rejected and found.rejected[-1][0] >= len(self._spool.batch_records(seq)):
                raise MalformedError("out-of-range", "rejected index is outside the batch")
        except WireError as error:
            self._refuse("verdict", error, None, payload)
            return
        self._group.verdicts.setdefault(seq, found)

    # The commit

    def flush(self) -> Outcome:
        """Make all that came in durable, close batches that are due, and return what may be said now."""
        group = self._group
        with self._spool.transaction():
            self._spool.add_records(group.records)
            for kid in group.devices:
                self._save_device(kid)
            for kid, message in group.registrations.items():
                self._spool.save_registration(kid, message)
            if group.checkpoint is not None:
                self._spool.save_checkpoint(group.checkpoint)
            for seq, found in group.verdicts.items():
                self._settle(seq, found)
            for sample in group.samples:
                evidence.keep(self._spool, sample)
            sealed = self._backlog.seal(self._clock.now()) if self._may_seal() else 0
            if sealed:
                group.counts["batch", "sealed"] += sealed
            self._spool.count(group.counts)
        self._group = Group()
        self._log_refusals(group)
        return Outcome(self._answers(group), list(group.verdicts))

    def _save_device(self, kid: bytes) -> None:
        row = self._devices[kid]
        last = row.ledger.received.last
        below = 0 if last is None else last + 1 - REPLAY_WINDOW
        if below >= self._pruned.get(kid, 0) + _PRUNE_STEP:
            self._spool.forget_seen(kid, below)
            row.ledger.settle(below)
            self._pruned[kid] = below
        self._spool.save_device(kid, row)

    def _settle(self, seq: int, found: Verdict) -> None:
        group = self._group
        records = self._spool.batch_records(seq) if found.rejected else []
        for position, reason in found.rejected:
            group.counts["rejected", reason] += 1
            kid = record.decode(records[position]).kid
            detail = f"rejected by the backend in batch {seq}"
            evidence.keep(self._spool, evidence.sample(reason, kid, self._clock.now(), detail, records[position]))
        size = self._backlog.settle(seq, found, self._clock.now())
        if found.committed:
            group.counts["batch", "committed"] += 1
            group.counts["record", "committed"] += size
        else:
            group.counts["batch-refused", found.reason or ""] += 1
            text = fields(batch=seq, records=size, reason=found.reason)
            _log.critical("batch refused, kept as dead letter", extra=text)

    def _may_seal(self) -> bool:
        """Whether the backend can know this key: it refuses a batch of an unknown gateway for good."""
        own = self._registry.get(self.kid)
        return own is not None and own.role == batch.ROLE

    def _answers(self, group: Group) -> list[tuple[str, bytes]]:
        now = self._clock.now()
        found = []
        for kid, answer in group.answers.items():
            name = topic.of_device(self.kid, kid, topic.ACK)
            row = self._devices.get(kid)
            ledger = row.ledger if row else None
            found += [(name, item) for item in acknowledging.messages(answer, ledger, self._newest.beacon, now)]
        return found

    # Helpers

    def _ledger_of(self, kid: bytes) -> SequenceLedger:
        row = self._devices.get(kid)
        return row.ledger if row else SequenceLedger()

    def _digest_of(self, kid: bytes, seq: int) -> bytes | None:
        new = self._group.by_number.get((kid, seq))
        return new.digest if new else self._spool.digest_of(kid, seq)

    def _record_of(self, kid: bytes, seq: int) -> bytes | None:
        new = self._group.by_number.get((kid, seq))
        return new.spooled.encoded if new else self._spool.record_of(kid, seq)

    def _sample(self, reason: str, kid: bytes | None, detail: str, data: bytes, other: bytes | None = None) -> None:
        self._group.samples.append(evidence.sample(reason, kid, self._clock.now(), detail, data, other))

    def _refuse(
        self, subject: str, error: WireError, kid: bytes | None, data: bytes, other: bytes | None = None
    ) -> None:
        self._group.counts[subject, error.reason] += 1
        self._sample(error.reason, kid, f"{subject}: {error.detail}", data, other)

    def _log_refusals(self, group: Group) -> None:
        """At most one line in LOG_INTERVAL, with all that was refused since the last."""
        self._unlogged.update({key: count for key, count in group.counts.items() if key not in PROGRESS})
        now = self._clock.monotonic()
        if self._unlogged and now >= self._log_after:
            refused = {f"{subject}.{name}": count for (subject, name), count in self._unlogged.items()}
            _log.warning("refused", extra=fields(**refused))
            self._unlogged.clear()
            self._log_after = now + LOG_INTERVAL
