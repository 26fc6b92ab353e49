"""Challenges of WebAuthn ceremonies: each for one purpose, for five minutes, once.

A challenge carries its own end and a MAC, so that whoever asks for a million of them takes no memory. Remembered are
those that a passkey answered, until they are over. The key is the process's own: a restart ends what was begun.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from threading import Lock

from civicroot_backend.people.errors import WRONG_CHALLENGE, SignInRefused

VALID_SECONDS = 300  # to find a phone and a finger
_RANDOM, _TIME, _MAC = 16, 8, 16  # bytes
_LENGTH = _RANDOM + _TIME + _MAC


class Challenges:
    """Makes and spends them. `clock` is Unix seconds. Threads may use it at the same time."""

    def __init__(self, clock: Callable[[], float], key: bytes | None = None) -> None:
        self._clock = clock
        self._key = key or secrets.token_bytes(32)
        self._spent: dict[bytes, int] = {}
        self._lock = Lock()

    def issue(self, purpose: str) -> bytes:
        """A new one of 40 bytes."""
        head = secrets.token_bytes(_RANDOM) + (int(self._clock()) + VALID_SECONDS).to_bytes(_TIME, "big")
        return head + self._mac(purpose, head)

    def check(self, purpose: str, challenge: bytes) -> None:
        """Raise SignInRefused unless it was issued for this, is not over, and was not spent."""
        head, mac = challenge[:-_MAC], challenge[-_MAC:]
        genuine = len(challenge) == _LENGTH and hmac.compare_digest(mac, self._mac(purpose, head))
        if not genuine or self._end(challenge) <= self._clock() or challenge in self._spent:
            raise _refused()

    def spend(self, challenge: bytes) -> None:
        """What `check` let through was answered rightly: it is over. Raises SignInRefused if another was faster."""
        now = self._clock()
        with self._lock:
            for old in [one for one, end in self._spent.items() if end <= now]:
                del self._spent[old]
            if challenge in self._spent:
                raise _refused()
            self._spent[challenge] = self._end(challenge)

    def _end(self, challenge: bytes) -> int:
        return int.from_bytes(challenge[_RANDOM : _RANDOM + _TIME], "big")

    def _mac(self, purpose: str, head: bytes) -> bytes:
        return hmac.digest(self._key, head + purpose.encode(), hashlib.sha256)[:_MAC]


def _refused() -> SignInRefused:
    return SignInRefused(WRONG_CHALLENGE, "this took too long, or was answered before: begin again")
