"""What was done for a tree, as a hash that the city's organisation states in the log.

    preimage  = deterministic CBOR of [FORMAT, realm, tree, made, received, [what was done …], note, salt]
    statement = COSE Hash Envelope (SPEC.md §3.7) of SHA-256(preimage), by an organisation's key of the city, about the
                tree; the same bytes every time

Who did it is in none of the two. The salt is random: once the line is deleted with it, nobody can tell from the log
what it was, not even by guessing. A line that was changed has a statement of its own; the one before stays in the log.
"""

import hashlib
from dataclasses import dataclass

from civicroot_wire import cbor

from civicroot_backend.entries.organisation import Author
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


def sign(author: Author, care: Care, public_url: str) -> bytes:
    """The statement about a line. `public_url`: where readers find the lines."""
    location = f"{public_url}/api/v1/subjects/{care.tree}/care"
    return author.state(TYP, care.tree, care.digest(author.realm), CONTENT_TYPE, location)


def of_version(tree: str, version: Version) -> Care | None:
    """What the version says was done; None: nothing."""
    if version.salt is None:
        return None
    return Care(tree, version.made, version.received, version.care, version.care_note, version.salt)
