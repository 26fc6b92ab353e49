"""What the API takes and answers of citizens' reports."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from civicroot_backend.api.models import Time

MAX_TEXT = 500  # characters: what is broken and where
Category = Literal[
    "full", "damaged", "smell", "litter", "blocked", "wrong-reading", "dry", "dying", "broken-branch", "other"
]
_ID = "^[0-9a-f]{32}$"
SHOWN = r"[^\x00-\x08\x0b-\x1f\x7f]"  # what can be shown, lines and tabs among it
SHOWN_ALONE = r"[^\x00-\x20\x7f\s]"
_SAYS = "in any language. No names, please: people in the city hall read it"
_Stripped = AfterValidator(str.strip)


class NewReport(BaseModel):
    """What is wrong with a bin or a tree."""

    model_config = ConfigDict(extra="forbid")

    category: Literal[
        "full", "damaged", "smell", "litter", "blocked", "wrong-reading", "dry", "dying", "broken-branch"
    ] = Field(description="what kind of problem", examples=["damaged"])
    text: Annotated[str, _Stripped] = Field(
        default="",
        max_length=MAX_TEXT,
        pattern=f"^{SHOWN}*$",
        description=_SAYS,
        examples=["The lid does not close."],
    )


class OtherReport(BaseModel):
    """What is wrong with a bin or a tree, in words alone."""

    model_config = ConfigDict(extra="forbid")

    category: Literal["other"] = Field(description="none of the known ones", examples=["other"])
    text: Annotated[str, _Stripped] = Field(
        min_length=1,
        max_length=MAX_TEXT,
        pattern=f"^{SHOWN}*{SHOWN_ALONE}{SHOWN}*$",
        description=_SAYS,
        examples=["A nest of wasps below the lid."],
    )


AnyReport = Annotated[NewReport | OtherReport, Field(discriminator="category")]


class Report(BaseModel):
    """A report, as it is kept; by whom is not known."""

    id: str = Field(pattern=_ID, examples=["0f" * 16])
    subject: str = Field(examples=["bin/12"])
    category: Category = Field(examples=["damaged"])
    text: str = Field(examples=["The lid does not close."])
    received: Time
    has_photo: bool
    mended: Time | None = Field(default=None, description="since when it is closed by the visit of a crew; null: open")


class NewReportAnswer(Report):
    """A report that was just made. The city keeps the token's hash alone."""

    token: str = Field(
        description="in the header Report-Token it lets you add a photo, look at the report, and take it back",
        examples=["Zr1mH0m0QWJrV0o0c2tLb3J1Y2hpdG8tZXhhbXBsZS0w"],
    )


class ReportPage(BaseModel):
    """Reports, newest first."""

    reports: list[Report]
    next: str | None = Field(description="cursor of the next page", examples=["2a"])
