"""Proof bundles: all that is needed to check one reading offline, at the published checkpoint (wire §7)."""

from civicroot_wire import batch, merkle, proof, record
from civicroot_wire.logged import Logged
from civicroot_wire.proof import Proof
from sqlalchemy import Connection, Row, func, select

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import batches, checkpoints, enrolments, records
from civicroot_backend.errors import LogDamaged, NotFound, NotYetPublished
from civicroot_backend.ingest.group import BLOBS
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.log.publish import Published
from civicroot_backend.store.store import BlobStore


class Prover:
    """Assembles bundles; threads may use it at the same time."""

    def __init__(self, database: Database, store: BlobStore, log: CityLog, realm: str) -> None:
        self._database = database
        self._store = store
        self._log = log
        self._realm = realm

    def bundle(self, kid: bytes, seq: int) -> bytes:
        """The `.proof` file of an accepted record. Raises NotFound, NotYetPublished, LogDamaged."""
        with self._database.read() as connection:
            row = _record_row(connection, kid, seq)
            at = self._log.published
            if at is None or row.log_index >= at.size:
                raise NotYetPublished(f"record {seq} of {kid.hex()} is log entry {row.log_index}")
            device = _enrolled(connection, kid, record.ROLE, row.log_index)
            gateway = _enrolled(connection, row.gateway, batch.ROLE, row.log_index)
            beacon = _beacon(connection, row.encoded, row.log_index)
        return proof.encode(
            Proof(
                self._realm,
                row.encoded,
                row.batch_index,
                self._batch_path(row.root, row.batch_index),
                self._logged(row.log_index, at),
                at.note,
                self._logged(device, at),
                self._logged(gateway, at),
                None,  # status lists come with revocation
                beacon,
            )
        )

    def _logged(self, index: int, at: Published) -> Logged:
        return self._log.logged(index, at)

    def _batch_path(self, root: bytes, index: int) -> list[bytes]:
        message = self._store.get(BLOBS + root.hex())
        if message is None:
            raise LogDamaged(f"blob {root.hex()} is missing")
        leaves = [merkle.leaf_hash(item) for item in batch.decode_message(message)[1]]
        return merkle.inclusion_path(merkle.of_list(leaves), index, len(leaves))


def _record_row(connection: Connection, kid: bytes, seq: int) -> Row[bytes, int, int, bytes, bytes]:
    columns = (records.c.encoded, records.c.log_index, records.c.batch_index, batches.c.root, batches.c.gateway)
    wanted = select(*columns).join(batches, batches.c.log_index == records.c.log_index)
    found = connection.execute(wanted.where(records.c.kid == kid, records.c.seq == seq)).one_or_none()
    if found is None:
        raise NotFound(f"no record {seq} of {kid.hex()}")
    return found


def _enrolled(connection: Connection, kid: bytes, role: str, before: int) -> int:
    """Log index of the enrolment that was in force for a batch at `before`."""
    mine = (enrolments.c.kid == kid) & (enrolments.c.role == role) & (enrolments.c.log_index < before)
    index: int | None = connection.execute(select(func.max(enrolments.c.log_index)).where(mine)).scalar_one()
    if index is None:
        raise LogDamaged(f"{kid.hex()} was accepted as {role} before it was enrolled")
    return index


def _beacon(connection: Connection, encoded: bytes, before: int) -> str | None:
    """The checkpoint whose beacon the record repeats, if it is one of this log that is older than the batch."""
    told = record.decode(encoded).sequence.beacon
    if told is None:
        return None
    mine = (checkpoints.c.beacon == told) & (checkpoints.c.size <= before)
    found = connection.execute(select(checkpoints.c.note).where(mine).limit(1)).scalar_one_or_none()
    return None if found is None else found.decode()
