"""The keys that the city enrolled, as the trust policy lets this gateway believe it (SPEC.md §3.3, §8)."""

from dataclasses import dataclass

from civicroot_wire import registration
from civicroot_wire.errors import TrustError
from civicroot_wire.policy import Policy

from ..signing import Verify


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """An enrolled key: `public` 32 bytes, `role`, `subject`, the enrolment's log `index`, the `message` that told."""

    kid: bytes
    public: bytes
    role: str
    subject: str
    index: int
    message: bytes


class Registry:
    """Verified registrations by kid. Nothing here touches a store: who keeps the messages gives them again."""

    def __init__(self, policy: Policy, verify: Verify) -> None:
        self._policy = policy
        self._verify = verify
        self._keys: dict[bytes, RegisteredKey] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, kid: bytes) -> RegisteredKey | None:
        """The key enrolled under `kid`."""
        return self._keys.get(kid)

    def judge(self, kid: bytes, message: bytes) -> RegisteredKey | None:
        """The key that a registration under `kid`'s topic brings, or None if it is no news; raises WireError."""
        known = self._keys.get(kid)
        if known is not None and known.message == message:
            return None  # retained messages come again with every connection
        # 1. In the city's log, signed by a registrar, asked for by the key's owner.
        read = registration.decode(message)
        found = registration.verify(read, self._policy, self._verify)
        index = read.entry.index
        # 2. Under its own topic: no device is shadowed by another one's enrolment.
        if found.kid != kid:
            raise TrustError("wrong-topic", f"enrolment of {found.kid.hex()}")
        # 3. Not another key under a kid that was ever enrolled.
        if known is not None and known.public != found.public:
            raise TrustError("key-mismatch", "another key was enrolled under this kid")
        # 4. Not older than what is known.
        if known is not None and index <= known.index:
            return None
        return RegisteredKey(kid, found.public, found.role, found.subject, index, message)

    def add(self, key: RegisteredKey) -> None:
        """Take in what `judge` returned."""
        self._keys[key.kid] = key

    def signer(self, kid: bytes, role: str) -> RegisteredKey:
        """The key under `kid` if it may sign for `role`; raises TrustError."""
        key = self._keys.get(kid)
        if key is None:
            raise TrustError("unknown-key-id", kid.hex())
        if key.role != role:
            raise TrustError("wrong-role", f"{key.subject} is {key.role}, not {role}")
        return key
