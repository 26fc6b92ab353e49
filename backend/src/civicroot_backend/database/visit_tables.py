"""The tables of what crews did at bins and trees. Times are Unix seconds.

    visits ──< visit_versions    what was written of a visit, each change a new row: nothing is written over
       ├──< visit_photos         deletable, and kept for some years alone
       └──< mended_reports >── reports   citizens' reports that the visit closed

A revision is the number of a row of visit_versions: the newest one of a subject says what its reader has seen.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from civicroot_backend.database.inventory_tables import reports
from civicroot_backend.database.people_tables import accounts
from civicroot_backend.database.tables import log_entries, metadata

_Count = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER is SQLite's row number

visits = Table(
    "visits",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),
    Column("name", String(32), nullable=False, unique=True),  # chosen by the phone: the same again is the same visit
    Column("subject", String(128), nullable=False),
    Column("district", String(32), nullable=False),  # of the subject at the time; empty: none known
    Column("account", _Count, ForeignKey(accounts.c.id), nullable=False),  # whose visit
    Index(None, "subject", "id"),
    Index(None, "district", "id"),
    sqlite_autoincrement=True,
)

visit_versions = Table(
    "visit_versions",
    metadata,
    Column("revision", _Count, primary_key=True, autoincrement=True),
    Column("visit", _Count, ForeignKey(visits.c.id), nullable=False),
    Column("entry", String(32), nullable=False, unique=True),  # chosen by the phone: what is sent twice is one
    Column("account", _Count, ForeignKey(accounts.c.id), nullable=False),  # who wrote it
    Column("author", String(96), nullable=False),  # that account's login at the time
    Column("outcome", String(16), nullable=False),
    Column("note", Text, nullable=False),  # for colleagues
    Column("care", String(96), nullable=False),  # of a tree: what was done, parted by spaces; empty: nothing
    Column("care_note", Text, nullable=False),  # what citizens read of it
    Column("made", BigInteger, nullable=False),  # the phone's clock
    Column("received", BigInteger, nullable=False),  # this backend's clock
    Column("salt", LargeBinary(16)),  # of the care's hash in the log; NULL: no care
    Column("log_index", _Count, ForeignKey(log_entries.c.index)),  # the city's statement of the care; NULL: not yet
    Index(None, "visit", "revision"),
    sqlite_autoincrement=True,  # a revision is never given to another row
)

visit_photos = Table(
    "visit_photos",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),
    Column("visit", _Count, ForeignKey(visits.c.id), nullable=False),
    Column("name", String(32), nullable=False, unique=True),  # chosen by the phone
    Column("content", LargeBinary, nullable=False),  # JPEG, written anew from the pixels alone
    Column("received", BigInteger, nullable=False),
    Index(None, "visit", "id"),
    Index(None, "received"),
    sqlite_autoincrement=True,
)

mended_reports = Table(
    "mended_reports",
    metadata,
    Column("report", _Count, ForeignKey(reports.c.id, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("visit", _Count, ForeignKey(visits.c.id), nullable=False),
    Column("time", BigInteger, nullable=False),  # this backend's clock
    Index(None, "visit"),
)
