"""`civicroot gateway status`: what the running process says over its control socket, or what its spool says."""

from pathlib import Path
from typing import Any

from ..group import PROGRESS
from . import alarms, control, offline
from .alarms import Alarm
from .snapshot import LinkStatus, Snapshot
from .standing import Standing

NOT_RUNNING = Alarm("not-running", "no gateway process runs here: devices keep their records")


def show(folder: Path) -> dict[str, Any]:
    """The status as a JSON object; raises SpoolError.

    Of the process that runs on `folder`; without one, of what is on the disk.
    """
    found = control.ask(folder)
    return read(folder) if found is None else found


def read(folder: Path) -> dict[str, Any]:
    """What is on the disk; raises SpoolError. `running` is false, and what only a process knows is missing."""
    standing = offline.read(folder)
    raised = [NOT_RUNNING, *(alarms.named(name) for name in standing.alarms)]
    return {"running": False, "alarms": _alarms(raised), **of_standing(standing)}


def of_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """What the running process says."""
    return {
        "running": True,
        "version": snapshot.version,
        "uptime": round(snapshot.uptime),
        "alarms": _alarms(alarms.of(snapshot)),
        "clock": {
            "time": snapshot.wall,
            "trusted": snapshot.now is not None,
            "alarm": snapshot.clock_alarm,
            "jumps": snapshot.clock_jumps,
        },
        "links": [_link(link) for link in snapshot.links],
        "bridges": list(snapshot.bridges),
        "down": {subject: dict(counts) for subject, counts in snapshot.down.items()},
        "spool_error": snapshot.failing,
        **of_standing(snapshot.standing),
    }


def of_standing(standing: Standing) -> dict[str, Any]:
    """What the spool knows."""
    subjects = {key.kid: key.subject for key in standing.keys}
    return {
        "kid": standing.kid.hex(),
        "realm": standing.realm,
        "log_size": standing.log_size,
        "records_spooled": standing.records,
        "bytes_spooled": standing.octets,
        "bytes_limit": standing.limit,
        "oldest_record": standing.oldest,
        "room_hours": standing.room_hours,
        "batches_waiting": standing.batches_waiting,
        "batches_refused": standing.batches_refused,
        "bytes_refused": standing.octets_refused,
        "next_batch": standing.next_batch,
        "counters": {f"{subject}.{name}": count for (subject, name), count in sorted(standing.counters.items())},
        "refusals": _refusals(standing),
        "keys": [{"kid": key.kid.hex(), "role": key.role, "subject": key.subject} for key in standing.keys],
        "devices": [
            {
                "kid": device.kid.hex(),
                "subject": subjects.get(device.kid),
                "heard": device.heard,
                "online": device.online,
                "waiting": device.waiting,
                "configuration": device.configuration,
                "refused": device.refused,
            }
            for device in standing.devices
        ],
    }


def _alarms(raised: list[Alarm]) -> list[dict[str, str]]:
    return [{"name": alarm.name, "text": alarm.text} for alarm in raised]


def _link(link: LinkStatus) -> dict[str, Any]:
    return {
        "name": link.name,
        "broker": link.broker,
        "up": link.up,
        "seconds": round(link.seconds),
        "attempts": link.attempts,
        "error": link.error,
        "certificate_days": None if link.certificate_days is None else round(link.certificate_days, 1),
    }


def _refusals(standing: Standing) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (subject, name), count in sorted(standing.counters.items()):
        if (subject, name) not in PROGRESS:
            found.setdefault(subject, {})[name] = count
    return found
