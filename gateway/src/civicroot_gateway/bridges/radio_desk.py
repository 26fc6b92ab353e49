"""What the radio side asks the way down for: which commands wait for a device, and their contents."""

from typing import Protocol

Commands = dict[int, tuple[bytes, int]]  # kind (acknowledgement.py) -> first bytes of the message's SHA-256, its size


class RadioDesk(Protocol):
    """down/by_radio.py."""

    def waiting(self, kid: bytes) -> Commands:
        """The commands that a device is to be told of."""

    def settled(self, kid: bytes, heads: list[bytes]) -> None:
        """The device needs no more telling of these."""

    def part(self, kid: bytes, head: bytes, offset: int, length: int) -> bytes | str | None:
        """Octets of a content; the reason why there are none; None: no answer is due, for it asks too fast."""
