"""Numbers of a device that are missing: noted when a later one comes, looked at again when they had time to come too.

Devices send what is urgent first, and gateways one after the other: a gap is usual, and filled within minutes. What
became of every number is asked of the one account (completeness.py) before anybody is told.
"""

from typing import Any

from civicroot_audit.ranges import Ranges
from civicroot_wire import record_grammar
from sqlalchemy import Connection, Row, func, select

from civicroot_backend import completeness
from civicroot_backend.alarms.machine import State
from civicroot_backend.database.tables import records

MAX_GAPS = 32  # of a device that are remembered; a further one is seen when these are looked at


class Gaps:
    """Finds gaps before records, in the transaction that judges them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, before: State, row: Row[Any]) -> State:
        """The state with the gap before this record, if there is one."""
        skip = record_grammar.decode(row.encoded).sequence.skip or 0
        last = row.seq - skip - 1
        if last < 0:
            return before
        mine = (records.c.kid == row.kid) & (records.c.seq < row.seq)
        highest = self._connection.execute(select(func.max(records.c.seq)).where(mine)).scalar_one()
        first = 0 if highest is None else highest + 1
        if first > last or len(before.memory) >= MAX_GAPS:
            return before
        since = row.received if before.since is None else before.since
        number = row.seq if before.number is None else before.number
        return State(row.received, since, False, None, "", number, (*before.memory, (first, str(last))))


def ranges_of(state: State) -> Ranges:
    """The gaps that a state remembers."""
    return Ranges((first, int(last)) for first, last in state.memory)


def still_lost(connection: Connection, kid: bytes, state: State) -> Ranges:
    """What of the remembered gaps nothing explains by now."""
    return completeness.of_device(connection, kid).lost.intersection(ranges_of(state))
