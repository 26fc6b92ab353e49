"""The openings that devices sent: codes and cards, deletable, beside records that only commit to them.

An opening may come before its record; until then it is not known to be true, and of several for one number the newest
stays. Once its record is here, only the true one is kept.
"""

from dataclasses import dataclass

from civicroot_wire import opening
from civicroot_wire.errors import TrustError, WireError
from civicroot_wire.opening import Opening
from sqlalchemy import Connection, delete, func, select, update

from civicroot_backend.claims import deposit
from civicroot_backend.database.tables import openings

MAX_UNPROVED = 256  # of one device, without record yet: four times what it keeps itself
CODE_SECONDS = 86_400  # a code says nothing to anybody a day after its offer


@dataclass(frozen=True, slots=True)
class Kept:
    """An opening that is here, and whether it is known to be that of its record."""

    opening: Opening
    proved: bool


def keep(connection: Connection, realm: str, gateway: bytes, kid: bytes, found: Opening, now: int) -> bool:
    """Store an opening; whether it is news. Raises TrustError if it is false, or if there are too many unproved."""
    proved = _proved(connection, realm, kid, found)
    before = get(connection, kid, found.seq)
    if before is not None and (before.proved or _same(before.opening, found)):
        if not _same(before.opening, found):
            raise TrustError("wrong-opening", f"number {found.seq}")
        return False
    if not proved and before is None and _unproved(connection, kid) >= MAX_UNPROVED:
        raise TrustError("wrong-opening", "too many of numbers that are not here")
    connection.execute(delete(openings).where(openings.c.kid == kid, openings.c.seq == found.seq))
    connection.execute(
        openings.insert().values(
            kid=kid,
            seq=found.seq,
            name=found.name,
            salt=found.salt,
            value=found.value,
            gateway=gateway,
            received=now,
            proved=proved,
        )
    )
    return True


def get(connection: Connection, kid: bytes, seq: int) -> Kept | None:
    """The opening of record `seq`, if it is here."""
    row = connection.execute(select(openings).where(openings.c.kid == kid, openings.c.seq == seq)).one_or_none()
    return None if row is None else Kept(Opening(row.seq, row.name, row.salt, row.value), row.proved)


def prove(connection: Connection, realm: str, kid: bytes, seq: int) -> Opening | None:
    """The record is here now: the opening if it is true; a false one is deleted."""
    kept = get(connection, kid, seq)
    if kept is None:
        return None
    where = (openings.c.kid == kid) & (openings.c.seq == seq)
    try:
        if kept.proved or _proved(connection, realm, kid, kept.opening):
            connection.execute(update(openings).where(where).values(proved=True))
            return kept.opening
    except WireError:
        connection.execute(delete(openings).where(where))
    return None


def wait(connection: Connection, kid: bytes, seq: int) -> None:
    """The opening is true, but what it is for is not here: it is not done with."""
    connection.execute(update(openings).where(openings.c.kid == kid, openings.c.seq == seq).values(proved=False))


def unproved(connection: Connection) -> set[tuple[bytes, int]]:
    """(kid, seq) of the openings whose records are not here yet, or what they are for."""
    rows = connection.execute(select(openings.c.kid, openings.c.seq).where(~openings.c.proved))
    return {(row.kid, row.seq) for row in rows}


def forget_old(connection: Connection, now: float, card_seconds: float) -> int:
    """Delete codes after a day and cards after the time that the city keeps them; how many went."""
    code = (openings.c.name == opening.LED) & (openings.c.received < int(now - CODE_SECONDS))
    card = (openings.c.name == opening.SCAN) & (openings.c.received < int(now - card_seconds))
    return int(connection.execute(delete(openings).where(code | card)).rowcount)


def forget_value(connection: Connection, value: bytes) -> int:
    """Delete every opening of this card; how many there were."""
    return int(connection.execute(delete(openings).where(openings.c.value == value)).rowcount)


def _proved(connection: Connection, realm: str, kid: bytes, found: Opening) -> bool:
    """Whether the record is here and commits to it; raises TrustError if it commits to something else, or nothing."""
    said = deposit.find(connection, kid, found.seq)
    if said is None:
        return False
    opening.verify(found, realm, kid, said.commitments.get(found.name))
    return True


def _same(one: Opening, other: Opening) -> bool:
    return opening.encode(one) == opening.encode(other)


def _unproved(connection: Connection, kid: bytes) -> int:
    query = select(func.count()).select_from(openings).where(openings.c.kid == kid, ~openings.c.proved)
    return int(connection.execute(query).scalar_one())
