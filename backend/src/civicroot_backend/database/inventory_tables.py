"""The tables of what the city says of its bins and trees, and of what citizens report. Times are Unix seconds.

    inventories ──< subject_properties   what each imported file said; the row that nothing replaced is in force
    reports ──< report_photos            what people told the city: outside the log, and deletable

An inventory is the city's own statement and no measurement: nothing in it is signed by a device. With `log_index` an
organisation has signed the hash of the file, in the city log.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from civicroot_backend.database.tables import log_entries, metadata

_Count = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER is SQLite's row number

inventories = Table(
    "inventories",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),
    Column("kind", String(48), nullable=False),  # of its subjects
    Column("sha256", LargeBinary(32), nullable=False),  # of the imported file
    Column("file", String(255), nullable=False),  # its name, for people
    Column("imported", BigInteger, nullable=False),  # this backend's clock
    Column("log_index", _Count, ForeignKey(log_entries.c.index)),  # the statement of the hash; NULL: nobody signed it
    Index(None, "sha256", "kind"),
)

subject_properties = Table(
    "subject_properties",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),
    Column("subject", String(128), nullable=False),
    Column("kind", String(48), nullable=False),  # the part of `subject` before the slash
    Column("inventory", _Count, ForeignKey(inventories.c.id), nullable=False),
    Column("properties", Text, nullable=False),  # JSON, canonical: equal texts say the same
    Column("latitude", Float),  # degrees, WGS 84
    Column("longitude", Float),
    Column("replaced", _Count, ForeignKey(inventories.c.id)),  # by which later inventory; NULL: in force
    Index(None, "subject", "id"),
    Index(None, "kind", "replaced", "latitude"),
)

reports = Table(
    "reports",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),
    Column("name", String(32), nullable=False, unique=True),  # random, in addresses
    Column("token", LargeBinary(32), nullable=False),  # SHA-256 of what the reporter alone has
    Column("subject", String(128), nullable=False),
    Column("district", String(96), nullable=False),  # of the subject when it was reported; empty: none known
    Column("category", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("received", BigInteger, nullable=False),  # this backend's clock
    Index(None, "subject", "id"),
    Index(None, "district", "id"),
    Index(None, "received"),
    sqlite_autoincrement=True,  # a cursor never comes back to another report
)

report_photos = Table(
    "report_photos",
    metadata,
    Column("report", _Count, ForeignKey("reports.id"), primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),  # JPEG, written anew from the pixels alone
)
