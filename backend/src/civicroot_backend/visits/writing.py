"""Writing of a visit, in one transaction: the version, the reports that it closes, the trail."""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, delete, insert, select

from civicroot_backend.audit_trail.act import Act
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.inventory_tables import reports
from civicroot_backend.database.visit_tables import mended_reports, visit_versions, visits
from civicroot_backend.errors import VisitRefused
from civicroot_backend.people.roles import CITY
from civicroot_backend.visits import book
from civicroot_backend.visits.visit import TREE, Entry, Outcome, Visit, VisitedMeanwhile

SALT_BYTES = 16  # nobody can try notes against the hash in the log


def put(act: Act, entry: Entry, district: str, account: int) -> tuple[Visit, bool]:
    """Write it; the visit as of this entry, and whether it is new. Raises VisitedMeanwhile, VisitRefused.

    The same entry again changes nothing: its first answer may have been lost on the way. It is answered as before, with
    its own revision: whoever takes that for seen has not seen what others wrote since.
    """
    connection = act.connection
    known = book.by_entry(connection, entry.entry)
    if known is not None:
        if known != (entry.visit, account):
            raise VisitRefused("another entry was sent under this name")
        return replace(_require(connection, entry.visit), now=book.version(connection, entry.entry)), False
    before = book.find(connection, entry.visit)
    _check(entry, before)
    newer = book.newer(connection, entry.subject, entry.base)
    if newer:
        raise VisitedMeanwhile(newer, book.revision(connection, entry.subject))
    number = _number(connection, entry, district, account) if before is None else before.id
    connection.execute(insert(visit_versions), _row(act, entry, number, account))
    _close(act, entry, number)
    action = Action.VISIT_RECORDED if before is None else Action.VISIT_CHANGED
    act.record(action, entry.subject, district or CITY, visit=entry.visit, outcome=entry.outcome, care=entry.care)
    return _require(connection, entry.visit), before is None


def _check(entry: Entry, before: Visit | None) -> None:
    if before is not None and before.subject != entry.subject:
        raise VisitRefused(f"this visit was at {before.subject}")
    if entry.care and entry.subject.partition("/")[0] != TREE:
        raise VisitRefused("only trees are cared for in this way")


def _require(connection: Connection, name: str) -> Visit:
    found = book.find(connection, name)
    assert found is not None, "it was written in this transaction, or before it"
    return found


def _number(connection: Connection, entry: Entry, district: str, account: int) -> int:
    row = {"name": entry.visit, "subject": entry.subject, "district": district, "account": account}
    made: int = connection.execute(insert(visits).values(**row).returning(visits.c.id)).scalar_one()
    return made


def _row(act: Act, entry: Entry, visit: int, account: int) -> dict[str, object]:
    return {
        "visit": visit,
        "entry": entry.entry,
        "account": account,
        "author": act.actor.name,
        "outcome": entry.outcome,
        "note": entry.note,
        "care": " ".join(entry.care),
        "care_note": entry.care_note if entry.care else "",
        "made": entry.made,
        "received": act.now,
        "salt": secrets.token_bytes(SALT_BYTES) if entry.care else None,
    }


def _close(act: Act, entry: Entry, visit: int) -> None:
    """The reports that it names, and no others, are closed by this visit, if it is done."""
    act.connection.execute(delete(mended_reports).where(mended_reports.c.visit == visit))
    if entry.outcome is Outcome.AGAIN:
        return
    for report in _open(act.connection, entry.subject, entry.reports):
        act.connection.execute(insert(mended_reports), {"report": report, "visit": visit, "time": act.now})


def _open(connection: Connection, subject: str, names: Sequence[str]) -> Sequence[int]:
    """Reports of the subject that are there still; one that was taken back is not."""
    query = select(reports.c.id).outerjoin(mended_reports, mended_reports.c.report == reports.c.id)
    mine = (reports.c.subject == subject) & reports.c.name.in_(names) & mended_reports.c.report.is_(None)
    return list(connection.execute(query.where(mine)).scalars())
