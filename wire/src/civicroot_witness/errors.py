"""Errors of the witness.

WitnessError              shown as one line, without a traceback
├── ConfigError           the folder, its configuration or a key in it cannot be used
├── AlreadyRunning        another witness works in the folder
├── StoreError            the database cannot be read or written: nothing was signed
└── Refusal               a request is refused; `.status` is the answer's, `.reason` is counted
    ├── MalformedRequest  400: not what the protocol asks for
    ├── UnknownOrigin     404: nobody told this witness of the log
    ├── Untrusted         403: no key of the log that is valid at this size signed it, or such a line does not verify
    ├── OldSize           409: the client does not know what was cosigned last; `.size` is that
    ├── OtherRoot         409: one size, another root than the one that was cosigned
    ├── BadProof          422: the proof does not lead from what was cosigned last
    ├── ClockWrong        503: this witness's clock cannot be right
    ├── Forgotten         503: this witness signed more than its database knows
    ├── TooLarge          413: more than any valid request has
    └── TooSlow           408: not here in time
"""


class WitnessError(Exception):
    """Something went wrong that its operator can understand."""


class ConfigError(WitnessError):
    """The folder, its configuration or a key in it cannot be used."""


class AlreadyRunning(WitnessError):
    """Another witness works in the folder."""


class StoreError(WitnessError):
    """The database cannot be read or written: nothing was signed."""


class Refusal(WitnessError):
    """A request is refused."""

    status = 400
    reason = "malformed"


class MalformedRequest(Refusal):
    """Not what the protocol asks for."""


class UnknownOrigin(Refusal):
    """Nobody told this witness of the log."""

    status = 404
    reason = "unknown-origin"


class Untrusted(Refusal):
    """No key of the log that is valid at this size signed it, or a line of such a key does not verify."""

    status = 403
    reason = "untrusted"


class OldSize(Refusal):
    """The client does not know what was cosigned last, which is a tree of `size`."""

    status = 409
    reason = "old-size"

    def __init__(self, size: int) -> None:
        super().__init__(f"the newest cosigned checkpoint has size {size}")
        self.size = size


class OtherRoot(Refusal):
    """One size, another root than the one that was cosigned."""

    status = 409
    reason = "other-root"


class BadProof(Refusal):
    """The proof does not lead from what was cosigned last."""

    status = 422
    reason = "bad-proof"


class ClockWrong(Refusal):
    """This witness's clock cannot be right."""

    status = 503
    reason = "clock-wrong"


class Forgotten(Refusal):
    """This witness signed more than its database knows: an old copy was restored, or another runs with its key."""

    status = 503
    reason = "forgotten"


class TooLarge(Refusal):
    """More than any valid request has."""

    status = 413
    reason = "too-large"


class TooSlow(Refusal):
    """Not here in time."""

    status = 408
    reason = "too-slow"
