"""The cookies of who signs in: for the server alone, sent by the city's own pages alone, and over https alone.

The prefix `__Host-` has browsers take them from nobody but this very host, over https and for all its paths. On a
machine's own address without https, as in the demo, they have other names, so that neither is taken for the other.
"""

from dataclasses import dataclass
from typing import Literal

from fastapi import Request, Response

from civicroot_backend.people.known_browsers import KEPT_SECONDS
from civicroot_backend.people.sessions import ABSOLUTE_SECONDS
from civicroot_backend.people.sign_in import SignedIn

_SAFE = "__Host-"
SESSION, KNOWN, OIDC = "civicroot-session", "civicroot-known", "civicroot-oidc"
MAX_VALUE = 2048  # longer ones are none of ours


@dataclass(frozen=True, slots=True)
class Cookies:
    """`secure`: over https."""

    secure: bool

    def name(self, kind: str) -> str:
        """What a cookie is called."""
        return (_SAFE if self.secure else "") + kind

    def read(self, request: Request, kind: str) -> str | None:
        """What a browser sends."""
        value = request.cookies.get(self.name(kind))
        return value if value and len(value) <= MAX_VALUE else None

    def write(
        self, response: Response, kind: str, value: str, seconds: int, same_site: Literal["strict", "lax"] = "strict"
    ) -> None:
        """Let a browser keep it for so long."""
        response.set_cookie(
            self.name(kind), value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite=same_site
        )

    def let_in(self, response: Response, made: SignedIn) -> None:
        """Those of somebody who signed in."""
        self.write(response, SESSION, made.session, ABSOLUTE_SECONDS)
        self.write(response, KNOWN, made.known, KEPT_SECONDS)

    def clear(self, response: Response, kind: str) -> None:
        """Let a browser forget it."""
        response.delete_cookie(self.name(kind), path="/", secure=self.secure, httponly=True, samesite="strict")
