"""What became of the release on a device, by what the device said since it was told, and how many may fail.

A device says `update` in its records (wire specification §3.1): `0.3.0 committed`, `0.3.0 rolled-back`, or `refused`
and a reason, which names no version.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

WAITING, COMMITTED, FAILED = "waiting", "committed", "failed"
REFUSED = "refused "
SILENT = "says nothing of it"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`state`: one of the three above; `says`: the device's own words, or that there are none."""

    state: str
    says: str


def judge(version: str, words: Sequence[str]) -> Outcome:
    """By `words`, the newest first. A word of this version counts before a refusal, which may be of another one.

    A device that rolled back tries again after some hours: a newer `committed` makes it good.
    """
    said = {f"{version} committed": COMMITTED, f"{version} rolled-back": FAILED}
    for word in words:
        if word in said:
            return Outcome(said[word], word)
    refused = next((word for word in words if word.startswith(REFUSED)), None)
    return Outcome(WAITING, SILENT) if refused is None else Outcome(FAILED, refused)


def overdue(outcome: Outcome) -> Outcome:
    """The same when the time is over: who has said nothing has failed."""
    return Outcome(FAILED, outcome.says) if outcome.state == WAITING else outcome


def count(outcomes: Iterable[Outcome], state: str) -> int:
    """How many are in a state."""
    return sum(outcome.state == state for outcome in outcomes)


def too_many(outcomes: Mapping[str, Outcome], limit: Fraction) -> bool:
    """Whether more than `limit` of those who were told have failed."""
    return count(outcomes.values(), FAILED) > limit * len(outcomes)
