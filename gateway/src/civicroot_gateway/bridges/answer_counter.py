"""The counter in radio answers (SPEC.md §8.1): it never goes back, or devices would take each answer for a replay.

One counter for all devices of a gateway. Numbers are reserved in a file, STEP at a time, before the first of them is
used; after a start the reserved rest is left out. As soon as the clock can be trusted it leaps once to Unix time ×
1,024: a gateway that was set up anew with its old key, its file lost, thereby goes on above what it used before.
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path

from civicroot_wire.radio import MAX_COUNTER

from ..keyfile import sync_folder
from ..operate.logs import fields

FILE = "answer-counter"
STEP = 1024  # answers for each write to the card
_PER_SECOND = 1024  # far more than a gateway answers on average, so that time is always ahead of the count

_log = logging.getLogger(__name__)


class AnswerCounter:
    """`now()` gives Unix seconds, or None while the clock is not to be trusted."""

    def __init__(self, folder: Path, now: Callable[[], int | None]) -> None:
        self._path = folder / FILE
        self._now = now
        self._next = self._reserved = self._read()
        self._leapt = False

    def next(self) -> int:
        """A number larger than all before, also of earlier processes; raises OSError if it cannot be reserved."""
        now = None if self._leapt else self._now()
        if now is not None:
            self._leapt = True
            self._next = max(self._next, min(now * _PER_SECOND, MAX_COUNTER >> 1))
        if self._next >= self._reserved:
            self._reserve(self._next + STEP)
        self._next += 1
        return self._next - 1

    def _read(self) -> int:
        try:
            found = int(self._path.read_text(encoding="ascii"))
        except FileNotFoundError:
            return 0
        except (OSError, ValueError) as error:
            _log.error("the counter of radio answers begins anew", extra=fields(file=str(self._path), error=str(error)))
            return 0
        return max(0, min(found, MAX_COUNTER - STEP))

    def _reserve(self, below: int) -> None:
        draft = self._path.with_suffix(".new")
        with draft.open("wb") as file:
            file.write(b"%d\n" % below)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        sync_folder(self._path.parent)
        self._reserved = below
