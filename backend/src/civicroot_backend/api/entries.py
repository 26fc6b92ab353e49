"""Entries of the log: submitted by whoever has them signed, and read back with what shows that they are in it.

This is the registration of signed statements by a transparency service (RFC 9943), whose receipts are RFC 9942's.
"""

import asyncio
from typing import Annotated, Any

from civicroot_wire.errors import WireError
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from civicroot_backend.api import prefer
from civicroot_backend.api.dependencies import BackendParameter
from civicroot_backend.api.entry_models import SubmittedEntry
from civicroot_backend.api.headers import IMMUTABLE
from civicroot_backend.api.refusal_budget import RefusalBudget
from civicroot_backend.api.signed_body import MEDIA_TYPE, signed_body
from civicroot_backend.entries.submission import Submitted
from civicroot_backend.events import CheckpointPublished
from civicroot_backend.paths import entry_path
from civicroot_backend.service import Backend

OCTETS = "application/octet-stream"
MAX_INDEX = (1 << 53) - 1  # JSON readers keep integers up to here

router = APIRouter(prefix="/entries", tags=["entries"])

_Index = Annotated[int, Path(ge=0, le=MAX_INDEX, description="place in the log", examples=[17])]


def _binary(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    return {
        200: {
            "description": description,
            "content": {media_type: {"schema": {"type": "string", "format": "binary"}}},
        }
    }


_RECEIPT: dict[str, Any] = {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}
_SUBMITTED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The same entry was there before: its COSE receipt", "content": _RECEIPT},
    201: {"description": "A COSE receipt (RFC 9942), once a checkpoint covers the entry", "content": _RECEIPT},
    202: {"description": "It is durable, and will be published in a moment", "model": SubmittedEntry},
    429: {"description": "Too much was refused of what came from there, or one key signs too much"},
}


@router.post(
    "",
    status_code=201,
    summary="Log a signed entry",
    response_class=Response,
    responses=_SUBMITTED,
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The exact bytes of an enrolment, revocation, status list, configuration, release or "
            "statement (wire specification §3)",
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
        "parameters": [
            {
                "name": "Prefer",
                "in": "header",
                "description": "`respond-async`: do not wait for a checkpoint; `wait=N`: at most so many seconds",
                "schema": {"type": "string"},
                "example": "wait=5",
            }
        ],
    },
)
async def submit(backend: BackendParameter, request: Request) -> Response:
    """Whoever sends it, its signature is what counts. The same entry again has the same place in the log."""
    budget: RefusalBudget = request.app.state.refusal_budget
    budget.check(request)
    data = await signed_body(request)
    try:
        submitted = await run_in_threadpool(backend.submit, data)
    except WireError:
        budget.spend(request)
        raise
    location = {"Location": entry_path(submitted.index)}
    wait = prefer.wait_of(request.headers.get("prefer"))
    if wait == 0.0 or not await _published(backend, submitted.index, wait):
        return JSONResponse(_described(submitted).model_dump(), 202, location)
    receipt = await run_in_threadpool(backend.receipts.cose, submitted.index)
    return Response(receipt, 200 if submitted.repeated else 201, location, MEDIA_TYPE)


@router.get(
    "/{index}",
    summary="An entry's exact bytes",
    response_class=Response,
    responses=_binary(MEDIA_TYPE, "A COSE message, as it was signed"),
)
def get_entry(backend: BackendParameter, index: _Index) -> Response:
    """They never change; 409 with the reason `not-yet-published` until a checkpoint covers the entry."""
    return Response(backend.receipts.entry(index), media_type=MEDIA_TYPE, headers={"Cache-Control": IMMUTABLE})


@router.get(
    "/{index}/receipt",
    summary="An entry's COSE receipt",
    response_class=Response,
    responses=_binary(MEDIA_TYPE, "A receipt (RFC 9942) by the log's key, for the newest checkpoint's tree"),
)
def get_receipt(backend: BackendParameter, index: _Index) -> Response:
    """Attached to the entry as header 394 it makes a transparent statement (RFC 9943)."""
    return Response(backend.receipts.cose(index), media_type=MEDIA_TYPE)


@router.get(
    "/{index}/tlog-proof",
    summary="An entry's tlog-proof",
    response_class=Response,
    responses={
        200: {
            "description": "Text (c2sp.org/tlog-proof@v1) with the newest checkpoint; its extra data is the entry",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
)
def get_tlog_proof(backend: BackendParameter, index: _Index) -> Response:
    """What other people's tools read."""
    return Response(backend.receipts.tlog_proof(index).encode(), media_type="text/plain; charset=utf-8")


@router.get(
    "/{index}/proof",
    summary="The proof file of an entry",
    response_class=Response,
    responses=_binary(OCTETS, "A proof bundle (wire specification §7), the same for as long as the checkpoint is"),
)
def get_entry_proof(backend: BackendParameter, index: _Index) -> Response:
    """All that is needed to check it offline: who signed it, and that they might."""
    filename = f"entry-{index}.proof"
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(backend.entry_proof(index), media_type=OCTETS, headers=headers)


def _described(submitted: Submitted) -> SubmittedEntry:
    return SubmittedEntry(
        index=submitted.index, leaf=submitted.leaf.hex(), kind=submitted.kind, subject=submitted.subject
    )


async def _published(backend: Backend, index: int, wait: float) -> bool:
    """Whether a checkpoint covers the entry within `wait` seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + wait
    subscription = backend.events.subscribe(CheckpointPublished)
    try:
        while (published := backend.published) is None or published.size <= index:
            left = end - loop.time()
            if left <= 0:
                return False
            await subscription.next(left)
        return True
    finally:
        subscription.close()
