"""What the API takes and answers of crews' visits, and of where crews are needed."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from civicroot_backend.api.models import Kid, Location, Time
from civicroot_backend.api.problems import Problem
from civicroot_backend.api.report_models import SHOWN, Report
from civicroot_backend.visits.visit import MAX_CARE_NOTE, MAX_NOTE, CareName, Outcome

MAX_REVISION = (1 << 53) - 1
_NAME = "^[0-9a-f]{32}$"
_SUBJECT = "^[a-z]{1,32}/[A-Za-z0-9._-]{1,48}$"
_Stripped = AfterValidator(str.strip)
ChosenName = Annotated[str, Field(pattern=_NAME, examples=["3c" * 16])]


class NewVisit(BaseModel):
    """What somebody found and did at a bin or tree."""

    model_config = ConfigDict(extra="forbid")

    entry: ChosenName = Field(description="of what is sent: 16 random bytes; the same again changes nothing")
    base: int = Field(
        ge=0,
        le=MAX_REVISION,
        description="`revision` of the subject as its writer saw it; if somebody has written since, 409 shows what",
        examples=[17],
    )
    account: int | None = Field(
        default=None,
        ge=1,
        le=MAX_REVISION,
        description="of whoever wrote it; 409 `other-account` if somebody else is signed in when it is sent",
        examples=[3],
    )
    subject: str = Field(pattern=_SUBJECT, examples=["bin/12"])
    outcome: Outcome = Field(description="again: somebody has to come again", examples=["done"])
    note: Annotated[str, _Stripped] = Field(
        default="", max_length=MAX_NOTE, pattern=f"^{SHOWN}*$", description="for colleagues", examples=["Plug was wet."]
    )
    care: list[CareName] = Field(
        default=[],
        max_length=4,
        description="what was done for a tree; it is shown to citizens",
        examples=[["watered"]],
    )
    care_note: Annotated[str, _Stripped] = Field(
        default="",
        max_length=MAX_CARE_NOTE,
        pattern=f"^{SHOWN}*$",
        description="what citizens read of the care; no names",
        examples=["60 litres."],
    )
    reports: list[ChosenName] = Field(
        default=[], max_length=50, description="`id` of citizens' reports that this closes", examples=[["0f" * 16]]
    )
    made: AwareDatetime = Field(description="by the phone's clock", examples=["2026-03-01T09:30:00Z"])


class VisitVersion(BaseModel):
    """What was written of a visit."""

    revision: int = Field(examples=[18])
    entry: str = Field(examples=["3c" * 16])
    author: str = Field(description="login of who wrote it", examples=["mina.lee"])
    outcome: Outcome = Field(examples=["done"])
    note: str = Field(examples=["Plug was wet."])
    care: list[CareName] = Field(examples=[["watered"]])
    care_note: str = Field(examples=["60 litres."])
    made: Time | None = Field(description="by the phone's clock; null: a time that no calendar has")
    received: Time


class Visit(VisitVersion):
    """A visit as it is now."""

    id: str = Field(pattern=_NAME, examples=["5a" * 16])
    subject: str = Field(examples=["bin/12"])
    versions: int = Field(description="how often it was written; more than one: it was changed", examples=[1])
    reports: list[str] = Field(description="`id` of citizens' reports that it closed", examples=[["0f" * 16]])
    photos: list[str] = Field(description="names of its photos", examples=[["7e" * 16]])
    mine: bool = Field(description="whether whoever asks made it")


class VisitWithVersions(Visit):
    """A visit, and all that was written of it before."""

    earlier: list[VisitVersion] = Field(description="newest first")


class VisitPage(BaseModel):
    """Visits at a subject, newest first."""

    visits: list[Visit]
    revision: int = Field(description="of the subject: `base` of whoever writes next", examples=[18])
    next: str | None = Field(description="cursor of the next page", examples=["2a"])


class VisitConflict(Problem):
    """Somebody wrote of the subject since its writer looked; nothing was taken."""

    visits: list[Visit] = Field(description="those that are new or changed since, oldest first")
    revision: int = Field(description="`base` of whoever has seen these", examples=[19])


class FaultItem(BaseModel):
    """A sensor without a valid value; what to check is in docs/devices.md, by flag."""

    sensor: str = Field(examples=["temp"])
    flag: str = Field(examples=["no-answer"])


class Work(BaseModel):
    """A bin or tree where somebody is needed."""

    subject: str = Field(examples=["bin/12"])
    kind: str = Field(examples=["bin"])
    name: str = Field(examples=["12"])
    label: str | None = Field(examples=["Market square, north"])
    page: str | None = Field(examples=["/b/12"])
    location: Location | None = Field(description="null: nobody knows where it is; these come last")
    distance_m: int | None = Field(description="as the crow flies", examples=[120])
    faults: list[FaultItem]
    alarms: list[str] = Field(description="in force", examples=[["tilt"]])
    silent_since: Time | None = Field(description="since when its next report is overdue")
    reports: int = Field(description="open reports of citizens", examples=[1])


class WorkPage(BaseModel):
    """Nearest first."""

    as_of: Time = Field(description="when the devices' states were looked at")
    work: list[Work]
    next: str | None = Field(description="cursor of the next page, for the same place", examples=["2a"])


class SheetEvent(BaseModel):
    """Something that a device or a citizen said, or that a device was put there."""

    what: Literal["alarm", "alarm-over", "fault", "fault-over", "device", "report", "report-mended"] = Field(
        examples=["fault"]
    )
    name: str = Field(
        description="of the alarm; `sensor:flag`; key of the device; category of the citizens' report",
        examples=["temp:no-answer"],
    )
    time: Time | None
    proof: str | None = Field(
        description="path of the proof of the reading that says so; of a device: of the log entry that enrolled it; "
        "null: of what is not in the log",
        examples=["/api/v1/devices/8d2f0a61c3b7e954/records/57/proof"],
    )


class Sheet(BaseModel):
    """All that somebody needs at the device, also where there is no network."""

    subject: str = Field(examples=["bin/12"])
    kind: str = Field(examples=["bin"])
    name: str = Field(examples=["12"])
    label: str | None = Field(examples=["Market square, north"])
    page: str | None = Field(examples=["/b/12"])
    location: Location | None
    district: str = Field(description="empty: the inventory names none", examples=["north"])
    kid: Kid | None
    simulated: bool
    heard: Time | None = Field(description="when its newest reading came")
    faults: list[FaultItem]
    alarms: list[str] = Field(examples=[["tilt"]])
    silent_since: Time | None
    reports: list[Report] = Field(description="open ones")
    visits: list[Visit] = Field(description="the newest")
    revision: int = Field(description="`base` of whoever writes next", examples=[18])
    events: list[SheetEvent] = Field(description="what devices said, newest first; then citizens, newest first")


class CareLine(BaseModel):
    """Something that was done for a tree. With the salt anybody computes the hash that the log has."""

    made: Time = Field(description="when, by the clock of who did it")
    received: Time
    care: list[CareName] = Field(examples=[["watered"]])
    note: str = Field(examples=["60 litres."])
    changed: bool = Field(description="it was written anew; the log has what it said before, too")
    salt: str = Field(pattern="^[0-9a-f]{32}$", examples=["9b" * 16])
    entry: int | None = Field(description="log entry of the city's statement; null: not in the log yet", examples=[42])


class CarePage(BaseModel):
    """What was done for a tree, newest first. Who did it is not told."""

    format: str = Field(description="first field of the preimage of the hash", examples=["civicroot/care/v1"])
    lines: list[CareLine]
    next: str | None = Field(description="cursor of the next page", examples=["2a"])
