"""What is said of sites and of devices that ask to be enrolled."""

from typing import Literal

from pydantic import BaseModel, Field

from civicroot_backend.api.models import Kid, Location, Time
from civicroot_backend.api.session_models import Asked
from civicroot_backend.enrolling.book import RequestState

MAX_LABEL, MAX_MODEL, MAX_ASSET = 96, 32, 24  # SPEC.md §3.3 in bytes; what fits on a label
MAX_POSSESSION = 1024  # hexadecimal digits (SPEC.md §3.3)
MAX_REASON = 255
_SUBJECT = "^(?:bin|tree)/[A-Za-z0-9._-]{1,48}$"  # what has a page, for which a label has a code
_SHOWN = r"^[^\x00-\x1f\x7f]*$"
_DECIMALS = r"(?:\.[0-9]{1,12})?"  # no more than an enrolment carries (SPEC.md §3.3)
_NORTH = rf"^-?(?:90(?:\.0{{1,12}})?|[0-8]?[0-9]{_DECIMALS})$"
_EAST = rf"^-?(?:180(?:\.0{{1,12}})?|(?:1[0-7][0-9]|[0-9]{{1,2}}){_DECIMALS})$"


class SiteGateway(BaseModel):
    """How devices reach their gateway: a tag is told `public` alone."""

    kid: str | None = None
    public: str | None = None
    host: str | None = None
    port: int | None = None
    ca: str | None = Field(default=None, description="certificate authority in DER, in base64")
    name: str | None = Field(default=None, description="on the broker's certificate")
    username: str | None = Field(default=None, description="`{kid}` in it stands for the device's key")
    password: str | None = None


class SiteWifi(BaseModel):
    """The network that devices join."""

    ssid: str = Field(examples=["city-iot"])
    password: str = Field(examples=["…"])
    power_save: str | None = None


class SiteKeys(BaseModel):
    """Public keys whose word devices take."""

    operator: str | None = None
    release: str | None = None
    registrar: str | None = None


class SitePlace(BaseModel):
    """What devices show, and how often they report."""

    language: str | None = None
    claim_host: str | None = None
    interval_s: int | None = None


class Site(BaseModel):
    """What all devices of a district are told: the site file of `civicroot provision`. It holds secrets."""

    realm: str = Field(examples=["city.example"])
    url: str = Field(description="where people find the city", examples=["https://city.example"])
    support: str = Field(examples=["+82 2 120"])
    gateway: SiteGateway
    wifi: SiteWifi | None
    keys: SiteKeys
    place: SitePlace
    version: str | None = Field(description="of the firmware that a board must have")
    model: str | None = Field(description="what a board must be")
    account: bool = Field(description="whether the broker needs an account for each device, which is made here")
    configuration: list[str] = Field(description="what the operator has devices do, once it is signed at the desk")


class AccountAsked(Asked):
    """Which device needs an account."""

    kid: Kid


class BrokerAccount(BaseModel):
    """A device's account at its gateway's broker."""

    username: str = Field(examples=["8d2f0a61c3b7e954"])
    password: str = Field(examples=["pZ4x…"])


class Degrees(Asked):
    """WGS 84, as it was written: an enrolment keeps the resolution."""

    latitude: str = Field(pattern=_NORTH, examples=["37.5665"])
    longitude: str = Field(pattern=_EAST, examples=["126.9780"])


class NewEnrolment(Asked):
    """What a device asks for, in its own signed words, and what the crew says of its place."""

    subject: str = Field(pattern=_SUBJECT, examples=["bin/12"])
    public: str = Field(pattern="^[0-9a-f]{64}$", description="its public key", examples=["00" * 32])
    possession: str = Field(
        pattern="^(?:[0-9a-f]{2})+$",
        max_length=MAX_POSSESSION,
        description="its signed request (wire/SPEC.md §3.3)",
        examples=["d28440"],
    )
    label: str = Field(default="", max_length=MAX_LABEL, pattern=_SHOWN, examples=["Market square"])
    location: Degrees | None = None
    model: str = Field(default="", max_length=MAX_MODEL, pattern=_SHOWN, examples=["smart-bin"])
    asset: str = Field(default="", max_length=MAX_ASSET, pattern=_SHOWN, examples=["A-0012"])
    simulated: bool = False


class Enrolment(BaseModel):
    """A request, and what became of it. Nothing in it is secret: an enrolment is public."""

    id: str = Field(pattern="^[0-9a-f]{32}$", examples=["0f" * 16])
    district: str = Field(examples=["north"])
    subject: str = Field(examples=["bin/12"])
    kid: Kid
    public: str = Field(description="the device's key", examples=["0f" * 32])
    possession: str = Field(description="its proof of possession, COSE_Sign1 as hex", examples=["d28443a10132a0…"])
    label: str | None
    location: Location | None
    degrees: list[str] | None = Field(description="latitude and longitude as they were written")
    model: str | None
    asset: str | None
    simulated: bool
    by: str = Field(description="login of who asked", examples=["min.kim"])
    requested: Time
    state: RequestState
    decided: Time | None
    reason: str | None = Field(description="why it was declined")
    log_index: int | None = Field(description="of the enrolment, once it is in the log")


class EnrolmentPage(BaseModel):
    """Requests, newest first."""

    enrolments: list[Enrolment]
    next: str | None = Field(description="cursor of the next page", examples=["2a"])


class Decision(Asked):
    """What the registrar decided."""

    decision: Literal["approved", "declined"]
    reason: str = Field(default="", max_length=MAX_REASON, pattern=_SHOWN, examples=["another device is there"])
