"""What shows that an entry is in the log: its COSE receipt (RFC 9942) and its tlog-proof (c2sp.org/tlog-proof)."""

from civicroot_wire import receipt, tlog_proof
from civicroot_wire.logged import Logged
from civicroot_wire.receipt import Receipt
from civicroot_wire.tlog_proof import TlogProof
from sqlalchemy import Connection, select

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import batches, enrolments, statements
from civicroot_backend.errors import NotFound, NotYetPublished
from civicroot_backend.log import sequencer
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.log.publish import Published


class Receipts:
    """Made anew for the published checkpoint whenever somebody asks; threads may use it at the same time."""

    def __init__(self, database: Database, log: CityLog, realm: str) -> None:
        self._database = database
        self._log = log
        self._realm = realm

    def entry(self, index: int) -> bytes:
        """The exact bytes of a published entry. Raises NotFound, NotYetPublished."""
        with self._database.read() as connection:
            self._covering(connection, index)
            return sequencer.entry_at(connection, index)

    def cose(self, index: int) -> bytes:
        """The entry's COSE receipt, signed by the log's key. Raises NotFound, NotYetPublished, LogError."""
        with self._database.read() as connection:
            at = self._covering(connection, index)
            subject = _subject(connection, index) or self._realm
        signer = self._log.keys.signer_of(at.size)
        path = self._log.logged(index, at).path
        return receipt.sign(Receipt(signer.kid, self._log.origin, subject, at.size, index, path), at.root, signer)

    def tlog_proof(self, index: int) -> str:
        """The entry's tlog-proof, with the entry itself as extra data. Raises NotFound, NotYetPublished, LogError."""
        found, at = self.logged(index)
        return tlog_proof.render(TlogProof(found.index, found.path, at.note, found.entry))

    def logged(self, index: int) -> tuple[Logged, Published]:
        """A published entry with its path, and the checkpoint to whose root that leads."""
        with self._database.read() as connection:
            at = self._covering(connection, index)
        return self._log.logged(index, at), at

    def _covering(self, connection: Connection, index: int) -> Published:
        if not 0 <= index < sequencer.size(connection):
            raise NotFound(f"no log entry {index}")
        at = self._log.covering(index)
        if at is None:
            raise NotYetPublished(f"log entry {index} is committed and will be published in a moment")
        return at


def _subject(connection: Connection, index: int) -> str | None:
    """What the entry is about: a batch is its gateway's, a policy (None) the realm's."""
    said = select(statements.c.subject).where(statements.c.log_index == index)
    subject: str | None = connection.execute(said).scalar_one_or_none()
    if subject is None:
        mine = (batches.c.log_index == index) & (enrolments.c.log_index < index)
        gateway = select(enrolments.c.subject).join(batches, batches.c.gateway == enrolments.c.kid).where(mine)
        subject = connection.execute(gateway.order_by(enrolments.c.log_index.desc()).limit(1)).scalar_one_or_none()
    return subject
