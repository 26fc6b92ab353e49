"""Messages that are verified once: those that come in at once, those read from the store when they are first used.

A gateway of ten thousand devices starts at once, and verifies a registration (half a millisecond; more with witnesses)
when its device first sends.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar

from civicroot_wire.errors import WireError
from civicroot_wire.logged import Logged

from ..operate.logs import fields


class OfEntry(Protocol):
    """What a log entry says: the entry's `index` and exact bytes, `entry`."""

    @property
    def index(self) -> int: ...

    @property
    def entry(self) -> bytes: ...


Found = TypeVar("Found", bound=OfEntry)
_log = logging.getLogger(__name__)


class VerifiedMessages(Generic[Found]):
    """What messages say, by kid. `what` names them in the log.

    `verify(kid, message)` gives what one says and `entry_of(message)` its log entry; both raise WireError.
    """

    def __init__(self, what: str, verify: Callable[[bytes, bytes], Found], entry_of: Callable[[bytes], Logged]) -> None:
        self._what = what
        self._verify = verify
        self._entry_of = entry_of
        self._found: dict[bytes, Found] = {}
        self._stored: dict[bytes, bytes] = {}  # not looked at yet

    def load(self, messages: Mapping[bytes, bytes]) -> None:
        """Forget everything, and take these from the store."""
        self._found.clear()
        self._stored = dict(messages)

    def add(self, kid: bytes, found: Found) -> None:
        """Take in what was verified, in place of what was there."""
        self._stored.pop(kid, None)
        self._found[kid] = found

    def get(self, kid: bytes) -> Found | None:
        """What is verified of `kid`; a stored message that the policy no longer trusts is as if it was not there."""
        found = self._found.get(kid)
        if found is None and kid in self._stored:
            found = self._recall(kid)
        return found

    def has(self, kid: bytes, entry: Logged) -> bool:
        """Whether this very entry is known. Nothing is verified: it comes again under every newer checkpoint."""
        found = self._found.get(kid)
        if found is not None:
            return (found.index, found.entry) == (entry.index, entry.entry)
        if kid not in self._stored:
            return False
        stored = self._entry_of(self._stored[kid])
        return (stored.index, stored.entry) == (entry.index, entry.entry)

    def __len__(self) -> int:
        return len(self._found) + len(self._stored)

    def _recall(self, kid: bytes) -> Found | None:
        message = self._stored.pop(kid)
        try:
            self._found[kid] = self._verify(kid, message)
        except WireError as error:  # the policy changed since
            _log.error(f"{self._what} no longer trusted", extra=fields(kid=kid.hex(), error=str(error)))
        return self._found.get(kid)
