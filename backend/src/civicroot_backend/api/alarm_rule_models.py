"""Alarm rules, trials and targets as the API takes and shows them."""

from typing import Annotated, Any, Literal

from civicroot_wire.names import MAX_MEASUREMENT_NAME
from pydantic import AwareDatetime, BaseModel, Field

from civicroot_backend.alarms.outbox import Event, State
from civicroot_backend.alarms.past import Cut
from civicroot_backend.alarms.rule import DAY_SECONDS, MAX_FOR, MAX_TARGETS
from civicroot_backend.alarms.targets import MAX_ADDRESS
from civicroot_backend.api.models import Kid, Time
from civicroot_backend.api.session_models import Asked
from civicroot_backend.people.names import MAX_NAME

MAX_NUMBER = 1e12  # larger than anything that is measured here, and exact as decimal text
NUMBER = r"^[a-z0-9][a-z0-9._-]*$"
_Name = Annotated[
    str, Field(pattern=NUMBER, max_length=MAX_MEASUREMENT_NAME, description="measurement", examples=["fill"])
]
_Limit = Annotated[float, Field(ge=-MAX_NUMBER, le=MAX_NUMBER, allow_inf_nan=False, examples=[0.9])]
_Word = Annotated[str, Field(pattern=NUMBER, max_length=32, examples=["fire"])]
_Age = Annotated[int, Field(ge=60, le=MAX_FOR, examples=[900])]


class ThresholdParameters(Asked):
    """A number beyond `begin`, and over again beyond `end`, which lies on the good side of it."""

    name: _Name
    side: Literal["above", "below"]
    begin: _Limit
    end: Annotated[float, Field(ge=-MAX_NUMBER, le=MAX_NUMBER, allow_inf_nan=False, examples=[0.8])]


class RiseParameters(Asked):
    """A number that moved by `change` within a window; it is over below half of that."""

    name: _Name
    direction: Literal["up", "down"]
    change: Annotated[float, Field(gt=0, le=MAX_NUMBER, allow_inf_nan=False, examples=[8])]
    window_seconds: int = Field(ge=10, le=DAY_SECONDS, examples=[300])


class FlagParameters(Asked):
    """Any of these alarms that devices tell themselves."""

    flags: list[_Word] = Field(min_length=1, max_length=8, examples=[["fire", "tilt"]])


class LostParameters(Asked):
    """So many numbers of a device that nothing explains."""

    least: int = Field(ge=1, le=1_000_000, examples=[1])


class AgeParameters(Asked):
    """Older than so many seconds."""

    age_seconds: _Age


class GatewayParameters(Asked):
    """For these reasons alone; none: for any."""

    reasons: list[_Word] = Field(default=[], max_length=16, examples=[["offline"]])


class RefusedParameters(Asked):
    """So many records of a gateway's batches within a time, for these reasons alone; none: for any."""

    least: int = Field(ge=1, le=1_000_000, examples=[3])
    window_seconds: int = Field(ge=60, le=DAY_SECONDS, examples=[3600])
    reasons: list[_Word] = Field(default=[], max_length=16, examples=[["bad-signature", "unknown-key-id"]])


class NoParameters(Asked):
    """There is nothing to choose."""


class _Rule(Asked):
    """What all kinds have."""

    name: str = Field(min_length=1, max_length=MAX_NAME, examples=["Bins that are full"])
    severity: Literal["urgent", "warning", "notice"] = "warning"
    subject_kind: str | None = Field(
        default=None, pattern=r"^[a-z][a-z0-9-]{0,47}$", description="bins or trees alone", examples=["bin"]
    )
    subject: str | None = Field(default=None, min_length=3, max_length=128, examples=["bin/12"])
    kid: Kid | None = None
    for_seconds: int = Field(default=0, ge=0, le=MAX_FOR, description="for how long it must be so", examples=[600])
    quiet_seconds: int = Field(
        default=3600, ge=0, le=MAX_FOR, description="nobody is told of the same again within", examples=[3600]
    )
    enabled: bool = True
    targets: list[Annotated[int, Field(ge=1, le=1 << 53)]] = Field(
        default=[], max_length=MAX_TARGETS, description="whom it tells", examples=[[]]
    )


class ThresholdRule(_Rule):
    """A number beyond a limit."""

    kind: Literal["threshold"]
    parameters: ThresholdParameters


class RiseRule(_Rule):
    """A number that moves quickly."""

    kind: Literal["rise"]
    parameters: RiseParameters


class FlagRule(_Rule):
    """What devices tell themselves."""

    kind: Literal["flag"]
    parameters: FlagParameters


class SilenceRule(_Rule):
    """A report is overdue; `for_seconds` beyond what the device promised."""

    kind: Literal["silence"]
    parameters: NoParameters


class LostRule(_Rule):
    """Readings are missing."""

    kind: Literal["lost"]
    parameters: LostParameters


class EquivocationRule(_Rule):
    """Two records of one number."""

    kind: Literal["equivocation"]
    parameters: NoParameters


class CheckpointRule(_Rule):
    """The published checkpoint is old."""

    kind: Literal["checkpoint"]
    parameters: AgeParameters


class QuorumRule(_Rule):
    """Witnesses are missing."""

    kind: Literal["quorum"]
    parameters: NoParameters


class AnchorRule(_Rule):
    """An anchor does not confirm."""

    kind: Literal["anchor"]
    parameters: AgeParameters


class GatewayRule(_Rule):
    """A gateway needs somebody."""

    kind: Literal["gateway"]
    parameters: GatewayParameters


class RefusedRule(_Rule):
    """Records are refused, as those are that somebody forged or changed."""

    kind: Literal["refused"]
    parameters: RefusedParameters


NewRule = Annotated[
    ThresholdRule
    | RiseRule
    | FlagRule
    | SilenceRule
    | LostRule
    | EquivocationRule
    | CheckpointRule
    | QuorumRule
    | AnchorRule
    | GatewayRule
    | RefusedRule,
    Field(discriminator="kind"),
]
EXAMPLE: dict[str, Any] = {
    "kind": "threshold",
    "name": "Bins that are full",
    "severity": "warning",
    "subject_kind": "bin",
    "parameters": {"name": "fill", "side": "above", "begin": 0.9, "end": 0.8},
    "for_seconds": 600,
    "quiet_seconds": 3600,
    "enabled": True,
    "targets": [],
}


class RuleItem(BaseModel):
    """A rule. Its ETag is its version: send it back as If-Match."""

    id: int = Field(examples=[3])
    district: str = Field(examples=["north"])
    version: int = Field(examples=[1])
    created: Time
    changed: Time
    rule: NewRule = Field(examples=[EXAMPLE])


class Rules(BaseModel):
    """Rules of a district, in the order in which they were added."""

    items: list[RuleItem]
    next: str | None = Field(description="cursor of the next page")


class NewTrial(Asked):
    """A rule to be tried on stored readings."""

    rule: NewRule = Field(examples=[EXAMPLE])
    start: AwareDatetime = Field(alias="from", examples=["2026-03-01T00:00:00Z"])
    end: AwareDatetime = Field(alias="to", examples=["2026-03-08T00:00:00Z"])


class SpanItem(BaseModel):
    """Once that it would have rung."""

    subject: str = Field(examples=["bin/12"])
    kid: Kid | None
    page: str | None = Field(examples=["/b/12"])
    since: Time = Field(description="bad since then")
    raised: Time
    cleared: Time | None = Field(description="null: still so at the end of the range")
    seconds: int = Field(examples=[5400])
    value: str = Field(examples=["0.93"])
    number: int | None = Field(description="of the record, or log entry, that began it", examples=[57])
    proof: str | None = Field(examples=["/api/v1/devices/8d2f0a61c3b7e954/records/57/proof"])
    cleared_proof: str | None = Field(examples=["/api/v1/devices/8d2f0a61c3b7e954/records/61/proof"])
    told: bool = Field(description="whether people would have been told, its quiet time considered")


class TrialAnswer(BaseModel):
    """What a rule would have done."""

    rang: int = Field(description="how often", examples=[4])
    told: int = Field(description="of which people would have been told", examples=[3])
    seconds: int = Field(description="all together", examples=[21_600])
    devices: int = Field(description="that were looked at", examples=[210])
    looked_at: int = Field(description="readings, or whatever the rule is about", examples=[40_320])
    pruned: int = Field(description="readings that are not kept any more", examples=[0])
    cut: Cut = Field(description="why not all was looked at; `not-kept`: there is no past of what this rule is about")
    spans: list[SpanItem] = Field(description="the earliest 200")


class TargetItem(BaseModel):
    """Whom rules tell."""

    id: int = Field(examples=[2])
    district: str = Field(examples=["north"])
    name: str = Field(examples=["Waste team"])
    kind: Literal["email", "webhook"]
    address: str = Field(examples=["waste@city.example"])
    language: Literal["en", "ko", "zh"]
    created: Time


class NewTarget(Asked):
    """Somebody, or a program, who is to be told."""

    name: str = Field(min_length=1, max_length=MAX_NAME, examples=["Waste team"])
    kind: Literal["email", "webhook"]
    address: str = Field(min_length=3, max_length=MAX_ADDRESS, examples=["waste@city.example"])
    language: Literal["en", "ko", "zh"] = "en"


class MadeTarget(BaseModel):
    """A new target; the secret of a webhook is never shown again."""

    target: TargetItem
    secret: str | None = Field(description="its messages are signed with it", examples=["whsec_MfKQ9r8GKYqrTwjU…"])


class Targets(BaseModel):
    """Targets of a district, and those of the city, which all may name."""

    items: list[TargetItem]
    mails: bool = Field(description="whether a mail server is configured")


class MessageItem(BaseModel):
    """A message to a target, and what became of it."""

    id: int = Field(examples=[12])
    key: str = Field(description="webhook-id, and in the Message-ID of a mail", examples=["5f" * 16])
    event: Event
    rule: str | None = Field(examples=["Bins that are full"])
    count: int = Field(description="alarms that it tells of", examples=[1])
    state: State
    attempts: int = Field(examples=[1])
    next: Time | None = Field(description="when it is tried again")
    trouble: str = Field(description="of the last attempt", examples=[""])
    created: Time
    finished: Time | None


class Messages(BaseModel):
    """Messages to a target, the newest first."""

    items: list[MessageItem]
    next: str | None = Field(description="cursor of the next page")
