"""A photo as a request's body: its media type, and no more of it than a photo may have."""

from typing import Any

from fastapi import Request

from civicroot_backend.api.problems import TOO_LARGE, WRONG_MEDIA_TYPE, Refusal
from civicroot_backend.reports.photo import FORMATS, MAX_BYTES

_BINARY = {"schema": {"type": "string", "format": "binary"}}
PHOTO_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A photo of at most 5 MB. It is drawn anew, smaller, and nothing else in the file is kept",
        "content": dict.fromkeys(FORMATS, _BINARY),
    }
}


async def photo_body(request: Request) -> tuple[bytes, str]:
    """The body, read no further than its limit, and its media type. Raises Refusal."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in FORMATS:
        raise Refusal(415, WRONG_MEDIA_TYPE, f"a photo is sent as {', '.join(FORMATS)}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise Refusal(413, TOO_LARGE, f"a photo has at most {MAX_BYTES} bytes", {"Connection": "close"})
    return bytes(body), given
