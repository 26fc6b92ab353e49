"""The gateway without its links: messages in, a commit for each group, and what may be said after it.

Nothing leaves before the commit that it speaks of. `flush` raises SpoolFault if the disk fails; then `reload` puts
memory back to what is durable, and the caller lets the broker deliver the group again.
"""

import logging
from collections import Counter
from dataclasses import dataclass, field

from civicroot_wire import batch, record, topic
from civicroot_wire.errors import TrustError
from civicroot_wire.verdict import Verdict

from .admission import acknowledging
from .admission.evidence import CONTRADICTIONS
from .errors import SpoolFault
from .group import PROGRESS, Group
from .inbound import Inbound, Settings
from .operate.logs import fields
from .operate.standing import Heard, Key, Standing
from .registry.trust_book import TrustBook
from .signing import Signer, Verify
from .spool import keys
from .spool.contents import SpooledBatch
from .spool.frame import COMMITTED, REFUSED, RETURNED, SettledFrame
from .spool.spool import Spool
from .trusted_clock import Clock
from .upkeep import Upkeep
from .uplink.backlog import Backlog

__all__ = ["Clock", "Engine", "Outcome", "Settings"]

LOG_INTERVAL = 1.0  # seconds between two lines about refusals, however many there are
BAD_TIME = "bad-time"  # the refusal that a right clock mends by itself

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Outcome:
    """After a commit: `answers` (topic, payload) for the devices, and numbers of batches that need no more sending."""

    answers: list[tuple[str, bytes]] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)


class Engine:
    """One gateway's state over its spool. Not thread-safe: one loop owns it."""

    def __init__(self, spool: Spool, signer: Signer, settings: Settings, clock: Clock, verify: Verify) -> None:
        self.trust = TrustBook(settings.policy, signer.kid, verify)
        self._spool = spool
        self._signer = signer
        self._settings = settings
        self._clock = clock
        self._verify = verify
        self._unlogged: Counter[tuple[str, str]] = Counter()
        self._log_after = clock.monotonic()
        self._keys = keys.Names()
        self._upkeep = Upkeep(spool, clock, settings.spool_bytes)
        clock.raise_floor(spool.projection.mark.clock)
        self._inbound = Inbound(self.kid, spool, self.trust, settings, clock, verify)
        self._start()
        spool.note_damage(clock.now() or 0)

    def reload(self) -> None:
        """Forget what is not durable; raises SpoolError if the spool cannot be used any more."""
        self._spool.reload()
        self._start()

    def _start(self) -> None:
        self.trust.load(self._spool)
        for kid in self._spool.load("enrolment"):
            self._keys.changed(kid)
        if self.trust.newest.earliest is not None:
            self._clock.known(self.trust.newest.earliest)
        settings = self._settings
        self._backlog = Backlog(self._spool, self._signer, settings.realm, settings.limits, self._clock.monotonic)
        self._inbound.group = Group()

    def close(self) -> None:
        """Store what would else be read from the journal at the next start; raises SpoolFault."""
        if self.pending:  # what is not durable must not get into the state
            self.reload()
        self._upkeep.save(window=True)

    # What the daemon asks

    @property
    def kid(self) -> bytes:
        """The gateway's key identifier."""
        return self._signer.kid

    @property
    def pending(self) -> int:
        """Messages and records that wait for `flush`."""
        return self._inbound.group.messages + len(self._inbound.group.records)

    @property
    def spooled(self) -> int:
        """Records that the backend has neither committed nor refused."""
        return self._spool.contents.records

    @property
    def lanes(self) -> tuple[list[int], list[int]]:
        """Numbers of the batches to be delivered: urgent ones and the others, each the oldest first."""
        return self._spool.lanes

    @property
    def waiting(self) -> list[int]:
        """Numbers of the batches to be delivered, in the order in which they are."""
        urgent, others = self._spool.lanes
        return urgent + others

    def batch_message(self, seq: int) -> bytes:
        """The message of a waiting batch; raises SpoolFault if it cannot be read."""
        return self._spool.batch_message(seq)

    def public_of(self, kid: bytes) -> bytes | None:
        """The public key of an enrolled device that was not withdrawn."""
        try:
            return self.trust.registry.signer(kid, record.ROLE).public
        except TrustError:
            return None

    def due_in(self) -> float | None:
        """Seconds until `flush` is to be called though no message came, or None."""
        waits = [self._upkeep.due_in(), 0.0 if self._to_be_mended() else None]
        if self._may_seal(self._spool.contents.next_batch) and self._clock.now() is not None:
            waits.append(self._backlog.due_in())
        return min((seconds for seconds in waits if seconds is not None), default=None)

    def receive(self, name: str, payload: bytes) -> None:
        """Take in a message under MQTT topic `name`; refuses it by itself, and never raises for what it says."""
        self._inbound.receive(name, payload)

    # The commit

    def flush(self) -> Outcome:
        """Make all that came in durable, close batches that are due, and return what may be said now."""
        group = self._inbound.group
        if group.fault is not None:
            raise group.fault
        settled = [*self._verdicts(group), *self._mended(group)]
        self._upkeep.keep(group.trust, group.samples)
        self._backlog.coming({item.frame.lane for item in group.records})
        self._spool.commit(group.records, settled)
        self._inbound.group = Group()
        self._committed(group)
        now = self._clock.now()
        sealed = 0 if now is None else self._backlog.seal(now, self._may_seal)
        self._spool.projection.count({("batch", "sealed"): sealed} if sealed else {})
        self._upkeep.after_commit(group.octets, bool(settled))
        self._log_refusals(group)
        return Outcome(self._answers(group), list(group.verdicts))

    def _verdicts(self, group: Group) -> list[SettledFrame]:
        """What became of batches, by the backend's verdicts."""
        found = []
        for seq, said in group.verdicts.items():
            item = self._spool.contents.batches[seq]
            if said.rejected:
                self._rejected(group, seq, said)
            if said.committed:
                group.counts["batch", "committed"] += 1
                group.counts["record", "committed"] += item.records
            else:
                reason = said.reason or ""
                group.counts["batch-refused", reason] += 1
                if reason == BAD_TIME:
                    self._clock.refused(batch.decode_header(item.header).closed)
                text = fields(batch=seq, records=item.records, reason=reason)
                _log.critical("batch refused, kept as dead letter", extra=text)
            found.append(self._spool.outcome_of(item, COMMITTED if said.committed else REFUSED, said.reason or ""))
        return found

    def _rejected(self, group: Group, seq: int, said: Verdict) -> None:
        records = self._spool.batch_records(self._spool.contents.batches[seq])
        for index, reason in said.rejected:
            group.counts["rejected", reason] += 1
            if index < len(records):
                kid = record.decode(records[index]).kid
                self._inbound.sample(reason, kid, f"rejected by the backend in batch {seq}", records[index])

    def _mended(self, group: Group) -> list[SettledFrame]:
        """Batches that were refused for a wrong clock go back into the queue when it is right."""
        found = self._to_be_mended()
        if found:
            group.counts["batch", "returned"] += len(found)
        return [self._spool.outcome_of(item, RETURNED) for item in found]

    def _to_be_mended(self) -> list[SpooledBatch]:
        if not self._spool.contents.has_refused or self._clock.now() is None:
            return []
        return [item for item in self._spool.contents.refused if item.reason == BAD_TIME]

    def _committed(self, group: Group) -> None:
        for _, kid in group.trust:
            self._keys.changed(kid)
        self._spool.projection.count(group.counts)
        self.trust.committed()

    def _may_seal(self, seq: int) -> bool:
        return self.trust.may_seal(seq)

    def _answers(self, group: Group) -> list[tuple[str, bytes]]:
        now = self._clock.now()
        found = []
        for kid, answer in group.answers.items():
            name = topic.of_device(self.kid, kid, topic.ACK)
            row = self._spool.devices.get(kid)
            ledger = row.ledger if row else None
            found += [(name, item) for item in acknowledging.messages(answer, ledger, self.trust.newest.beacon, now)]
        return found

    def _log_refusals(self, group: Group) -> None:
        """At most one line in LOG_INTERVAL, with all that was refused since the last."""
        self._unlogged.update({key: count for key, count in group.counts.items() if key not in PROGRESS})
        now = self._clock.monotonic()
        if self._unlogged and now >= self._log_after:
            refused = {f"{subject}.{name}": count for (subject, name), count in self._unlogged.items()}
            grave = any(name in CONTRADICTIONS for _, name in self._unlogged)
            level = logging.ERROR if grave else logging.WARNING
            _log.log(level, "refused", extra=fields(**refused))
            self._unlogged.clear()
            self._log_after = now + LOG_INTERVAL

    # Where it stands

    @property
    def room_hours(self) -> float | None:
        """Hours until the spool, or the disk it is on, is full at the present rate; None if that is not known."""
        return self._upkeep.room_hours

    @property
    def alarms(self) -> list[str]:
        """What needs somebody."""
        lack = self._inbound.lack()
        found = [] if lack is None else [lack]
        return list(dict.fromkeys([*found, *self._upkeep.alarms(), *self.trust.alarms]))

    def standing(self) -> Standing:
        """All of it."""
        numbers = self._upkeep.numbers()
        return Standing(
            kid=self.kid,
            realm=self._settings.realm,
            log_size=self.trust.newest.size or None,
            records=numbers["records"] or 0,
            octets=numbers["octets"] or 0,
            batches_waiting=numbers["batches_waiting"] or 0,
            batches_refused=numbers["batches_refused"] or 0,
            octets_refused=numbers["octets_refused"] or 0,
            next_batch=self._spool.contents.next_batch,
            counters=self._spool.counters(),
            keys=self._names(),
            devices=[
                Heard(kid, row.heard, row.online, row.waiting, row.configuration, row.refused)
                for kid, row in sorted(self._spool.devices.items())
            ],
            limit=self._settings.spool_bytes,
            oldest=numbers["oldest"],
            room_hours=self.room_hours,
            alarms=self.alarms,
        )

    def _names(self) -> list[Key]:
        try:
            return [Key(*row) for row in self._keys.rows(self._spool.load)]
        except SpoolFault:  # who only looks must not be the one to trip over it
            return [Key(*row) for row in self._keys.known()]
