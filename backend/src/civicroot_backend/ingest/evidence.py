"""What was refused: counted without end, kept as a bounded sample for the operator."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from civicroot_backend.database.tables import counters, evidence

# Of each reason in each scope: who can cause one (entries of any kind: anybody over HTTP; batches: anybody at the
# broker; records: an enrolled gateway) must not fill the drawer that another's refusals belong in.
MAX_PER_REASON = 100  # a sample is enough to see what is wrong
MAX_PER_KEY = 8  # for what only the key's owner can cause, so that a cloned device does not hide another
MAX_BYTES = 4096  # eight records; a longer message is a sample of itself
MAX_DETAIL = 256
AUTHENTICATED = ("equivocation", "skipped-seq", "revoked")  # reasons given only after the signature was verified
RECORD, BATCH = "record", "batch"  # the other scopes are the kinds of entries that are submitted


@dataclass(frozen=True, slots=True)
class Refused:
    """One refusal. `gateway`: on whose topic; `kid`, `seq`: what the message says; `other`: what it contradicts."""

    scope: str
    reason: str
    detail: str
    message: bytes
    gateway: bytes | None = None
    kid: bytes | None = None
    seq: int | None = None
    other: bytes | None = None


class Tally:
    """Counts and evidence of one transaction; `write` puts them into it."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._refused: list[Refused] = []

    def count(self, scope: str, reason: str, number: int = 1) -> None:
        """Count something that was not refused."""
        self._counts[scope, reason] += number

    def refuse(self, refused: Refused) -> None:
        """Count a refusal and offer it as evidence."""
        self.count(refused.scope, refused.reason)
        self._refused.append(refused)

    def keep(self, refused: Refused) -> None:
        """Offer something as evidence that was accepted nevertheless."""
        self._refused.append(refused)

    def write(self, connection: Connection, now: float) -> None:
        """Add to the counters, and keep what the sample has room for."""
        for (scope, reason), number in sorted(self._counts.items()):
            _add(connection, scope, reason, number)
        _keep(connection, self._refused, int(now))


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """(scope, reason) → count."""
    rows = connection.execute(select(counters.c.scope, counters.c.reason, counters.c["count"]))
    return {(scope, reason): number for scope, reason, number in rows}


def _add(connection: Connection, scope: str, reason: str, number: int) -> None:
    mine = (counters.c.scope == scope) & (counters.c.reason == reason)
    changed = connection.execute(update(counters).where(mine).values(count=counters.c["count"] + number))
    if changed.rowcount == 0:
        connection.execute(insert(counters), {"scope": scope, "reason": reason, "count": number})


def _keep(connection: Connection, refused: Iterable[Refused], now: int) -> None:
    room: dict[tuple[str, str, bytes | None], int] = {}
    rows = []
    for item in refused:
        drawer = (item.scope, item.reason, item.kid if item.reason in AUTHENTICATED else None)
        if drawer not in room:
            room[drawer] = _room(connection, *drawer)
        if room[drawer] > 0:
            room[drawer] -= 1
            rows.append(_row(item, now))
    if rows:
        connection.execute(insert(evidence), rows)


def _room(connection: Connection, scope: str, reason: str, kid: bytes | None) -> int:
    kept = select(func.count()).select_from(evidence).where(evidence.c.scope == scope, evidence.c.reason == reason)
    if kid is None:
        return MAX_PER_REASON - connection.execute(kept).scalar_one()
    return MAX_PER_KEY - connection.execute(kept.where(evidence.c.kid == kid)).scalar_one()


def _row(item: Refused, now: int) -> dict[str, object]:
    return {
        "scope": item.scope,
        "reason": item.reason,
        "detail": item.detail[:MAX_DETAIL],
        "time": now,
        "gateway": item.gateway,
        "kid": item.kid,
        "seq": item.seq,
        "bytes": item.message[:MAX_BYTES],
        "other": item.other,
    }
