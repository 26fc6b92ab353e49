"""Another service that says who somebody is (OpenID Connect), as the configuration names it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """`issuer`: its address, as its tokens say it. `claim`: what of a token is somebody's login here."""

    name: str
    label: str
    issuer: str
    client_id: str
    client_secret: str | None
    claim: str
