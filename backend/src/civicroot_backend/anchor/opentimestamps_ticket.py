"""Ticket of an OpenTimestamps anchoring: what calendars promised so far, and what became of it."""

from dataclasses import dataclass, replace

from civicroot_anchor.ots import Operation, timestamp
from civicroot_anchor.ots.octets import MAX_VARUINT
from civicroot_wire import cbor, shape

MAX_PROMISES = 32  # several calendars, each with a handful: a pool asks others
MAX_URL_BYTES = 1024
MAX_TICKET_BYTES = 1 << 20
_MAX_OPERATIONS_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Attested:
    """The block at `height` is said to commit to what `operations` make of the tree's digest."""

    operations: tuple[Operation, ...]
    height: int


@dataclass(frozen=True, slots=True)
class Promise:
    """Calendar `at` keeps what `operations` make of the tree's digest; we had submitted it to calendar `sent`."""

    sent: str
    at: str
    operations: tuple[Operation, ...]
    attested: Attested | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """An anchoring begun at `started` (Unix seconds)."""

    started: int
    promises: tuple[Promise, ...] = ()

    def sent_to(self) -> set[str]:
        """The calendars that have it."""
        return {promise.sent for promise in self.promises}

    def with_promises(self, new: list[Promise]) -> "Ticket":
        """The ticket with more promises, as many as there is room for."""
        return replace(self, promises=(self.promises + tuple(new))[:MAX_PROMISES])

    def encode(self) -> bytes:
        """As the runner keeps it."""
        return cbor.encode([self.started, [_item(promise) for promise in self.promises]])


def decode(data: bytes) -> Ticket:
    """Read a ticket. Raises MalformedError."""
    started, items = shape.array(cbor.decode(data, MAX_TICKET_BYTES), "ticket", 2, 2)
    promises = tuple(_promise(item) for item in shape.array(items, "promises", 0, MAX_PROMISES))
    return Ticket(shape.integer(started, "start"), promises)


def _item(promise: Promise) -> list[object]:
    item: list[object] = [promise.sent, promise.at, timestamp.encode_line(promise.operations)]
    if promise.attested is not None:
        item += [timestamp.encode_line(promise.attested.operations), promise.attested.height]
    return item


def _promise(item: object) -> Promise:
    sent, at, line, *rest = shape.array(item, "promise", 3, 5)
    attested = None
    if rest:
        further, height = shape.array(rest, "attested", 2, 2)
        attested = Attested(_line(further), shape.integer(height, "height", 0, MAX_VARUINT))
    return Promise(_url(sent), _url(at), _line(line), attested)


def _url(item: object) -> str:
    return shape.text(item, "calendar", 1, MAX_URL_BYTES)


def _line(item: object) -> tuple[Operation, ...]:
    return timestamp.decode_line(shape.octets(item, "operations", 0, _MAX_OPERATIONS_BYTES))
