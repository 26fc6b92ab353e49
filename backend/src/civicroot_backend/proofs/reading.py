"""Proof bundles: all that is needed to check one reading offline, at the published checkpoint (wire §7)."""

from civicroot_wire import batch, checkpoint, merkle, proof, record
from civicroot_wire.logged import Logged
from civicroot_wire.proof import Proof
from sqlalchemy import Connection, Row, select

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import batches, records
from civicroot_backend.errors import LogDamaged, NotFound, NotYetPublished, Pruned
from civicroot_backend.log.beacons import Beacons
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.log.publish import Published
from civicroot_backend.proofs.anchored import AnchorShelf, without_largest
from civicroot_backend.proofs.enrolled import enrolled_before
from civicroot_backend.proofs.sighting import FirstSighting
from civicroot_backend.proofs.standing import Standing, standing
from civicroot_backend.retention.horizon import horizon
from civicroot_backend.store.store import BATCHES, BlobStore


class Prover:
    """Assembles bundles; threads may use it at the same time."""

    def __init__(
        self, database: Database, store: BlobStore, log: CityLog, beacons: Beacons, shelf: AnchorShelf, realm: str
    ) -> None:
        self._database = database
        self._store = store
        self._log = log
        self._beacons = beacons
        self._shelf = shelf
        self._sightings = FirstSighting(shelf.policy, log)
        self._realm = realm

    def bundle(self, kid: bytes, seq: int) -> bytes:
        """The `.proof` file of an accepted record. Raises NotFound, Pruned, NotYetPublished, LogDamaged."""
        with self._database.read() as connection:
            row = _record_row(connection, kid, seq)
            at = self._log.covering(row.log_index)
            if at is None:
                raise NotYetPublished(f"record {seq} of {kid.hex()} is log entry {row.log_index}")
            device = enrolled_before(connection, kid, record.ROLE, row.log_index)
            gateway = enrolled_before(connection, row.gateway, batch.ROLE, row.log_index)
            shown = standing(connection, (device, gateway), row.log_index, at.size)
            anchored = self._shelf.of(connection, row.log_index)
            sighting = self._sightings.of(connection, row.log_index, at.size)
        beacon = self._beacon(row.encoded, row.log_index)
        found = Proof(
            self._realm,
            row.encoded,
            row.batch_index,
            self._batch_path(row.root, row.log_index, row.batch_index),
            self._log.logged(row.log_index, at),
            at.note,
            self._log.logged(device, at),
            self._log.logged(gateway, at),
            beacon=beacon,
            anchors=anchored,
            sighting=sighting,
        )
        return self._encode(found, shown, at)

    def _encode(self, found: Proof, shown: Standing, at: Published) -> bytes:
        if shown.status_list is not None:
            found.status_list = self._log.logged(shown.status_list, at)
            found.device_revocation, found.gateway_revocation = (self._shown(index, at) for index in shown.revocations)
        encoded = proof.encode(found)
        while len(encoded) > proof.MAX_PROOF_BYTES and found.anchors:
            found.anchors = without_largest(found.anchors)
            encoded = proof.encode(found)
        if len(encoded) > proof.MAX_PROOF_BYTES and found.sighting is not None:
            found.sighting = None
            encoded = proof.encode(found)
        if len(encoded) <= proof.MAX_PROOF_BYTES:
            return encoded
        # The list of a city with a hundred thousand revoked keys fits no bundle; without it the rest still holds.
        found.status_list = found.device_revocation = found.gateway_revocation = None
        return proof.encode(found)

    def _shown(self, index: int | None, at: Published) -> Logged | None:
        return None if index is None else self._log.logged(index, at)

    def _beacon(self, encoded: bytes, before: int) -> str | None:
        """The checkpoint whose beacon the record repeats, if it is one that gateways were told of before the batch."""
        told = record.decode(encoded).sequence.beacon
        found = None if told is None else self._beacons.find(told)
        return found if found is not None and checkpoint.size_in(found) <= before else None

    def _batch_path(self, root: bytes, header: int, index: int) -> list[bytes]:
        message = self._store.get(BATCHES + root.hex())
        if message is None:
            with self._database.read() as connection:
                _refuse_pruned(connection, header)  # pruned a moment ago
            raise LogDamaged(f"blob {root.hex()} is missing")
        leaves = [merkle.leaf_hash(item) for item in batch.decode_message(message)[1]]
        return merkle.inclusion_path(merkle.of_list(leaves), index, len(leaves))


def _record_row(connection: Connection, kid: bytes, seq: int) -> Row[bytes, int, int, bytes, bytes]:
    columns = (records.c.encoded, records.c.log_index, records.c.batch_index, batches.c.root, batches.c.gateway)
    wanted = select(*columns).join(batches, batches.c.log_index == records.c.log_index)
    found = connection.execute(wanted.where(records.c.kid == kid, records.c.seq == seq)).one_or_none()
    if found is None:
        raise NotFound(f"no record {seq} of {kid.hex()}")
    _refuse_pruned(connection, found.log_index)
    return found


def _refuse_pruned(connection: Connection, header: int) -> None:
    if header < horizon(connection):
        raise Pruned(
            f"the batch of log entry {header} is older than the city keeps records; the log says which numbers it "
            "held, and proofs that were made before stay valid"
        )
