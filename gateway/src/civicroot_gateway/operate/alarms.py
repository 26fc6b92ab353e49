"""What needs somebody: named, worded, and worst first. Names go into the gateway's state (SPEC.md §8) and metrics."""

from collections.abc import Iterator
from dataclasses import dataclass

from civicroot_wire.batch import ROLE
from civicroot_wire.state import MAX_ALARMS

from .clock import AHEAD, BACK, UNSET
from .snapshot import LinkStatus, Snapshot

UPLINK_PATIENCE = 3600.0  # seconds; a shorter cut is everyday life in a street cabinet
DEVICES_PATIENCE = 60.0  # seconds; this broker is on the same machine, or beside it
LEAST_ROOM = 24.0  # hours; somebody must be able to get there
CERTIFICATE_DAYS = 14.0  # two weeks to renew one that renews itself in the last third of its life
DEVICES = "devices"

# What the operator reads; docs/operations.md says what to do. The order is how bad it is.
TEXTS = {
    "spool-failing": "the spool takes no writes: no record is acknowledged, devices keep theirs",
    "disk-full": "the disk is full: no record is taken in, devices keep theirs",
    "spool-full": "the spool has reached its limit: no record is taken in, devices keep theirs",
    "revoked": "this gateway's key was revoked: the backend refuses its batches",
    "spool-damaged": "a part of the spool could not be read back; what was lost is counted",
    "contradiction": "a key was cloned or its counter went back: evidence is kept",
    UNSET: "the clock is not set: records are taken in, no batch is sealed",
    BACK: "the clock is behind a time that this gateway used before: no batch is sealed until it has caught up",
    AHEAD: "the backend says that this clock is ahead: no batch is sealed until it is right",
    "batches-refused": "the backend refused batches: mend the reason, then `requeue` puts the records into new ones",
    "not-enrolled": "the backend has not said yet that this gateway is enrolled: no batch is sealed",
    "devices-down": "the devices' broker cannot be reached: nothing comes in",
    "bridge-down": "a radio bridge is gone",
    "room-short": f"the spool is full in less than {LEAST_ROOM:.0f} hours",
    "certificate-ends": f"a TLS certificate ends in less than {CERTIFICATE_DAYS:.0f} days",
    "uplink-down": "the backend's broker could not be reached for an hour; records are kept",
}
_RANK = {name: rank for rank, name in enumerate(TEXTS)}


@dataclass(frozen=True, slots=True)
class Alarm:
    """A `name` of TEXTS (or of a part that is newer than this list), and the `text` for people."""

    name: str
    text: str


def of(snapshot: Snapshot) -> list[Alarm]:
    """The alarms of this moment, worst first."""
    found = dict.fromkeys(_names(snapshot))
    ordered = sorted(found, key=lambda name: (_RANK.get(name, len(_RANK)), name))
    return [named(name) for name in ordered]


def for_state(found: list[Alarm]) -> list[str]:
    """Names as the gateway's state carries them (SPEC.md §8): the worst, in ascending order."""
    return sorted(alarm.name for alarm in found[:MAX_ALARMS])


def named(name: str) -> Alarm:
    """The alarm of a name."""
    return Alarm(name, TEXTS.get(name, name.replace("-", " ")))


def _names(snapshot: Snapshot) -> Iterator[str]:
    standing = snapshot.standing
    yield from standing.alarms
    if snapshot.failing is not None:
        yield "spool-failing"
    if snapshot.clock_alarm is not None:
        yield snapshot.clock_alarm
    if standing.batches_refused:
        yield "batches-refused"
    if "revoked" not in standing.alarms and not any(
        key.kid == standing.kid and key.role == ROLE for key in standing.keys
    ):
        yield "not-enrolled"
    if standing.room_hours is not None and standing.room_hours < LEAST_ROOM:
        yield "room-short"
    for link in snapshot.links:
        yield from _of_link(link)
    if any(bridge["alarm"] for bridge in snapshot.bridges):
        yield "bridge-down"


def _of_link(link: LinkStatus) -> Iterator[str]:
    devices = link.name == DEVICES
    if not link.up and link.seconds >= (DEVICES_PATIENCE if devices else UPLINK_PATIENCE):
        yield "devices-down" if devices else "uplink-down"
    if link.certificate_days is not None and link.certificate_days < CERTIFICATE_DAYS:
        yield "certificate-ends"
