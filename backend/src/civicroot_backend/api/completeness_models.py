"""What the API answers of completeness."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from civicroot_backend.api.models import Kid, Time

Ranges = Annotated[
    list[tuple[int, int]], Field(description="ranges of numbers, both ends inclusive", examples=[[[0, 56], [58, 60]]])
]


class FateCounts(BaseModel):
    """How many numbers each class has, whatever was left out of the lists."""

    received: int = Field(examples=[60])
    skipped: int = Field(examples=[0])
    thinned: int = Field(examples=[0])
    rejected: int = Field(examples=[0])
    pruned: int = Field(examples=[0])
    lost: int = Field(examples=[1])
    conflicts: int = Field(examples=[0])
    equivocated: int = Field(examples=[0])


class Withdrawal(BaseModel):
    """That the key was withdrawn."""

    log_index: int = Field(description="of its revocation", examples=[2048])
    reason: Literal["retired", "rotated", "compromised", "lost"] = Field(examples=["retired"])


class Completeness(BaseModel):
    """Every number from 0 to `highest` is in exactly one of received, skipped, thinned, rejected and lost."""

    kid: Kid
    subject: str = Field(examples=["bin/12"])
    highest: int | None = Field(description="highest number that was used; null if none was", examples=[60])
    received: Ranges
    skipped: Ranges = Field(description="reserved and never used, as the key says")
    thinned: Ranges = Field(description="given up by the device for want of room, as it says")
    rejected: Ranges = Field(description="signed by the key and refused: it was revoked, or had skipped the number")
    lost: Ranges = Field(description="used, and never received: the holes")
    pruned: Ranges = Field(
        description="received, and older than the city keeps records: the log says so; these stand above too"
    )
    conflicts: Ranges = Field(description="used, although the key says that it skipped them; these stand above too")
    equivocated: Ranges = Field(description="signed with two contents; these stand above too")
    counts: FateCounts
    truncated: bool = Field(description="a list was too long and has only its newest ranges; `counts` has them all")
    last_seen: Time | None = Field(description="when the newest was received, by this backend's clock")
    silent_since: Time | None = Field(
        description="since when it is overdue against its own promise; null if it is not, or promised nothing, or was "
        "withdrawn"
    )
    silence_clock: Literal["device", "backend"] | None = Field(
        description="whose clock said when the newest report was made, from which the promise runs"
    )
    withdrawn: Withdrawal | None = Field(description="the key's revocation")
    as_of: int = Field(description="log size that this is the state of", examples=[2050])
