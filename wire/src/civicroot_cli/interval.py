"""Between which two moments something was made and became public, and on whose clocks that rests (SPEC.md §7.2)."""

from dataclasses import dataclass

from civicroot_wire.finding import CHECKED
from civicroot_wire.head import Head
from civicroot_wire.policy import Policy
from civicroot_wire.steps import Verified

from .times import time_of

_UNITS = ((86_400, "days"), (3600, "hours"), (60, "minutes"))


@dataclass(frozen=True)
class Moment:
    """Unix seconds, and whose clocks say so: `clocks` by name, in words `whose`."""

    seconds: int
    clocks: tuple[str, ...]
    whose: str


@dataclass(frozen=True)
class Interval:
    """`start` and `end`; None where nobody fixed it. The end is the earliest that anybody outside vouches for."""

    start: Moment | None = None
    end: Moment | None = None


def of(report: Verified, policy: Policy, not_before: int | None = None, told: Head | None = None) -> Interval:
    """Of a verified bundle; `told` is the beacon's head, whose witnesses vouch for `not_before`."""
    start = None if not_before is None or told is None else _by_witnesses(not_before, told, policy)
    ends = [] if report.not_after is None else [_by_witnesses(report.not_after, report.seen, policy)]
    for found in report.anchored:
        if found.status == CHECKED and found.time is not None:
            ends.append(Moment(found.time, (found.name,), f"anchor {found.name}"))
    return Interval(start, min(ends, key=lambda moment: moment.seconds, default=None))


def sentences(found: Interval) -> list[str]:
    """For people: the whole interval, or the one side that there is."""
    start, end = found.start, found.end
    if start is not None and end is not None:
        return [
            f"made between {time_of(start.seconds)} and {time_of(end.seconds)}, "
            f"{_length(end.seconds - start.seconds)}: after {start.whose}, before {end.whose}, by their clocks"
        ]
    return []


def fields(found: Interval) -> dict[str, object]:
    """For JSON."""
    return {"start": _fields(found.start), "end": _fields(found.end)}


def _fields(moment: Moment | None) -> dict[str, object] | None:
    return None if moment is None else {"time": moment.seconds, "clocks": list(moment.clocks)}


def _by_witnesses(seconds: int, head: Head, policy: Policy) -> Moment:
    names = tuple(name for name, _ in head.cosigned)
    listed = ", ".join(names)
    whose = f"witnesses {listed}" if policy.quorum == 1 or not names else f"{policy.quorum} of {listed}"
    return Moment(seconds, names, whose)


def _length(seconds: int) -> str:
    """How long the interval is, for people. Clocks of different people may even cross."""
    if seconds < 0:
        return f"which cross by {-seconds} seconds, as clocks of different people do"
    for size, name in _UNITS:
        if seconds >= 2 * size:
            return f"within {-(-seconds // size)} {name}"
    return f"within {seconds} seconds"
