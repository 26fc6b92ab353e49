"""Districts: the tenants of the city."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from civicroot_backend.audit_trail.act import Act
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.people_tables import districts
from civicroot_backend.people import names
from civicroot_backend.people.errors import TAKEN, TOO_MANY, InTheWay, NotThere

MAX_DISTRICTS = 500  # more than any city has; they are listed on one page


@dataclass(frozen=True, slots=True)
class District:
    """A district; `slug` is its name in addresses."""

    slug: str
    name: str


def add(act: Act, slug: str, name: str) -> District:
    """A new district. Raises Unfit, InTheWay."""
    made = District(names.slug(slug), names.shown(name))
    if find(act.connection, made.slug) is not None:
        raise InTheWay(TAKEN, f"there is a district {made.slug} already")
    if act.connection.execute(select(func.count()).select_from(districts)).scalar_one() >= MAX_DISTRICTS:
        raise InTheWay(TOO_MANY, f"a city has at most {MAX_DISTRICTS} districts")
    act.connection.execute(insert(districts).values(slug=made.slug, name=made.name, created=act.now))
    act.record(Action.DISTRICT_ADDED, f"district/{made.slug}", made.slug, name=made.name)
    return made


def find(connection: Connection, slug: str) -> District | None:
    """The district of that name."""
    row = connection.execute(select(districts).where(districts.c.slug == slug)).one_or_none()
    return None if row is None else District(row.slug, row.name)


def require(connection: Connection, slug: str) -> District:
    """The district of that name. Raises NotThere."""
    found = find(connection, slug)
    if found is None:
        raise NotThere(f"there is no district {slug}")
    return found


def listed(connection: Connection) -> list[District]:
    """All of them, by name."""
    rows = connection.execute(select(districts).order_by(districts.c.slug))
    return [District(row.slug, row.name) for row in rows]
