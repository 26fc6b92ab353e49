"""The tables. Times are Unix seconds; kids have 8 bytes, digests, roots and hashes 32.

    log_entries ──< enrolments, revocations, status_lists, prunings
              │                      one row per log entry of that kind, under its log index
              ├──< statements        what every entry with CWT claims says of itself, those above as well
              └──< batches ──< records        accepted records only; `position` is the order of acceptance
                           └──< dispositions  records of a committed batch that were not accepted
    checkpoints                      every checkpoint that was ever signed
              ├──< publications      the notes with cosignatures that were published of it, or were to be
              └──< anchorings        what became of fixing it outside the city, one row an attempt
    skips, thinned                   ranges of seq that accepted records and headers skipped, or gave up
    pruned                           ranges of seq of accepted records whose blobs may be gone
    counters, evidence               what was counted, and a bounded sample of what was refused
    openings, claims, wrong_codes    codes and cards that records only commit to, who claimed which deposit, and tries

Rows are written by one transaction at a time (connection.py) and never changed, except `counters`, by pruning
`records.encoded` and `prunings.finished`, and those of claims, which are settled and deleted. The log entries, the
batch blobs and these rows are the truth; telemetry is a projection of `records`.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

# Named constraints, so that migrations can change them on every engine.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
MAX_TIME = (1 << 63) - 1  # BigInteger's end: a device may claim more, which is cut to this
metadata = MetaData(naming_convention=NAMES)
_Count = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER is SQLite's row number

log_entries = Table(
    "log_entries",
    metadata,
    Column("index", _Count, primary_key=True, autoincrement=False),
    Column("leaf_hash", LargeBinary(32), nullable=False, unique=True),  # the same entry is logged once
    Column("kind", String(32), nullable=False),  # log/kinds.py
    Column("entry", LargeBinary, nullable=False),  # exact signed bytes
    Index(None, "kind", "index"),
)

enrolments = Table(
    "enrolments",
    metadata,
    Column("log_index", _Count, ForeignKey(log_entries.c.index), primary_key=True, autoincrement=False),
    Column("kid", LargeBinary(8), nullable=False),  # the highest log_index of a kid is in force
    Column("public", LargeBinary(32), nullable=False),
    Column("subject", String(128), nullable=False),  # bin/12
    Column("role", String(32), nullable=False),
    Column("model", LargeBinary(32)),
    Column("latitude", Float),  # degrees, WGS 84
    Column("longitude", Float),
    Column("label", String(96)),
    Column("simulated", Boolean, nullable=False),
    Column("home_gateway", LargeBinary(8)),  # the only gateway that is told of it; NULL: all are
    Column("logged", BigInteger, nullable=False),  # this backend's clock
    Column("status_index", BigInteger),  # its bit in the status list; NULL: it has none
    Column("status_uri", String(128)),
    Index(None, "kid", "log_index"),
    Index(None, "subject", "role", "log_index"),  # with the role, or SQLite looks through all devices instead
    Index(None, "role", "log_index"),
    Index(None, "latitude"),
    Index(None, "status_uri", "status_index"),
)

revocations = Table(
    "revocations",
    metadata,
    Column("log_index", _Count, ForeignKey(log_entries.c.index), primary_key=True, autoincrement=False),
    Column("kid", LargeBinary(8), nullable=False, unique=True),  # the first of a key counts, a second is refused
    Column("thumbprint", LargeBinary(32), nullable=False),
    Column("reason", Integer, nullable=False),  # civicroot_wire.revocation
    Column("last_seq", BigInteger),  # of a rotated key: what it signed up to here still comes in
    Column("successor", LargeBinary(32)),  # thumbprint
)

statements = Table(
    "statements",
    metadata,
    Column("log_index", _Count, ForeignKey(log_entries.c.index), primary_key=True, autoincrement=False),
    Column("kid", LargeBinary(8), nullable=False),  # of the signer
    Column("issuer", String(128), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("typ", String(128), nullable=False),
    Column("content_type", String(128)),  # of the payload, or of what was hashed; a CoAP number in decimal digits
    Column("detached", Boolean, nullable=False),  # the payload is a hash
    Index(None, "subject", "log_index"),
)

status_lists = Table(
    "status_lists",
    metadata,
    Column("log_index", _Count, ForeignKey(log_entries.c.index), primary_key=True, autoincrement=False),
    Column("uri", String(128), nullable=False),
    Column("issued_at", BigInteger, nullable=False),  # the registrar's claim, cut at MAX_TIME
    Index(None, "uri", "log_index"),
)

prunings = Table(
    "prunings",
    metadata,
    Column("log_index", _Count, ForeignKey(log_entries.c.index), primary_key=True, autoincrement=False),
    Column("first", _Count, nullable=False),  # blobs of headers at first … end-1 may be gone
    Column("end", _Count, nullable=False),
    Column("finished", Boolean, nullable=False),  # they are gone
)

batches = Table(
    "batches",
    metadata,
    Column("log_index", _Count, ForeignKey(log_entries.c.index), primary_key=True, autoincrement=False),  # header's
    Column("root", LargeBinary(32), nullable=False, index=True),  # names the blob log/batch/<root hex>
    Column("gateway", LargeBinary(8), nullable=False),  # kid
    Column("seq", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    Column("opened", BigInteger, nullable=False),  # the gateway's claims
    Column("closed", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),  # this backend's clock
    Column("content_digest", LargeBinary(32), nullable=False),
    UniqueConstraint("gateway", "seq"),
)

records = Table(
    "records",
    metadata,
    Column("position", _Count, primary_key=True, autoincrement=True),  # cursor of projections
    Column("kid", LargeBinary(8), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("content_digest", LargeBinary(32), nullable=False),
    Column("log_index", _Count, ForeignKey(batches.c.log_index), nullable=False),
    Column("batch_index", Integer, nullable=False),
    Column("time", BigInteger),  # the device's claim (SenML base time); NULL while its clock was not set
    Column("encoded", LargeBinary),  # exact bytes, so that reading one opens no blob; NULL once pruned
    UniqueConstraint("kid", "seq"),  # the latest of a key is its highest seq
    Index(None, "log_index", "batch_index"),
    sqlite_autoincrement=True,  # a position is never used twice
)

dispositions = Table(
    "dispositions",
    metadata,
    Column("log_index", _Count, ForeignKey(batches.c.log_index), primary_key=True, autoincrement=False),
    Column("batch_index", Integer, primary_key=True, autoincrement=False),
    Column("status", String(16), nullable=False),  # rejected, duplicate, equivocation (ingest/decision.py)
    Column("reason", String(32)),  # wire specification §9; NULL for a duplicate
    Column("kid", LargeBinary(8)),  # NULL if the record does not decode
    Column("seq", BigInteger),
    Index(None, "kid", "seq"),
)

skips = Table(
    "skips",
    metadata,
    Column("kid", LargeBinary(8), primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),  # inclusive
    Column("last", BigInteger, nullable=False),
)

thinned = Table(
    "thinned",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),
    Column("kid", LargeBinary(8), nullable=False),
    Column("first", BigInteger, nullable=False),  # inclusive; a device may say one range in several records
    Column("last", BigInteger, nullable=False),
    Index(None, "kid", "first"),
)

pruned = Table(
    "pruned",
    metadata,
    Column("log_index", _Count, ForeignKey(prunings.c.log_index), primary_key=True, autoincrement=False),
    Column("kid", LargeBinary(8), primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),  # inclusive
    Column("last", BigInteger, nullable=False),
    Index(None, "kid", "first"),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", _Count, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", LargeBinary, nullable=False),  # with the log's own signature alone
    Column("time", BigInteger, nullable=False),  # this backend's clock at signing
)

publications = Table(
    "publications",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),  # a later one of the same size has more cosignatures
    Column("size", _Count, ForeignKey(checkpoints.c.size), nullable=False, index=True),
    Column("note", LargeBinary, nullable=False),  # with cosignatures, exactly as it is published
    Column("quorum", Integer, nullable=False),  # how many the policy asked for
    Column("met", Boolean, nullable=False, index=True),
    Column("time", BigInteger, nullable=False),  # this backend's clock when the witnesses had answered
)

anchorings = Table(
    "anchorings",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),
    Column("name", String(64), nullable=False),  # of the policy's anchor
    Column("kind", String(16), nullable=False),
    Column("size", _Count, ForeignKey(checkpoints.c.size), nullable=False),
    Column("state", String(16), nullable=False),  # pending, confirmed, failed
    Column("ticket", LargeBinary),  # all that the anchor has to know to go on; null once there is evidence, or none
    Column("evidence", LargeBinary),  # verified; recorded before the store publishes it
    Column("detail", String(256), nullable=False),
    Column("submitted", BigInteger, nullable=False),  # this backend's clock when the first ticket was recorded
    Column("confirmed", BigInteger),  # this backend's clock when the evidence was published
    Column("time", BigInteger),  # by which the tree existed, as the evidence shows
    Index(None, "name", "state", "size"),
)

counters = Table(
    "counters",
    metadata,
    Column("scope", String(16), primary_key=True),  # record, batch, or a kind of submitted entry
    Column("reason", String(32), primary_key=True),  # accepted, duplicate, or a reason of the specification
    Column("count", BigInteger, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),
    Column("scope", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("detail", String(256), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("gateway", LargeBinary(8)),  # whose topic or batch it came in
    Column("kid", LargeBinary(8)),  # what it says its signer is
    Column("seq", BigInteger),
    Column("bytes", LargeBinary, nullable=False),  # cut at evidence.MAX_BYTES
    Column("other", LargeBinary),  # for equivocation: the accepted message with that seq
    Index(None, "reason", "kid"),
)

openings = Table(
    "openings",
    metadata,
    Column("kid", LargeBinary(8), primary_key=True),  # of the device
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # of the record that commits to it
    Column("name", String(32), nullable=False),  # led, scan
    Column("salt", LargeBinary(16), nullable=False),
    Column("value", LargeBinary, nullable=False, index=True),  # a code; the text of a card, which is personal data
    Column("gateway", LargeBinary(8), nullable=False),  # by whom it came
    Column("received", BigInteger, nullable=False),  # this backend's clock
    Column(
        "proved", Boolean, nullable=False, index=True
    ),  # its record is here and commits to it; a card's: the deposit, too
)

claims = Table(
    "claims",
    metadata,
    Column("kid", LargeBinary(8), primary_key=True),  # of the bin
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # of the deposit: it is claimed once
    Column("method", String(8), nullable=False),  # token, code, card
    Column("state", String(16), nullable=False, index=True),  # pending, confirmed, void
    Column("wallet", LargeBinary(32)),  # thumbprint; NULL for a card
    Column("card", BigInteger),  # seq of the record that commits to the card
    Column("claimed", BigInteger, nullable=False),  # this backend's clock
)

wrong_codes = Table(
    "wrong_codes",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),
    Column("kid", LargeBinary(8), nullable=False),  # of the bin
    Column("time", BigInteger, nullable=False),  # this backend's clock
    Index(None, "kid", "time"),
)
