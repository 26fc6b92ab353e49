"""One moment of the running gateway, made by its loop and handed to whoever shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Protocol

from .clock import GatewayClock
from .standing import Standing

DISTRIBUTION = "civicroot-gateway"


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """A connection: `up` or down since `seconds`; `attempts` since it was up last; why the last one ended (`error`).

    `certificate_days` until the gateway's own certificate ends, if it has one.
    """

    name: str
    broker: str
    up: bool
    seconds: float
    attempts: int = 0
    error: str | None = None
    certificate_days: float | None = None


class Link(Protocol):
    """What can say how its connection is."""

    def status(self) -> LinkStatus:
        """How it is now."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All there is to say. `now`: Unix seconds, None while the clock is not trusted; `wall`: what it says all the same.

    `failing`: why the spool took no writes at the last try, if so. `bridges`: what each says of itself (Bridge.report).
    `down`: what became of devices' questions and of contents fetched for them (Down.counts).
    """

    standing: Standing
    links: tuple[LinkStatus, ...]
    bridges: tuple[dict[str, Any], ...]
    now: int | None
    wall: int
    clock_alarm: str | None
    clock_jumps: int
    uptime: float
    failing: str | None
    version: str
    down: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def collect(
    standing: Standing,
    clock: GatewayClock,
    links: Sequence[Link],
    *,
    failing: str | None = None,
    bridges: Sequence[dict[str, Any]] = (),
    down: Mapping[str, Mapping[str, int]] | None = None,
) -> Snapshot:
    """Ask everybody; in the loop, as it owns them."""
    return Snapshot(
        standing=standing,
        links=tuple(link.status() for link in links),
        bridges=tuple(bridges),
        now=clock.now(),
        wall=clock.wall,
        clock_alarm=clock.alarm,
        clock_jumps=clock.jumps,
        uptime=clock.uptime,
        failing=failing,
        version=version(DISTRIBUTION),
        down=down or {},
    )
