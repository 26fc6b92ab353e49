"""One provider: what it publishes about itself, and what it says of somebody who signed in there."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import quote, urlencode

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from civicroot_backend.people.errors import PROVIDER_REFUSED, ProviderFailed, SignInRefused
from civicroot_backend.people.oidc.fetching import Fetcher
from civicroot_backend.people.oidc.provider import EMAIL, Provider, safe

KEPT_SECONDS = 3600  # what a provider publishes about itself
KEYS_AGAIN_SECONDS = 60  # an unknown key has its set fetched again at most this often
LEEWAY_SECONDS = 60  # between the provider's clock and ours
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")  # signatures by a key of the provider, and nothing else
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody, as the provider knows him: `subject` for good, `login` by the claim that the configuration names."""

    issuer: str
    subject: str
    login: str


class Client:
    """`clock` is Unix seconds. Threads may use it at the same time."""

    def __init__(self, provider: Provider, fetcher: Fetcher, clock: Callable[[], float]) -> None:
        self.provider = provider
        self._fetcher = fetcher
        self._clock = clock
        self._lock = Lock()
        self._metadata: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def authorization_url(self, back: str, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes; it comes `back`. Raises ProviderFailed."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": back,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        endpoint = str(self._published()["authorization_endpoint"])
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def identity(self, code: str, back: str, nonce: str, verifier: str) -> Identity:
        """Who signed in there. Raises ProviderFailed, SignInRefused."""
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        headers = self._authenticate(fields)
        answer = self._fetcher.post(self._published()["token_endpoint"], fields, headers)
        claims = self._verify(answer.get("id_token"), nonce)
        if self.provider.claim not in claims:
            claims = {**self._userinfo(answer, claims["sub"]), **claims}
        return Identity(self.provider.issuer, claims["sub"], self._login(claims))

    def _authenticate(self, fields: dict[str, str]) -> dict[str, str]:
        """Who asks: the secret in the header that every provider must take; without one, the name alone."""
        secret = self.provider.client_secret
        if secret is None:
            fields["client_id"] = self.provider.client_id
            return {}
        pair = f"{quote(self.provider.client_id, safe='')}:{quote(secret, safe='')}"  # RFC 6749 §2.3.1
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    def _verify(self, token: object, nonce: str) -> dict[str, Any]:
        """The claims of an ID token that the provider made for us, now, for this sign-in (Core §3.1.3.7)."""
        if not isinstance(token, str):
            raise ProviderFailed(f"{self.provider.issuer} gave no ID token")
        registry = JWTClaimsRegistry(
            lambda: int(self._clock()),
            LEEWAY_SECONDS,
            iss={"essential": True, "value": self.provider.issuer},
            aud={"essential": True, "value": self.provider.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = self._decoded(token)
            registry.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise SignInRefused(PROVIDER_REFUSED, f"the token of {self.provider.label} does not hold") from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self.provider.client_id) != self.provider.client_id:
            raise SignInRefused(PROVIDER_REFUSED, f"the token of {self.provider.label} is for somebody else")
        return claims

    def _decoded(self, token: str) -> dict[str, Any]:
        try:
            return dict(jwt.decode(token, self._key_set(KEPT_SECONDS), ALGORITHMS).claims)
        except (InvalidKeyIdError, ValueError):
            # It has another key since we looked.
            return dict(jwt.decode(token, self._key_set(KEYS_AGAIN_SECONDS), ALGORITHMS).claims)

    def _userinfo(self, answer: Mapping[str, Any], subject: str) -> dict[str, Any]:
        endpoint, token = self._published().get("userinfo_endpoint"), answer.get("access_token")
        if not safe(endpoint) or not isinstance(token, str):
            return {}
        found = self._fetcher.get(str(endpoint), {"Authorization": f"Bearer {token}"})
        return found if found.get("sub") == subject else {}

    def _login(self, claims: Mapping[str, Any]) -> str:
        login = claims.get(self.provider.claim)
        if not isinstance(login, str) or (self.provider.claim == EMAIL and claims.get("email_verified") is not True):
            raise SignInRefused(
                PROVIDER_REFUSED, f"{self.provider.label} does not vouch for your {self.provider.claim}"
            )
        return login

    def _published(self) -> dict[str, Any]:
        """Discovery 1.0 §4; the issuer that it names is the one that was asked."""
        with self._lock:
            if self._metadata is None or self._clock() >= self._metadata[0] + KEPT_SECONDS:
                found = self._fetcher.get(self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
                unsafe = [name for name in _ENDPOINTS if not safe(found.get(name))]
                if found.get("issuer") != self.provider.issuer or unsafe:
                    raise ProviderFailed(f"{self.provider.issuer} says it is {found.get('issuer')}, or lacks {unsafe}")
                self._metadata = self._clock(), found
            return self._metadata[1]

    def _key_set(self, seconds: float) -> KeySet:
        uri = self._published()["jwks_uri"]
        with self._lock:
            if self._keys is None or self._clock() >= self._keys[0] + seconds:
                found = self._fetcher.get(uri)
                try:
                    keys = KeySet.import_key_set(found)  # type: ignore[arg-type]  # its shape is what this checks
                except (JoseError, ValueError, TypeError, KeyError) as error:
                    raise ProviderFailed(f"{uri} has no set of keys") from error
                self._keys = self._clock(), keys
            return self._keys[1]
