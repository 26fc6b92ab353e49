"""Raised alarms as the API shows them."""

from typing import Literal

from pydantic import BaseModel, Field

from civicroot_backend.alarms.raised import MAX_NOTE
from civicroot_backend.api.alarm_models import Alarms
from civicroot_backend.api.models import Kid, Time
from civicroot_backend.api.session_models import Asked


class Acknowledged(BaseModel):
    """Who has seen it."""

    time: Time
    account: int | None = Field(examples=[12])
    name: str = Field(description="login, as it was then", examples=["min.kim"])
    note: str = Field(examples=["Emptied at noon"])


class AlarmItem(BaseModel):
    """An alarm that a rule raised."""

    id: int = Field(examples=[40])
    rule: int = Field(examples=[3])
    rule_name: str = Field(examples=["Bins that are full"])
    kind: str = Field(examples=["threshold"])
    severity: Literal["urgent", "warning", "notice"]
    district: str = Field(examples=["north"])
    subject: str = Field(examples=["bin/12"])
    kid: Kid | None
    page: str | None = Field(description="path of the subject's page", examples=["/b/12"])
    since: Time = Field(description="bad since then, by the readings' own time")
    raised: Time = Field(description="and for as long as the rule asks")
    noticed: Time = Field(description="by this backend's clock")
    value: str = Field(description="of what began it", examples=["0.93"])
    number: int | None = Field(description="seq of the record, or log index, that began it", examples=[57])
    proof: str | None = Field(examples=["/api/v1/devices/8d2f0a61c3b7e954/records/57/proof"])
    cleared: Time | None
    cleared_why: str | None = Field(
        description="`good`, `acknowledged`, `withdrawn`, `rule-changed`, `rule-removed`, `out-of-scope`",
        examples=["good"],
    )
    cleared_proof: str | None = Field(examples=["/api/v1/devices/8d2f0a61c3b7e954/records/61/proof"])
    acknowledged: Acknowledged | None
    told_at: Time | None = Field(description="when people are told, if it is still so then; null: they need not wait")


class AlarmList(BaseModel):
    """Alarms, the newest first; those without a rule beside them."""

    items: list[AlarmItem]
    open: int = Field(description="how many are open", examples=[4])
    unruled: Alarms = Field(description="gateways that need somebody and silent devices, whether a rule asks or not")
    next: str | None = Field(description="cursor of the next page")


class Acknowledgement(Asked):
    """That somebody has seen it."""

    note: str = Field(default="", max_length=MAX_NOTE, examples=["Emptied at noon"])
