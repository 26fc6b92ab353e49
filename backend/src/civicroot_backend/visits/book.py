"""Visits in the database, for readers."""

from collections.abc import Collection, Iterable
from typing import Any, cast

from sqlalchemy import Connection, Row, Select, func, select

from civicroot_backend.database.inventory_tables import reports
from civicroot_backend.database.visit_tables import mended_reports, visit_photos, visit_versions, visits
from civicroot_backend.visits.visit import NOTHING_SEEN, CareName, Outcome, Version, Visit

_newest = (
    select(visit_versions.c.visit, func.max(visit_versions.c.revision).label("revision"), func.count().label("number"))
    .group_by(visit_versions.c.visit)
    .subquery()
)


def find(connection: Connection, name: str) -> Visit | None:
    """The visit of that name."""
    found = _visits(connection, _query().where(visits.c.name == name))
    return found[0] if found else None


def of_subject(connection: Connection, subject: str, before: int | None, limit: int) -> list[Visit]:
    """Newest first, those with an id below `before`."""
    query = _query().where(visits.c.subject == subject)
    if before is not None:
        query = query.where(visits.c.id < before)
    return _visits(connection, query.order_by(visits.c.id.desc()).limit(limit))


def cared(connection: Connection, subject: str, before: int | None, limit: int) -> list[Visit]:
    """Those in which something was done for a tree, as they are now; newest first, those with an id below `before`."""
    query = _query().where(visits.c.subject == subject, visit_versions.c.care != "")
    if before is not None:
        query = query.where(visits.c.id < before)
    return _visits(connection, query.order_by(visits.c.id.desc()).limit(limit))


def newer(connection: Connection, subject: str, base: int) -> list[Visit]:
    """Those that were written or changed since revision `base`, oldest first."""
    query = _query().where(visits.c.subject == subject, visit_versions.c.revision > base)
    return _visits(connection, query.order_by(visit_versions.c.revision))


def revision(connection: Connection, subject: str) -> int:
    """The newest of a subject."""
    query = select(func.max(visit_versions.c.revision)).join(visits).where(visits.c.subject == subject)
    return connection.execute(query).scalar_one() or NOTHING_SEEN


def by_entry(connection: Connection, entry: str) -> tuple[str, int] | None:
    """Name of the visit and account of the version that was sent under this name; None: nothing was."""
    query = select(visits.c.name, visit_versions.c.account).select_from(visit_versions).join(visits)
    row = connection.execute(query.where(visit_versions.c.entry == entry)).one_or_none()
    return None if row is None else (row.name, row.account)


def version(connection: Connection, entry: str) -> Version:
    """What was sent under this name; there is one (by_entry)."""
    return _version(connection.execute(select(visit_versions).where(visit_versions.c.entry == entry)).one())


def versions(connection: Connection, visit: Visit) -> list[Version]:
    """All that was ever written of a visit, newest first."""
    query = select(visit_versions).where(visit_versions.c.visit == visit.id)
    return [_version(row) for row in connection.execute(query.order_by(visit_versions.c.revision.desc()))]


def _query() -> Select[Any]:
    """Visits, each with its newest version."""
    columns = [visits.c[name] for name in ("id", "name", "subject", "district")]
    version = [column for column in visit_versions.c if column.name != "visit"]
    shown = select(*columns, visits.c.account.label("owner"), *version, _newest.c.number)
    joined = shown.join(_newest, _newest.c.visit == visits.c.id)
    return joined.join(visit_versions, visit_versions.c.revision == _newest.c.revision)


def _visits(connection: Connection, query: Select[Any]) -> list[Visit]:
    rows = connection.execute(query).all()
    ids = [row.id for row in rows]
    closed, photos = _closed(connection, ids), _photos(connection, ids)
    return [
        Visit(
            row.id,
            row.name,
            row.subject,
            row.district,
            row.owner,
            _version(row),
            row.number,
            tuple(closed.get(row.id, ())),
            tuple(photos.get(row.id, ())),
        )
        for row in rows
    ]


def _version(row: Row[Any]) -> Version:
    care = cast(tuple[CareName, ...], tuple(row.care.split()))
    return Version(
        row.revision,
        row.entry,
        row.account,
        row.author,
        Outcome(row.outcome),
        row.note,
        care,
        row.care_note,
        row.made,
        row.received,
        row.salt,
        row.log_index,
    )


def _closed(connection: Connection, ids: Collection[int]) -> dict[int, list[str]]:
    query = select(mended_reports.c.visit, reports.c.name).join(reports, reports.c.id == mended_reports.c.report)
    return _grouped(connection.execute(query.where(mended_reports.c.visit.in_(ids)).order_by(reports.c.id)).all())


def _photos(connection: Connection, ids: Collection[int]) -> dict[int, list[str]]:
    query = select(visit_photos.c.visit, visit_photos.c.name).where(visit_photos.c.visit.in_(ids))
    return _grouped(connection.execute(query.order_by(visit_photos.c.id)).all())


def _grouped(rows: Iterable[Any]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.visit, []).append(row.name)
    return found
