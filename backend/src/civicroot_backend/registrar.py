"""Enrolments and policies: verified against the trust policy at the index they will have, then logged."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from civicroot_wire import enrolment
from civicroot_wire import policy as policies
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.errors import TrustError, WireError
from civicroot_wire.merkle import leaf_hash
from civicroot_wire.policy import Policy
from civicroot_wire.sodium import verify
from sqlalchemy import Connection, insert, select

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import enrolments, log_entries
from civicroot_backend.errors import ConfigurationError
from civicroot_backend.ingest.evidence import ENROLMENT, Refused, Tally
from civicroot_backend.log import kinds, sequencer
from civicroot_backend.log.sequencer import Sequencer

ACCEPTED, REPEATED = "accepted", "repeated"  # counted in scope ENROLMENT


@dataclass(frozen=True, slots=True)
class EnrolmentReceipt:
    """Where the enrolment is in the log, and whom it enrolled. `repeated`: it was there before."""

    index: int
    kid: bytes
    subject: str
    role: str
    repeated: bool


class Registrar:
    """Takes signed enrolments. Threads may use it at the same time."""

    def __init__(self, database: Database, policy: Policy, clock: Callable[[], float]) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock

    def enrol(self, data: bytes) -> EnrolmentReceipt:
        """Log an enrolment durably. Raises WireError; a refusal is counted and changes nothing else."""
        tally = Tally()
        refusal: WireError | None = None
        with self._database.write() as connection:
            try:
                receipt = self._enrol(connection, data)
                tally.count(ENROLMENT, REPEATED if receipt.repeated else ACCEPTED)
            except WireError as error:
                refusal = error
                tally.refuse(Refused(ENROLMENT, error.reason, error.detail, data))
            tally.write(connection, self._clock())
        if refusal is not None:
            raise refusal
        return receipt

    def _enrol(self, connection: Connection, data: bytes) -> EnrolmentReceipt:
        # 1. Strict form.
        found = enrolment.decode(data)
        # 2. The same statement again is the same entry.
        known = sequencer.find(connection, leaf_hash(data))
        if known is not None:
            return EnrolmentReceipt(known, found.kid, found.subject, found.role, True)
        log = Sequencer(connection)
        # 3. A registrar of the policy at the index that it will have, for this realm; the key's owner asked for it.
        signer = self._policy.registrar(found.registrar_kid, log.next_index)
        enrolment.verify(found, self._policy.realm, signer.public, verify)
        before = select(enrolments.c.public, enrolments.c.role).where(enrolments.c.kid == found.kid).limit(1)
        earlier = connection.execute(before).one_or_none()
        # 4. No other key was ever enrolled under this kid.
        if earlier is not None and earlier.public != found.public:
            raise TrustError("key-mismatch", f"another key is enrolled under {found.kid.hex()}")
        # 5. It keeps its role: its numbers count one kind of message, and what it skipped is of that kind.
        if earlier is not None and earlier.role != found.role:
            raise TrustError("wrong-role", f"{found.kid.hex()} is enrolled as {earlier.role} already; use another key")
        index = log.append(kinds.ENROLMENT, data)
        connection.execute(insert(enrolments), _row(found, index, int(self._clock())))
        return EnrolmentReceipt(index, found.kid, found.subject, found.role, False)


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


def _row(found: Enrolment, index: int, now: int) -> dict[str, Any]:
    latitude, longitude = found.location or (None, None)
    return {
        "log_index": index,
        "kid": found.kid,
        "public": found.public,
        "subject": found.subject,
        "role": found.role,
        "model": found.model,
        "latitude": _degrees(latitude),
        "longitude": _degrees(longitude),
        "label": found.label,
        "simulated": found.simulated,
        "home_gateway": None,
        "logged": now,
    }


def _degrees(value: int | DecimalFraction | None) -> float | None:
    return None if value is None else float(str(value))
