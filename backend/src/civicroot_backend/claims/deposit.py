"""A deposit as its record has it, and how long it can be claimed."""

from dataclasses import dataclass

from civicroot_wire import opening, record
from civicroot_wire.cbor import DecimalFraction
from sqlalchemy import Connection, Row, Select, select

from civicroot_backend.database.tables import batches, records

DEPOSIT, CLAIMS = "deposit", "claims"
OFFER_SECONDS = 90  # how long a bin offers a deposit
# The record's way from the bin to here, and the citizen's from the bin's code to the claim: a page that loads slowly.
GRACE_SECONDS = 60
WINDOW_SECONDS = OFFER_SECONDS + GRACE_SECONDS
MAX_RECENT = 64  # records of one bin that are looked at for a code: more than one can sign within the window

Amount = int | DecimalFraction


@dataclass(frozen=True, slots=True)
class Deposit:
    """What the record `seq` of a bin says: `amount` in kg, None if it is no deposit, and what it commits to.

    `claims`: the number of the deposit that the card in `commitments["scan"]` claims. `since`: Unix seconds from which
    it could be claimed.
    """

    kid: bytes
    seq: int
    amount: Amount | None
    claims: int | None
    commitments: dict[str, bytes]
    since: int

    def open_at(self, now: float) -> bool:
        """Whether it can be claimed still."""
        return self.amount is not None and now < self.since + WINDOW_SECONDS


def find(connection: Connection, kid: bytes, seq: int) -> Deposit | None:
    """What record `seq` says; None if it is not here, or pruned."""
    row = connection.execute(_rows().where(records.c.kid == kid, records.c.seq == seq)).one_or_none()
    return None if row is None or row.encoded is None else _read(row)


def recent(connection: Connection, kid: bytes, since: float) -> list[Deposit]:
    """The bin's deposits that came in later than `since`, newest first."""
    query = _rows().where(records.c.kid == kid, batches.c.received >= int(since))
    rows = connection.execute(query.order_by(records.c.seq.desc()).limit(MAX_RECENT))
    found = [_read(row) for row in rows if row.encoded is not None]
    return [each for each in found if each.amount is not None]


def gateway_of(connection: Connection, kid: bytes) -> bytes | None:
    """The gateway through which the device's newest record came."""
    query = select(batches.c.gateway).select_from(records.join(batches)).where(records.c.kid == kid)
    found: bytes | None = connection.execute(query.order_by(records.c.position.desc()).limit(1)).scalar()
    return found


def _rows() -> Select[tuple[bytes, int, bytes, int | None, int]]:
    columns = (records.c.kid, records.c.seq, records.c.encoded, records.c.time, batches.c.received)
    return select(*columns).select_from(records.join(batches))


def _read(row: Row[tuple[bytes, int, bytes, int | None, int]]) -> Deposit:
    values = {item.name: item.value for item in record.decode(row.encoded).pack.measurements}
    amount, claims = values.get(DEPOSIT), values.get(CLAIMS)
    commitments = {name: value for name in opening.NAMES if isinstance(value := values.get(name), bytes)}
    # The device's time is its claim: one from the future must not keep a deposit open.
    since = row.received if row.time is None else min(row.time, row.received)
    return Deposit(
        row.kid,
        row.seq,
        amount if isinstance(amount, Amount) and not isinstance(amount, bool) else None,
        claims if type(claims) is int else None,
        commitments,
        since,
    )
