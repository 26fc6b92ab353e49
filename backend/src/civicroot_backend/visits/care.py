"""What was done for a tree, as a hash that the city's organisation states in the log.

    preimage  = deterministic CBOR of [FORMAT, realm, tree, made, received, [what was done …], note, salt]
    statement = COSE Hash Envelope (SPEC.md §3.7) of SHA-256(preimage), by an organisation's key of the city, about the
                tree; the same bytes every time

Who did it is in none of the two. The salt is random: once the line is deleted with it, nobody can tell from the log
what it was, not even by guessing. A line that was changed has a statement of its own; the one before stays in the log.
"""

import hashlib
from dataclasses import dataclass

from civicroot_wire import cbor, statement
from civicroot_wire.claims import Claims
from civicroot_wire.sodium import Signer

from civicroot_backend.visits.visit import Version

FORMAT = "civicroot/care/v1"
TYP = "application/vnd.civicroot.care"
CONTENT_TYPE = "application/cbor"  # of the preimage


@dataclass(frozen=True, slots=True)
class Care:
    """Something that was done for `tree`; times are Unix seconds."""

    tree: str
    made: int
    received: int
    what: tuple[str, ...]
    note: str
    salt: bytes

    def digest(self, realm: str) -> bytes:
        """What the log gets."""
        what: list[object] = list(self.what)
        fields: list[object] = [FORMAT, realm, self.tree, self.made, self.received, what, self.note, self.salt]
        return hashlib.sha256(cbor.encode(fields)).digest()


@dataclass(frozen=True, slots=True)
class Author:
    """Who signs: an organisation's key, enrolled as `subject`. `public_url`: where readers find the lines."""

    signer: Signer
    subject: str
    realm: str
    public_url: str

    def sign(self, care: Care) -> bytes:
        """The statement about a line."""
        about = Claims(TYP, self.subject, care.tree, self.realm)
        location = f"{self.public_url}/api/v1/subjects/{care.tree}/care"
        digest = care.digest(self.realm)
        return statement.sign(
            about, digest, self.signer.kid, self.signer, CONTENT_TYPE, detached=True, location=location
        )


def of_version(tree: str, version: Version) -> Care | None:
    """What the version says was done; None: nothing."""
    if version.salt is None:
        return None
    return Care(tree, version.made, version.received, version.care, version.care_note, version.salt)
