"""Whether the backend works, for supervisors and people."""

from fastapi import APIRouter, Request, Response

from civicroot_backend.api.broadcast import Broadcast
from civicroot_backend.api.dependencies import BackendParameter
from civicroot_backend.api.models import Health, Part

router = APIRouter(tags=["operation"])


@router.get(
    "/healthz",
    summary="Whether every part works",
    responses={503: {"model": Health, "description": "What is down"}},
)
def get_health(backend: BackendParameter, request: Request, response: Response) -> Health:
    """200 if all threads live, the broker is connected, the newest checkpoint has its quorum, telemetry follows."""
    found = backend.health()
    events: Broadcast = request.app.state.broadcast
    parts = {
        "threads": _part(found.failed is None, "running", found.failed),
        "broker": _part(found.broker_connected, "connected", "not connected"),
        "log": _part(found.published_size > 0, f"{found.published_size} entries published", "nothing published yet"),
        "witnesses": Part(ok=found.witnesses.ok, says=found.witnesses.says),
        "anchors": Part(ok=found.anchors_ok, says=found.anchors),
        "telemetry": _part(found.telemetry_error is None, "follows", found.telemetry_error),
        "events": _part(events.running, f"{events.listeners} listeners", "not running"),
    }
    ok = all(part.ok for part in parts.values())
    response.status_code = 200 if ok else 503
    response.headers["Cache-Control"] = "no-store"
    return Health(ok=ok, parts=parts)


def _part(ok: bool, good: str, bad: str | None) -> Part:
    return Part(ok=ok, says=good if ok else bad or "failed")
