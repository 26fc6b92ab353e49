"""When to ask a silent broker whether it is there, and when to give it up."""

from enum import Enum, auto

# Seconds of silence before a PINGREQ. Shorter than the shortest time after which NATs of mobile networks are known to
# forget a connection (a minute; RFC 5382 asks for two hours).
KEEP_ALIVE = 30
# Seconds for the PINGRESP while nothing else comes and no output leaves: a dead peer is noticed after 45 s. TCP needs
# seconds to mend a few lost segments in a row.
PING_DEADLINE = 15.0


class Look(Enum):
    """What a look found."""

    WELL = auto()
    PING = auto()  # send a PINGREQ now
    DEAD = auto()


class KeepAlive:
    """Pure; times are monotonic seconds. A client must say something in every KEEP_ALIVE seconds (MQTT 3.1.2.10)."""

    def __init__(self, now: float) -> None:
        self._heard = self._said = self._moved = now
        self._pinged: float | None = None
        self._queued = 0

    def heard(self, now: float) -> None:
        """Something came, whatever it is."""
        self._heard = now
        self._pinged = None

    def said(self, now: float) -> None:
        """Something was given to the socket."""
        self._said = now

    def look(self, now: float, queued: int) -> Look:
        """`queued`: output bytes that the peer's TCP has not acknowledged; a line that takes them is slow, not dead."""
        if queued < self._queued:
            self._moved = now
        self._queued = queued
        if self._pinged is not None:
            return Look.DEAD if now - max(self._pinged, self._moved) >= PING_DEADLINE else Look.WELL
        if now - min(self._heard, self._said) >= KEEP_ALIVE:
            self._pinged = now
            return Look.PING
        return Look.WELL
