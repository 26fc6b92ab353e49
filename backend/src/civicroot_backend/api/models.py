"""What the API answers, as pydantic models: they make the OpenAPI document and check what is sent.

Times are ISO 8601 in UTC. Nothing here is proof of anything: that is what the proof files are for.
"""

from typing import Annotated

from pydantic import BaseModel, Field

Kid = Annotated[
    str,
    Field(pattern="^[0-9a-f]{16}$", description="first 8 bytes of the key's thumbprint", examples=["8d2f0a61c3b7e954"]),
]
Time = Annotated[str, Field(examples=["2026-03-01T09:30:00Z"], json_schema_extra={"format": "date-time"})]


class Value(BaseModel):
    """One measurement."""

    name: str = Field(examples=["fill"])
    unit: str | None = Field(description="SenML unit", examples=["/"])
    value: bool | int | float | str = Field(description="data values are hexadecimal text", examples=[0.62])
    text: str = Field(description="exact text, at the sensor's own resolution", examples=["0.62"])


class Reading(BaseModel):
    """What one signed record says."""

    kid: Kid
    seq: int = Field(description="number of the record in the life of its key", examples=[57])
    time: Time | None = Field(description="what the device claims; null if its clock was not set")
    received: Time = Field(description="what the gateway claims: when the batch was closed")
    values: list[Value] = Field(description="none if it is pruned")
    pruned: bool = Field(description="older than the city keeps records: that it was received is all that is left")
    log_index: int = Field(description="where its batch is in the city log", examples=[1204])
    published: bool = Field(description="whether the published checkpoint covers it")
    proof: str = Field(
        description="path of its proof file", examples=["/api/v1/devices/8d2f0a61c3b7e954/records/57/proof"]
    )


class LiveReading(Reading):
    """A reading as it is sent to listeners."""

    subject: str = Field(examples=["bin/12"])


class Location(BaseModel):
    """WGS 84, degrees."""

    latitude: float = Field(examples=[37.5665])
    longitude: float = Field(examples=[126.978])


class Device(BaseModel):
    """An enrolled device, as the registrar described it."""

    kid: Kid
    subject: str = Field(description="`kind/name`", examples=["bin/12"])
    kind: str = Field(examples=["bin"])
    name: str = Field(examples=["12"])
    label: str | None = Field(description="what people call the place", examples=["Market square, north"])
    location: Location | None
    simulated: bool = Field(description="enrolled as a simulation")
    enrolled_at_index: int = Field(description="where its enrolment is in the city log", examples=[17])
    page: str | None = Field(description="path of its page; null if its kind has none", examples=["/b/12"])
    latest: Reading | None


class DevicePage(BaseModel):
    """Devices in the order of their enrolment."""

    devices: list[Device]
    next: str | None = Field(description="cursor of the next page", examples=["1f"])


class ReadingPage(BaseModel):
    """Readings of a device, newest first."""

    readings: list[Reading]
    next: str | None = Field(description="cursor of the next page", examples=["2a"])


class History(BaseModel):
    """Numbers of one name over time; booleans count as 0 and 1."""

    name: str = Field(examples=["fill"])
    unit: str | None = Field(examples=["/"])
    points: list[tuple[Time, float, float, float]] = Field(
        description="start of the interval, mean, least, greatest",
        examples=[[["2026-03-01T09:00:00Z", 0.6, 0.55, 0.62]]],
    )


class LogState(BaseModel):
    """What of the city log is published."""

    origin: str = Field(examples=["demo.example/log"])
    size: int = Field(examples=[1205])
    checkpoint_time: Time | None = Field(description="when the checkpoint was signed; null before the first")


class Counts(BaseModel):
    """How many there are."""

    devices: int = Field(examples=[20])
    gateways: int = Field(examples=[1])
    records: int = Field(description="accepted since the beginning", examples=[2000])
    rejected: int = Field(description="records refused since the beginning", examples=[0])


class City(BaseModel):
    """The city at a glance."""

    realm: str = Field(examples=["demo.civicroot"])
    log: LogState
    counts: Counts


class Cosigned(BaseModel):
    """A witness's cosignature of a checkpoint, which was verified with its key."""

    name: str = Field(examples=["university.example/w1"])
    time: Time | None = Field(description="when it signed, by its own clock; null: in a year that no calendar has")


class CheckpointEvent(BaseModel):
    """A newly published checkpoint, or one that was published again with more cosignatures."""

    size: int = Field(examples=[1205])
    root: str = Field(description="32 bytes in hexadecimal", examples=["ab" * 32])
    time: Time = Field(description="when the log signed it, by its own clock")
    cosigned: list[Cosigned] = Field(description="by name")
    quorum: int = Field(description="how many witnesses the policy asked for", examples=[2])
    met: bool = Field(description="whether so many cosigned it")


class Part(BaseModel):
    """Whether a part of the backend works."""

    ok: bool
    says: str = Field(examples=["connected"])


class Health(BaseModel):
    """The backend's parts; `ok` only if all of them are."""

    ok: bool
    parts: dict[str, Part]
