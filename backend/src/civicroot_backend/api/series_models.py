"""What the API answers of courses of measurements."""

from pydantic import BaseModel, Field

from civicroot_backend.api.models import Kid, Reading, Time, Value

_PROOF = Field(description="path of its proof file", examples=["/api/v1/devices/8d2f0a61c3b7e954/records/57/proof"])


class SeriesPoint(BaseModel):
    """A number that a signed reading has."""

    time: Time = Field(description="what the device claims, or its gateway; never later than it was received")
    value: float = Field(description="as a double; the reading has the exact text", examples=[0.62])
    seq: int = Field(description="number of the record in the life of its key", examples=[57])
    log_index: int = Field(description="where its batch is in the city log", examples=[1204])
    published: bool = Field(description="whether the published checkpoint covers it")
    pruned: bool = Field(description="older than the city keeps records: it cannot be proved any more")
    proof: str = _PROOF


class Series(BaseModel):
    """Numbers of one name over time, ascending."""

    kid: Kid
    name: str = Field(examples=["fill"])
    unit: str | None = Field(examples=["/"])
    start: Time
    end: Time = Field(description="exclusive")
    total: int = Field(
        description="how many there are in that time; more than `points`: they were thinned out", examples=[144]
    )
    points: list[SeriesPoint] = Field(
        description="all of them, or of each interval the first, the least, the greatest and the last"
    )


class Measured(BaseModel):
    """A measurement, and the last reading that has it."""

    name: str = Field(examples=["fill"])
    unit: str | None = Field(examples=["/"])
    chart: bool = Field(description="whether it is a number or a boolean, of which there is a series")
    value: Value | None = Field(description="null: its reading is pruned")
    reading: Reading | None


class Measurements(BaseModel):
    """What a device measures, by name."""

    measurements: list[Measured]
