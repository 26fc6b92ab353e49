"""A rule: what it asks for (condition.py), of what, for how long, and whom it tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from civicroot_backend.alarms.condition import OF_DEVICES, OF_GATEWAYS, Kind
from civicroot_backend.alarms.errors import UnfitRule
from civicroot_backend.people.names import shown
from civicroot_backend.people.roles import CITY

Severity = Literal["urgent", "warning", "notice"]
MAX_FOR = 7 * 86_400  # seconds; what may last longer than a week is no alarm
MAX_TARGETS = 10  # of a rule: a team, not a mailing list
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Scope:
    """What a rule is about: all of it that fits every part that is given. `district`: `city` is everywhere."""

    district: str = CITY
    kind: str | None = None  # of the subject: bin, tree
    subject: str | None = None
    kid: bytes | None = None

    def names(self, subject: str, kid: bytes) -> bool:
        """Whether a device may be in it, the district apart."""
        if self.kid is not None and kid != self.kid:
            return False
        if self.subject is not None and subject != self.subject:
            return False
        return self.kind is None or subject.partition("/")[0] == self.kind


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule as somebody asks for it. `parameters`: of the kind, as the API checked them; `quiet_seconds`: see ADR."""

    name: str
    kind: Kind
    parameters: Mapping[str, Any]
    scope: Scope
    severity: Severity = "warning"
    for_seconds: int = 0
    quiet_seconds: int = 3600
    enabled: bool = True
    targets: tuple[int, ...] = ()

    def checked(self) -> "Asked":
        """Itself, with a tidy name. Raises UnfitRule, Unfit."""
        if self.kind == "threshold":
            begin, end = self.parameters["begin"], self.parameters["end"]
            if (begin <= end) if self.parameters["side"] == "above" else (begin >= end):
                raise UnfitRule("an alarm that begins above a limit is over below it: begin and end do not fit")
        if self.kind == "rise" and not self.parameters["change"] > 0:
            raise UnfitRule("a rise is by more than nothing")
        if self.kind not in OF_DEVICES:
            if self.scope.kind is not None or (self.kind not in OF_GATEWAYS and (self.scope.subject or self.scope.kid)):
                raise UnfitRule(f"a rule on {self.kind} is about the whole city")
            if self.scope.district != CITY:
                raise UnfitRule(f"a rule on {self.kind} belongs to the district {CITY}")
        return Asked(
            shown(self.name),
            self.kind,
            self.parameters,
            self.scope,
            self.severity,
            self.for_seconds,
            self.quiet_seconds,
            self.enabled,
            tuple(sorted(set(self.targets))),
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that is kept; `version` rises with each change, `primed` is the one whose states are there."""

    id: int
    asked: Asked
    version: int
    created: int
    changed: int
    primed: int
