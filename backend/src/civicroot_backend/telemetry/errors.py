"""Errors of the telemetry store.

TelemetryError
├── TelemetryUrlError            the configured URL names no store
├── TelemetryUnavailable         file or server cannot be opened or reached now; trying again may help
├── TelemetryRefused             the server answered that it does not take this (rights, bucket, syntax)
├── TelemetryMisconfigured       the server runs with settings under which readings would be counted twice
├── TelemetryAnswerError         the answer cannot be read
├── TelemetryOrderError          a reading lies beyond the cursor it is appended with
└── TelemetryRangeError          a history of no time, or of no or too many buckets, was asked for
"""


class TelemetryError(Exception):
    """Root of this package's errors."""


class TelemetryUrlError(TelemetryError):
    """The configured URL names no store; the message says what a good one looks like."""


class TelemetryUnavailable(TelemetryError):
    """The file cannot be opened (missing folder, other process, damage) or the server cannot be reached."""


class TelemetryRefused(TelemetryError):
    """The server answered with an error status; the message holds it and the start of its text."""


class TelemetryMisconfigured(TelemetryError):
    """The server's settings would break exactly once; the message names the setting."""


class TelemetryAnswerError(TelemetryError):
    """The server's answer is not what its interface promises."""


class TelemetryOrderError(TelemetryError):
    """A reading's position is beyond the cursor of its group: it would be written again after a restart."""


class TelemetryRangeError(TelemetryError):
    """`end` is not after `start`, or `points` is not within 1 … MAX_POINTS."""
