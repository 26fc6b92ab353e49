"""What gateways are told, retained at the broker: who is enrolled, and the newest checkpoint (wire specification §8).

Only checkpoints that met the policy's quorum are told. An enrolment is announced once such a checkpoint covers it, to
every gateway, or to its home gateway alone if it has one. What is waiting to be said is kept as (gateway, key), so a
newer enrolment of a key replaces the older one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from civicroot_wire import topic
from civicroot_wire.registration import Registration, encode
from sqlalchemy import Connection, select

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import enrolments
from civicroot_backend.log.beacons import Beacons
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.log.publish import Published

CHECKPOINT_INTERVAL = 1.0  # seconds between two checkpoints to a gateway, unless the configuration says more
TOLD = ("device", "gateway", "backend")  # roles whose keys a gateway has to know
GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Publication:
    """A message to be published, QoS 1, retained."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Known:
    log_index: int
    role: str
    home: bytes | None


class Announcer:
    """One thread calls `next`; `restart` and `gateway_online` may come from any. `clock` is monotonic seconds.

    `beacons` keeps each checkpoint before it is told; `interval`: seconds between two that are told, since each of them
    is kept for ever.
    """

    def __init__(
        self,
        database: Database,
        log: CityLog,
        clock: Callable[[], float],
        beacons: Beacons | None = None,
        interval: float = CHECKPOINT_INTERVAL,
    ) -> None:
        self._database = database
        self._log = log
        self._clock = clock
        self._lock = Lock()
        self._known: dict[bytes, _Known] = {}  # by kid, what a published checkpoint covers
        self._covered = -1  # log index up to which enrolments were taken up
        self._pending: dict[tuple[bytes, bytes], int] = {}  # (gateway, kid) -> log index
        self._last: tuple[int, int, bytes] | None = None  # (log index, tree size, message): gateways get the same one
        self._beacons = beacons
        self._interval = interval
        self._told: Published | None = None  # the last checkpoint that gateways were told of
        self._checkpoint_due: set[bytes] = set()  # gateways; one that says "online" a hundred times is one
        self._told_at = float("-inf")

    def restart(self) -> None:
        """Say everything again: the broker may have lost what it retained."""
        with self._lock:
            for gateway in self._gateways():
                self._queue_all(gateway)
                self._checkpoint_due.add(gateway)

    def gateway_online(self, gateway: bytes) -> None:
        """Say everything again to one gateway."""
        with self._lock:
            known = self._known.get(gateway)
            if known is not None and known.role == GATEWAY:
                self._queue_all(gateway)
                self._checkpoint_due.add(gateway)

    def next(self) -> Publication | None:
        """What is to be published next; None if there is nothing now. Raises StoreError."""
        published = self._log.witnessed
        if published is None:
            return None
        with self._lock:
            self._take_up(published.size)
            told = self._take_up_checkpoint(published)
            if self._checkpoint_due:
                gateway = self._checkpoint_due.pop()
                return Publication(topic.of_gateway(gateway, topic.CHECKPOINT), told.note.encode())
            if not self._pending:
                return None
            (gateway, kid), index = next(iter(self._pending.items()))
            del self._pending[gateway, kid]
            return Publication(topic.of_device(gateway, kid, topic.ENROLMENT), self._message(index))

    def _take_up(self, size: int) -> None:
        """Queue enrolments that the published tree newly covers."""
        if size - 1 <= self._covered:
            return
        with self._database.read() as connection:
            rows = _enrolled(connection, self._covered, size)
        self._covered = size - 1
        for kid, known in rows:
            self._known[kid] = known
            if known.role == GATEWAY:
                self._queue_all(kid)
                self._checkpoint_due.add(kid)
            for gateway in self._gateways():
                self._queue(gateway, kid)

    def _take_up_checkpoint(self, published: Published) -> Published:
        """The checkpoint that gateways are told of: the newest, if it is time for another."""
        now = self._clock()
        if self._told is not None and (self._told == published or now - self._told_at < self._interval):
            return self._told
        # It is kept before anybody is told: a beacon that a device repeats leads to its checkpoint for ever.
        if self._beacons is not None:
            self._beacons.keep(published)
        self._told, self._told_at = published, now
        self._checkpoint_due = set(self._gateways())
        return published

    def _gateways(self) -> list[bytes]:
        return [kid for kid, known in self._known.items() if known.role == GATEWAY]

    def _queue_all(self, gateway: bytes) -> None:
        for kid in self._known:
            self._queue(gateway, kid)

    def _queue(self, gateway: bytes, kid: bytes) -> None:
        known = self._known[kid]
        if known.role in TOLD and known.home in (None, gateway):
            self._pending[gateway, kid] = known.log_index

    def _message(self, index: int) -> bytes:
        published = self._log.witnessed
        if published is None:
            raise AssertionError("nothing is announced before a checkpoint covers it")
        if self._last is None or self._last[:2] != (index, published.size):
            message = encode(Registration(self._log.logged(index, published), published.note))
            self._last = (index, published.size, message)
        return self._last[2]


def _enrolled(connection: Connection, after: int, size: int) -> list[tuple[bytes, _Known]]:
    columns = (enrolments.c.kid, enrolments.c.log_index, enrolments.c.role, enrolments.c.home_gateway)
    newer = select(*columns).where(enrolments.c.log_index > after, enrolments.c.log_index < size)
    rows = connection.execute(newer.order_by(enrolments.c.log_index))
    return [(row.kid, _Known(row.log_index, row.role, row.home_gateway)) for row in rows]
