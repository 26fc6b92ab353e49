"""What the API takes and answers of claims."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from civicroot_backend.api.models import Kid, Time

Wallet = Annotated[
    str,
    Field(
        pattern="^[0-9a-f]{64}$",
        description="thumbprint of the wallet's key, 32 bytes in hexadecimal",
        examples=["ab" * 32],
    ),
]


class TokenClaim(BaseModel):
    """A claim with the token that a bin showed."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(
        pattern="^[0-9]{1,309}$", description="the digits at the end of the QR code's address", examples=["9" * 250]
    )
    wallet: Wallet


class CodeClaim(BaseModel):
    """A claim with the colours that a bin's lamp blinked."""

    model_config = ConfigDict(extra="forbid")

    code: list[Annotated[int, Field(ge=0, le=3)]] = Field(
        min_length=6, max_length=6, description="the six colours, each by its number", examples=[[0, 3, 1, 1, 2, 0]]
    )
    wallet: Wallet


class Claim(BaseModel):
    """That a deposit is claimed; by whom is not said."""

    kid: Kid
    seq: int = Field(description="number of the deposit's record", examples=[57])
    method: Literal["token", "code", "card"] = Field(description="how it was shown", examples=["token"])
    state: Literal["pending", "confirmed", "void"] = Field(
        description="pending: the deposit's record has not come yet; void: that record is no deposit",
        examples=["confirmed"],
    )
    kilograms: str | None = Field(description="as the bin weighed it; null while pending", examples=["0.42"])
    claimed: Time
    record: str = Field(
        description="path of the deposit's proof file",
        examples=["/api/v1/devices/8d2f0a61c3b7e954/records/57/proof"],
    )
