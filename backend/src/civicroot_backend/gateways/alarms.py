"""Alarms: one for a gateway that needs somebody, and none for each of the devices behind it.

A device is behind the gateway whose batch its newest record came in. While that gateway is offline, or takes nothing
in, nobody can know whether the device is silent, so it is only counted there.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from civicroot_backend.completeness import report_of
from civicroot_backend.gateways.board import Standing

MAX_SILENT = 100  # devices that are named, those that are silent for longest; all of them are counted


@dataclass(frozen=True, slots=True)
class GatewayAlarm:
    """A gateway, how it stands, and how many devices are behind it."""

    kid: bytes
    standing: Standing
    behind: int


@dataclass(frozen=True, slots=True)
class SilentDevice:
    """A device that is overdue since Unix seconds `since` against its own promise; nothing is wrong with `gateway`."""

    kid: bytes
    subject: str
    gateway: bytes
    since: int


@dataclass(frozen=True, slots=True)
class Alarms:
    """`silent` names at most MAX_SILENT of `silent_count` devices; `behind` are those behind stopped gateways."""

    gateways: list[GatewayAlarm]
    silent: list[SilentDevice]
    silent_count: int
    behind: int


@dataclass(frozen=True, slots=True)
class Report:
    """A device's newest record, None once pruned; what it claims; when its batch was received, and of which gateway."""

    kid: bytes
    subject: str
    encoded: bytes | None
    time: int | None
    received: int
    gateway: bytes


def find(
    standings: Mapping[bytes, Standing], reports: Iterable[Report], withdrawn: Callable[[bytes], bool], now: int
) -> Alarms:
    """The alarms of now, in Unix seconds; a withdrawn device is never silent."""
    stopped = {kid for kid, standing in standings.items() if standing.stopped}
    behind = dict.fromkeys(standings, 0)
    silent = []
    for report in reports:
        if withdrawn(report.kid):
            continue
        if report.gateway in behind:
            behind[report.gateway] += 1
        if report.gateway in stopped:
            continue
        since = report_of(report.encoded, report.time, report.received).silent_since(now)
        if since is not None:
            silent.append(SilentDevice(report.kid, report.subject, report.gateway, since))
    silent.sort(key=lambda device: (device.since, device.kid))
    needing = [GatewayAlarm(kid, item, behind[kid]) for kid, item in sorted(standings.items()) if item.reasons]
    return Alarms(needing, silent[:MAX_SILENT], len(silent), sum(behind[kid] for kid in stopped))
