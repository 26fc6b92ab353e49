"""Where a gateway stands, as its spool knows it: the same whether a process runs or not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Counters = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Key:
    """An enrolled key that the gateway trusts."""

    kid: bytes
    role: str
    subject: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A device: Unix seconds when it was `heard` last, and what its state said.

    Only a running gateway knows the version of the `configuration` that it follows and why it `refused` the newest.
    """

    kid: bytes
    heard: int | None
    online: bool | None
    waiting: int | None
    configuration: int | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is spooled, counted, known and heard.

    `records` and `octets` that the backend has not committed; `limit` of octets; `oldest`: Unix seconds when the
    oldest of the records came; `room_hours` until the spool is full at the present rate; `alarms` by name.
    """

    kid: bytes
    realm: str
    log_size: int | None
    records: int
    octets: int
    batches_waiting: int
    batches_refused: int
    octets_refused: int
    next_batch: int
    counters: Counters
    keys: list[Key]
    devices: list[Heard]
    limit: int | None = None
    oldest: int | None = None
    room_hours: float | None = None
    alarms: list[str] = field(default_factory=list)
