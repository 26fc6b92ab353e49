"""What the spool needs besides commits: state.db brought up to date, samples kept, room made, and how it stands."""

import logging
from collections.abc import Iterable, Mapping

from .admission import evidence
from .admission.evidence import Sample
from .errors import SpoolFault
from .operate.logs import fields
from .spool.projection import WINDOW_RECORDS
from .spool.room import Room
from .spool.spool import DISK_RESERVE, Spool
from .spool.state import State
from .trusted_clock import Clock

STATE_INTERVAL = 60.0  # seconds: what `status` shows of a gateway that was killed is no older
WINDOW_INTERVAL = 3600.0  # seconds: a device that reports every minute then fills its page of state.db, not one of 60
CONTRADICTION = "contradiction"  # alarm
MAX_SAMPLES = 256  # that wait in memory: 2 MiB at most, or 4 with what they contradict

_log = logging.getLogger(__name__)


class Upkeep:
    """Looks after a spool that may have `max_octets` bytes."""

    def __init__(self, spool: Spool, clock: Clock, max_octets: int) -> None:
        self._spool = spool
        self._clock = clock
        self._max_octets = max_octets
        self._saved_at = self._window_at = clock.monotonic()
        self._room = Room(self._saved_at)
        self._samples: list[Sample] = []
        self._raised: list[str] = []

    def due_in(self) -> float | None:
        """Seconds until `after_commit` should be called though nothing was committed, or None."""
        if not self._spool.projection.is_dirty:
            return None
        return max(self._saved_at + STATE_INTERVAL - self._clock.monotonic(), 0.0)

    def keep(self, trust: Mapping[tuple[str, bytes], bytes], samples: Iterable[Sample]) -> None:
        """What cannot wait for state.db's turn: what the registry said, and both sides of a contradiction.

        Other samples wait, so that a flood of bad records is no flood of writes; a kill loses them. Raises SpoolFault.
        """
        self._samples += samples
        urgent = len(self._samples) >= MAX_SAMPLES or any(item.is_contradiction for item in self._samples)
        if trust or urgent:
            self._write(trust)

    def _write(self, trust: Mapping[tuple[str, bytes], bytes]) -> None:
        self._spool.projection.keep(trust, self._write_samples)
        self._samples = []

    def _write_samples(self, state: State) -> None:
        for item in self._samples:
            evidence.keep(state, item)
            if item.is_contradiction:
                state.raise_alarm(CONTRADICTION, item.at)

    def after_commit(self, octets: int, settled: bool) -> None:
        """A group with so many bytes of records is durable; `settled`: with batches. Raises SpoolFault."""
        now = self._clock.monotonic()
        self._room.add(octets, now)
        if self._spool.has_news_of_damage:
            self._spool.note_damage(self._clock.now() or 0)
        projection = self._spool.projection
        window = projection.window_records >= WINDOW_RECORDS or (
            now - self._window_at >= WINDOW_INTERVAL and projection.window_records > 0
        )
        saves = window or (projection.is_dirty and now - self._saved_at >= STATE_INTERVAL)
        if saves:
            self.save(window)
        stuck = self._spool.octets >= self._max_octets and not self._spool.contents.records
        if (saves or settled or stuck) and self._tidy():
            self.save(window=True)
            self._tidy()

    def _tidy(self) -> bool:
        try:
            return self._spool.tidy(self._max_octets)
        except SpoolFault as error:  # nothing hangs on it: the next time it is tried again
            _log.warning("the spool makes no room", extra=fields(error=str(error)))
            return False

    def save(self, window: bool) -> None:
        """Bring state.db up to date, with the replay window or without it; raises SpoolFault."""
        now = self._clock.monotonic()
        self._saved_at = now  # at once: a disk that does not take it is not asked again for every group
        self._window_at = now if window else self._window_at
        if self._samples:
            self._write({})
        self._spool.save(self._clock.floor, self.numbers(), window)

    # Where it stands

    @property
    def room_hours(self) -> float | None:
        """Hours until the spool, or the disk it is on, is full at the present rate; None if that is not known."""
        free = min(self._max_octets - self._spool.octets, self._spool.free_bytes() - DISK_RESERVE)
        return self._room.hours_left(free, self._clock.monotonic())

    def alarms(self) -> list[str]:
        """Those that last until somebody acknowledges them."""
        try:
            self._raised = self._spool.projection.raised()
        except SpoolFault as error:  # who only looks must not be the one to trip over it
            _log.warning("state.db does not say its alarms", extra=fields(error=str(error)))
        return self._raised

    def numbers(self) -> dict[str, int | None]:
        """What `standing` in state.db has, for those who look while no process runs."""
        refused = self._spool.contents.refused
        hours = self.room_hours
        return {
            "records": self._spool.contents.records,
            "octets": self._spool.octets,
            "batches_waiting": len(self._spool.contents.waiting),
            "batches_refused": len(refused),
            "octets_refused": sum(item.octets for item in refused),
            "oldest": self._oldest(),
            "limit": self._max_octets,
            "room_minutes": None if hours is None else round(hours * 60),
        }

    def _oldest(self) -> int | None:
        try:
            return self._spool.oldest_arrival()
        except SpoolFault:
            return None
