"""Reports in the database. All run in the caller's transaction."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select

from civicroot_backend.database.inventory_tables import report_photos, reports
from civicroot_backend.database.people_tables import districts
from civicroot_backend.database.visit_tables import mended_reports
from civicroot_backend.errors import NoRoom

KEPT_SECONDS = 180 * 86_400  # half a year: what is not mended by then is reported again
MAX_REPORTS = 20_000  # of a city of a million people some months
MAX_PHOTOS = 4_000  # of some 300 kB: about a gigabyte
CATEGORIES = (
    "full",
    "damaged",
    "smell",
    "litter",
    "blocked",
    "wrong-reading",
    "dry",
    "dying",
    "broken-branch",
    "other",
)
_MAX_SLUG = 32


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reported. `id` orders; `name` is in addresses; `received` in Unix seconds.

    `mended`: when the visit of a crew that closed it arrived (Unix seconds).
    """

    id: int
    name: str
    subject: str
    district: str
    category: str
    text: str
    received: int
    has_photo: bool
    mended: int | None = None


def add(connection: Connection, subject: str, district: str, category: str, text: str, now: int) -> tuple[Report, str]:
    """A new report, and the token with which whoever made it may change it. Raises NoRoom."""
    forget_old(connection, now)
    if _count(connection, reports.c.id) >= MAX_REPORTS:
        raise NoRoom("the city has as many open reports as it keeps; please call it")
    name, token = secrets.token_hex(16), secrets.token_urlsafe(32)
    row = {"name": name, "token": _hash(token), "subject": subject, "district": district, "category": category}
    made = connection.execute(insert(reports), row | {"text": text, "received": now}).inserted_primary_key
    assert made is not None
    return Report(made[0], name, subject, district, category, text, now, False), token


def find(connection: Connection, name: str) -> Report | None:
    """The report of that name."""
    row = connection.execute(_reports().where(reports.c.name == name)).one_or_none()
    return None if row is None else _report(row)


def is_by(connection: Connection, report: Report, token: str) -> bool:
    """Whether it was made by whoever has the token."""
    kept = connection.execute(select(reports.c.token).where(reports.c.id == report.id)).scalar_one()
    return hmac.compare_digest(kept, _hash(token))


def put_photo(connection: Connection, report: Report, content: bytes) -> None:
    """The report's photo, in place of one before. Raises NoRoom."""
    connection.execute(delete(report_photos).where(report_photos.c.report == report.id))
    if _count(connection, report_photos.c.report) >= MAX_PHOTOS:
        raise NoRoom("the city has as many photos as it keeps; your report is there without")
    connection.execute(insert(report_photos), {"report": report.id, "content": content})


def photo(connection: Connection, report: Report) -> bytes | None:
    """The report's photo, a JPEG."""
    query = select(report_photos.c.content).where(report_photos.c.report == report.id)
    content: bytes | None = connection.execute(query).scalar_one_or_none()
    return content


def remove(connection: Connection, report: Report) -> None:
    """Delete it with its photo; on SQLite what was there is overwritten (secure_delete)."""
    connection.execute(delete(report_photos).where(report_photos.c.report == report.id))
    connection.execute(delete(reports).where(reports.c.id == report.id))


def listed(connection: Connection, district: str | None, before: int | None, limit: int) -> list[Report]:
    """Newest first, those with an id below `before`; of a district, or all."""
    query = _reports()
    if district is not None:
        query = query.where(reports.c.district == district)
    if before is not None:
        query = query.where(reports.c.id < before)
    return [_report(row) for row in connection.execute(query.order_by(reports.c.id.desc()).limit(limit))]


def of_subject(connection: Connection, subject: str, limit: int) -> list[Report]:
    """Those of a subject, newest first: open ones, then those that a visit has closed."""
    order = (mended_reports.c.time.is_not(None), reports.c.id.desc())
    query = _reports().where(reports.c.subject == subject).order_by(*order)
    return [_report(row) for row in connection.execute(query.limit(limit))]


def open_counts(connection: Connection) -> dict[str, int]:
    """By subject how many no visit has closed, of those that have any."""
    query = (
        select(reports.c.subject, func.count().label("number"))
        .outerjoin(mended_reports)
        .where(mended_reports.c.time.is_(None))
    )
    return {row.subject: row.number for row in connection.execute(query.group_by(reports.c.subject))}


def forget_old(connection: Connection, now: int) -> None:
    """Delete those that are older than the city keeps them."""
    old = select(reports.c.id).where(reports.c.received < now - KEPT_SECONDS)
    connection.execute(delete(report_photos).where(report_photos.c.report.in_(old)))
    connection.execute(delete(reports).where(reports.c.received < now - KEPT_SECONDS))


def district_of(connection: Connection, said: str | None) -> str:
    """The slug of the district that the inventory names, by its slug or its name; empty if there is none of them."""
    if not said:
        return ""
    matches = or_(districts.c.slug == slug_of(said), districts.c.name == said)
    slug: str | None = connection.execute(select(districts.c.slug).where(matches).limit(1)).scalar_one_or_none()
    return slug or ""


def district_finder(connection: Connection) -> Callable[[str | None], str]:
    """`district_of` of many, by what the districts are now."""
    slugs: dict[str, str] = {}
    for slug, name in connection.execute(select(districts.c.slug, districts.c.name)):
        slugs |= {slug: slug, name: slug}
    return lambda said: slugs.get(slug_of(said), slugs.get(said, "")) if said else ""


def slug_of(name: str) -> str:
    """How a district with this name would be called in addresses: `West End` is `west-end`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:_MAX_SLUG].strip("-")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _count(connection: Connection, column: Any) -> int:
    return connection.execute(select(func.count(column))).scalar_one()


def _reports() -> Any:
    columns = [column for column in reports.c if column.name != "token"]
    shown = (report_photos.c.report.is_not(None).label("has_photo"), mended_reports.c.time.label("mended"))
    return select(*columns, *shown).outerjoin(report_photos).outerjoin(mended_reports)


def _report(row: Row[Any]) -> Report:
    said = (row.category, row.text, row.received, bool(row.has_photo), row.mended)
    return Report(row.id, row.name, row.subject, row.district, *said)
