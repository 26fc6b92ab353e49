"""The trust policy's own entries: every version is logged, each by the authority of the one before."""

from civicroot_wire import policy as policies
from civicroot_wire.policy import Policy
from civicroot_wire.sodium import verify
from sqlalchemy import select

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import log_entries
from civicroot_backend.errors import ConfigurationError
from civicroot_backend.log import kinds
from civicroot_backend.log.sequencer import Sequencer


def log_policy(database: Database, policy: Policy) -> int:
    """Log the trust policy, the first entry of every log; its index. Raises WireError, ConfigurationError."""
    policies.verify(policy, verify)
    entry = policies.to_entry(policy)
    newest = select(log_entries.c.entry).where(log_entries.c.kind == kinds.POLICY)
    with database.write() as connection:
        before = connection.execute(newest.order_by(log_entries.c.index.desc()).limit(1)).scalar_one_or_none()
        if before is not None and before != entry:
            _check_succession(policies.from_entry(before), policy)
        return Sequencer(connection).append(kinds.POLICY, entry)


def _check_succession(before: Policy, policy: Policy) -> None:
    if policy.realm != before.realm or policy.version <= before.version:
        raise ConfigurationError(
            f"policy file has version {policy.version} of {policy.realm}; the log has version {before.version}"
            f" of {before.realm} already"
        )
    policies.verify(policy, verify, before.roots, before.threshold)
