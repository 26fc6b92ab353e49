"""What happens, as it happens: server-sent events (WHATWG HTML §9.2)."""

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from civicroot_backend.api.broadcast import Broadcast
from civicroot_backend.api.paths import API

MEDIA_TYPE = "text/event-stream"

router = APIRouter(prefix=API, tags=["events"])


@router.get(
    "/events",
    summary="Readings, checkpoints and anchorings as they come",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "`event: reading` with a LiveReading, `event: checkpoint` with a CheckpointEvent, "
            "`event: anchored` with an Anchoring whenever one changes",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
        }
    },
)
async def listen(request: Request) -> StreamingResponse:
    """A comment line every 15 seconds keeps the connection; who falls behind is cut off and should fetch anew."""
    broadcast: Broadcast = request.app.state.broadcast
    # Buffering proxies would hold events back.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(broadcast.listen(), media_type=MEDIA_TYPE, headers=headers)
