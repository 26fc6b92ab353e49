"""What a device asks for, and the crew says of its place; made only from what the device signed itself."""

from dataclasses import dataclass

from civicroot_wire import keys, possession, sodium
from civicroot_wire.errors import TrustError

ROLE = "device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`public` 32 bytes, `possession` as the device signed it, degrees as they were written (WGS 84)."""

    subject: str
    public: bytes
    possession: bytes
    label: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    model: str | None = None
    asset: str | None = None
    simulated: bool = False

    @property
    def kid(self) -> bytes:
        """Of the key."""
        return keys.kid(self.public)

    @property
    def said(self) -> tuple[str | None, ...]:
        """What the crew says of the place: all that the device has not signed."""
        return self.label, self.latitude, self.longitude, self.model, self.asset


def check(asked: Asked, realm: str) -> Asked:
    """The same, if the key itself asked for this subject, as a device of this realm. Raises WireError."""
    found = possession.verify(possession.decode(asked.possession), realm, asked.public, sodium.verify)
    if (found.subject, found.role) != (asked.subject, ROLE):
        raise TrustError("wrong-role", f"the key itself asks for {found.subject} as {found.role}")
    return asked
