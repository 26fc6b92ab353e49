"""The keys that the city enrolled and withdrew, as the policy lets this gateway believe it (SPEC.md §3.3, §3.4, §8).

Nothing here touches a store or the network: who keeps the messages gives them again, and what was believed once is
believed for as long as the policy stands, however long the backend is away.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from civicroot_wire import keys, record, registration
from civicroot_wire.errors import MalformedError, TrustError
from civicroot_wire.logged import Logged
from civicroot_wire.policy import Policy

from ..signing import Verify
from .verified_messages import VerifiedMessages
from .withdrawals import Withdrawals, Withdrawn

# 10,000 devices, those of a neighbour that is gone, and a new key for each; an enrolment has some 600 bytes.
MAX_KEYS = 32_768
OTHER_ROLES = 1_024  # on top: no flood of devices keeps out the backend, an operator or this gateway itself


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """An enrolled key: `public` 32 bytes, `role`, `subject`; the enrolment's log `index` and its bytes, `entry`."""

    kid: bytes
    public: bytes
    role: str
    subject: str
    index: int
    entry: bytes


class Registry:
    """Verified registrations and withdrawals by kid."""

    def __init__(self, policy: Policy, verify: Verify) -> None:
        self._policy = policy
        self._verify = verify
        self._keys = VerifiedMessages("registration", self._read, _entry_of)
        self.withdrawals = Withdrawals(policy, verify)

    def load(self, enrolments: Mapping[bytes, bytes], revocations: Mapping[bytes, bytes]) -> None:
        """Forget everything, and take these messages from the store."""
        self._keys.load(enrolments)
        self.withdrawals.load(revocations)

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, kid: bytes) -> RegisteredKey | None:
        """The key enrolled under `kid`, withdrawn or not."""
        return self._keys.get(kid)

    def add(self, key: RegisteredKey) -> None:
        """Take in what `judge` returned."""
        self._keys.add(key.kid, key)

    # Who may sign

    def signer(self, kid: bytes, role: str) -> RegisteredKey:
        """The key under `kid` if it may sign for `role` now; raises TrustError."""
        return self._allowed(kid, role, None)

    def accepts(self, kid: bytes, role: str, seq: int) -> RegisteredKey:
        """The key under `kid` if what it signed for `role` under number `seq` is taken in; raises TrustError.

        A key that was rotated may still deliver what it had signed by then.
        """
        return self._allowed(kid, role, seq)

    def withdrawn(self, kid: bytes, seq: int | None = None) -> Withdrawn | None:
        """The withdrawal of the key under `kid`, if it covers `seq`."""
        found = self.withdrawals.get(kid)
        return found if found is not None and found.covers(seq) else None

    def _allowed(self, kid: bytes, role: str, seq: int | None) -> RegisteredKey:
        key = self._keys.get(kid)
        if key is None:
            raise TrustError("unknown-key-id", kid.hex())
        if key.role != role:
            raise TrustError("wrong-role", f"{key.subject} is {key.role}, not {role}")
        found = self.withdrawn(kid, seq)
        if found is not None:
            raise TrustError("revoked", f"{key.subject} by log entry {found.index}")
        return key

    # Messages

    def judge(self, kid: bytes, message: bytes) -> RegisteredKey | None:
        """The key that a registration under `kid`'s topic brings, or None if it is no news; raises WireError."""
        # Retained messages come again with every start, under newer checkpoints: nothing is verified for them.
        if self._keys.has(kid, _entry_of(message)):
            return None
        known = self._keys.get(kid)
        found = self._read(kid, message)
        # 3. Not another key under a kid that was ever enrolled or withdrawn.
        self._check_other_key(found, known)
        # 4. Not older than what is known.
        if known is not None and found.index <= known.index:
            return None
        # 5. Not of a key that was withdrawn before: that is for ever.
        withdrawn = self.withdrawals.get(kid)
        if withdrawn is not None and withdrawn.index < found.index:
            raise TrustError("revoked", f"{kid.hex()} by log entry {withdrawn.index}")
        # 6. There is room for it.
        limit = MAX_KEYS if found.role == record.ROLE else MAX_KEYS + OTHER_ROLES
        if known is None and len(self._keys) >= limit:
            raise MalformedError("out-of-range", f"over {limit} keys")
        return found

    def judge_withdrawal(self, kid: bytes, message: bytes) -> Withdrawn | None:
        """What a withdrawal under `kid`'s topic says, or None if it is no news; raises WireError."""
        found = self.withdrawals.judge(kid, message)
        key = self._keys.get(kid)
        # Of the key that is enrolled, wherever in the log: a key that was enrolled again afterwards is withdrawn too.
        if found is not None and key is not None and keys.thumbprint(key.public) != found.thumbprint:
            raise TrustError("key-mismatch", "another key is enrolled under this kid")
        return found

    def _check_other_key(self, found: RegisteredKey, known: RegisteredKey | None) -> None:
        if known is not None and known.public != found.public:
            raise TrustError("key-mismatch", "another key was enrolled under this kid")
        withdrawn = self.withdrawals.get(found.kid)
        if withdrawn is not None and withdrawn.thumbprint != keys.thumbprint(found.public):
            raise TrustError("key-mismatch", "another key was withdrawn under this kid")

    def _read(self, kid: bytes, message: bytes) -> RegisteredKey:
        # 1. In the city's log, signed by a registrar, asked for by the key's owner.
        read = registration.decode(message)
        found = registration.verify(read, self._policy, self._verify)
        # 2. Under its own topic: no device is shadowed by another one's enrolment.
        if found.kid != kid:
            raise TrustError("wrong-topic", f"enrolment of {found.kid.hex()}")
        return RegisteredKey(kid, found.public, found.role, found.subject, read.entry.index, read.entry.entry)


def _entry_of(message: bytes) -> Logged:
    return registration.decode(message).entry
