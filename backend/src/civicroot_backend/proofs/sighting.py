"""First sighting: the smallest tree with an entry that the quorum cosigned, for bundles made long after (wire §7.6)."""

from civicroot_wire import head, sighting
from civicroot_wire.policy import Policy
from civicroot_wire.sighting import Sighting
from sqlalchemy import Connection, case, select

from civicroot_backend.database.tables import publications
from civicroot_backend.log.city_log import CityLog


class FirstSighting:
    """What was published with cosignatures, for those who assemble bundles; threads may use it at the same time."""

    def __init__(self, policy: Policy, log: CityLog) -> None:
        self._policy = policy
        self._log = log

    def of(self, connection: Connection, index: int, size: int) -> Sighting | None:
        """Of the entry at log `index`, in a tree smaller than the bundle's, of `size`; None if there is none."""
        if not self._policy.quorum:
            return None
        # 1. The smallest one with as many cosignatures as are asked for now; its newest note has the most.
        met = case((publications.c.met, 1), else_=0) == 1  # an index on `met` would read every row: go by size
        mine = met & (publications.c.quorum >= self._policy.quorum)
        mine &= (publications.c.size > index) & (publications.c.size < size)
        query = select(publications.c.size, publications.c.note).where(mine)
        ordered = query.order_by(publications.c.size, publications.c.id.desc())
        row = connection.execute(ordered.limit(1)).one_or_none()
        if row is None:
            return None
        # 2. With the lines that the policy of today knows: a bundle carries nothing that fails.
        witnesses = head.keys_at(self._policy.witnesses, row.size - 1)
        found = sighting.of_note(row.note.decode(), self._log.path(index, row.size), witnesses)
        return found if found.lines.count("\n") >= self._policy.quorum else None
