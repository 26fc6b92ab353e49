"""The keys of the logs that a witness was told of, and what they signed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from civicroot_wire import note
from civicroot_wire.errors import WireError
from civicroot_wire.note import Note, VerifierKey
from civicroot_wire.policy import Policy
from civicroot_wire.trusted import MAX_INDEX

from .errors import ConfigError, Untrusted
from .submitted import Submitted

Verify = Callable[[bytes, bytes, bytes], None]


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key of the log that its name is the origin of, for log indices `first` … `last` (None: no end)."""

    key: VerifierKey
    first: int = 0
    last: int | None = None

    @property
    def origin(self) -> str:
        """The log's origin line."""
        return self.key.name

    def covers(self, size: int) -> bool:
        """Whether it may sign a tree of `size`, which is judged by its newest entry."""
        index = max(size - 1, 0)
        return self.first <= index and (self.last is None or index <= self.last)


def parse_log_key(vkey: str, first: int = 0, last: int | None = None) -> LogKey:
    """Read a log's verifier key. Raises ConfigError."""
    try:
        key = note.parse_key(vkey)
    except WireError as error:
        raise ConfigError(f"not a log's vkey: {error}") from error
    if key.algorithm != note.ED25519:
        raise ConfigError(f"{key.name}: this is a witness's key, not a log's")
    if not 0 <= first <= MAX_INDEX or (last is not None and not first <= last <= MAX_INDEX):
        raise ConfigError(f"{key.name}: first and last are log indices, ascending, below 2⁵³")
    return LogKey(key, first, last)


def of_policy(policy: Policy) -> list[LogKey]:
    """The log keys of a trust policy, with the indices they are valid for."""
    return [LogKey(item.key, item.first, item.last) for item in policy.logs if item.key is not None]


def check_signed(submitted: Submitted, keys: Iterable[LogKey], verify: Verify) -> Note:
    """The note with the lines of trusted keys only. Raises Untrusted."""
    trusted = [item.key for item in keys if item.covers(submitted.size)]
    signed = submitted.note.body.encode()
    kept = []
    for line in submitted.note.lines:
        # 1. Lines of other keys are ignored, whoever they name.
        for key in (key for key in trusted if line.is_by(key)):
            # 2. A line of a trusted key verifies, or the whole note is refused (signed-note).
            try:
                verify(key.public, signed, line.signature)
            except WireError as error:
                raise Untrusted(f"the signature of {submitted.origin} does not verify") from error
            kept.append(line)
    # 3. There is at least one.
    if not kept:
        raise Untrusted(f"not signed by a key of {submitted.origin} that is valid at size {submitted.size}")
    return Note(submitted.note.body, kept)
