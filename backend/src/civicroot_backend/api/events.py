"""What happens, as it happens: server-sent events (WHATWG HTML §9.2)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from civicroot_backend.api.broadcast import Broadcast, Wanted
from civicroot_backend.api.client_address import origin_of
from civicroot_backend.paths import API

MEDIA_TYPE = "text/event-stream"
_EXAMPLE = 'id: 5f1c9a02-17\nevent: reading\ndata: {"subject": "bin/12", "seq": 57}\n\n'

router = APIRouter(prefix=API, tags=["events"])

Name = Literal["reading", "checkpoint", "anchored", "alarms", "alarm-list"]


@router.get(
    "/events",
    summary="Readings, checkpoints, anchorings and alarms as they come",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "`event: reading` with a LiveReading, `event: checkpoint` with a CheckpointEvent, "
            "`event: anchored` with an Anchoring and `event: alarms` with Alarms whenever one changes; "
            "`event: alarm-list` with nothing when whom it concerns may fetch the list of alarms anew; `event: reset` "
            "if what was missed is not kept any more",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _EXAMPLE}},
        }
    },
)
async def listen(
    request: Request,
    subject: Annotated[
        str | None, Query(min_length=1, max_length=128, description="readings of it alone", examples=["bin/12"])
    ] = None,
    only: Annotated[
        list[Name] | None, Query(max_length=5, description="events of these names alone", examples=[["reading"]])
    ] = None,
    last_event_id: Annotated[
        str, Header(max_length=64, description="`id` of the last event: what came since then comes first")
    ] = "",
) -> StreamingResponse:
    """A comment every 15 seconds keeps the connection; who falls behind is cut off, comes back and gets the rest."""
    broadcast: Broadcast = request.app.state.broadcast
    wanted = Wanted(subject, None if only is None else frozenset(only))
    messages = broadcast.listen(origin_of(request.scope), wanted, last_event_id)
    # Buffering proxies would hold events back.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(messages, media_type=MEDIA_TYPE, headers=headers)
