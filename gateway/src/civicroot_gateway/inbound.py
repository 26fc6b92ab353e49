"""Messages in: what each of them adds to the group that the next commit makes durable."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial

from civicroot_wire import state, topic, verdict
from civicroot_wire.errors import MalformedError, WireError
from civicroot_wire.policy import Policy

from .admission import evidence
from .admission.admission import Accepted, Admission, Decision, Refused
from .admission.rate_limit import RATE_LIMITED, RateLimit
from .admission.sequence_ledger import SequenceLedger
from .config import BatchLimits
from .config.model import Admission as Limits
from .errors import SpoolFault
from .group import Group
from .registry import trust_book
from .registry.trust_book import TrustBook
from .signing import Verify
from .spool.frame import MAX_ARRIVAL, RecordFrame
from .spool.spool import DISK_RESERVE, NewRecord, Spool
from .trusted_clock import Clock
from .uplink.lane import lane_of

KNOWN_TOPICS = 32_768  # names whose reading is remembered, some 300 bytes each: three for each of 10,000 devices
_parse = lru_cache(KNOWN_TOPICS)(topic.parse)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the engine needs to know of its configuration."""

    realm: str
    policy: Policy
    limits: BatchLimits
    spool_bytes: int
    admission: Limits = field(default_factory=Limits)


class Inbound:
    """Judges messages for the gateway whose key is `kid`; `group` gathers what follows from them."""

    def __init__(
        self, kid: bytes, spool: Spool, book: TrustBook, settings: Settings, clock: Clock, verify: Verify
    ) -> None:
        self.group = Group()
        self._rate = RateLimit(settings.admission, book.registry, clock.monotonic)
        self._kid = kid
        self._spool = spool
        self._book = book
        self._settings = settings
        self._clock = clock
        self._verify = verify
        self._admission = Admission(settings.realm, book.registry, self._ledger_of, self._digest_of, verify)

    def receive(self, name: str, payload: bytes) -> None:
        """Take in a message under MQTT topic `name`; refuses it by itself, and never raises for what it says."""
        self.group.messages += 1
        if self.group.fault is not None:
            return  # nothing of this group is going to be durable: it all comes again
        try:
            gateway, kid, leaf = _parse(name)
            if gateway != self._kid:
                raise MalformedError("wrong-topic", name)
            handler = self._handler(kid, leaf)
            if handler is None:
                raise MalformedError("wrong-topic", name)
        except WireError as error:
            self._refuse("message", error, None, payload)
            return
        try:
            handler(payload)
        except SpoolFault as error:
            self.group.fault = error

    def _handler(self, kid: bytes | None, leaf: str) -> Callable[[bytes], None] | None:
        if kid is None:
            if leaf == topic.ACK:
                return self._on_verdict
            return partial(self._on_trust, leaf, None) if leaf == topic.CHECKPOINT else None
        if leaf == topic.UP:
            return partial(self._on_up, kid)
        if leaf == topic.STATE:
            return partial(self._on_state, kid)
        told = leaf in trust_book.SUBJECTS and leaf != topic.CHECKPOINT
        return partial(self._on_trust, leaf, kid) if told else None

    # Records

    def _on_up(self, kid: bytes, payload: bytes) -> None:
        if self.group.free is None:
            self.group.free = self._spool.free_bytes()
        lack = self._lack(self.group.free)
        if lack is not None:
            self.group.counts["message", lack] += 1  # not acknowledged: the device keeps its records
            return
        if self._rate.exceeded(kid, len(payload)):
            self.group.counts["message", RATE_LIMITED] += 1
            return
        now = self._clock.now()
        for decision in self._admission.decisions(kid, payload):
            self._apply(kid, decision, now)

    def lack(self) -> str | None:
        """Why no record is admitted now, if so."""
        return self._lack(self._spool.free_bytes())

    def _lack(self, free: int) -> str | None:
        if self._book.closed is not None:
            return self._book.closed
        if self._spool.octets + self.group.octets >= self._settings.spool_bytes:
            return "spool-full"
        return "disk-full" if free < DISK_RESERVE else None

    def _apply(self, kid: bytes, decision: Decision, now: int | None) -> None:
        group = self.group
        if isinstance(decision, Refused):
            group.counts["record", decision.reason] += 1
            other = None if decision.other is None else self._record_of(kid, decision.other)
            self.sample(decision.reason, kid, decision.detail, decision.data, other)
            if decision.final and decision.seq is not None:
                group.answer(kid).refused[decision.seq] = decision.reason
            return
        row = self._spool.projection.device(kid)
        row.heard = row.heard if now is None else now
        if isinstance(decision, Accepted):
            group.counts["record", "accepted"] += 1
            found = decision.record
            row.ledger.add(found.sequence)
            position = self._spool.next_position + len(group.records)
            entry = RecordFrame(position, min(now or 0, MAX_ARRIVAL), lane_of(found), found.encoded)
            group.add(NewRecord(kid, found.seq, decision.digest, entry))
            group.answer(kid).numbers.add(found.seq)
            return
        group.counts["record", "duplicate" if decision.compared else "duplicate-not-compared"] += 1
        group.answer(kid).numbers.add(decision.seq)
        if not decision.compared:
            self.sample("duplicate-not-compared", kid, f"seq {decision.seq}", decision.data)

    def _on_state(self, kid: bytes, payload: bytes) -> None:
        try:
            found = state.decode(payload)
        except WireError as error:
            self._refuse("state", error, kid, payload)
            return
        if kid in self._spool.devices:  # of others nothing is stored: anybody can make up a kid
            row, now = self._spool.projection.device(kid), self._clock.now()
            row.online, row.waiting = found.online, found.waiting
            if found.online:  # a goodbye says nothing of what it follows
                row.configuration, row.refused = found.configuration, found.refused
            row.heard = now if found.online and now is not None else row.heard
        if found.online:
            self.group.answer(kid)
            self._book.configurations.device_online(kid)

    # From the backend

    def _on_trust(self, leaf: str, kid: bytes | None, payload: bytes) -> None:
        subject = trust_book.SUBJECTS[leaf]
        try:
            news = self._book.receive(leaf, kid, payload)
        except WireError as error:
            self._refuse(subject, error, kid, payload, self._book.known(leaf, kid))
            return
        if news is None:
            return
        self.group.trust.update(news.saved)
        self.group.counts[news.subject, "accepted"] += 1
        for device in news.devices:
            self.group.answer(device)  # ends the long pause of one whose records nobody could take until now
            self._spool.projection.device(device)
        if leaf == topic.CHECKPOINT and self._book.newest.earliest is not None:
            self._clock.checkpoint(self._book.newest.earliest)

    def _on_verdict(self, payload: bytes) -> None:
        try:
            # 1. Well-formed.  2. By an enrolled backend.  3. Signed in this realm.
            found = verdict.decode(payload)
            key = self._book.registry.signer(found.kid, verdict.ROLE)
            verdict.verify(found, self._settings.realm, key.public, self._verify)
            # 4. On a batch of ours that still waits; a late repetition is no fault.
            known = self._spool.contents.by_digest(found.digest)
            if known is None:
                self.group.counts["verdict", "settled-before"] += 1
                return
            # 5. On records that are in it.
            if found.rejected and found.rejected[-1][0] >= known.size:
                raise MalformedError("out-of-range", "rejected index is outside the batch")
        except WireError as error:
            self._refuse("verdict", error, None, payload)
            return
        self.group.verdicts.setdefault(known.seq, found)

    # Helpers

    def _ledger_of(self, kid: bytes) -> SequenceLedger:
        row = self._spool.devices.get(kid)
        return row.ledger if row else SequenceLedger()

    def _digest_of(self, kid: bytes, seq: int) -> bytes | None:
        new = self.group.by_number.get((kid, seq))
        if new is not None:
            return new.digest
        seen = self._spool.projection.seen(kid, seq)
        return None if seen is None else seen.digest

    def _record_of(self, kid: bytes, seq: int) -> bytes | None:
        new = self.group.by_number.get((kid, seq))
        if new is not None:
            return new.frame.encoded
        seen = self._spool.projection.seen(kid, seq)
        return None if seen is None else self._spool.record_at(seen.position)

    def sample(self, reason: str, kid: bytes | None, detail: str, data: bytes, other: bytes | None = None) -> None:
        """Keep a sample of what was refused, with the commit."""
        self.group.samples.append(evidence.sample(reason, kid, self._clock.now() or 0, detail, data, other))

    def _refuse(
        self, subject: str, error: WireError, kid: bytes | None, data: bytes, other: bytes | None = None
    ) -> None:
        self.group.counts[subject, error.reason] += 1
        self.sample(error.reason, kid, f"{subject}: {error.detail}", data, other)
