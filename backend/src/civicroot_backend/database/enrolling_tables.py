"""The table of what crews ask the registrar for. Times are Unix seconds.

A request waits here until the desk has signed it; what is enrolled is in the log, and `enrolments` has it from there.
Whatever was decided stays: a request is never changed, and another one takes its place.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from civicroot_backend.database.tables import metadata

_Count = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER is SQLite's row number

enrolment_requests = Table(
    "enrolment_requests",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),
    Column("name", String(32), nullable=False, unique=True),  # random, in addresses
    Column("district", String(32), ForeignKey("districts.slug"), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("kid", LargeBinary(8), nullable=False),
    Column("public", LargeBinary(32), nullable=False),
    Column("possession", LargeBinary, nullable=False),  # signed by the key itself; at most 512 bytes (SPEC.md §3.3)
    Column("label", String(96)),
    Column("latitude", String(20)),  # degrees as they were written: an enrolment keeps their resolution
    Column("longitude", String(20)),
    Column("model", String(32)),
    Column("asset", String(24)),  # of the city's inventory; on the label, and not in the log
    Column("simulated", Boolean, nullable=False),
    Column("account", _Count, ForeignKey("accounts.id"), nullable=False),  # who asked
    Column("requested", BigInteger, nullable=False),
    Column("decision", String(16)),  # approved, declined, withdrawn; NULL: nobody decided yet
    Column("decided", BigInteger),
    Column("reason", String(255)),  # why it was declined
    Index(None, "district", "id"),
    Index(None, "kid"),
    Index(None, "subject"),
    sqlite_autoincrement=True,  # a cursor never comes back to another request
)
