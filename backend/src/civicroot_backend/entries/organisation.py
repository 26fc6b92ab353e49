"""What the city itself states in its log: hashes, signed by the key of its organisation, submitted like anybody's."""

from dataclasses import dataclass

from civicroot_wire import statement
from civicroot_wire.claims import Claims
from civicroot_wire.sodium import Signer

from civicroot_backend.database.connection import Database
from civicroot_backend.entries.submission import Submissions
from civicroot_backend.ingest.key_directory import KeyDirectory


@dataclass(frozen=True, slots=True)
class Author:
    """Who states: an organisation's key, enrolled as `subject`."""

    signer: Signer
    subject: str
    realm: str

    def state(self, typ: str, about: str, digest: bytes, content_type: str, location: str) -> bytes:
        """A COSE Hash Envelope (SPEC.md §3.7), the same bytes every time. `location`: where its content is."""
        claims = Claims(typ, self.subject, about, self.realm)
        return statement.sign(
            claims, digest, self.signer.kid, self.signer, content_type, detached=True, location=location
        )


@dataclass(frozen=True, slots=True)
class Organisation:
    """The city's organisation. `public_url`: under which address readers find what it speaks of."""

    database: Database
    submissions: Submissions
    keys: KeyDirectory
    signer: Signer
    realm: str
    public_url: str

    def author(self) -> Author:
        """As what the key is enrolled now. Raises TrustError."""
        subject = self.keys.require_newest(self.database, self.signer.kid, statement.ROLE).subject
        return Author(self.signer, subject, self.realm)

    def submit(self, stated: bytes) -> int:
        """Its index in the log. Raises WireError, TooManyStatements."""
        return self.submissions.submit(stated).index
