"""The tables of people and of what they did. Times are Unix seconds; hashes have 32 bytes.

    districts ──< grants >── accounts     a role in a district; the district `city` is all of them
                               ├──< passkeys, passwords, oidc_identities   how one shows who one is
                               ├──< invitations                            the one link that is open
                               ├──< sessions, known_browsers, api_keys     hashes of random tokens
    audit_trail                           what was done, each row with the hash of all up to it
              └──< audit_batches          which rows a statement in the city log is about

A token is in no table: only its hash is, and whoever reads the database signs in as nobody.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from civicroot_backend.database.tables import log_entries, metadata

_Count = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER is SQLite's row number


def _account(primary: bool = False) -> Column[int]:
    owner = ForeignKey("accounts.id")
    return Column("account", _Count, owner, primary_key=primary, autoincrement=False, nullable=False)


districts = Table(
    "districts",
    metadata,
    Column("slug", String(32), primary_key=True),
    Column("name", String(96), nullable=False),
    Column("created", BigInteger, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),
    Column("handle", LargeBinary(32), nullable=False, unique=True),  # what passkeys know it by; random
    Column("login", String(96), nullable=False, unique=True),  # in the form of people/names.py
    Column("name", String(96), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
    sqlite_autoincrement=True,  # the trail names accounts by number: none is used twice
)

grants = Table(
    "grants",
    metadata,
    _account(primary=True),
    Column("district", String(32), ForeignKey(districts.c.slug), primary_key=True),
    Column("role", String(16), primary_key=True),
    Index(None, "district"),
)

passwords = Table(
    "passwords",
    metadata,
    _account(primary=True),
    Column("hash", String(256), nullable=False),  # argon2id, with its own parameters and salt
    Column("changed", BigInteger, nullable=False),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),
    _account(),
    Column("credential", LargeBinary, nullable=False, unique=True),  # at most 1023 bytes
    Column("public", LargeBinary, nullable=False),  # COSE_Key
    Column("signatures", BigInteger, nullable=False),  # the authenticator's counter; 0: it has none
    Column("name", String(64), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("used", BigInteger),
    Column("cloned", Boolean, nullable=False),  # its counter went back: it opens nothing any more
    Index(None, "account"),
)

oidc_identities = Table(
    "oidc_identities",
    metadata,
    Column("issuer", String(256), primary_key=True),
    Column("subject", String(255), primary_key=True),
    _account(),
    Column("created", BigInteger, nullable=False),
    UniqueConstraint("account", "issuer"),
)

invitations = Table(
    "invitations",
    metadata,
    _account(primary=True),
    Column("token", LargeBinary(32), nullable=False, unique=True),  # hash
    Column("expires", BigInteger, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),
    Column("token", LargeBinary(32), nullable=False, unique=True),  # hash
    _account(),
    Column("method", String(16), nullable=False),
    Column("agent", String(128), nullable=False),  # what the browser says it is
    Column("address", String(64), nullable=False),
    Column("begun", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Index(None, "account"),
    sqlite_autoincrement=True,  # a list of sessions that is old ends no new one
)

known_browsers = Table(
    "known_browsers",
    metadata,
    Column("token", LargeBinary(32), primary_key=True),  # hash
    _account(),
    Column("seen", BigInteger, nullable=False),
    Index(None, "account", "seen"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),
    _account(),
    Column("name", String(64), nullable=False),
    Column("prefix", String(8), nullable=False),  # of the key's text, so that its owner knows it again
    Column("token", LargeBinary(32), nullable=False, unique=True),  # hash
    Column("scopes", String(256), nullable=False),  # names, parted by spaces
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("used", BigInteger),
    Column("revoked", BigInteger),
    Index(None, "account"),
    sqlite_autoincrement=True,
)

audit_trail = Table(
    "audit_trail",
    metadata,
    Column("position", _Count, primary_key=True, autoincrement=False),  # from 0, without a gap
    Column("time", BigInteger, nullable=False),  # this backend's clock
    Column("actor", BigInteger),  # account; NULL: nobody signed in, or the command line
    Column("name", String(96), nullable=False),  # of the actor, as it was then
    Column("action", String(48), nullable=False),  # audit_trail/actions.py
    Column("district", String(32), nullable=False),
    Column("target", String(128), nullable=False),
    Column("detail", Text, nullable=False),  # JSON
    Column("chain", LargeBinary(32), nullable=False),  # hash of the row before's and of this row
    Index(None, "district", "position"),
    Index(None, "actor", "position"),
)

audit_batches = Table(
    "audit_batches",
    metadata,
    Column("first", _Count, primary_key=True, autoincrement=False),  # position
    Column("end", _Count, nullable=False, unique=True),  # position after the last
    Column("salt", LargeBinary(32), nullable=False),  # without it the hash in the log says nothing
    Column("statement", LargeBinary, nullable=False),  # exact signed bytes
    Column("log_index", _Count, ForeignKey(log_entries.c.index)),  # NULL: signed, and not logged yet
)
