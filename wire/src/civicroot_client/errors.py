"""Errors of the client.

ClientError
├── Unreachable      nobody answers, or too much: what was asked may or may not have happened
├── NotUnderstood    an answer that no city gives
├── Problem          the city refused (RFC 9457)
└── NotProved        a proof does not hold, or is not about what was asked
"""


class ClientError(Exception):
    """Root of this package's errors."""


class Unreachable(ClientError):
    """Nobody answers at the address, or more than there can be."""


class NotUnderstood(ClientError):
    """An answer that no city gives."""


class NotProved(ClientError):
    """A proof does not hold: nothing that the city says of this reading may be believed."""


class Problem(ClientError):
    """The city's refusal. `reason` is for programs; `retry_after` in seconds, if the city says when to come again."""

    def __init__(self, status: int, reason: str, detail: str, retry_after: int | None = None) -> None:
        super().__init__(f"{status} {reason}: {detail}" if detail else f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after
