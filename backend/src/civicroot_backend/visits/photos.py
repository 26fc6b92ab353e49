"""Photos of visits: drawn anew like citizens' (reports/photo.py), and deleted after some years."""

from sqlalchemy import Connection, delete, func, insert, select

from civicroot_backend.database.visit_tables import visit_photos
from civicroot_backend.errors import NoRoom, VisitRefused
from civicroot_backend.visits.visit import Visit

OF_A_VISIT = 6  # of them: what was found, what was done, from two sides
MAX_PHOTOS = 10_000  # of some 300 kB: about three gigabytes
KEPT_SECONDS = 2 * 365 * 86_400  # what a device looked like then helps nobody after its battery was changed twice


def put(connection: Connection, visit: Visit, name: str, content: bytes, now: int) -> bool:
    """Keep a photo; whether it is new: the same name again changes nothing. Raises NoRoom, VisitRefused."""
    connection.execute(delete(visit_photos).where(visit_photos.c.received < now - KEPT_SECONDS))
    owner = connection.execute(select(visit_photos.c.visit).where(visit_photos.c.name == name)).scalar_one_or_none()
    if owner is not None:
        if owner != visit.id:
            raise VisitRefused("another photo was sent under this name")
        return False
    if len(visit.photos) >= OF_A_VISIT:
        raise VisitRefused(f"a visit has at most {OF_A_VISIT} photos")
    if connection.execute(select(func.count(visit_photos.c.id))).scalar_one() >= MAX_PHOTOS:
        raise NoRoom("the city has as many photos of visits as it keeps")
    connection.execute(insert(visit_photos), {"visit": visit.id, "name": name, "content": content, "received": now})
    return True


def find(connection: Connection, visit: Visit, name: str) -> bytes | None:
    """A JPEG."""
    query = select(visit_photos.c.content).where(visit_photos.c.visit == visit.id, visit_photos.c.name == name)
    content: bytes | None = connection.execute(query).scalar_one_or_none()
    return content


def remove(connection: Connection, visit: Visit, name: str) -> None:
    """Delete it; on SQLite what was there is overwritten (secure_delete)."""
    mine = (visit_photos.c.visit == visit.id) & (visit_photos.c.name == name)
    connection.execute(delete(visit_photos).where(mine))
