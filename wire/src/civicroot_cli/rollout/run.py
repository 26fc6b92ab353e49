"""The roll-out: tell a stage, wait until each of its devices has said what became of it, judge, go on or stop.

It may be killed at any point and goes on where it was: an entry that is logged again is no second entry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from civicroot_cli.main import CommandError
from civicroot_cli.rollout.journal import Journal, Told
from civicroot_cli.rollout.outcome import FAILED, WAITING, Outcome, count, too_many
from civicroot_cli.rollout.standing import Standing, Watched
from civicroot_cli.rollout.street import LOOK_BACK, NEVER, Device
from civicroot_cli.submission import EntryRefused

BEGUN, WAITS, OVER = "begun", "waits", "over"


@dataclass(frozen=True, slots=True)
class Patience:
    """`wait`: seconds for a stage; `pause` waits from one look to the next, `clock` is monotonic seconds."""

    wait: float
    clock: Callable[[], float]
    pause: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """How a stage stands: its number from 1, its subjects who were told, and how all who were told stand.

    `moment`: BEGUN, WAITS or OVER.
    """

    number: int
    told: list[str]
    outcomes: dict[str, Outcome]
    moment: str


@dataclass(frozen=True, slots=True)
class End:
    """`stopped`: why it stopped; None: everybody was told, and not too many failed. `gone`: no device any more.

    `unsure`: it was killed as it told these, and stopped before it told them again; they count as told.
    """

    stopped: str | None
    outcomes: dict[str, Outcome]
    not_told: list[str]
    gone: list[str]
    unsure: list[str]


class RollOut:
    """`tell` logs the manifest of a subject and gives its index.

    `told_before` gives it if somebody had it logged already, and raises CommandError if the subject may not be told.

    More than `limit` of those who were told, and it stops. `say` hears of each stage as it begins and ends, and after
    each look in between.
    """

    def __init__(
        self,
        journal: Journal,
        street: Watched,
        tell: Callable[[str], int],
        told_before: Callable[[str], int | None],
        limit: Fraction,
        patience: Patience,
        say: Callable[[Stage], None],
    ) -> None:
        self._journal = journal
        self._street = street
        self._standing = Standing(journal, street)
        self._tell = tell
        self._told_before = told_before
        self._limit = limit
        self._patience = patience
        self._say = say
        self._gone: list[str] = []

    def run(self) -> End:
        """To its end. CommandError if the city does not answer: it can be gone on with then."""
        journal = self._journal
        self._standing.look()
        while True:
            outcomes = self._standing.outcomes(journal.over)
            if too_many(outcomes, self._limit) or journal.over == len(journal.stages):
                return self._end(outcomes)
            try:
                self._tell_all(journal.stages[journal.over])
            except EntryRefused as error:
                return self._end(self._standing.outcomes(journal.over), f"the city takes no more of it: {error}")
            outcomes = self._watch()
            if too_many(outcomes, self._limit):
                return self._end(outcomes)
            journal.over += 1
            journal.keep()

    def _tell_all(self, stage: list[str]) -> None:
        """Tell those of a stage who were not told yet. Raises EntryRefused: nobody was told after that one."""
        told = self._journal.told
        devices = self._street.devices()
        fresh = [subject for subject in stage if subject not in told]
        self._gone += [subject for subject in fresh if subject not in devices]
        fresh = [subject for subject in fresh if subject in devices]
        told |= {subject: self._about_to_tell(subject, devices[subject]) for subject in fresh}
        self._journal.keep()
        unsure = [subject for subject in stage if subject in told and told[subject].index is None]
        try:
            for subject in unsure:
                told[subject].index = self._tell(subject)
        except EntryRefused:
            for subject in unsure:
                if told[subject].index is None:
                    del told[subject]
            raise
        finally:
            self._journal.keep()

    def _about_to_tell(self, subject: str, device: Device) -> Told:
        """What it says from now on counts; if it was told before this roll-out, what it said lately counts too."""
        index = self._told_before(subject)
        return Told(device.kid, device.seq if index is None else max(NEVER, device.seq - LOOK_BACK), index)

    def _watch(self) -> dict[str, Outcome]:
        """Until the stage is decided, or too many have failed, or its time is over; how all stand then."""
        number, stage = self._journal.over, self._journal.stages[self._journal.over]
        told = [subject for subject in stage if subject in self._journal.told]
        self._say(Stage(number + 1, told, self._standing.outcomes(number), BEGUN))
        until = self._patience.clock() + self._patience.wait
        while True:
            last = self._patience.clock() >= until
            self._look(last)
            outcomes = self._standing.outcomes(number + 1 if last else number)
            undecided = count((outcomes[subject] for subject in told), WAITING)
            if not undecided or too_many(outcomes, self._limit):
                self._say(Stage(number + 1, told, outcomes, OVER))
                return outcomes
            self._say(Stage(number + 1, told, outcomes, WAITS))
            self._patience.pause()

    def _look(self, last: bool) -> None:
        try:
            self._standing.look()
        except EntryRefused:
            raise
        except CommandError:
            if last:  # nobody is called silent while the city is
                raise

    def _end(self, outcomes: dict[str, Outcome], stopped: str | None = None) -> End:
        if stopped is None and too_many(outcomes, self._limit):
            failed = count(outcomes.values(), FAILED)
            stopped = f"{failed} of {len(outcomes)} failed, more than {float(self._limit * 100):g} %"
        told = self._journal.told
        everybody = [subject for stage in self._journal.stages for subject in stage]
        not_told = [subject for subject in everybody if subject not in told and subject not in self._gone]
        unsure = [subject for subject in everybody if subject in told and told[subject].index is None]
        return End(stopped, outcomes, not_told, self._gone, unsure)
