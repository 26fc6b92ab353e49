"""A telemetry server that need not be there when the backend starts: it is opened when it can be reached.

Until then every method raises TelemetryUnavailable, as it would if the server had gone away since.
"""

from collections.abc import Callable, Sequence
from threading import Lock

from civicroot_backend.telemetry.errors import TelemetryUnavailable
from civicroot_backend.telemetry.store import Appended, Bucket, Course, Reading, TelemetryStore

EMBEDDED = "duckdb:"  # a file that cannot be opened is another process's, or broken: no reason to wait


class LaterStore:
    """Opens its store with `open_store` at the first use that finds it reachable."""

    def __init__(self, open_store: Callable[[], TelemetryStore]) -> None:
        self._open = open_store
        self._lock = Lock()
        self._opened: TelemetryStore | None = None

    def append(self, readings: Sequence[Reading], cursor: int) -> Appended:
        """See TelemetryStore."""
        return self._store().append(readings, cursor)

    def cursor(self) -> int:
        """See TelemetryStore."""
        return self._store().cursor()

    def history(self, kid: bytes, name: str, start: int, end: int, points: int) -> list[Bucket]:
        """See TelemetryStore."""
        return self._store().history(kid, name, start, end, points)

    def course(self, kid: bytes, name: str, start: int, end: int, points: int) -> Course:
        """See TelemetryStore."""
        return self._store().course(kid, name, start, end, points)

    def latest(self, kid: bytes) -> list[Reading]:
        """See TelemetryStore."""
        return self._store().latest(kid)

    def reset(self) -> None:
        """See TelemetryStore."""
        self._store().reset()

    def close(self) -> None:
        """See TelemetryStore."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()

    def _store(self) -> TelemetryStore:
        if self._opened is not None:
            return self._opened
        # Whoever comes while another tries is not made to wait for a time-out, and then for one of its own.
        if not self._lock.acquire(blocking=False):
            raise TelemetryUnavailable("the telemetry store is being looked for")
        try:
            self._opened = self._opened or self._open()
            return self._opened
        finally:
            self._lock.release()


def open_now_or_later(url: str, open_store: Callable[[], TelemetryStore]) -> TelemetryStore:
    """The store of `url`; one that opens itself later if its server cannot be reached. Raises TelemetryError."""
    try:
        return open_store()
    except TelemetryUnavailable:
        if url.startswith(EMBEDDED):
            raise
        return LaterStore(open_store)
