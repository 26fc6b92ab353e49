"""What is said about people, their keys, and what they did."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from civicroot_backend.api.models import Time
from civicroot_backend.api.session_models import Asked
from civicroot_backend.people.api_keys import MAX_DAYS, Scope
from civicroot_backend.people.names import MAX_NAME
from civicroot_backend.people.roles import STAFF, Role

MAX_ROLES = len(STAFF)
StaffRole = Literal["crew", "operator", "auditor", "issuer", "registrar", "partner"]


class NewKey(Asked):
    """An API key that is wanted."""

    name: str = Field(min_length=1, max_length=64, examples=["nightly export"])
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope), examples=[["accounts:read"]])
    days: int = Field(ge=1, le=MAX_DAYS, description="how long it is valid", examples=[90])


class KeyItem(BaseModel):
    """An API key of one's own, without its secret."""

    id: int = Field(examples=[12])
    name: str = Field(examples=["nightly export"])
    prefix: str = Field(description="of its text, after `civicroot_`", examples=["Qm3xT0aB"])
    scopes: list[str] = Field(examples=[["accounts:read"]])
    created: Time
    expires: Time
    used: Time | None = Field(description="to a minute")
    revoked: Time | None


class Keys(BaseModel):
    """One's API keys, the newest first."""

    items: list[KeyItem]


class MadeKey(BaseModel):
    """A new key; its text is never shown again."""

    key: KeyItem
    text: str = Field(examples=["civicroot_Qm3xT0aB_…"])


class DistrictItem(BaseModel):
    """A district; `city` is all of them."""

    slug: str = Field(examples=["north"])
    name: str = Field(examples=["North"])


class Districts(BaseModel):
    """All districts."""

    items: list[DistrictItem]


class NewDistrict(Asked):
    """A district that is wanted."""

    slug: str = Field(max_length=32, examples=["north"])
    name: str = Field(max_length=MAX_NAME, examples=["North"])


class AccountItem(BaseModel):
    """Somebody with roles in a district."""

    id: int = Field(examples=[12])
    login: str = Field(examples=["min.kim"])
    name: str = Field(examples=["Min Kim"])
    active: bool
    created: Time
    roles: list[Role] = Field(description="in this district", examples=[["crew"]])


class Accounts(BaseModel):
    """Those with roles in a district, in the order in which they were added."""

    items: list[AccountItem]
    next: str | None = Field(description="cursor of the next page")


class NewAccount(Asked):
    """Somebody who is to be let in."""

    login: str = Field(min_length=1, max_length=MAX_NAME, examples=["min.kim"])
    name: str = Field(min_length=1, max_length=MAX_NAME, examples=["Min Kim"])
    roles: list[StaffRole] = Field(min_length=1, max_length=MAX_ROLES, examples=[["crew"]])


class Roles(Asked):
    """The roles that somebody is to have in a district; none: they leave it."""

    roles: list[StaffRole] = Field(max_length=MAX_ROLES, examples=[["crew"]])


class Invited(BaseModel):
    """An account, and the link by which its owner comes in, once; it is never shown again."""

    account: AccountItem
    link: str = Field(examples=["https://city.example/sign-in#invitation=n1Jc…"])
    expires: Time


class TheirSession(BaseModel):
    """A session of somebody."""

    id: int = Field(examples=[12])
    method: str = Field(examples=["passkey"])
    agent: str = Field(description="what the browser says it is", examples=["Mozilla/5.0 (X11; Linux x86_64)"])
    address: str = Field(examples=["192.0.2.7"])
    begun: Time
    seen: Time
    ends: Time = Field(description="if it is left alone")


class TheirSessions(BaseModel):
    """Sessions of somebody that are not over, the one used last first."""

    items: list[TheirSession]


class TrailItem(BaseModel):
    """What somebody did."""

    position: int = Field(examples=[204])
    time: Time
    actor: int | None = Field(description="account; null: the command line, or nobody who was signed in")
    name: str = Field(description="login of the actor, as it was then", examples=["min.kim"])
    action: str = Field(examples=["roles-changed"])
    district: str = Field(examples=["north"])
    target: str = Field(examples=["account/12"])
    detail: dict[str, Any] = Field(examples=[{"before": [], "after": ["crew"]}])
    entry: int | None = Field(
        description="log index of the statement about its batch; null: the log has none yet", examples=[1204]
    )


class Trail(BaseModel):
    """What was done, the newest first."""

    items: list[TrailItem]
    next: str | None = Field(description="cursor of the next page")
