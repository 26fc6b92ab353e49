"""What is said about the witnesses: in the API, in health and in metrics."""

from collections.abc import Mapping
from dataclasses import dataclass

from civicroot_backend.log.publish import Published
from civicroot_backend.witnesses.errors import DOWN
from civicroot_backend.witnesses.panel import Panel
from civicroot_backend.witnesses.worker import Standing


@dataclass(frozen=True, slots=True)
class WitnessReport:
    """`ok`: the newest checkpoint is published with its quorum; `says` for people.

    `counts`: (witness, cosigned or the reason of a fault) → how often since the start. `waiting`: size of the
    checkpoint that is not published for want of cosignatures.
    """

    ok: bool
    says: str
    quorum: int
    waiting: int | None
    standings: tuple[Standing, ...]
    counts: Mapping[tuple[str, str], int]


def report(panel: Panel, published: Published | None, waiting: Published | None) -> WitnessReport:
    """How they stand now."""
    asked = panel.standings()
    absent = sorted(panel.quorum.names - {item.name for item in asked})
    standings = asked + [
        Standing(name, None, None, 0, DOWN, "the configuration has no address for it", None) for name in absent
    ]
    needed = panel.quorum.needed
    ok = waiting is None and (published is None or published.met)
    says = _says(needed, published, waiting)
    alarms = [f"{item.name} {item.alarm}" for item in asked if item.alarm is not None]
    if alarms:
        says += "; ALARM: " + "; ".join(alarms)
    ordered = tuple(sorted(standings, key=lambda item: item.name))
    return WitnessReport(ok, says, needed, None if waiting is None else waiting.size, ordered, panel.counts())


def _says(needed: int, published: Published | None, waiting: Published | None) -> str:
    if waiting is not None:
        return f"log size {waiting.size} waits for a quorum of {needed}"
    if published is None:
        return f"nothing published yet, the quorum is {needed}"
    if not published.met:
        return f"log size {published.size} is published with {len(published.cosigned)} cosignatures, below {needed}"
    return f"{len(published.cosigned)} cosignatures, the quorum is {needed}"
