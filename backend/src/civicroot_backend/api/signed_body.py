"""A signed message as a request's body: its media type, and no more of it than a log entry may have."""

from fastapi import Request

from civicroot_backend.api.problems import TOO_LARGE, WRONG_MEDIA_TYPE, Refusal

MEDIA_TYPE = "application/cose"  # RFC 9052 §16.4
MAX_BODY = 64 * 1024  # a log entry is one byte less


async def signed_body(request: Request) -> bytes:
    """The body, read no further than its limit. Raises Refusal."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != MEDIA_TYPE:
        raise Refusal(415, WRONG_MEDIA_TYPE, f"a signed entry is sent as {MEDIA_TYPE}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refusal(413, TOO_LARGE, f"a signed entry has at most {MAX_BODY} bytes", {"Connection": "close"})
    return bytes(body)
