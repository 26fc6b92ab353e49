"""Enrolling: a registrar's signed statement is taken from anybody, since its signature is what counts."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from civicroot_backend.api.dependencies import BackendParameter
from civicroot_backend.api.models import EnrolmentReceipt
from civicroot_backend.api.paths import API
from civicroot_backend.api.problems import TOO_LARGE, WRONG_MEDIA_TYPE, Refusal

MEDIA_TYPE = "application/cose"
MAX_BODY = 64 * 1024  # a log entry is one byte less

router = APIRouter(prefix=API, tags=["enrolments"])


@router.post(
    "/enrolments",
    status_code=201,
    summary="Log a registrar's signed enrolment",
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The signed statement's bytes (wire specification §3.3)",
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def enrol(backend: BackendParameter, request: Request) -> EnrolmentReceipt:
    """The same statement again gets the same place in the log."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != MEDIA_TYPE:
        raise Refusal(415, WRONG_MEDIA_TYPE, f"an enrolment is sent as {MEDIA_TYPE}")
    statement = await _body(request)
    receipt = await run_in_threadpool(backend.enrol, statement)
    return EnrolmentReceipt(kid=receipt.kid.hex(), index=receipt.index)


async def _body(request: Request) -> bytes:
    """The body, read no further than its limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refusal(413, TOO_LARGE, f"an enrolment has at most {MAX_BODY} bytes", {"Connection": "close"})
    return bytes(body)
