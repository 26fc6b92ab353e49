"""What the API answers of the life of a device."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from civicroot_backend.api.models import Kid, Time
from civicroot_backend.life.events import What
from civicroot_backend.life.numbers import Fate, Shows

Proof = Annotated[
    str,
    Field(
        description="path of the proof file of the record or the log entry that shows it",
        examples=["/api/v1/devices/8d2f0a61c3b7e954/records/57/proof"],
    ),
]


class LifeEvent(BaseModel):
    """Something that became of a device."""

    what: What = Field(examples=["enrolled"])
    time: Time | None = Field(description="null: not known")
    clock: Literal["device", "backend"] | None = Field(description="whose clock says so", examples=["backend"])
    subject: str | None = Field(description="what it was enrolled as, or configured as", examples=["bin/12"])
    text: str | None = Field(
        description="enrolled, moved: what people call the place; revoked: why; configuration: its version; started: "
        "why; alarm: those in force, empty when none are any more; update: the version and what became of it; "
        "equivocation: the number",
        examples=["Market square, north"],
    )
    other: Kid | None = Field(description="the device before or after it")
    log_index: int = Field(description="of the log entry, or of the record's batch", examples=[17])
    seq: int | None = Field(description="of the record; null: a log entry shows it", examples=[57])
    proof: Proof


class Life(BaseModel):
    """What became of a device, newest first by log index."""

    events: list[LifeEvent]
    searched: int = Field(description="how many of its newest records were looked through", examples=[2000])


class Desired(BaseModel):
    """The configuration that counts: that of the highest version."""

    version: int = Field(examples=[4])
    settings: dict[str, str] = Field(description="exact texts by name", examples=[{"sample.interval": "600"}])
    log_index: int = Field(examples=[1204])
    proof: Proof


class Said(BaseModel):
    """What a record of the device says."""

    text: str = Field(examples=["600"])
    seq: int = Field(examples=[57])
    proof: Proof


class Reported(BaseModel):
    """What a device says that it does, within its newest records."""

    promised: Said | None = Field(description="seconds to the next report, by its newest record that promises one")
    software: Said | None = Field(description="version of the last release that it kept")
    calibrations: dict[str, Said] = Field(description="by name, in the sensor's own raw unit")


class Settings(BaseModel):
    """What a device should do, and what it says that it does."""

    desired: Desired | None = Field(description="null: nobody has configured it")
    reported: Reported


class Evidence(BaseModel):
    """Signed bytes that show something of a number."""

    shows: Shows = Field(
        description="record: that it was received; batch: that it was signed and refused, or signed twice; pruning: "
        "that the city keeps it no more; says-skipped, says-thinned: what the device says; before, after: the "
        "numbers on both sides of a hole",
        examples=["record"],
    )
    seq: int | None = Field(description="of the record; null: a log entry", examples=[57])
    log_index: int | None = Field(description="of the log entry; null: a record", examples=[1204])
    proof: Proof


class Number(BaseModel):
    """What became of one number of a device."""

    kid: Kid
    seq: int = Field(examples=[57])
    fate: Fate = Field(description="unused: the device has not come to it", examples=["received"])
    equivocated: bool = Field(description="it was signed with two contents")
    evidence: list[Evidence]
