"""The one state machine of alarms, for live and past alike. Plain values in and out; times are Unix seconds.

    quiet ──bad──▶ pending ──for_seconds──▶ raised ──good──▶ quiet
      │               └──good──▶ quiet
      └─ `due`: without news until then it is bad by itself (silence, an old checkpoint)

What is observed has the time at which it was so, not at which it came; between two observations the last one holds, so
that `advance` to any later moment gives the same changes, however often it is called in between.
"""

from dataclasses import dataclass, replace
from enum import Enum


class Level(Enum):
    """What one observation says. SAME: between the two limits, so what was before it goes on."""

    BAD = "bad"
    GOOD = "good"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Seen:
    """An observation. `number`: seq of the record, or log index, that shows it; `due`: it is bad from then on."""

    time: int
    level: Level
    value: str = ""
    number: int | None = None
    due: int | None = None


@dataclass(frozen=True, slots=True)
class Raised:
    """It is bad since `since`, and for long enough at `time`; `value` and `number` of what began it."""

    time: int
    since: int
    value: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Cleared:
    """It is good again."""

    time: int
    value: str
    number: int | None


Change = Raised | Cleared
BEFORE_ALL = -1


@dataclass(frozen=True, slots=True)
class State:
    """`newest`: time of the newest observation; `since`: bad since then; `value`, `number` of what began it.

    `memory`: what the condition has to remember (condition.py), as pairs.
    """

    newest: int = BEFORE_ALL
    since: int | None = None
    raised: bool = False
    due: int | None = None
    value: str = ""
    number: int | None = None
    memory: tuple[tuple[int, str], ...] = ()

    @property
    def quiet(self) -> bool:
        """Whether nothing of it has to be kept."""
        return self.since is None and not self.raised and self.due is None and not self.memory

    def wakes(self, for_seconds: int) -> int | None:
        """When `advance` changes something next, if nothing is observed until then."""
        if self.raised:
            return None
        begins = self.since if self.since is not None else self.due
        return None if begins is None else begins + for_seconds


QUIET = State()


def advance(state: State, until: int, for_seconds: int) -> tuple[State, list[Change]]:
    """Nothing was observed until then."""
    wakes = state.wakes(for_seconds)
    if wakes is None or wakes > until:
        return state, []
    since = wakes - for_seconds
    raised = replace(state, since=since, raised=True, due=None)
    return raised, [Raised(wakes, since, state.value, state.number)]


def observe(state: State, seen: Seen, for_seconds: int) -> tuple[State, list[Change]]:
    """Something was observed. What is older than the newest observation says nothing of now, and is passed over."""
    if seen.time < state.newest:
        return state, []
    state, changes = advance(state, seen.time, for_seconds)
    state = replace(state, newest=seen.time)
    if seen.level is Level.SAME:
        return state, changes
    if seen.level is Level.GOOD:
        if state.raised:
            changes.append(Cleared(seen.time, seen.value, seen.number))
        calm = replace(state, since=None, raised=False, due=seen.due, value=seen.value, number=seen.number)
        return calm, changes
    if state.since is None:
        state = replace(state, since=seen.time, due=None, value=seen.value, number=seen.number)
    state, more = advance(state, seen.time, for_seconds)
    return state, changes + more
