"""The book of anchorings: every attempt, with the ticket that its anchor goes on with. One thread an anchor writes."""

from civicroot_wire.checkpoint import Checkpoint
from sqlalchemy import Row, func, insert, select, update

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import anchorings, checkpoints

PENDING, CONFIRMED, FAILED = "pending", "confirmed", "failed"
MAX_DETAIL = 256  # characters; the column's
Counts = dict[tuple[str, str], int]


class Standing:
    """Where an anchor stands: how many are `pending`, the largest tree that is or was, and when it was `submitted`."""

    def __init__(self, pending: int, size: int, submitted: int | None) -> None:
        self.pending = pending
        self.size = size
        self.submitted = submitted


class Pending:
    """An anchoring under way: row `id`, `tree`, `ticket`; `evidence` and `time` once they are verified."""

    def __init__(self, row: Row[tuple[object, ...]], origin: str) -> None:
        self.id: int = row.id
        self.name: str = row.name
        self.tree = Checkpoint(origin, row.size, row.root)
        self.ticket: bytes | None = row.ticket
        self.detail: str = row.detail
        self.evidence: bytes | None = row.evidence


class Book:
    """`origin` is the log's name."""

    def __init__(self, database: Database, origin: str) -> None:
        self._database = database
        self._origin = origin

    def standing(self, name: str) -> Standing:
        """Failed attempts do not count: their tree may be anchored again."""
        columns = (func.max(anchorings.c.size), func.max(anchorings.c.submitted))
        with self._database.read() as connection:
            mine = (anchorings.c.name == name) & (anchorings.c.state != FAILED)
            size, submitted = connection.execute(select(*columns).where(mine)).one()
            waiting = (anchorings.c.name == name) & (anchorings.c.state == PENDING)
            pending = connection.execute(select(func.count()).select_from(anchorings).where(waiting)).scalar_one()
        return Standing(pending, size or 0, submitted)

    def begin(self, name: str, kind: str, size: int, ticket: bytes, now: int) -> int:
        """Record a first ticket, before anything of it leaves; the row's id. Never a second one for one tree."""
        row = {"name": name, "kind": kind, "size": size, "state": PENDING, "ticket": ticket}
        with self._database.write() as connection:
            live = (anchorings.c.name == name) & (anchorings.c.size == size) & (anchorings.c.state != FAILED)
            if connection.execute(select(anchorings.c.id).where(live)).first() is not None:
                raise AssertionError(f"{name} anchors {size} entries already")
            made = connection.execute(insert(anchorings), row | {"detail": "submitting", "submitted": now})
            key = made.inserted_primary_key
        assert key is not None
        return int(key[0])

    def pending(self, name: str) -> list[Pending]:
        """What is under way, the oldest first."""
        query = select(anchorings, checkpoints.c.root).join(checkpoints, checkpoints.c.size == anchorings.c.size)
        mine = (anchorings.c.name == name) & (anchorings.c.state == PENDING)
        with self._database.read() as connection:
            rows = connection.execute(query.where(mine).order_by(anchorings.c.id)).all()
        return [Pending(row, self._origin) for row in rows]

    def go_on(self, row: int, ticket: bytes, detail: str) -> None:
        """The ticket to go on with."""
        self._update(row, ticket=ticket, detail=detail)

    def proved(self, row: int, evidence: bytes, time: int, detail: str) -> None:
        """Verified evidence: from now on nobody is asked any more, it is only published."""
        self._update(row, ticket=None, evidence=evidence, time=time, detail=detail)

    def confirmed(self, row: int, now: int) -> None:
        """The evidence is published."""
        self._update(row, state=CONFIRMED, confirmed=now)

    def failed(self, row: int, detail: str) -> None:
        """It will never be confirmed."""
        self._update(row, state=FAILED, ticket=None, evidence=None, time=None, detail=detail)

    def counts(self) -> Counts:
        """(name, state) → how many."""
        query = select(anchorings.c.name, anchorings.c.state, func.count()).group_by(
            anchorings.c.name, anchorings.c.state
        )
        with self._database.read() as connection:
            return {(name, state): count for name, state, count in connection.execute(query)}

    def sizes(self) -> dict[str, int]:
        """name → the largest confirmed tree."""
        query = select(anchorings.c.name, func.max(anchorings.c.size).label("largest")).where(
            anchorings.c.state == CONFIRMED
        )
        with self._database.read() as connection:
            return {row.name: row.largest for row in connection.execute(query.group_by(anchorings.c.name))}

    def _update(self, row: int, **values: object) -> None:
        if "detail" in values:
            values["detail"] = str(values["detail"])[:MAX_DETAIL]
        with self._database.write() as connection:
            mine = (anchorings.c.id == row) & (anchorings.c.state == PENDING)
            connection.execute(update(anchorings).where(mine).values(values))
