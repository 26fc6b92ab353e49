"""Alarms as the API shows them."""

from pydantic import BaseModel, Field

from civicroot_backend.api.models import Kid, Time


class GatewayAlarm(BaseModel):
    """A gateway that needs somebody."""

    kid: Kid
    subject: str = Field(examples=["gateway/1"])
    reasons: list[str] = Field(
        description="`offline`, or what the gateway itself says: `clock-unset`, `disk-full`, `revoked`, "
        "`spool-damaged`, `spool-full`, …",
        examples=[["offline"]],
    )
    since: Time = Field(description="when this backend learnt of these reasons; at the earliest, its start")
    behind: int = Field(description="devices whose newest record came through it", examples=[812])
    version: str | None = Field(description="of its software, as it said last", examples=["0.1.0"])
    waiting: int | None = Field(description="records that it had to send, as it said last", examples=[0])
    room: int | None = Field(description="whole hours for which its spool has room, as it said last", examples=[720])


class SilentDevice(BaseModel):
    """A device that is overdue against its own promise, although its gateway works."""

    kid: Kid
    subject: str = Field(examples=["bin/12"])
    gateway: Kid = Field(description="that its newest record came through")
    silent_since: Time | None


class Alarms(BaseModel):
    """One alarm for each gateway that needs somebody, and none for each device behind one that has stopped."""

    gateways: list[GatewayAlarm]
    silent: list[SilentDevice] = Field(description="those that are silent for longest, at most 100")
    silent_count: int = Field(description="all of them", examples=[3])
    behind: int = Field(
        description="devices behind gateways that are offline, take nothing in or send nothing on: whether they are "
        "silent, nobody can know",
        examples=[812],
    )
