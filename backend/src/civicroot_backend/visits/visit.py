"""A visit: somebody of a crew was at a bin or tree, found something and did something.

What is written of it is never written over: each change is a version, with its revision. Whoever writes says the newest
revision of the subject that he has seen (`base`); if somebody else has written since, nothing is taken, and he is shown
both. A phone writes without a network and sends later, perhaps twice: `visit` and `entry` are its own random names, by
which the same again is known.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from civicroot_backend.errors import VisitRefused

MAX_NOTE = 2_000  # characters: what somebody writes on a phone, standing
MAX_CARE_NOTE = 300  # one or two sentences for citizens
NOTHING_SEEN = 0  # `base` of whoever has seen no visit at the subject

CareName = Literal["watered", "pruned", "treated", "inspected"]
CARE: tuple[CareName, ...] = ("watered", "pruned", "treated", "inspected")
TREE = "tree"


class Outcome(StrEnum):
    """How a visit ended."""

    DONE = "done"
    AGAIN = "again"  # somebody has to come again
    NOTHING = "nothing"  # nothing wrong was found


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phone sends. `made`: its clock; `reports`: names of those that the visit closes."""

    visit: str
    entry: str
    base: int
    subject: str
    outcome: Outcome
    note: str
    care: tuple[CareName, ...]
    care_note: str
    reports: tuple[str, ...]
    made: int


@dataclass(frozen=True, slots=True)
class Version:
    """What was written of a visit, as of `revision`. `log_index`: of the city's statement of the care."""

    revision: int
    entry: str
    account: int
    author: str
    outcome: Outcome
    note: str
    care: tuple[CareName, ...]
    care_note: str
    made: int
    received: int
    salt: bytes | None
    log_index: int | None


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit as it is now. `id` orders; `reports`: names of those that it closed; `photos`: names."""

    id: int
    name: str
    subject: str
    district: str
    account: int
    now: Version
    versions: int
    reports: tuple[str, ...]
    photos: tuple[str, ...]


class VisitedMeanwhile(VisitRefused):
    """Somebody wrote of the subject since its writer looked: `newer` as they are now, up to `revision`."""

    def __init__(self, newer: list[Visit], revision: int) -> None:
        super().__init__(f"{len(newer)} visits here are new or changed since you looked; nothing of yours is lost")
        self.newer = newer
        self.revision = revision
