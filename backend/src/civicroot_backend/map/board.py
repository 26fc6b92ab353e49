"""The newest snapshot, made anew in a thread of its own when somebody asks and it has grown old."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from civicroot_backend.database.connection import Database
from civicroot_backend.gateways.board import Board as Gateways
from civicroot_backend.map import places
from civicroot_backend.map.places import Place
from civicroot_backend.map.snapshot import Snapshot
from civicroot_backend.map.states import FAULTY, SILENT, States

KEPT_SECONDS = 5  # a map that is so old is shown, while the next is made
PATIENCE_SECONDS = 10.0  # for the first one: 100,000 devices take about as long, and browsers wait for 15

_log = logging.getLogger(__name__)


class MapBoard:
    """Threads may ask at the same time. `clock` gives Unix seconds, `monotonic` seconds for ages."""

    def __init__(
        self, database: Database, gateways: Gateways, clock: Callable[[], float], monotonic: Callable[[], float]
    ) -> None:
        self._database, self._gateways = database, gateways
        self._clock, self._monotonic = clock, monotonic
        self._states = States()
        self._places: list[Place] = []
        self._version: tuple[int | None, ...] | None = None
        self._lock = Lock()
        self._maker = ThreadPoolExecutor(1, "map")
        self._making: Future[Snapshot] | None = None
        self._newest: Snapshot | None = None
        self._until = float("-inf")

    def snapshot(self) -> Snapshot:
        """The newest; the first one is waited for. Raises TimeoutError, or SQLAlchemyError if it cannot be made."""
        with self._lock:
            making = self._take_up()
            if self._monotonic() >= self._until and making is None:
                making = self._making = self._maker.submit(self._make)
            if self._newest is not None:
                return self._newest
            assert making is not None
        return making.result(PATIENCE_SECONDS)

    def refresh(self) -> None:
        """Make the newest now, in the maker's thread."""
        found = self._maker.submit(self._make).result()
        with self._lock:
            self._keep(found)

    def close(self) -> None:
        """Wait for what is being made, and make nothing any more."""
        self._maker.shutdown(wait=True, cancel_futures=True)

    def _take_up(self) -> Future[Snapshot] | None:
        if self._making is None or not self._making.done():
            return self._making
        done, self._making = self._making, None
        error = done.exception()
        if error is None:
            self._keep(done.result())
        else:
            _log.error("the map is not made anew: %s", error)
            self._until = self._monotonic() + KEPT_SECONDS
        return None

    def _keep(self, made: Snapshot) -> None:
        self._newest, self._until = made, self._monotonic() + KEPT_SECONDS

    def _make(self) -> Snapshot:
        with self._database.read() as connection:
            version = places.version(connection)
            if version != self._version:
                self._places, self._version = places.read(connection), version
            self._states.follow(connection)
        stopped = {kid for kid, standing in self._gateways.standings().items() if standing.stopped}
        now = int(self._clock())
        states = [self._states.state_of(place, stopped.__contains__, now) for place in self._places]
        troubled = [
            place
            for place, bits in zip(self._places, states, strict=True)
            if bits & (FAULTY | SILENT) or self._states.is_alarmed(place)
        ]
        troubles = {place.subject: self._states.trouble_of(place, stopped.__contains__, now) for place in troubled}
        return Snapshot(self._places, states, now, troubles)
