"""What gateways are told, retained at the broker, and when (wire specification §8).

Only checkpoints that met the policy's quorum are told, and only what such a checkpoint covers. What is waiting to be
said is kept by topic and kind, so that something newer replaces the older one. Nobody is told twice what the broker
retains for him.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from civicroot_wire import registration, topic, withdrawal
from civicroot_wire.registration import Registration
from civicroot_wire.withdrawal import Withdrawal
from sqlalchemy import Connection

from civicroot_backend.announce.retained import Retained
from civicroot_backend.announce.roll import Notice, Roll
from civicroot_backend.database.connection import Database
from civicroot_backend.log import kinds
from civicroot_backend.log.beacons import Beacons
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.log.publish import Published

# What was said while a gateway subscribed may have been neither retained in time nor delivered (measured with NATS: one
# of forty messages, in one of five subscriptions). So what is that recent is said again when it comes online.
RECENT_SECONDS = 60.0
MAX_RECENT = 1024  # what is said in a second; a subscription takes no longer
REPEATS = 2  # however often it says so
CHECKPOINT_INTERVAL = 1.0  # seconds between two checkpoints to a gateway, unless the configuration says more


@dataclass(frozen=True, slots=True)
class Publication:
    """A message to be published, QoS 1, retained."""

    topic: str
    payload: bytes


class Announcer:
    """One thread calls `next`; the others may come from any. `clock` is monotonic seconds.

    `beacons` keeps each checkpoint before it is told; `interval`: seconds between two that are told, since each of them
    is kept for ever. `retained`: what the broker has already; None: everything is always said again.
    """

    def __init__(
        self,
        database: Database,
        log: CityLog,
        clock: Callable[[], float],
        beacons: Beacons | None = None,
        interval: float = CHECKPOINT_INTERVAL,
        retained: Retained | None = None,
    ) -> None:
        self._database = database
        self._log = log
        self._clock = clock
        self._lock = Lock()
        self._roll = Roll()
        self._retained = retained
        self._pending: dict[Notice, int] = {}  # with log indices
        self._recent: OrderedDict[Notice, float] = OrderedDict()  # when it was said first
        self._repeats: Counter[Notice] = Counter()
        self._last: tuple[int, int, bytes] | None = None  # (log index, tree size, message): gateways get the same one
        self._beacons = beacons
        self._interval = interval
        self._told: Published | None = None  # the last checkpoint that gateways were told of
        self._checkpoint_due: set[bytes] = set()  # gateways; one that says "online" a hundred times is one
        self._told_at = float("-inf")

    # What the broker retains: first `forget`, then `retained` for all that it gives, then `restart` or `gateway_online`

    def forget(self, gateway: bytes | None = None) -> None:
        """The broker is asked anew what it retains for a gateway, or for all."""
        with self._lock:
            self._forget(gateway)

    def retained(self, gateway: bytes, kid: bytes, leaf: str, payload: bytes) -> None:
        """The broker retains this under a topic of a gateway and key."""
        with self._lock:
            if self._retained is not None:
                self._retained.take(gateway, kid, leaf, payload)

    def restart(self) -> None:
        """Say everything that the broker does not retain: it may have lost what it was given."""
        published = self._log.witnessed
        with self._lock:
            if published is not None:
                self._take_up(published.size)
            for gateway in self._roll.gateways() + self._roll.withdrawn_gateways():
                self._tell(gateway)
            self._forget(None)

    def gateway_online(self, gateway: bytes) -> None:
        """The same for one gateway."""
        with self._lock:
            if self._roll.is_gateway(gateway):
                self._tell(gateway)
            self._forget(gateway)

    def greet(self, gateway: bytes) -> bool:
        """A gateway says that it is online: say again what it may have missed; whether it is one, by the log."""
        with self._lock:
            if not self._roll.is_gateway(gateway):
                return False
            current = dict(self._roll.of_gateway(gateway)) if self._recently() else {}
            again = [item for item in self._recent if item in current and self._repeats[item] < REPEATS]
            self._repeats.update(again)
            self._pending.update((notice, current[notice]) for notice in again)
            self._checkpoint_due.add(gateway)
            return True

    def next(self) -> Publication | None:
        """What is to be published next; None if there is nothing now. Raises StoreError."""
        published = self._log.witnessed
        if published is None:
            return None
        with self._lock:
            self._recently()
            self._take_up(published.size)
            told = self._take_up_checkpoint(published)
            if self._checkpoint_due:
                gateway = self._checkpoint_due.pop()
                return Publication(topic.of_gateway(gateway, topic.CHECKPOINT), told.note.encode())
            if not self._pending:
                return None
            notice, index = next(iter(self._pending.items()))
            del self._pending[notice]
            self._recent.setdefault(notice, self._clock())
            if len(self._recent) > MAX_RECENT:
                self._forget_oldest()
            return Publication(notice.topic, self._message(notice.kind, index, published))

    def _recently(self) -> bool:
        """Forget what was said longer ago; whether anything is left."""
        while self._recent and self._clock() - next(iter(self._recent.values())) > RECENT_SECONDS:
            self._forget_oldest()
        return bool(self._recent)

    def _forget_oldest(self) -> None:
        old, _ = self._recent.popitem(last=False)
        self._repeats.pop(old, None)

    def _tell(self, gateway: bytes) -> None:
        with self._database.read() as connection:
            self._pending.update(self._lacking(connection, dict(self._roll.of_gateway(gateway))))
        if self._roll.is_gateway(gateway):
            self._checkpoint_due.add(gateway)

    def _lacking(self, connection: Connection, wanted: dict[Notice, int]) -> dict[Notice, int]:
        return wanted if self._retained is None else self._retained.lacking(connection, wanted)

    def _forget(self, gateway: bytes | None) -> None:
        if self._retained is not None:
            self._retained.forget(gateway)

    def _take_up(self, size: int) -> None:
        """Queue what the published tree newly covers."""
        if self._roll.covers(size):
            return
        before = set(self._roll.gateways())
        with self._database.read() as connection:
            self._pending.update(self._lacking(connection, dict(self._roll.take_up(connection, size))))
        self._checkpoint_due.update(set(self._roll.gateways()) - before)

    def _take_up_checkpoint(self, published: Published) -> Published:
        """The checkpoint that gateways are told of: the newest, if it is time for another."""
        now = self._clock()
        if self._told is not None and (self._told == published or now - self._told_at < self._interval):
            return self._told
        # It is kept before anybody is told: a beacon that a device repeats leads to its checkpoint for ever.
        if self._beacons is not None:
            self._beacons.keep(published)
        self._told, self._told_at = published, now
        self._checkpoint_due = set(self._roll.gateways())
        return published

    def _message(self, kind: str, index: int, published: Published) -> bytes:
        if self._last is None or self._last[:2] != (index, published.size):
            self._last = (index, published.size, self._encode(kind, index, published))
        return self._last[2]

    def _encode(self, kind: str, index: int, published: Published) -> bytes:
        logged = self._log.logged(index, published)
        if kind == kinds.ENROLMENT:
            return registration.encode(Registration(logged, published.note))
        if kind == kinds.REVOCATION:
            return withdrawal.encode(Withdrawal(logged, published.note))
        return logged.entry
