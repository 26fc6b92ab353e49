"""The newest checkpoint the gateway was told of, and its beacon for the devices (SPEC.md §5.4)."""

import logging

from civicroot_wire import beacon, head
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import TrustError, WireError
from civicroot_wire.policy import Policy

from ..operate.logs import fields
from ..signing import Verify

_log = logging.getLogger(__name__)


class NewestCheckpoint:
    """`note` and `beacon` of the newest checkpoint, or None. It never goes back to a smaller log.

    `earliest`: Unix seconds before which it did not exist, by its witnesses' clocks; None without a quorum.
    """

    def __init__(self, policy: Policy, verify: Verify) -> None:
        self._policy = policy
        self._verify = verify
        self.load(None)

    def load(self, note: bytes | None) -> None:
        """Forget everything, and take the stored note, if there is one and the policy still trusts it."""
        self._checkpoint: Checkpoint | None = None
        self.note: bytes | None = None
        self.beacon: bytes | None = None
        self.earliest: int | None = None
        if note is None:
            return
        try:
            found = self.judge(note)
        except WireError as error:  # the policy changed since
            _log.error("checkpoint no longer trusted", extra=fields(error=str(error)))
            return
        if found is not None:
            self.take(found, note)

    @property
    def size(self) -> int:
        """Entries in the log, 0 before any checkpoint was seen."""
        return self._checkpoint.size if self._checkpoint else 0

    def judge(self, note: bytes) -> head.Head | None:
        """The verified head if the note is news, None if it is not newer; raises WireError."""
        if note == self.note:
            return None
        # 1. Signed by the city's log; known witnesses' lines verify.
        found = head.verify(note, self._policy, self._verify)
        # 2. Seen by the quorum: else its beacon would prove no time.
        if len(found.cosigned) < self._policy.quorum:
            raise TrustError("quorum-missed", f"{len(found.cosigned)} of {self._policy.quorum} witnesses")
        # 3. Of one history: two roots for one size mean that somebody is shown another log.
        known = self._checkpoint
        if known is not None and found.checkpoint.size == known.size and found.checkpoint.root != known.root:
            raise TrustError("equivocation", f"two roots for log size {known.size}")
        # 4. Newer: late messages do not turn time back.
        if known is not None and found.checkpoint.size < known.size:
            return None
        return found

    def take(self, found: head.Head, note: bytes) -> None:
        """Take in what `judge` returned for `note`."""
        witnesses = head.keys_at(self._policy.witnesses, max(found.checkpoint.size - 1, 0))
        self._checkpoint = found.checkpoint
        self.note = note
        self.beacon = beacon.of(found.note, witnesses)
        self.earliest = found.signed_after(self._policy.quorum)
