"""The chain of trust policies in the log, and which one judges (SPEC.md §6)."""

from civicroot_wire import policy as wire_policy
from civicroot_wire.cbor import encode
from civicroot_wire.errors import TrustError, WireError
from civicroot_wire.policy import Policy, TrustedKey

from .examine import Verify


class Policies:
    """`given` is the auditor's own and trusted. `effective` judges: the newest that follows from it in the log."""

    def __init__(self, given: Policy, verify: Verify) -> None:
        self.given = given
        self.effective = given
        self.given_is_logged = False
        self._verify = verify
        self._last: Policy | None = None
        self._models: set[bytes] = set()

    @property
    def newest(self) -> Policy | None:
        """The last policy of the log's chain."""
        return self._last

    def admit(self, data: bytes) -> Policy:
        """Take up the next policy entry of the log. Raises WireError if it does not follow from the one before."""
        found = wire_policy.from_entry(data)
        before = self._last
        # 1. Of this city.
        if found.realm != self.given.realm:
            raise TrustError("wrong-realm", f"a policy of {found.realm}")
        if before is None:
            # 2. The first one is signed by its own roots; that it is the right one shows in 5.
            wire_policy.verify(found, self._verify)
        else:
            # 3. Versions ascend.
            if found.version <= before.version:
                raise TrustError("out-of-range", f"version {found.version} follows version {before.version}")
            # 4. The roots before handed over.
            wire_policy.verify(found, self._verify, before.roots, before.threshold)
        # 5. From the policy at hand on, each one in the chain is trusted because the one before is.
        if _model(found) == _model(self.given):
            self.given_is_logged = True
        elif self.given_is_logged and found.version > self.effective.version:
            self.effective = found
        self._last = found
        self._models.add(_model(found))
        return found

    def is_logged(self, policy: Policy) -> bool:
        """Whether the log's chain has it."""
        return _model(policy) in self._models

    def follows(self, policy: Policy) -> bool:
        """Whether `policy` is a later version to which the roots of the effective one handed over."""
        try:
            wire_policy.verify(policy, self._verify, self.effective.roots, self.effective.threshold)
        except WireError:
            return False
        return policy.realm == self.given.realm and policy.version > self.effective.version

    def registrar(self, kid: bytes, index: int) -> TrustedKey:
        """The registrar's key, trusted at log index `index`. Raises TrustError."""
        return self.effective.registrar(kid, index)


def _model(policy: Policy) -> bytes:
    return encode(policy.model)
