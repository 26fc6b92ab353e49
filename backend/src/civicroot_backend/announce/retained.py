"""What the broker retains already, so that nothing is said again that gateways can have from it.

A gateway of ten thousand devices would be sent fifteen megabytes over its uplink each time that the backend connects.
"""

from functools import lru_cache

from civicroot_wire import head, logged, merkle, registration, topic, withdrawal
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import WireError
from civicroot_wire.policy import Policy
from civicroot_wire.sodium import verify
from sqlalchemy import Connection, bindparam, select

from civicroot_backend.announce.roll import LEAVES, Notice
from civicroot_backend.database.tables import log_entries
from civicroot_backend.log.sequencer import LOOKED_UP

_LEAVES = select(log_entries.c.index, log_entries.c.leaf_hash).where(
    log_entries.c.index.in_(bindparam("indices", expanding=True))
)

Key = tuple[bytes, bytes, str]  # gateway, kid, leaf of the topic


class Retained:
    """Leaf hashes of the entries that the broker retains; what does not verify under `policy` is as if not there."""

    def __init__(self, policy: Policy) -> None:
        self._entries: dict[Key, bytes] = {}
        self._policy = policy
        self._head = lru_cache(64)(self._verified)  # many messages have one checkpoint

    def take(self, gateway: bytes, kid: bytes, leaf: str, payload: bytes) -> None:
        """The broker says that it retains this."""
        try:
            if leaf == topic.CMD:
                entry = payload
            else:
                read = registration.decode(payload) if leaf == topic.ENROLMENT else withdrawal.decode(payload)
                entry = logged.verify(read.entry, self._head(read.checkpoint)).entry
            self._entries[gateway, kid, leaf] = merkle.leaf_hash(entry)
        except WireError:
            self._entries.pop((gateway, kid, leaf), None)  # a gateway would not believe it either

    def forget(self, gateway: bytes | None = None) -> None:
        """Know nothing of what is retained for a gateway, or for any."""
        self._entries = {key: leaf for key, leaf in self._entries.items() if gateway is not None and key[0] != gateway}

    def lacking(self, connection: Connection, wanted: dict[Notice, int]) -> dict[Notice, int]:
        """Those of `wanted` (with log indices) that are not retained."""
        leaves = _leaves(connection, sorted(set(wanted.values()))) if self._entries else {}
        return {
            notice: index
            for notice, index in wanted.items()
            if self._entries.get((notice.gateway, notice.kid, LEAVES[notice.kind]), b"") != leaves.get(index)
        }

    def _verified(self, note: str) -> Checkpoint:
        return head.verify(note, self._policy, verify).checkpoint


def _leaves(connection: Connection, indices: list[int]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for start in range(0, len(indices), LOOKED_UP):
        rows = connection.execute(_LEAVES, {"indices": indices[start : start + LOOKED_UP]})
        found |= {row[0]: row[1] for row in rows}
    return found
