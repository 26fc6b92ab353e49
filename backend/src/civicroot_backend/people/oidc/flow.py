"""What a browser carries to the provider and back: sealed in a cookie, for ten minutes, for this browser alone."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass

from civicroot_backend.people import tokens
from civicroot_backend.people.errors import PROVIDER_REFUSED, SignInRefused

VALID_SECONDS = 600  # to type a password there, and find a second factor
_MAC_BYTES = 32


@dataclass(frozen=True, slots=True)
class Flow:
    """`state` comes back with the browser, `nonce` in the token, `verifier` shows that we began it (PKCE)."""

    provider: str
    state: str
    nonce: str
    verifier: str
    expires: int


class Flows:
    """Seals and opens them, with a key of this process. `clock` is Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def begin(self, provider: str) -> tuple[Flow, str]:
        """A flow, and the cookie that has it."""
        expires = int(self._clock()) + VALID_SECONDS
        made = Flow(provider, tokens.new(), tokens.new(), tokens.new(), expires)
        body = json.dumps(asdict(made)).encode()
        return made, base64.urlsafe_b64encode(self._mac(body) + body).decode()

    def end(self, provider: str, cookie: str | None, state: str | None) -> Flow:
        """The flow that this browser began with this provider. Raises SignInRefused."""
        try:
            sealed = base64.urlsafe_b64decode(cookie or "")
        except ValueError:
            sealed = b""
        mac, body = sealed[:_MAC_BYTES], sealed[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(body)):
            raise _refused()
        found = Flow(**json.loads(body))
        same = hmac.compare_digest(found.state.encode(), (state or "").encode("utf-8", "surrogatepass"))
        if found.provider != provider or not same or self._clock() >= found.expires:
            raise _refused()
        return found

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, hashlib.sha256)


def _refused() -> SignInRefused:
    return SignInRefused(PROVIDER_REFUSED, "this sign-in was not begun here, or took too long: begin again")
