"""What signs and what verifies, as civicroot_wire takes them: libsodium in the process, anything else in a test."""

from collections.abc import Callable
from typing import Protocol

Verify = Callable[[bytes, bytes, bytes], None]  # public key, message, signature; raises SignatureError


class Signer(Protocol):
    """A private key that is called with a message and gives 64 bytes; `kid` names it."""

    @property
    def kid(self) -> bytes:
        """8 bytes."""

    def __call__(self, message: bytes, /) -> bytes:
        """The signature."""
