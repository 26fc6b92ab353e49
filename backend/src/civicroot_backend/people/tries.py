"""Tries to sign in with a password: whose failures slow whom down.

A browser in which the account signed in before has a count of its own, and is slowed down by nothing else. From
elsewhere three things are counted: this account from this network, all that this network tries, and all that is tried
at this account. So a guesser gets slow, a net of guessers gets slow, and a colleague's own browser does not; nor does a
passkey, which cannot be guessed.
"""

from dataclasses import dataclass

from civicroot_backend.people.back_off import BackOff, Watched
from civicroot_backend.people.errors import TooManyTries

FREE_OF_BROWSER = 10
FREE_OF_PAIR = 5  # slips of the finger
FREE_OF_NETWORK = 50  # a city hall behind one address, on a Monday
FREE_OF_ACCOUNT = 50


@dataclass(frozen=True, slots=True)
class Place:
    """Where a try comes from: the network, and the token of a browser that is known to the account, if it is."""

    network: str
    known: str | None


class Tries:
    """Counts tries; the logins of accounts that do not exist as well, so that nobody can tell."""

    def __init__(self, back_off: BackOff) -> None:
        self._back_off = back_off

    def begin(self, login: str, place: Place) -> None:
        """A try begins. Raises TooManyTries."""
        wait = self._back_off.attempt([*_cleared(login, place), *_forgiven(login, place)])
        if wait:
            raise TooManyTries(wait)

    def succeeded(self, login: str, place: Place) -> None:
        """It was right."""
        self._back_off.succeeded(_cleared(login, place), _forgiven(login, place))

    def slowed(self, login: str, place: Place) -> bool:
        """Whether it was wrong once too often, so that the next one has to wait."""
        return any(self._back_off.slowed(item) for item in _cleared(login, place))


def _cleared(login: str, place: Place) -> list[Watched]:
    if place.known is not None:
        return [Watched(("browser", login, place.known), FREE_OF_BROWSER)]
    return [Watched(("pair", login, place.network), FREE_OF_PAIR)]


def _forgiven(login: str, place: Place) -> list[Watched]:
    if place.known is not None:
        return []
    return [Watched(("network", place.network), FREE_OF_NETWORK), Watched(("account", login), FREE_OF_ACCOUNT)]
