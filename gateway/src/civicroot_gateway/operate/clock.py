"""Whether this machine's clock can be right: a Raspberry Pi has none of its own, and starts somewhere in the past.

While the clock cannot be right no batch is sealed and no time is told to devices; records are taken in as always.
Nothing is lost by waiting: without an uplink a sealed batch could not be delivered either, and with one the time comes.

clock-unset   before the release, or over five minutes before the newest quorum-cosigned checkpoint: proved wrong
clock-back    before a time that this gateway used already: one of the two is wrong, and nobody here can say which
clock-ahead   the backend refused a batch for `bad-time` (SPEC.md §4.1): over five minutes ahead of the backend's

The last two are suspicions and end by themselves: with a new checkpoint that is as old as this clock says (within the
backend's tolerance), by moving back (clock-ahead) or catching up (clock-back), and at the latest after PATIENCE. A
clock that is wrong and that nothing contradicts is believed: batch times are claims, the beacons around them proofs.
"""

import logging
from collections.abc import Callable

from .logs import fields

UNSET, BACK, AHEAD = "clock-unset", "clock-back", "clock-ahead"
BUILD_TIME = 1_795_000_000  # Unix seconds, November 2026, before this was released: a clock that says less is not set
JUMP_SECONDS = 2.0  # between wall and monotonic clock from one look to the next; slewing NTP makes 0.0005 of the pause
TOLERANCE = (
    300  # seconds ahead that a backend takes (SPEC.md §4.1), and how far it lets a witness's clock be from its own
)
# Seconds. A time server that was reachable at all has put the clock right by then; a gateway whose backend is quiet
# (no new checkpoint) must not hold records for ever because its clock was wrong once.
PATIENCE = 3600.0
LOG_INTERVAL = 60.0  # seconds between two lines about jumps: a clock that two services fight over jumps all the time

_log = logging.getLogger(__name__)


class GatewayClock:
    """`wall` in Unix seconds and `monotonic` in seconds, and what may be believed of them. One loop owns it.

    `jumps`: how often the wall clock jumped since the start.
    """

    def __init__(self, wall: Callable[[], float], monotonic: Callable[[], float], release: int = BUILD_TIME) -> None:
        self.monotonic = monotonic
        self.jumps = 0
        self._wall = wall
        self._started = monotonic()
        self._proved = release  # no right clock says less
        self._used = 0  # the newest time that this gateway gave out
        self._last = wall(), self._started
        self._back_since: float | None = None
        self._ahead_until: float | None = None
        self._log_after = self._last[1]

    def now(self) -> int | None:
        """Unix seconds, never less than before; None while the clock is not to be trusted."""
        wall = self._look()
        if self._fault(wall) is not None:
            return None
        self._used = max(self._used, int(wall))  # a step back of under JUMP_SECONDS is waited out
        return self._used

    @property
    def alarm(self) -> str | None:
        """Why the clock is not trusted, if so."""
        return self._fault(self._look())

    @property
    def floor(self) -> int:
        """Unix seconds: what the clock must have reached. Store it, in place of what was stored before."""
        return max(self._proved, self._used)

    @property
    def wall(self) -> int:
        """Unix seconds that the clock says, right or wrong."""
        return int(self._wall())

    @property
    def uptime(self) -> float:
        """Seconds since this clock was looked at first."""
        return self.monotonic() - self._started

    # What others know

    def raise_floor(self, used: int) -> None:
        """This gateway used this time already, before it was started: the stored `floor`, or a batch's `closed`."""
        self._used = max(self._used, used)

    def known(self, earliest: int) -> None:
        """As `checkpoint`, of one that was stored: it is past, but it says nothing about now.

        A clock that starts where it was when the power went looks as if it agreed with it.
        """
        self._proved = max(self._proved, earliest - TOLERANCE)

    def checkpoint(self, earliest: int) -> None:
        """A new checkpoint came and was verified; `earliest` is its `Head.signed_after(quorum)`: that moment is past.

        The smallest time of the quorum: one witness that lies cannot make it later than it is.
        """
        news = earliest - TOLERANCE > self._proved
        self.known(earliest)
        wall = self._look()
        if news and abs(wall - earliest) <= TOLERANCE:
            self._confirm(wall)

    def refused(self, closed: int) -> None:
        """The backend refused a batch with this `closed` for `bad-time`."""
        wall = self._look()
        if wall <= closed - TOLERANCE:  # it was the clock of then: the one of now has been put back since
            if wall >= self._proved:
                self._confirm(wall)
            return
        if self._ahead_until is None:
            _log.critical("clock is ahead of the backend's", extra=fields(clock=int(wall), closed=closed))
        self._ahead_until = self.monotonic() + PATIENCE

    # Looking

    def _look(self) -> float:
        """The wall clock; notices a jump since the last look, and suspicions that end."""
        wall, monotonic = self._wall(), self.monotonic()
        jump = (wall - self._last[0]) - (monotonic - self._last[1])
        self._last = wall, monotonic
        if abs(jump) > JUMP_SECONDS:
            self._on_jump(jump, wall, monotonic)
        if self._ahead_until is not None and monotonic >= self._ahead_until:
            self._ahead_until = None  # the next batch tells
        if self._fault(wall) != BACK:
            self._back_since = None
        elif self._back_since is None or abs(jump) > JUMP_SECONDS:
            self._back_since = monotonic
        elif monotonic - self._back_since >= PATIENCE:
            self._confirm(wall)
        return wall

    def _on_jump(self, jump: float, wall: float, monotonic: float) -> None:
        self.jumps += 1
        if jump < 0 and self._ahead_until is not None and wall >= self._proved:
            self._confirm(wall)  # somebody put it right; if not enough, the backend refuses the next batch too
        if monotonic >= self._log_after:
            self._log_after = monotonic + LOG_INTERVAL
            _log.warning("clock jumped", extra=fields(seconds=round(jump, 1), jumps=self.jumps))

    def _confirm(self, wall: float) -> None:
        """This clock is taken for right: what was used beyond it was wrong."""
        if self._fault(wall) in (BACK, AHEAD):
            _log.warning("clock is trusted again", extra=fields(clock=int(wall), used=self._used))
        self._used = min(self._used, int(wall))
        self._back_since = self._ahead_until = None

    def _fault(self, wall: float) -> str | None:
        # 1. Proved wrong.
        if wall < self._proved:
            return UNSET
        # 2. It contradicts itself.
        if wall < self._used - JUMP_SECONDS:
            return BACK
        # 3. The backend contradicts it.
        return None if self._ahead_until is None else AHEAD
