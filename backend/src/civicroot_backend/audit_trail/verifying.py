"""Checking the trail: every hash from the rows, every batch against its salt, every statement against the public log.

What it shows: the rows up to the last batch in the log are those that were there when the log took it, all of them, in
that order, unchanged. What it cannot show: that a row tells the truth, and anything of rows after the last batch.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from civicroot_wire import entry, statement
from civicroot_wire.errors import WireError
from sqlalchemy import Connection, select

from civicroot_backend import keyfile
from civicroot_backend.audit_trail import batches, trail
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.audit_trail.batch import TYP, Batch, is_about
from civicroot_backend.audit_trail.batches import Kept
from civicroot_backend.audit_trail.row import START
from civicroot_backend.database.tables import enrolments
from civicroot_backend.log import kinds


@dataclass(frozen=True, slots=True)
class Result:
    """`findings`: what does not hold, a line each; `rows` of which `covered` are in batches that the log has.

    `forgotten`: how many of them are older than the city keeps them.
    """

    rows: int
    batches: int
    covered: int
    findings: list[str]
    forgotten: int = 0


def about_trail(logged: Iterable[tuple[int, bytes]]) -> dict[int, bytes]:
    """Of log entries with their indices, those that are statements about a trail."""
    return {index: data for index, data in logged if entry.kind_of(data) == kinds.STATEMENT and _typ(data) == TYP}


def issuers(connection: Connection, key_file: Path | None) -> set[str]:
    """As what the city's organisation is enrolled: whose statements are its own. Raises KeyFileError."""
    if key_file is None:
        return set()
    named = select(enrolments.c.subject).where(enrolments.c.kid == keyfile.load(key_file).kid)
    return set(connection.execute(named).scalars())


def verify(connection: Connection, realm: str, issuers: Collection[str], logged: Mapping[int, bytes]) -> Result:
    """Check everything. `issuers`: who speaks for the city; `logged`: `about_trail` of its public log."""
    kept = batches.listed(connection)
    edges = {position for batch in kept for position in (batch.first - 1, batch.end - 1)}
    chains, size, forgotten, findings = _chains(connection, edges)
    covered = 0
    for batch in kept:
        if batch.first != covered:
            findings.append(f"rows {covered} to {batch.first - 1} are in no batch")
        covered = batch.end
        gone = batch.end <= forgotten
        findings.extend(_batch_findings(batch, None if gone else chains, realm, issuers, logged))
    mine = {index: data for index, data in logged.items() if statement.decode(data).claims.issuer in issuers}
    unknown = sorted(set(mine) - {batch.log_index for batch in kept})
    findings.extend(f"log entry {index} is about rows that the database has lost" for index in unknown)
    return Result(size, len(kept), covered, findings, forgotten)


def _chains(connection: Connection, edges: Collection[int]) -> tuple[dict[int, bytes], int, int, list[str]]:
    """The hashes at the edges of batches, computed anew from the first row on; how many rows; what is wrong.

    And how many rows are forgotten: of the last of these the hash is left, which the next batch begins with.
    """
    findings, chains = [], {-1: START}
    chain, size, forgotten, torn = START, 0, 0, False
    for row, kept in trail.rows(connection):
        if size == 0 and row.action == Action.ROWS_FORGOTTEN:
            chain, size = kept, row.position + 1
            forgotten, chains[row.position] = size, kept
            continue
        if row.position != size:
            findings.append(f"rows {size} to {row.position - 1} are missing")
        chain, size = row.chain(chain), row.position + 1
        if not torn and chain != kept:
            findings.append(f"row {row.position}, or one before it, is not what was written")
        torn = chain != kept  # the rows after it are wrong by the same change
        if row.position in edges:
            chains[row.position] = chain
    return chains, size, forgotten, findings


def _batch_findings(
    kept: Kept, chains: Mapping[int, bytes] | None, realm: str, issuers: Collection[str], logged: Mapping[int, bytes]
) -> Iterator[str]:
    """`chains`: None if its rows are forgotten."""
    name = f"the batch of rows {kept.first} to {kept.end - 1}"
    found = statement.decode(kept.statement)
    if chains is not None:
        before, after = chains.get(kept.first - 1), chains.get(kept.end - 1)
        if before is None or after is None:
            yield f"{name} has rows that are missing"
            return
        if not is_about(found, Batch(kept.first, kept.end, before, after, kept.salt), realm):
            yield f"{name} is not what its statement says"
    if found.claims.issuer not in issuers:
        yield f"{name} was signed by {found.claims.issuer}, who does not speak for the city"
    if kept.log_index is None:
        yield f"{name} is not in the log yet"
    elif logged.get(kept.log_index) != kept.statement:
        yield f"{name} is not at {kept.log_index} in the public log"


def _typ(data: bytes) -> str | None:
    try:
        return statement.decode(data).claims.typ
    except WireError:
        return None
