"""Errors of sign-in and rights; `reason` is what programs read.

PeopleError
├── NotSignedIn     nobody, or nobody any more: sign in
├── NotAllowed      somebody who may not do this, or not here, or not in this way
├── SignInRefused   not who one says one is; it does not say what was wrong
├── TooManyTries    too many of them failed: later
├── Unfit           a name, a password or a passkey that cannot be taken
├── NotThere        no such account, district, session, passkey or key
├── InTheWay        something that is there already, or that must stay
└── ProviderFailed  the OIDC provider does not answer, or not as it should
"""

from civicroot_backend.errors import BackendError

NOT_SIGNED_IN, NOT_ALLOWED, SIGN_IN_AGAIN, WRONG_SCOPE = "not-signed-in", "not-allowed", "sign-in-again", "wrong-scope"
CROSS_SITE, INSECURE_ADDRESS = "cross-site", "insecure-address"
WRONG_CREDENTIALS, WRONG_CHALLENGE, PASSKEY_CLONED = "wrong-credentials", "wrong-challenge", "passkey-cloned"
INVITATION_OVER, NO_ACCOUNT, PROVIDER_REFUSED = "invitation-over", "no-account", "provider-refused"
TOO_MANY_TRIES, BAD_NAME, BAD_PASSWORD, BAD_PASSKEY = "too-many-tries", "bad-name", "bad-password", "bad-passkey"
NOT_THERE, TAKEN, TOO_MANY = "not-found", "taken", "too-many"
LAST_OPERATOR, LAST_WAY_IN = "last-operator", "last-way-in"
PROVIDER_FAILED = "provider-failed"


class PeopleError(BackendError):
    """Root of this package's errors."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class NotSignedIn(PeopleError):
    """Nobody is signed in, or the session or key is over."""

    def __init__(self) -> None:
        super().__init__(NOT_SIGNED_IN, "sign in, or send an API key that is valid")


class NotAllowed(PeopleError):
    """Whoever asks may not do this, or not here, or not in this way."""


class SignInRefused(PeopleError):
    """What was shown does not open an account; whether there is one, it does not say."""


class TooManyTries(PeopleError):
    """Too many failed; `wait` says for how many seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__(TOO_MANY_TRIES, "too many attempts failed; wait, or use a passkey")
        self.wait = wait


class Unfit(PeopleError):
    """A name, password or passkey that cannot be taken."""


class NotThere(PeopleError):
    """No such account, district, session, passkey or key, or none that concerns whoever asks."""

    def __init__(self, detail: str) -> None:
        super().__init__(NOT_THERE, detail)


class InTheWay(PeopleError):
    """Something that is there already, or that must stay."""


class ProviderFailed(PeopleError):
    """The OIDC provider cannot be reached, or does not answer as one does."""

    def __init__(self, detail: str) -> None:
        super().__init__(PROVIDER_FAILED, detail)
