"""Submission: signed entries are taken from anybody, since their signatures are what counts.

Everything is verified as of the place in the log that the entry will have. What is refused is counted under its kind
and kept as a sample; bytes that are no entry, or of a kind that is not submitted, are counted as `entry`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from civicroot_wire import entry, merkle
from civicroot_wire.errors import MalformedError, WireError
from civicroot_wire.policy import Policy
from civicroot_witness.token_buckets import TokenBuckets
from sqlalchemy import Connection, insert

from civicroot_backend.database.connection import Database
from civicroot_backend.entries import enrolment, revocation, statement, status_list
from civicroot_backend.entries.claims_row import subject_of
from civicroot_backend.entries.position import Check, Position, Rows
from civicroot_backend.errors import TooManyStatements
from civicroot_backend.ingest.evidence import Refused, Tally
from civicroot_backend.log import kinds, sequencer
from civicroot_backend.log.sequencer import Sequencer

ACCEPTED, REPEATED = "accepted", "repeated"  # counted in the scope of the entry's kind
# Of each organisation's key: a bulk of documents at once, and then no more than one gateway has batches.
STATEMENTS_AT_ONCE, STATEMENTS_PER_SECOND = 1000, 10.0
MAX_ORGANISATIONS = 4096
ENTRY = "entry"  # the scope of what is of no kind that is submitted
CHECKS: Mapping[str, Check] = {
    kinds.ENROLMENT: enrolment.check,
    kinds.REVOCATION: revocation.check,
    kinds.STATUS_LIST: status_list.check,
    kinds.CONFIGURATION: statement.check_configuration,
    kinds.RELEASE: statement.check_release,
    kinds.STATEMENT: statement.check,
}


@dataclass(frozen=True, slots=True)
class Submitted:
    """Where an entry is in the log. `leaf`: its hash, 32 bytes; `repeated`: it was there before."""

    index: int
    leaf: bytes
    kind: str
    subject: str
    repeated: bool


class Submissions:
    """Logs what is submitted. Threads may use it at the same time."""

    def __init__(self, database: Database, policy: Policy, clock: Callable[[], float]) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock
        self._quota = TokenBuckets(STATEMENTS_AT_ONCE, STATEMENTS_PER_SECOND, MAX_ORGANISATIONS, time.monotonic)

    def submit(self, data: bytes) -> Submitted:
        """Log an entry durably. Raises WireError; a refusal is counted and changes nothing else.

        Raises TooManyStatements if a key signs more than its share.
        """
        tally, scope = Tally(), ENTRY
        refusal: WireError | None = None
        with self._database.write() as connection:
            try:
                scope = _submitted_kind(data)
                found = self._register(connection, scope, data)
                tally.count(scope, REPEATED if found.repeated else ACCEPTED)
            except WireError as error:
                refusal = error
                tally.refuse(Refused(scope, error.reason, error.detail, data))
            tally.write(connection, self._clock())
        if refusal is not None:
            raise refusal
        return found

    def _register(self, connection: Connection, kind: str, data: bytes) -> Submitted:
        leaf = merkle.leaf_hash(data)
        # 1. The same entry again has the index that it has.
        known = sequencer.find(connection, leaf)
        if known is not None:
            return Submitted(known, leaf, kind, subject_of(connection, known), True)
        # 2. It is what its signer may say at the index that it will have.
        log = Sequencer(connection)
        at = Position(connection, self._policy, log.next_index, int(self._clock()))
        rows = CHECKS[kind](at, data)
        if kind == kinds.STATEMENT:
            self._take_share(rows)
        # 3. It is logged, with what is kept of it.
        log.append(kind, data)
        for table, row in rows:
            connection.execute(insert(table), row | {"log_index": at.index})
        return Submitted(at.index, leaf, kind, subject_of(connection, at.index), False)

    def _take_share(self, rows: Rows) -> None:
        (_, row), *_ = rows
        wait = self._quota.take(row["kid"])
        if wait:
            raise TooManyStatements(f"{row['issuer']} signs more than {STATEMENTS_PER_SECOND:g} statements/s", wait)


def _submitted_kind(data: bytes) -> str:
    kind = entry.kind_of(data)
    if kind not in CHECKS:
        raise MalformedError("wrong-kind", f"a {kind} is not submitted")
    return kind
