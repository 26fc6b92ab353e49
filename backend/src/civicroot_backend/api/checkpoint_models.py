"""Checkpoints and witnesses as the API shows them; what they prove is in the notes alone."""

from pydantic import BaseModel, Field

from civicroot_backend.api.models import CheckpointEvent, Time
from civicroot_backend.witnesses.errors import State


class Checkpoint(CheckpointEvent):
    """A published checkpoint."""


class CheckpointPage(BaseModel):
    """Published checkpoints, newest first."""

    checkpoints: list[Checkpoint]
    next: str | None = Field(description="cursor of the next page", examples=["2a"])


class Witness(BaseModel):
    """A witness of the policy."""

    name: str = Field(examples=["university.example/w1"])
    url: str | None = Field(description="where this log asks it; null: nowhere", examples=["https://w1.example"])
    last_seen: Time | None = Field(description="when it last cosigned, by the log's clock; null: not since the start")
    size: int = Field(description="of the checkpoint that it last cosigned, 0 before", examples=[1205])
    state: State = Field(
        examples=["ok"],
        description="lying: it answers what no honest witness does; clock: its time is too far from the log's",
    )
    detail: str = Field(examples=["cosigns"])
