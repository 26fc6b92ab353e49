"""What is said about passkeys: as browsers say it (WebAuthn level 3 §5.1), and about those that one has."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from civicroot_backend.api.models import Time
from civicroot_backend.api.session_models import Asked, Invitation


class PasskeyOptions(BaseModel):
    """What the browser is to be asked."""

    public_key: dict[str, Any] = Field(
        alias="publicKey",
        description="for parseCreationOptionsFromJSON or parseRequestOptionsFromJSON (WebAuthn level 3 §5.1.8, §5.1.9)",
    )


class _Said(BaseModel):
    client_data: str = Field(alias="clientDataJSON", max_length=4096, examples=["eyJ0eXAi"])


class Attested(_Said):
    """What a browser says of a new passkey, in base64url."""

    attestation: str = Field(alias="attestationObject", max_length=16_384, examples=["eyJ0eXAi"])


class Asserted(_Said):
    """What a passkey signed, in base64url."""

    authenticator_data: str = Field(alias="authenticatorData", max_length=4096, examples=["eyJ0eXAi"])
    signature: str = Field(max_length=2048, examples=["eyJ0eXAi"])
    user_handle: str | None = Field(None, alias="userHandle", max_length=128, examples=["AQIDBA"])


class _Credential(BaseModel):
    id: str = Field(max_length=1400, examples=["AQIDBA"])
    raw_id: str = Field(alias="rawId", max_length=1400, examples=["AQIDBA"])
    type: Literal["public-key"] = Field(examples=["public-key"])


class NewCredential(_Credential):
    """RegistrationResponseJSON of a browser, in base64url; what else it says is not looked at."""

    response: Attested


class SignedCredential(_Credential):
    """AuthenticationResponseJSON of a browser, in base64url; what else it says is not looked at."""

    response: Asserted


class NewPasskey(Asked):
    """A new passkey, and what its owner calls it."""

    name: str = Field(min_length=1, max_length=64, examples=["my phone"])
    credential: NewCredential


class AcceptWithPasskey(Invitation, NewPasskey):
    """An invitation, and a passkey to sign in with from now on."""


class PasskeySignIn(Asked):
    """Signing in with a passkey."""

    credential: SignedCredential


class PasskeyItem(BaseModel):
    """A passkey of one's own."""

    id: int = Field(examples=[3])
    name: str = Field(examples=["my phone"])
    created: Time
    used: Time | None
    cloned: bool = Field(description="its counter went back, as if there were two of it: it opens nothing any more")


class Passkeys(BaseModel):
    """One's passkeys, the oldest first."""

    items: list[PasskeyItem]
    password: bool = Field(description="whether there is a password as well")
