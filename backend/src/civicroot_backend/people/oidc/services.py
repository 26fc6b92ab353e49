"""All providers of a city, and signing in by one of them."""

from collections.abc import Callable, Sequence

from civicroot_backend.audit_trail.act import Act, Actor
from civicroot_backend.database.connection import Database
from civicroot_backend.people import accounts
from civicroot_backend.people.errors import PROVIDER_REFUSED, NotThere, SignInRefused
from civicroot_backend.people.oidc import identities
from civicroot_backend.people.oidc.client import Client
from civicroot_backend.people.oidc.fetching import Fetcher
from civicroot_backend.people.oidc.flow import Flows
from civicroot_backend.people.oidc.provider import Provider
from civicroot_backend.people.sign_in import NOBODY, OIDC, From, SignedIn, SignIn


class OtherServices:
    """`clock` is Unix seconds. Threads may use it at the same time."""

    def __init__(
        self, database: Database, providers: Sequence[Provider], sign_in: SignIn, clock: Callable[[], float]
    ) -> None:
        fetcher = Fetcher()
        self.providers = tuple(providers)
        self._clients = {provider.name: Client(provider, fetcher, clock) for provider in providers}
        self._flows = Flows(clock)
        self._database = database
        self._sign_in = sign_in
        self._clock = clock

    def begin(self, name: str, back: str) -> tuple[str, str]:
        """Where the browser goes, and the cookie that it takes along. Raises NotThere, ProviderFailed."""
        client = self._client(name)
        flow, cookie = self._flows.begin(name)
        return client.authorization_url(back, flow.state, flow.nonce, flow.verifier), cookie

    def end(
        self, name: str, cookie: str | None, state: str | None, code: str | None, back: str, place: From
    ) -> SignedIn:
        """The browser came `back`. Raises NotThere, SignInRefused, ProviderFailed."""
        client = self._client(name)
        flow = self._flows.end(name, cookie, state)
        if code is None:
            raise SignInRefused(PROVIDER_REFUSED, f"{client.provider.label} let nobody in")
        identity = client.identity(code, back, flow.nonce, flow.verifier)
        with self._database.write() as connection:
            now = int(self._clock())
            account = accounts.require(connection, identities.account_of(Act(connection, now, NOBODY), identity))
            act = Act(connection, now, Actor(account.id, account.login))
            return self._sign_in.begin(act, account.id, OIDC, place)

    def _client(self, name: str) -> Client:
        client = self._clients.get(name)
        if client is None:
            raise NotThere(f"no service {name} is configured")
        return client
