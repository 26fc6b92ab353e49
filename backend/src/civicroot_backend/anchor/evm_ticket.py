"""The ticket of an EVM anchoring: everything that was ever signed for it, so that one tree is never paid for twice.

All its transactions that anchor have one nonce, and a chain takes one transaction of a nonce. `fill` are those that
close a gap in the nonces before it; they move no money and call nothing.
"""

from dataclasses import dataclass, replace

from civicroot_wire import shape
from civicroot_wire.cbor import decode, encode

MAX_ATTEMPTS = 32  # an eighth more each time: the fee has grown fortyfold
MAX_FILL = 16  # a longer gap is for people to look at
_MAX_TRANSACTION = 2048  # bytes; ours have some 220
_MAX_TICKET = (MAX_ATTEMPTS + MAX_FILL) * _MAX_TRANSACTION


@dataclass(frozen=True, slots=True)
class Ticket:
    """`attempts`: signed transactions with this `nonce`, the newest last. `since`: Unix seconds of the last attempt."""

    nonce: int
    since: int
    attempts: tuple[bytes, ...]
    fill: tuple[bytes, ...] = ()

    @property
    def newest(self) -> bytes:
        """The attempt that replaces the others."""
        return self.attempts[-1]

    def sent(self, now: int) -> "Ticket":
        """The same, waiting from now on."""
        return replace(self, since=now)

    def to_bytes(self) -> bytes:
        """What the runner keeps."""
        return encode([self.nonce, self.since, list(self.attempts), list(self.fill)])


def from_bytes(data: bytes) -> Ticket:
    """Read a ticket. Raises MalformedError."""
    nonce, since, attempts, fill = shape.array(decode(data, _MAX_TICKET), "ticket", 4, 4)
    return Ticket(
        shape.integer(nonce, "nonce"),
        shape.integer(since, "since"),
        tuple(_transactions(attempts, 1, MAX_ATTEMPTS)),
        tuple(_transactions(fill, 0, MAX_FILL)),
    )


def _transactions(value: object, least: int, most: int) -> list[bytes]:
    return [
        shape.octets(item, "transaction", 1, _MAX_TRANSACTION)
        for item in shape.array(value, "transactions", least, most)
    ]
