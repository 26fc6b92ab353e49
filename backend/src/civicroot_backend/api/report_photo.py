"""A photo as a request's body: its media type, and no more of it than a photo may have."""

from fastapi import Request

from civicroot_backend.api.problems import TOO_LARGE, WRONG_MEDIA_TYPE, Refusal
from civicroot_backend.reports.photo import FORMATS, MAX_BYTES


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
