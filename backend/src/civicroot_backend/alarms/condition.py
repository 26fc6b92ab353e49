"""What a rule asks of a record, and how it judges one. Pure: a record and what is remembered in, a level out.

threshold     a number beyond `begin`; over again beyond `end`, on the good side of it (hysteresis)
rise          a number that rose (or fell) by `change` within `window_seconds`; over below half of it
flag          one of the alarms that devices tell themselves (wire specification §3.1, `alarm`): fire, tilt, full, knock
silence       a report is overdue against the device's own promise
lost          `least` numbers of a device that nothing explains
equivocation  a device signed two records of one number
checkpoint    the newest published checkpoint is older than `age_seconds`
quorum        a checkpoint that was signed is not cosigned by as many witnesses as the policy asks for
anchor        a checkpoint that went to an anchor is not confirmed after `age_seconds`, or failed
gateway       a gateway is offline, or says that it needs somebody
refused       `least` records of a gateway's batches were refused for `reasons` within `window_seconds`; over below that
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from civicroot_backend.alarms.machine import Level, Seen, State
from civicroot_backend.alarms.observed import Observed

MAX_MEMORY = 256  # points of a rise that are remembered: one a second for four minutes, or one a minute for hours
HALF = Decimal("0.5")  # of the change: below it a rise is over

Kind = Literal[
    "threshold",
    "rise",
    "flag",
    "silence",
    "lost",
    "equivocation",
    "checkpoint",
    "quorum",
    "anchor",
    "gateway",
    "refused",
]
FOLLOWED: Final = frozenset({"threshold", "rise", "flag"})  # judged record by record
OF_DEVICES: Final = FOLLOWED | {"silence", "lost", "equivocation"}
OF_GATEWAYS: Final = frozenset({"gateway", "refused"})
LATCHED: Final = frozenset({"lost", "equivocation"})  # nothing makes it good again: somebody's acknowledgement ends it
UNRECORDED: Final = frozenset({"gateway"})  # what gateways said is kept nowhere: there is no past of it


@dataclass(frozen=True, slots=True)
class Threshold:
    """Beyond `begin`, until beyond `end`."""

    name: str
    above: bool
    begin: Decimal
    end: Decimal

    def judge(self, found: Observed, state: State) -> tuple[Seen | None, State]:
        """See the module."""
        number = found.number(self.name)
        if number is None:
            return None, state
        bad = number >= self.begin if self.above else number <= self.begin
        good = number <= self.end if self.above else number >= self.end
        level = Level.BAD if bad else Level.GOOD if good else Level.SAME
        return Seen(found.time, level, str(number), found.seq), state


@dataclass(frozen=True, slots=True)
class Rise:
    """Moved by `change` within `window` seconds, upwards or downwards."""

    name: str
    upwards: bool
    change: Decimal
    window: int

    def judge(self, found: Observed, state: State) -> tuple[Seen | None, State]:
        """See the module; the state remembers the numbers of the window."""
        number = found.number(self.name)
        if number is None or found.time < state.newest:
            return None, state
        kept = [(time, text) for time, text in state.memory if time >= found.time - self.window]
        numbers = [Decimal(text) for _, text in kept]
        moved = max((number - one if self.upwards else one - number for one in numbers), default=Decimal(0))
        level = Level.BAD if moved >= self.change else Level.GOOD if moved < self.change * HALF else Level.SAME
        memory = (*kept, (found.time, str(number)))[-MAX_MEMORY:]
        remembering = State(state.newest, state.since, state.raised, state.due, state.value, state.number, memory)
        return Seen(found.time, level, str(number), found.seq), remembering


@dataclass(frozen=True, slots=True)
class Flag:
    """One of these alarms is in force on the device."""

    flags: frozenset[str]

    def judge(self, found: Observed, state: State) -> tuple[Seen | None, State]:
        """See the module. A start ends what was in force before it."""
        said = found.values.get("alarm")
        if not isinstance(said, str):
            return (Seen(found.time, Level.GOOD, "", found.seq) if "boots" in found.values else None), state
        inforce = sorted(self.flags.intersection(said.split()))
        return Seen(found.time, Level.BAD if inforce else Level.GOOD, " ".join(inforce), found.seq), state


def silence(time: int, seq: int | None, promised: int | None) -> Seen:
    """A report: good until the next is due."""
    return Seen(time, Level.GOOD, "", seq, None if promised is None else time + promised)


Followed = Threshold | Rise | Flag


def followed(kind: Kind, parameters: Mapping[str, Any]) -> Followed | None:
    """The condition of a rule that judges record by record; None of one that does not."""
    match kind:
        case "threshold":
            begin, end = Decimal(str(parameters["begin"])), Decimal(str(parameters["end"]))
            return Threshold(parameters["name"], parameters["side"] == "above", begin, end)
        case "rise":
            change, window = Decimal(str(parameters["change"])), parameters["window_seconds"]
            return Rise(parameters["name"], parameters["direction"] == "up", change, window)
        case "flag":
            return Flag(frozenset(parameters["flags"]))
        case _:
            return None
