"""What needs somebody now: gateways, and devices whose gateway is not to blame."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from civicroot_backend.api import alarm_models as models
from civicroot_backend.api import export
from civicroot_backend.api.dependencies import BackendParameter
from civicroot_backend.api.export import FormatParameter
from civicroot_backend.api.export_paths import absolute
from civicroot_backend.database import queries
from civicroot_backend.export.table import Column, Kind, Row, Table
from civicroot_backend.gateways import alarms
from civicroot_backend.gateways.alarms import GatewayAlarm, SilentDevice
from civicroot_backend.paths import API
from civicroot_backend.service import Backend
from civicroot_backend.times import iso, iso_claim

KEPT_SECONDS = 5.0  # an answer is for all who ask meanwhile: it looks at the newest record of every device

_COLUMNS = (
    Column("what"),  # gateway or device
    Column("kid"),
    Column("subject"),
    Column("reasons"),  # parted by spaces
    Column("since", Kind.TIME),
    Column("gateway"),
    Column("behind", Kind.INTEGER),
    Column("waiting", Kind.INTEGER),
    Column("evidence"),
)

router = APIRouter(prefix=API, tags=["operation"])


@dataclass(slots=True)
class AlarmCache:
    """The last answer, and until when (monotonic seconds) it is good."""

    lock: Lock
    answer: models.Alarms | None = None
    until: float = 0.0


@router.get("/alarms", summary="What needs somebody now", response_model=models.Alarms, responses=export.FILES)
def get_alarms(
    backend: BackendParameter, request: Request, response: Response, kind: FormatParameter
) -> models.Alarms | StreamingResponse:
    """A gateway that is down is one alarm, whatever is behind it. A file has a row for each gateway and each device."""
    response.headers["Cache-Control"] = "no-store"
    found = current(backend, request.app.state.alarms)
    return found if kind is None else export.file(request, kind, Table("alarms", _COLUMNS, _rows(backend, found)))


def current(backend: Backend, cache: AlarmCache) -> models.Alarms:
    """The answer for all who ask now."""
    with cache.lock:
        if cache.answer is None or time.monotonic() >= cache.until:
            cache.answer = _alarms(backend)
            cache.until = time.monotonic() + KEPT_SECONDS
        return cache.answer


def _alarms(backend: Backend) -> models.Alarms:
    with backend.database.read() as connection:
        backend.keys.refresh(connection)
        reports = queries.last_reports(connection)
    standings = backend.gateways.standings()
    found = alarms.find(standings, reports, lambda kid: backend.keys.revocation(kid) is not None, int(backend.clock()))
    return models.Alarms(
        gateways=[_gateway(backend, item) for item in found.gateways],
        silent=[_device(item) for item in found.silent],
        silent_count=found.silent_count,
        behind=found.behind,
    )


def _rows(backend: Backend, found: models.Alarms) -> Iterator[Row]:
    for gateway in found.gateways:
        evidence = absolute(backend, f"{API}/gateways/{gateway.kid}/completeness")
        counted = (gateway.behind, gateway.waiting, evidence)
        yield "gateway", gateway.kid, gateway.subject, " ".join(gateway.reasons), gateway.since, None, *counted
    for device in found.silent:
        evidence = absolute(backend, f"{API}/devices/{device.kid}/completeness")
        where = (device.silent_since, device.gateway, None, None, evidence)
        yield "device", device.kid, device.subject, "silent", *where


def _gateway(backend: Backend, alarm: GatewayAlarm) -> models.GatewayAlarm:
    said, key = alarm.standing.said, backend.keys.find(alarm.kid)
    return models.GatewayAlarm(
        kid=alarm.kid.hex(),
        subject=key.subject if key is not None else "",
        reasons=alarm.standing.reasons,
        since=iso(alarm.standing.since),
        behind=alarm.behind,
        version=said.version,
        waiting=said.waiting,
        room=said.room,
    )


def _device(device: SilentDevice) -> models.SilentDevice:
    return models.SilentDevice(
        kid=device.kid.hex(),
        subject=device.subject,
        gateway=device.gateway.hex(),
        silent_since=iso_claim(device.since),
    )
