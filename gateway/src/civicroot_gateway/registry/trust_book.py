"""Everything inbound that the gateway believes: enrolments, revocations, checkpoints, and what operators tell devices.

One object for the life of the process. `receive` judges a message and says what is to be stored; memory has it at once,
and `load` puts memory back to what is durable.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from civicroot_wire import batch, record, topic, verdict
from civicroot_wire.errors import TrustError, WireError
from civicroot_wire.policy import Policy

from ..down.configurations import Configurations
from ..operate.logs import fields
from ..signing import Verify
from . import trust_store
from .newest_checkpoint import NewestCheckpoint
from .registry import RegisteredKey, Registry
from .trust_store import TrustStore

# What arrives under topics that end so, and what it counts under.
SUBJECTS = {
    topic.ENROLMENT: "registration",
    topic.REVOCATION: "revocation",
    topic.CHECKPOINT: "checkpoint",
    topic.CMD: "command",
}
REVOKED = "revoked"
# Registrations come in bursts under one checkpoint: its signatures are verified once. Only what holds is remembered.
REMEMBERED_SIGNATURES = 64
EVERYBODY = b""  # the kid under which what is about no single key is stored

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """What a message changed: `subject` it counts under, and what is to be `saved`, as (kind, kid) → message.

    `devices` are newly registered ones: each gets a word at once, for it may have given up waiting.
    """

    subject: str
    saved: dict[tuple[str, bytes], bytes]
    devices: list[bytes] = field(default_factory=list)


class TrustBook:
    """What is believed under `policy` by the gateway whose key is `own`."""

    def __init__(self, policy: Policy, own: bytes, verify: Verify) -> None:
        remembering: Verify = lru_cache(REMEMBERED_SIGNATURES)(verify)
        self._own = own
        self.registry = Registry(policy, remembering)
        self.newest = NewestCheckpoint(policy, remembering)
        self.configurations = Configurations(policy.realm, self.registry, verify)

    def load(self, store: TrustStore) -> None:
        """Forget everything and take what the store has."""
        self.registry.load(store.load(trust_store.ENROLMENT), store.load(trust_store.REVOCATION))
        self.newest.load(store.load(trust_store.CHECKPOINT).get(EVERYBODY))
        self.configurations.load(store)

    def committed(self) -> None:
        """All that `receive` said is durable: now devices may be told."""
        self.configurations.committed()

    # What follows from it

    @property
    def closed(self) -> str | None:
        """Why this gateway takes nothing in: its own key was withdrawn, and nobody will believe its batches."""
        return REVOKED if self.registry.withdrawn(self._own) is not None else None

    @property
    def alarms(self) -> list[str]:
        """What needs somebody."""
        return [] if self.closed is None else [self.closed]

    def may_seal(self, seq: int) -> bool:
        """Whether the backend will take a batch of number `seq`: it refuses one by an unknown gateway for good."""
        try:
            self.registry.accepts(self._own, batch.ROLE, seq)
        except TrustError:
            return False
        return True

    # Messages in

    def receive(self, leaf: str, kid: bytes | None, payload: bytes) -> News | None:
        """Take in a message under a topic that ends in `leaf`, one of SUBJECTS; None: no news. Raises WireError."""
        if kid is None:
            return self._on_checkpoint(payload) if leaf == topic.CHECKPOINT else None
        handlers: dict[str, Callable[[bytes, bytes], News | None]] = {
            topic.ENROLMENT: self._on_registration,
            topic.REVOCATION: self._on_withdrawal,
            topic.CMD: self._on_command,
        }
        return handlers[leaf](kid, payload)

    def known(self, leaf: str, kid: bytes | None) -> bytes | None:
        """What a refused message contradicts, as a sample for the operator."""
        if kid is None:
            return self.newest.note
        if leaf == topic.ENROLMENT:
            key = self.registry.get(kid)
            return key.entry if key is not None else None
        withdrawn = self.registry.withdrawals.get(kid) if leaf == topic.REVOCATION else None
        return withdrawn.entry if withdrawn is not None else None

    def _on_registration(self, kid: bytes, payload: bytes) -> News | None:
        key = self.registry.judge(kid, payload)
        if key is None:
            return None
        self.registry.add(key)
        _log.info("key registered", extra=fields(kid=kid.hex(), role=key.role, subject=key.subject, index=key.index))
        saved = {(trust_store.ENROLMENT, kid): payload} | self._early_commands(key)
        return News(SUBJECTS[topic.ENROLMENT], saved, [kid] if key.role == record.ROLE else [])

    def _on_withdrawal(self, kid: bytes, payload: bytes) -> News | None:
        found = self.registry.judge_withdrawal(kid, payload)
        if found is None:
            return None
        self.registry.withdrawals.add(kid, found)
        key = self.registry.get(kid)
        role = key.role if key is not None else None
        level = logging.CRITICAL if kid == self._own or role == verdict.ROLE else logging.WARNING
        said = fields(kid=kid.hex(), role=role, subject=key.subject if key else None, index=found.index)
        _log.log(level, "key withdrawn", extra=said)
        return News(SUBJECTS[topic.REVOCATION], {(trust_store.REVOCATION, kid): payload})

    def _on_checkpoint(self, payload: bytes) -> News | None:
        found = self.newest.judge(payload)
        if found is None:
            return None
        self.newest.take(found, payload)
        return News(SUBJECTS[topic.CHECKPOINT], {(trust_store.CHECKPOINT, EVERYBODY): payload})

    def _on_command(self, kid: bytes, payload: bytes) -> News | None:
        found = self.configurations.judge(kid, payload)
        if found is None:
            return None
        self.configurations.add(found)
        said = fields(kid=kid.hex(), kind=found.kind, version=found.version, subject=found.subject)
        _log.info("device told", extra=said)
        return News(SUBJECTS[topic.CMD], {(found.kind, kid): payload})

    def _early_commands(self, key: RegisteredKey) -> dict[tuple[str, bytes], bytes]:
        """What came before the registration that it needs, if it holds now."""
        saved: dict[tuple[str, bytes], bytes] = {}
        for kid, payload in self.configurations.early(key):
            try:
                news = self._on_command(kid, payload)
            except WireError as error:
                _log.warning("command refused", extra=fields(kid=kid.hex(), error=str(error)))
                continue
            saved |= {} if news is None else news.saved
        return saved
