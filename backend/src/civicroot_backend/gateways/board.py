"""The board: what each gateway said of itself last (wire specification §8, state).

It is not stored: the broker retains it, and says it again with every connection.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from civicroot_wire import batch, state
from civicroot_wire.errors import WireError
from civicroot_wire.state import State

from civicroot_backend.database.connection import Database
from civicroot_backend.ingest.key_directory import KeyDirectory

OFFLINE = "offline"
# With one of these nothing comes through a gateway, whatever its devices do: it takes in nothing, or seals nothing.
STOPPING = frozenset(
    {
        OFFLINE,
        "clock-ahead",
        "clock-back",
        "clock-unset",
        "devices-down",
        "disk-full",
        "not-enrolled",
        "revoked",
        "spool-failing",
        "spool-full",
    }
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a gateway said last, and since when (Unix seconds of this backend's clock) its alarms are what they are."""

    said: State
    since: int

    @property
    def stopped(self) -> bool:
        """Whether nothing can come through it: then nobody can know whether the devices behind it are silent."""
        return not STOPPING.isdisjoint(self.reasons)

    @property
    def reasons(self) -> list[str]:
        """Why somebody is needed; what a gateway said before it went offline holds no longer."""
        return sorted(self.said.alarms) if self.said.online else [OFFLINE]


class Board:
    """Threads may use it at the same time. `clock` gives Unix seconds."""

    def __init__(self, database: Database, keys: KeyDirectory, clock: Callable[[], float]) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._lock = Lock()
        self._standings: dict[bytes, Standing] = {}

    def said(self, gateway: bytes, message: bytes) -> bool:
        """A gateway says how it is; whether it says online. Nobody else is listened to."""
        try:
            found = state.decode(message)
            self._keys.require_newest(self._database, gateway, batch.ROLE)
        except WireError as error:
            _log.warning("state of gateway %s: %s", gateway.hex(), error)
            return False
        with self._lock:
            before = self._standings.get(gateway)
            now = Standing(found, int(self._clock()))
            if before is not None and before.reasons == now.reasons:
                now = Standing(found, before.since)
            self._standings[gateway] = now
        if now.reasons and (before is None or before.reasons != now.reasons):
            _log.warning("gateway %s needs somebody: %s", gateway.hex(), ", ".join(now.reasons))
        return found.online

    def standings(self) -> dict[bytes, Standing]:
        """By kid, of gateways that are enrolled and not withdrawn and have said anything."""
        with self._lock:
            found = dict(self._standings)
        return {kid: standing for kid, standing in found.items() if self._keys.revocation(kid) is None}
