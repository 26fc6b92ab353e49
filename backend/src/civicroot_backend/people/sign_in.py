"""Signing in: with a passkey, a password, or an invitation. Each gives a new session, whatever the browser had."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from civicroot_backend.audit_trail.act import Act, Actor
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.connection import Database
from civicroot_backend.people import accounts, invitations, known_browsers, names, passkeys, passwords, sessions
from civicroot_backend.people.accounts import Account
from civicroot_backend.people.challenges import Challenges
from civicroot_backend.people.door import Entrance
from civicroot_backend.people.errors import PASSKEY_CLONED, WRONG_CREDENTIALS, SignInRefused
from civicroot_backend.people.passkeys import Credential
from civicroot_backend.people.sessions import Browser
from civicroot_backend.people.tries import Place, Tries

PASSKEY, PASSWORD, OIDC, INVITATION = "passkey", "password", "oidc", "invitation"
SIGN_IN = "sign-in"  # purposes of challenges
NOBODY = Actor(None, "")


@dataclass(frozen=True, slots=True)
class From:
    """Where somebody signs in: browser, network, and the tokens of the two cookies that it has, if any."""

    browser: Browser
    network: str
    session: str | None
    known: str | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the browser gets: tokens of its session, and by which it is known again."""

    account: Account
    session: str
    known: str


class SignIn:
    """Lets people in. `clock` is Unix seconds. Threads may use it at the same time."""

    def __init__(
        self, database: Database, challenges: Challenges, tries: Tries, city: str, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._challenges = challenges
        self._tries = tries
        self._city = city
        self._clock = clock

    def with_password(self, login: str, password: str, place: From) -> SignedIn:
        """Raises SignInRefused, which is the same in words and time whether there is an account; TooManyTries."""
        typed = names.folded(login)
        now = self._clock()
        with self._database.read() as connection:
            # The same questions whether there is an account or not: what takes longer tells.
            account = accounts.active(connection, typed)
            kept = passwords.of(connection, account)
            known = known_browsers.knows(connection, account, place.known, now)
        counted = Place(place.network, place.known if known else None)
        self._tries.begin(typed, counted)
        if not passwords.matches(kept, password):
            self._note_slowed(typed, counted, account)
            raise _refused()
        with self._database.write() as connection:
            if passwords.of(connection, account) != kept:
                raise _refused()  # it was changed meanwhile
            act = self._act(connection, accounts.require(connection, account))
            made = self.begin(act, account, PASSWORD, place)
        self._tries.succeeded(typed, counted)
        return made

    def challenge(self) -> bytes:
        """For a passkey that signs in."""
        return self._challenges.issue(SIGN_IN)

    def with_passkey(self, credential: Credential, entrance: Entrance, place: From) -> SignedIn:
        """Raises SignInRefused."""
        challenge = passkeys.challenge_of(credential)
        self._challenges.check(SIGN_IN, challenge)
        with self._database.read() as connection:
            found = passkeys.find(connection, passkeys.credential_id(credential))
            account = None if found is None else accounts.require(connection, found.account)
        if found is None or account is None or not account.active:
            raise _refused()
        signatures = passkeys.check(found, credential, entrance, challenge)
        self._challenges.spend(challenge)
        with self._database.write() as connection:
            act = self._act(connection, account)
            fresh = passkeys.counted(act, found.credential, signatures)
            made = self.begin(act, account.id, PASSKEY, place) if fresh else None
        if made is None:
            raise SignInRefused(PASSKEY_CLONED, "there seem to be two of this passkey: use another one and remove it")
        return made

    def begin(self, act: Act, account: int, method: str, place: From) -> SignedIn:
        """A session for somebody who showed who he is. Raises SignInRefused if the account has been ended."""
        found = accounts.require(act.connection, account)
        if not found.active:
            raise _refused()
        session = sessions.begin(act, account, method, place.browser, place.session)
        return SignedIn(found, session, known_browsers.remember(act.connection, account, place.known, act.now))

    # What brings an account a way in

    def passkey_options(self, account: int, entrance: Entrance) -> dict[str, object]:
        """What the browser is to be asked for a new passkey of an account."""
        with self._database.read() as connection:
            found = accounts.require(connection, account)
            there = passkeys.listed(connection, account)
        challenge = self._challenges.issue(_adding(account))
        return passkeys.registration_options(found, there, self._city, entrance, challenge)

    def check_new_passkey(self, account: int, credential: Credential, entrance: Entrance) -> passkeys.New:
        """A new passkey of an account, which may be added once. Raises Unfit, SignInRefused."""
        challenge = passkeys.challenge_of(credential)
        self._challenges.check(_adding(account), challenge)
        made = passkeys.check_new(credential, entrance, challenge)
        self._challenges.spend(challenge)
        return made

    def guest(self, token: str) -> Account:
        """Whom an invitation is for. Raises SignInRefused."""
        with self._database.read() as connection:
            return accounts.require(connection, invitations.guest(connection, token, self._clock()))

    def accept_with_passkey(
        self, token: str, credential: Credential, name: str, entrance: Entrance, place: From
    ) -> SignedIn:
        """Use up an invitation with a new passkey. Raises SignInRefused, Unfit, InTheWay."""
        guest = self.guest(token)
        made = self.check_new_passkey(guest.id, credential, entrance)
        with self._database.write() as connection:
            act = self._act(connection, guest)
            account = invitations.take(act, token)
            passkeys.add(act, account, made, name)
            return self.begin(act, account, INVITATION, place)

    def accept_with_password(self, token: str, password: str, place: From) -> SignedIn:
        """Use up an invitation with a new password. Raises SignInRefused, Unfit."""
        guest = self.guest(token)
        made = passwords.make_hash(password, guest.login, guest.name, self._city)
        with self._database.write() as connection:
            act = self._act(connection, guest)
            account = invitations.take(act, token)
            passwords.put(act, account, made)
            return self.begin(act, account, INVITATION, place)

    def _act(self, connection: Connection, account: Account) -> Act:
        return Act(connection, int(self._clock()), Actor(account.id, account.login))

    def _note_slowed(self, login: str, place: Place, account: int) -> None:
        """Tries at an account that is there are on its trail once they are many; the back-off bounds how often."""
        if account != accounts.NOBODY and self._tries.slowed(login, place):
            with self._database.write() as connection:
                act = Act(connection, int(self._clock()), NOBODY)
                act.record(Action.SIGN_INS_SLOWED, f"account/{account}", network=place.network)


def _adding(account: int) -> str:
    return f"add {account}"


def _refused() -> SignInRefused:
    return SignInRefused(WRONG_CREDENTIALS, "login and password do not go together, or the account is not active")
