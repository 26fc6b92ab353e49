"""Errors of this package.

AlarmError
├── UnfitRule      a rule, target or trial that makes no sense; `reason` bad-rule
├── Changed        it was changed since it was read (If-Match); `reason` changed
├── MissingMatch   a change without If-Match; `reason` if-match-missing
└── NotDelivered   a message was not taken; `for_good`: it never will be
"""

from civicroot_backend.errors import BackendError

BAD_RULE, CHANGED, IF_MATCH_MISSING, NOT_DELIVERED = "bad-rule", "changed", "if-match-missing", "not-delivered"


class AlarmError(BackendError):
    """Root of this package's errors."""

    reason = BAD_RULE


class UnfitRule(AlarmError):
    """A rule, target or trial that makes no sense."""


class Changed(AlarmError):
    """Somebody changed it since it was read."""

    reason = CHANGED


class MissingMatch(AlarmError):
    """A change that does not say of which version it is one."""

    reason = IF_MATCH_MISSING


class NotDelivered(AlarmError):
    """A message was not taken; `for_good`: it never will be, so nobody tries again."""

    reason = NOT_DELIVERED

    def __init__(self, detail: str, for_good: bool = False) -> None:
        super().__init__(detail)
        self.for_good = for_good
