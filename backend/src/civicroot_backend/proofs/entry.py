"""Proof bundles of log entries that are no readings, at the published checkpoint (wire §7.3)."""

from civicroot_wire import batch, configuration, entry, entry_proof, pruning, release, statement
from civicroot_wire.entry_proof import EntryProof
from sqlalchemy import Connection, select

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import batches, statements
from civicroot_backend.entries.receipt import Receipts
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.log.publish import Published
from civicroot_backend.proofs.anchored import AnchorShelf, without_largest
from civicroot_backend.proofs.enrolled import enrolled_before
from civicroot_backend.proofs.sighting import FirstSighting
from civicroot_backend.proofs.standing import Standing, standing

# Who is enrolled to sign which kind; registrars and roots sign the others, and are in the trust policy.
_ROLES = {
    entry.BATCH: batch.ROLE,
    entry.STATEMENT: statement.ROLE,
    entry.CONFIGURATION: configuration.ROLE,
    entry.RELEASE: release.ROLE,
    entry.PRUNING: pruning.ROLE,
}


class EntryProver:
    """Assembles bundles; threads may use it at the same time."""

    def __init__(self, database: Database, log: CityLog, receipts: Receipts, shelf: AnchorShelf, realm: str) -> None:
        self._database = database
        self._log = log
        self._receipts = receipts
        self._shelf = shelf
        self._sightings = FirstSighting(shelf.policy, log)
        self._realm = realm

    def bundle(self, index: int) -> bytes:
        """The `.proof` file of a log entry. Raises NotFound, NotYetPublished, LogDamaged."""
        logged, at = self._receipts.logged(index)
        found = EntryProof(self._realm, logged, at.note)
        kind = entry.kind_of(logged.entry)
        with self._database.read() as connection:
            issuer = _issuer(connection, kind, index)
            shown = _standing(connection, kind, index, issuer, at.size)
            found.anchors = self._shelf.of(connection, index)
            found.sighting = self._sightings.of(connection, index, at.size)
        if issuer is not None:
            found.issuer = self._log.logged(issuer, at)
        return self._encode(found, shown, at)

    def _encode(self, found: EntryProof, shown: Standing, at: Published) -> bytes:
        if shown.status_list is not None:
            found.status_list = self._log.logged(shown.status_list, at)
            (revocation,) = shown.revocations
            found.revocation = None if revocation is None else self._log.logged(revocation, at)
        encoded = entry_proof.encode(found)
        while len(encoded) > entry_proof.MAX_ENTRY_PROOF_BYTES and found.anchors:
            found.anchors = without_largest(found.anchors)
            encoded = entry_proof.encode(found)
        if len(encoded) > entry_proof.MAX_ENTRY_PROOF_BYTES and found.sighting is not None:
            found.sighting = None
            encoded = entry_proof.encode(found)
        if len(encoded) <= entry_proof.MAX_ENTRY_PROOF_BYTES:
            return encoded
        found.status_list = found.revocation = None
        return entry_proof.encode(found)


def _issuer(connection: Connection, kind: str, index: int) -> int | None:
    """Log index of the enrolment of the key that signed, if its kind is signed by an enrolled one."""
    role = _ROLES.get(kind)
    if role is None:
        return None
    signer = (
        select(batches.c.gateway).where(batches.c.log_index == index)
        if kind == entry.BATCH
        else select(statements.c.kid).where(statements.c.log_index == index)
    )
    return enrolled_before(connection, connection.execute(signer).scalar_one(), role, index)


def _standing(connection: Connection, kind: str, index: int, issuer: int | None, size: int) -> Standing:
    if kind == entry.ENROLMENT:
        return standing(connection, (index,), index, size)  # of the key that it enrols
    return Standing(None, [None]) if issuer is None else standing(connection, (issuer,), index, size)
