"""The roll-out against a made-up street: any devices may fail, be silent or vanish, and it may be killed anywhere."""

import tempfile
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import pytest
from civicroot_cli.main import CommandError
from civicroot_cli.rollout import journal, plan
from civicroot_cli.rollout.journal import Journal
from civicroot_cli.rollout.outcome import COMMITTED, FAILED
from civicroot_cli.rollout.run import End, Patience, RollOut
from civicroot_cli.rollout.street import Device
from hypothesis import given, settings
from hypothesis import strategies as st

VERSION = "0.3.0"
STAGES = plan.shares("2%,10%,50%,100%")
LIMIT = Fraction(1, 10)
WAIT = 30.0  # of a made-up clock
GOOD, BAD, SILENT, REFUSING = "0.3.0 committed", "0.3.0 rolled-back", "", "refused no-room"


class Killed(BaseException):
    """The process ends here."""


@dataclass
class MadeUp:
    """Devices that say at the next look what they are here to say. `lives`: calls until the process is killed."""

    turns_out: dict[str, str]
    lives: int = -1  # for ever
    now: float = 0.0
    log: list[str] = field(default_factory=list)  # subjects of the entries
    said: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.said = {subject: ["0.3.0 committed"] for subject in self.turns_out}  # before it was told: counts nothing

    def devices(self) -> dict[str, Device]:
        self._live()
        return {subject: Device(subject, len(said) - 1, None) for subject, said in self.said.items()}

    def words(self, kid: str, after: int, most: int | None = None) -> list[str]:
        self._live()
        return [word for word in self.said[kid][:after:-1] if word]

    def tell(self, subject: str) -> int:
        self._live()
        if subject not in self.log:  # the same entry again is no second entry
            self.log.append(subject)
            self.said[subject].append(self.turns_out[subject])
        self._live()
        return self.log.index(subject)

    def pause(self) -> None:
        self._live()
        self.now += 10.0

    def _live(self) -> None:
        self.lives -= self.lives > 0
        if self.lives == 0:
            raise Killed


class Mortal(Journal):
    """A killed process writes nothing more, whatever it would still do in Python."""

    street: MadeUp

    def keep(self) -> None:
        if self.street.lives != 0:
            super().keep()


def roll_out(street: MadeUp, path: Path, limit: Fraction = LIMIT) -> End:
    """As the command does it."""
    found = journal.read(path)
    if found is None:
        kept = Mortal(path, "00", VERSION, plan.cut(plan.order(street.turns_out, bytes(32)), STAGES))
    else:
        kept = Mortal(path, found.content, found.version, found.stages, found.over, found.told)
    kept.street = street
    kept.keep()
    patience = Patience(WAIT, lambda: street.now, street.pause)
    return RollOut(kept, street, street.tell, lambda _: None, limit, patience, lambda _: None).run()


OUTCOMES = st.lists(st.sampled_from([GOOD] * 9 + [BAD, SILENT, REFUSING]), min_size=1, max_size=60)


def made_up(outcomes: list[str]) -> MadeUp:
    return MadeUp({f"bin/{number}": how for number, how in enumerate(outcomes)})


@settings(deadline=None, max_examples=60)
@given(OUTCOMES)
def test_it_stops_after_the_first_stage_with_too_many_failures_and_tells_nobody_further(outcomes: list[str]) -> None:
    street = made_up(outcomes)
    stages = plan.cut(plan.order(street.turns_out, bytes(32)), STAGES)
    told: list[str] = []
    for stage in stages:
        told += stage
        failed = [subject for subject in told if street.turns_out[subject] != GOOD]
        if len(failed) > LIMIT * len(told):
            break
    with tempfile.TemporaryDirectory() as folder:
        end = roll_out(street, Path(folder) / "journal")
    assert street.log == told
    assert (end.stopped is not None) == (len(failed) > LIMIT * len(told))
    assert set(end.not_told) == street.turns_out.keys() - set(told)
    assert {subject for subject, outcome in end.outcomes.items() if outcome.state == COMMITTED} == set(told) - set(
        failed
    )
    if end.stopped is None:
        assert {subject for subject, outcome in end.outcomes.items() if outcome.state == FAILED} == set(failed)


@settings(deadline=None, max_examples=60)
@given(OUTCOMES, st.lists(st.integers(1, 60), max_size=8))
def test_killed_anywhere_it_ends_as_if_it_had_not_been(outcomes: list[str], kills: list[int]) -> None:
    whole, street = made_up(outcomes), made_up(outcomes)
    with tempfile.TemporaryDirectory() as folder:
        expected = roll_out(whole, Path(folder) / "whole")
        for lives in kills:
            street.lives = lives
            try:
                roll_out(street, Path(folder) / "killed")
            except Killed:
                assert street.log == whole.log[: len(street.log)]
        street.lives = -1
        end = roll_out(street, Path(folder) / "killed")
    assert (end.stopped is None) == (expected.stopped is None)
    if end.stopped is None:
        assert street.log == whole.log  # nobody twice, nobody else
        assert (end.outcomes, end.not_told) == (expected.outcomes, expected.not_told)
    else:  # in the middle of a stage it may see failures early enough to spare the rest of it
        assert street.log == whole.log[: len(street.log)]
        assert set(end.unsure) | set(end.not_told) >= street.turns_out.keys() - set(street.log)
        assert not set(end.not_told) & set(street.log)


def test_killed_at_each_step_in_turn_it_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    for lives in range(1, 100):
        street, path = made_up([GOOD] * 12), tmp_path / str(lives)
        street.lives = lives
        try:
            roll_out(street, path)
        except Killed:
            street.lives = -1
            assert roll_out(street, path).stopped is None
            assert sorted(street.log) == sorted(street.turns_out)
        else:
            break
    assert 30 < lives < 99  # it was killed at every step


def test_a_rolled_back_device_that_commits_later_is_good_again(tmp_path: Path) -> None:
    street = made_up([BAD] * 5)
    assert roll_out(street, tmp_path / "journal").stopped == "1 of 1 failed, more than 10 %"
    street.turns_out = dict.fromkeys(street.turns_out, GOOD)
    street.said[street.log[0]].append(GOOD)
    assert roll_out(street, tmp_path / "journal").stopped is None
    assert len(street.log) == 5


def test_a_city_that_is_silent_makes_no_device_a_failure(tmp_path: Path) -> None:
    class Away(MadeUp):
        away = False

        def devices(self) -> dict[str, Device]:
            if self.away:
                raise CommandError("does not answer")
            return super().devices()

        def tell(self, subject: str) -> int:
            self.away = True
            return super().tell(subject)

        def pause(self) -> None:
            super().pause()
            self.away = self.now < back

    back = WAIT - 5
    street = Away({"bin/1": GOOD})
    assert roll_out(street, tmp_path / "first").stopped is None
    back = WAIT * 2
    street = Away({"bin/1": GOOD})
    with pytest.raises(CommandError, match="does not answer"):
        roll_out(street, tmp_path / "second")
    street.away = False
    assert roll_out(street, tmp_path / "second").stopped is None


def test_a_device_that_was_moved_away_is_left_out_and_named(tmp_path: Path) -> None:
    street = made_up([GOOD] * 20)
    last = plan.order(street.turns_out, bytes(32))[-1]
    del street.said[last]
    end = roll_out(street, tmp_path / "journal")
    assert (end.stopped, end.gone, end.not_told, len(end.outcomes)) == (None, [last], [], 19)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"form": 2}', '{"form": 1, "told": {"bin/1": {}}}', "\x00"])
def test_a_damaged_journal_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "journal").write_text(content)
    with pytest.raises(CommandError):
        journal.read(tmp_path / "journal")


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    with (
        journal.held(tmp_path / "journal"),
        pytest.raises(CommandError, match="another roll-out"),
        journal.held(tmp_path / "journal"),
    ):
        pass
