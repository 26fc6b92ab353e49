"""What every medium deals in: a key that is to be made, and one that can sign now."""

from collections.abc import Callable
from dataclasses import dataclass

from civicroot_wire import keys


@dataclass(frozen=True)
class OpenKey:
    """A key that can sign now: `sign` gives 64 bytes; `identity` tells its medium from others."""

    name: str
    public: bytes
    sign: Callable[[bytes], bytes]
    identity: str

    @property
    def kid(self) -> bytes:
        """Its key identifier."""
        return keys.kid(self.public)


@dataclass(frozen=True)
class Order:
    """A key to make: in which realm and ceremony (hex), and what it is called."""

    realm: str
    name: str
    ceremony: str

    @property
    def token_name(self) -> str:
        """CKA_LABEL of it."""
        return f"{self.realm}/{self.name}"

    @property
    def token_identifier(self) -> bytes:
        """CKA_ID of it: a key of an earlier ceremony is another."""
        return bytes.fromhex(self.ceremony) + self.name.encode()
