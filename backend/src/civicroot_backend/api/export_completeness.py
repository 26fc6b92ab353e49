"""The account of a device's numbers as a table: a row for each range, all of them, with what shows its fate."""

from collections.abc import Iterator

from civicroot_audit.completeness import Account

from civicroot_backend.api.export_paths import absolute, named
from civicroot_backend.export.table import Column, Kind, Row, Table
from civicroot_backend.paths import number_path
from civicroot_backend.service import Backend

FATES = ("received", "skipped", "thinned", "rejected", "lost", "pruned", "conflicts", "equivocated")
_COLUMNS = (
    Column("kid"),
    Column("fate"),
    Column("first", Kind.INTEGER),
    Column("last", Kind.INTEGER),
    Column("count", Kind.INTEGER),
    Column("as_of", Kind.INTEGER),  # log size
    Column("evidence"),  # of the first number
)


def table(backend: Backend, kid: str, account: Account, size: int) -> Table:
    """Of a device's account at this log size."""
    return Table(named(kid, "completeness"), _COLUMNS, _rows(backend, kid, account, size))


def _rows(backend: Backend, kid: str, account: Account, size: int) -> Iterator[Row]:
    for fate in FATES:
        for first, last in getattr(account, fate):
            evidence = absolute(backend, number_path(kid, first))
            yield kid, fate, first, last, last - first + 1, size, evidence
