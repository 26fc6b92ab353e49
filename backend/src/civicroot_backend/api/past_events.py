"""The newest events by number, for listeners who were away for a moment and say which one they had last.

They are kept in memory only: after a restart, or an absence that was too long, a listener is told to fetch anew.
"""

import re
import secrets
from collections import deque
from collections.abc import Sequence

from civicroot_backend.events import Event

MAX_PAST = 4096  # some 50 bytes each: a phone's minute in a tunnel, in a city with 60 readings a second
_ID = re.compile(r"([0-9a-f]{8})-([0-9]{1,15})")

Numbered = tuple[int, Event]


class PastEvents:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._epoch = secrets.token_hex(4)  # of this process: numbers begin anew with the next one
        self._kept: deque[Numbered] = deque(maxlen=MAX_PAST)
        self.last = 0  # number of the newest event

    def add(self, events: Sequence[Event]) -> list[Numbered]:
        """Give the next numbers to events, and keep them."""
        numbered = list(enumerate(events, self.last + 1))
        self.last += len(events)
        self._kept.extend(numbered)
        return numbered

    def break_off(self) -> None:
        """Some event was lost: nobody can be told all that came after an earlier one."""
        self._kept.clear()
        self.last += 1

    def id_of(self, number: int) -> str:
        """What a listener says to get what came after it."""
        return f"{self._epoch}-{number}"

    def after(self, last_id: str) -> list[Numbered] | None:
        """The events after the one with this identifier; None if not all of them are kept, or it is none of ours."""
        found = _ID.fullmatch(last_id)
        if found is None or found[1] != self._epoch:
            return None
        number = int(found[2])
        oldest = self._kept[0][0] if self._kept else self.last + 1
        if not oldest - 1 <= number <= self.last:
            return None
        return [item for item in self._kept if item[0] > number]
