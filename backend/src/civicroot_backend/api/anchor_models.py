"""Anchorings as the API shows them; what they prove is in the evidence alone."""

from typing import Literal

from pydantic import BaseModel, Field

from civicroot_backend.api.models import Time

State = Literal["pending", "confirmed", "failed"]


class Anchoring(BaseModel):
    """A tree of the log on its way to an anchor outside the city, or there."""

    name: str = Field(description="of the policy's anchor", examples=["time.example"])
    kind: Literal["evm", "opentimestamps", "rfc3161"] = Field(examples=["rfc3161"])
    size: int = Field(description="entries of the tree", examples=[1205])
    state: State = Field(
        description="failed: this attempt ended, and a newer tree is anchored instead", examples=["confirmed"]
    )
    submitted: Time = Field(description="when this log began, by its own clock")
    confirmed: Time | None = Field(description="when this log had published the evidence, by its own clock")
    time: Time | None = Field(description="by when the tree existed, as the evidence shows")
    detail: str = Field(examples=["waits for Bitcoin"])
    url: str | None = Field(description="of the evidence", examples=["/log/anchor/time.example/1205"])


class AnchoringPage(BaseModel):
    """Anchorings."""

    anchors: list[Anchoring]
    next: str | None = Field(description="cursor of the next page", examples=["2a"])
