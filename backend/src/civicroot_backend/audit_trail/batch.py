"""A batch of the trail, and the statement about it that the city log gets: a hash, and nothing of what was done.

    preimage  = deterministic CBOR of [FORMAT, realm, first, end, chain(first−1), chain(end−1), salt]
    statement = COSE Hash Envelope (SPEC.md §3.7) of SHA-256(preimage), by an organisation's key of the city,
                about trail/<first>-<end>

The chain's hashes stand for every row up to there. The salt is random, stays in the database and is deleted with the
rows: after that nobody can tell from the log what they were, not even by guessing.
"""

import hashlib
from dataclasses import dataclass

from civicroot_wire import cbor
from civicroot_wire.statement import Statement

from civicroot_backend.entries.organisation import Author

FORMAT = "civicroot/audit-trail/v1"
TYP = "application/vnd.civicroot.audit-trail"
CONTENT_TYPE = "application/cbor"  # of the preimage
SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows `first` … `end`−1. `before`, `after`: the chain's hash just before the first and at the last."""

    first: int
    end: int
    before: bytes
    after: bytes
    salt: bytes

    @property
    def subject(self) -> str:
        """What the statement is about."""
        return f"trail/{self.first}-{self.end}"

    def digest(self, realm: str) -> bytes:
        """What the log gets."""
        fields: list[object] = [FORMAT, realm, self.first, self.end, self.before, self.after, self.salt]
        return hashlib.sha256(cbor.encode(fields)).digest()


def sign(author: Author, batch: Batch, location: str) -> bytes:
    """The statement about a batch. `location`: where the city's auditors read the trail."""
    return author.state(TYP, batch.subject, batch.digest(author.realm), CONTENT_TYPE, location)


def is_about(found: Statement, batch: Batch, realm: str) -> bool:
    """Whether a statement is about this batch, and is a hash of exactly this."""
    same = (found.claims.typ, found.claims.subject, found.detached) == (TYP, batch.subject, True)
    return same and found.payload == batch.digest(realm)
