"""Who is told when: stages of a roll-out as shares of all devices, in an order that differs from release to release."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil

from civicroot_cli.main import CommandError

WHOLE = Fraction(1)
MAX_STAGES = 20  # nobody waits for more
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?) ?%")


def share(text: str) -> Fraction:
    """`2%`, `0.5%`. CommandError if it is not above 0 and at most 100 %."""
    found = _PERCENT.fullmatch(text.strip())
    value = Fraction(found[1]) / 100 if found else Fraction(0)
    if not 0 < value <= WHOLE:
        raise CommandError(f"a share is written like 10%, above 0 and at most 100: {text}")
    return value


def shares(text: str) -> list[Fraction]:
    """`2%,10%,50%,100%`: each says how many have been told when its stage has begun. CommandError."""
    found = [share(part) for part in text.split(",")]
    if found != sorted(set(found)) or found[-1] != WHOLE or len(found) > MAX_STAGES:
        raise CommandError(f"stages rise and end with 100%, at most {MAX_STAGES} of them: {text}")
    return found


def order(subjects: Iterable[str], digest: bytes) -> list[str]:
    """Each once, by a hash that takes in the release's digest: it is not always the same devices that go first."""
    return sorted(set(subjects), key=lambda subject: (hashlib.sha256(digest + subject.encode()).digest(), subject))


def cut(ordered: Sequence[str], wanted: Sequence[Fraction]) -> list[list[str]]:
    """The stages, each of at least one device; fewer than `wanted` if there are not devices enough for all."""
    stages: list[list[str]] = []
    begin = 0
    for part in wanted:
        end = min(len(ordered), max(begin + 1, ceil(len(ordered) * part)))
        if end > begin:
            stages.append(list(ordered[begin:end]))
        begin = end
    return stages
