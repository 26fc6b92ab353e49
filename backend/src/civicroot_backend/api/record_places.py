"""Where records of a device are in the log, without their bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from civicroot_backend.database.tables import records

AT_ONCE = 1_000  # numbers in one question: below what SQLite takes as parameters


@dataclass(frozen=True, slots=True)
class Where:
    """The log index of the record's batch header, and whether its bytes are gone."""

    log_index: int
    pruned: bool


def where_are(connection: Connection, kid: bytes, seqs: Sequence[int]) -> dict[int, Where]:
    """Of those of these numbers that were accepted."""
    found: dict[int, Where] = {}
    asked = sorted(set(seqs))
    columns = (records.c.seq, records.c.log_index, records.c.encoded.is_(None).label("pruned"))
    for first in range(0, len(asked), AT_ONCE):
        mine = records.c.seq.in_(asked[first : first + AT_ONCE])
        rows = connection.execute(select(*columns).where(records.c.kid == kid, mine))
        found |= {row.seq: Where(row.log_index, bool(row.pruned)) for row in rows}
    return found
