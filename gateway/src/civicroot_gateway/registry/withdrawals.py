"""Keys that a registrar withdrew, as the trust policy lets this gateway believe it (SPEC.md §3.4, §8).

A withdrawal is kept for ever, also one that comes before the enrolment that it withdraws.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from civicroot_wire import keys, revocation, withdrawal
from civicroot_wire.errors import MalformedError, TrustError
from civicroot_wire.logged import Logged
from civicroot_wire.policy import Policy

from ..signing import Verify
from .verified_messages import VerifiedMessages

# Only registrars can make one, and everybody sees it: 10,000 devices that each get a new key three times.
MAX_WITHDRAWALS = 32_768


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """That the key with `thumbprint` (32 bytes) was withdrawn by log entry `index`, whose bytes are `entry`."""

    thumbprint: bytes
    index: int
    reason: int
    last_seq: int | None
    entry: bytes

    def covers(self, seq: int | None) -> bool:
        """Whether what the key signed under number `seq` (None: a statement) is no longer taken in."""
        rotated = self.reason == revocation.ROTATED and self.last_seq is not None
        return not rotated or seq is None or self.last_seq is None or seq > self.last_seq


class Withdrawals:
    """Verified withdrawals by kid. None is ever undone; one gives way only to an earlier one of the same key."""

    def __init__(self, policy: Policy, verify: Verify) -> None:
        self._policy = policy
        self._verify = verify
        self._known = VerifiedMessages("withdrawal", self._read, _entry_of)

    def load(self, messages: Mapping[bytes, bytes]) -> None:
        """Forget everything, and take these from the store."""
        self._known.load(messages)

    def get(self, kid: bytes) -> Withdrawn | None:
        """The withdrawal of `kid`."""
        return self._known.get(kid)

    def add(self, kid: bytes, found: Withdrawn) -> None:
        """Take in what `judge` returned."""
        self._known.add(kid, found)

    def __len__(self) -> int:
        return len(self._known)

    def judge(self, kid: bytes, message: bytes) -> Withdrawn | None:
        """What a withdrawal under `kid`'s topic says, or None if it is no news; raises WireError."""
        if self._known.has(kid, _entry_of(message)):
            return None
        known = self._known.get(kid)
        if known is None and len(self._known) >= MAX_WITHDRAWALS:
            raise MalformedError("out-of-range", f"over {MAX_WITHDRAWALS} withdrawn keys")
        found = self._read(kid, message)
        # Of several the first counts.
        if known is not None and found.index >= known.index:
            return None
        return found

    def _read(self, kid: bytes, message: bytes) -> Withdrawn:
        # 1. In the city's log, signed by a registrar.
        read = withdrawal.decode(message)
        found = withdrawal.verify(read, self._policy, self._verify)
        # 2. Under its own topic: a slip withdraws no other key.
        if found.thumbprint[: keys.KID_BYTES] != kid:
            raise TrustError("wrong-topic", f"revocation of {found.thumbprint[: keys.KID_BYTES].hex()}")
        return Withdrawn(found.thumbprint, read.entry.index, found.reason, found.last_seq, read.entry.entry)


def _entry_of(message: bytes) -> Logged:
    return withdrawal.decode(message).entry
