"""What the API answers of bins and trees: what the city says of them, what they report, and what is near."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from civicroot_backend.api.models import Kid, Location, Reading, Time, Value

Accepted = Literal[
    "general", "paper", "glass", "plastic", "metal", "organic", "recycling", "textiles", "batteries", "electronics"
]


class BinProperties(BaseModel):
    """What the city says of a bin."""

    kind: Literal["bin"] = Field(default="bin", examples=["bin"])
    accepts: list[Accepted] = Field(description="what goes in; none: the city does not say", examples=[["paper"]])
    district: str | None = Field(examples=["Mitte"])
    address: str | None = Field(examples=["Market square 3"])


class SpeciesNames(BaseModel):
    """What people call a species."""

    en: str | None = Field(examples=["English oak"])
    ko: str | None = Field(examples=["로부르참나무"])
    zh: str | None = Field(examples=["夏栎"])


class Picture(BaseModel):
    """A picture that lies elsewhere."""

    url: str = Field(examples=["https://trees.example/7.jpg"])
    sha256: str | None = Field(description="of the file that the city means", examples=["ab" * 32])


class TreeProperties(BaseModel):
    """What the city says of a tree."""

    kind: Literal["tree"] = Field(default="tree", examples=["tree"])
    scientific: str | None = Field(examples=["Quercus robur 'Fastigiata'"])
    species: SpeciesNames
    planted: str | None = Field(description="day, month or year", examples=["2019-03"])
    trunk_cm: str | None = Field(description="diameter at breast height", examples=["48.3"])
    picture: Picture | None
    district: str | None = Field(examples=["Mitte"])
    address: str | None = Field(examples=["Castle park"])


Properties = Annotated[BinProperties | TreeProperties, Field(discriminator="kind")]


class InventorySource(BaseModel):
    """Where the properties come from: a file of the city's. No device has signed them."""

    file_sha256: str = Field(examples=["cd" * 32])
    imported: Time
    statement: str | None = Field(
        description="path of the log entry in which an organisation signed the file's hash; null: nobody did",
        examples=["/entries/17"],
    )


class Subject(BaseModel):
    """A bin or a tree with its current device, if it has one, and what the city says of it."""

    kid: Kid | None = Field(description="of its device; null: it has none")
    subject: str = Field(description="`kind/name`", examples=["bin/12"])
    kind: str = Field(examples=["bin"])
    name: str = Field(examples=["12"])
    label: str | None = Field(description="what people call the place", examples=["Market square, north"])
    location: Location | None = Field(description="where its device was enrolled, else where the inventory has it")
    simulated: bool = Field(description="its device is enrolled as a simulation")
    enrolled_at_index: int | None = Field(description="where its device's enrolment is in the city log", examples=[17])
    page: str | None = Field(description="path of its page; null if its kind has none", examples=["/b/12"])
    latest: Reading | None
    properties: Properties | None = Field(description="null: it is in no inventory")
    inventory: InventorySource | None


class PropertiesVersion(BaseModel):
    """What one imported file said."""

    properties: Properties
    location: Location | None
    inventory: InventorySource


class PropertiesPage(BaseModel):
    """All that the city said of a subject, newest first; the first is in force."""

    versions: list[PropertiesVersion]
    next: str | None = Field(description="cursor of the next page", examples=["2a"])


class LastValue(Value):
    """The last value of a measurement, and the reading that has it."""

    reading: Reading


class Emptied(BaseModel):
    """When a bin was emptied, as its levels say; repeat it from these readings and those beside them."""

    time: Time | None = Field(description="of the first reading after")
    fell: str = Field(description="by how much of the bin", examples=["0.61"])
    confirmed: bool = Field(description="a second reading after it says so, too")
    before: Reading
    after: Reading


class State(BaseModel):
    """How a bin or a tree is, as far as its readings say."""

    values: list[LastValue] = Field(description="the last value of each measurement, by name")
    full: bool | None = Field(description="null: it has not said so lately, or is no bin")
    full_from: str = Field(description="how full a bin is that counts as full", examples=["0.8"])
    emptied: Emptied | None = Field(description="null: not within the readings that were searched")
    step: str = Field(description="a fall by so much, seen twice on both sides, is an emptying", examples=["0.30"])
    searched: int = Field(description="how many readings were looked at for it, from the newest on", examples=[412])


class Level(BaseModel):
    """How full a bin is, by its newest reading that says so."""

    value: float = Field(examples=[0.62])
    text: str = Field(examples=["0.62"])
    time: Time | None = Field(description="what the device claims")
    received: Time = Field(description="what the gateway claims")
    kid: Kid
    seq: int = Field(examples=[57])
    proof: str = Field(
        description="path of its proof file", examples=["/api/v1/devices/8d2f0a61c3b7e954/records/57/proof"]
    )


class NearSubject(BaseModel):
    """A bin or a tree, and how far it is."""

    subject: str = Field(examples=["bin/12"])
    kind: str = Field(examples=["bin"])
    name: str = Field(examples=["12"])
    label: str | None = Field(examples=["Market square, north"])
    page: str | None = Field(examples=["/b/12"])
    location: Location
    distance_m: int = Field(description="as the crow flies", examples=[120])
    properties: Properties | None
    fill: Level | None = Field(description="of a bin that has said it within a day")
    full: bool | None = Field(description="null: nobody knows")


class NearSubjects(BaseModel):
    """Nearest first."""

    subjects: list[NearSubject]
