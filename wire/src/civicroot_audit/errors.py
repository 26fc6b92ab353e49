"""Errors of the auditor.

AuditError            an audit cannot go on; exit code 2 unless it found something before
├── SourceError       nobody answers, or not in time: says nothing about the city
├── Missing           the source answered, and not with what was asked for: not there, an error, too large
├── LogDamaged        what a source serves does not hash to the root that it signed; `.path` says which file
├── StateError        the state's folder cannot be used, or belongs to another city
└── PolicyError       the policy does not hold
"""


class AuditError(Exception):
    """An audit cannot go on."""


class SourceError(AuditError):
    """Nobody answers, or not in time."""


class Missing(AuditError):
    """The source answered, and not with what was asked for."""


class LogDamaged(AuditError):
    """What is served under `path` does not hash to the signed root."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path = path
        self.detail = detail


class StateError(AuditError):
    """The state's folder cannot be used, or belongs to another city."""


class PolicyError(AuditError):
    """The policy does not hold."""
