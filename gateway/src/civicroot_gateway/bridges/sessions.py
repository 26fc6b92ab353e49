"""Which numbers of a radio device's questions are fresh (SPEC.md §8.1): those after an answer that it just got.

Kept in memory alone. After a restart of the gateway a device's questions are refused until its next record is answered.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

MAX_DEVICES = 4096  # that are remembered: 2 MB
MAX_ANSWERS = 8  # of one device: one for each address it was heard from, and for each stretch of numbers
LIFE = 900.0  # seconds after an answer in which questions may name it; no tag stays awake for so long


@dataclass(slots=True)
class _Session:
    answers: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=MAX_ANSWERS))  # counter, and when
    last: tuple[int, int] = (0, -1)  # the newest question that was taken


class Sessions:
    """By device. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._devices: OrderedDict[bytes, _Session] = OrderedDict()

    def answered(self, kid: bytes, counter: int, now: float) -> None:
        """The device was sent the answer of this counter."""
        self._devices.setdefault(kid, _Session()).answers.append((counter, now))
        self._devices.move_to_end(kid)
        if len(self._devices) > MAX_DEVICES:
            self._devices.popitem(last=False)

    def take(self, kid: bytes, counter: int, number: int, now: float) -> bool:
        """Whether the question is fresh; if so, it is taken. Only for one whose MAC is right."""
        found = self._devices.get(kid)
        if found is None or (counter, number) <= found.last:
            return False
        if not any(known == counter and now - at <= LIFE for known, at in found.answers):
            return False
        found.last = (counter, number)
        return True
