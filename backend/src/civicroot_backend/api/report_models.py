"""What the API takes and answers of citizens' reports."""

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from civicroot_backend.api.models import Time

MAX_TEXT = 500  # characters: what is broken and where
Category = Literal[
    "full", "damaged", "smell", "litter", "blocked", "wrong-reading", "dry", "dying", "broken-branch", "other"
]
_ID = "^[0-9a-f]{32}$"
_LINES = "\n\t"


def _readable(text: str) -> str:
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in _LINES for letter in text):
        raise ValueError("has characters that cannot be shown")
    return text.strip()


class NewReport(BaseModel):
    """What is wrong with a bin or a tree."""

    model_config = ConfigDict(extra="forbid")

    category: Category = Field(description="what kind of problem", examples=["damaged"])
    text: Annotated[str, AfterValidator(_readable)] = Field(
        default="",
        max_length=MAX_TEXT,
        description="in any language; needed for `other`. No names, please: people in the city hall read it",
        examples=["The lid does not close."],
    )

    @model_validator(mode="after")
    def _says_something(self) -> "NewReport":
        if self.category == "other" and not self.text:
            raise ValueError("what is the problem?")
        return self


class Report(BaseModel):
    """A report, as it is kept; by whom is not known."""

    id: str = Field(pattern=_ID, examples=["0f" * 16])
    subject: str = Field(examples=["bin/12"])
    category: Category = Field(examples=["damaged"])
    text: str = Field(examples=["The lid does not close."])
    received: Time
    has_photo: bool


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
