"""What is said about signing in, sessions and invitations."""

from pydantic import BaseModel, ConfigDict, Field

from civicroot_backend.api.models import Time
from civicroot_backend.people.names import MAX_NAME
from civicroot_backend.people.passwords import LONGEST
from civicroot_backend.people.roles import Role

MAX_TOKEN = 128


class Asked(BaseModel):
    """What is sent has these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class WaysIn(BaseModel):
    """How one can sign in here."""

    city: str = Field(examples=["demo.civicroot"])
    passkeys: bool = Field(description="false at a numeric address, which cannot have passkeys")
    providers: list["Provider"] = Field(description="other services that say who one is")


class Provider(BaseModel):
    """An OIDC provider; signing in begins by opening `path`."""

    name: str = Field(examples=["staff"])
    label: str = Field(examples=["City account"])
    path: str = Field(examples=["/api/v1/session/oidc/staff"])


class GrantItem(BaseModel):
    """A role in a district; `city` is all of them."""

    district: str = Field(examples=["north"])
    role: Role = Field(examples=["crew"])


class Oneself(BaseModel):
    """Who is signed in, what they may, and until when."""

    account: int = Field(examples=[12])
    login: str = Field(examples=["min.kim"])
    name: str = Field(examples=["Min Kim"])
    grants: list[GrantItem]
    session: int = Field(examples=[57])
    method: str = Field(description="how: `passkey`, `password`, `oidc`, `invitation`", examples=["passkey"])
    begun: Time
    ends: Time = Field(description="if nothing more is done")
    recent: bool = Field(description="whether what opens another way in may be done without signing in again")


class SessionItem(BaseModel):
    """A session of one's own."""

    id: int = Field(examples=[57])
    method: str = Field(examples=["passkey"])
    agent: str = Field(description="what the browser says it is", examples=["Mozilla/5.0 …"])
    address: str = Field(description="where it began", examples=["192.0.2.7"])
    begun: Time
    seen: Time
    ends: Time
    current: bool = Field(description="the one that asks")


class Sessions(BaseModel):
    """One's sessions, the one used last first."""

    items: list[SessionItem]


class PasswordSignIn(Asked):
    """Signing in with a password."""

    login: str = Field(min_length=1, max_length=MAX_NAME, examples=["min.kim"])
    password: str = Field(min_length=1, max_length=LONGEST, examples=["a sentence that only I know"])


class NewPassword(Asked):
    """A password to sign in with from now on."""

    password: str = Field(max_length=LONGEST, examples=["a sentence that only I know"])


class Invitation(Asked):
    """The secret of an invitation: what follows the number sign in its link."""

    token: str = Field(min_length=1, max_length=MAX_TOKEN, examples=["n1Jc…"])


class Guest(BaseModel):
    """Whom an invitation is for."""

    login: str = Field(examples=["min.kim"])
    name: str = Field(examples=["Min Kim"])


class AcceptWithPassword(Invitation):
    """An invitation, and a password to sign in with from now on."""

    password: str = Field(max_length=LONGEST, examples=["a sentence that only I know"])
