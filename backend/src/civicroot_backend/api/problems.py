"""Errors as people and programs get them: problem details (RFC 9457), everywhere and for everything.

`type` is always `about:blank`, so `title` is the status's own phrase; `reason` is what a program reads: a name of the
wire specification §9, or one of those below.
"""

import math
from collections.abc import Mapping
from http import HTTPStatus

from civicroot_wire.errors import MalformedError, WireError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from civicroot_backend.enrolling.errors import Conflict
from civicroot_backend.errors import (
    BackendError,
    BackendStopped,
    ClaimRefused,
    NoRoom,
    NotFound,
    NotYetPublished,
    PhotoRefused,
    Pruned,
    StoreError,
    TooManyStatements,
)
from civicroot_backend.telemetry.errors import TelemetryError, TelemetryRangeError

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 1  # a checkpoint is published within a second of a commit

NOT_FOUND = "not-found"
NOT_YET_PUBLISHED = "not-yet-published"
PRUNED = "pruned"
TOO_MANY_REQUESTS = "too-many-requests"
BAD_PARAMETER = "bad-parameter"
AMBIGUOUS_NAME = "ambiguous-name"
TOO_LARGE = "too-large"
WRONG_MEDIA_TYPE = "wrong-media-type"
METHOD_NOT_ALLOWED = "method-not-allowed"
NO_PAGES = "no-pages"
TOO_MANY_LISTENERS = "too-many-listeners"
UNAVAILABLE = "unavailable"
WRONG_TOKEN = "wrong-token"
BAD_PICTURE = "bad-picture"
NO_ROOM = "no-room"
CONFLICT = "conflict"
VISITED_MEANWHILE = "visited-meanwhile"
OTHER_ACCOUNT = "other-account"
INTERNAL_ERROR = "internal-error"

_CLAIM_STATUS = {
    "already-claimed": 409,
    "expired": 410,
    "wrong-code": 403,
    "too-many-tries": 429,
    "no-deposit": 404,
}
_REASON_OF_STATUS = {404: NOT_FOUND, 405: METHOD_NOT_ALLOWED, 413: TOO_LARGE, 415: WRONG_MEDIA_TYPE}


class Problem(BaseModel):
    """RFC 9457, with `reason` for programs."""

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(examples=["Conflict"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["the published checkpoint does not cover it yet"])
    reason: str = Field(examples=[NOT_YET_PUBLISHED])


class Refusal(Exception):
    """A request that is answered with this problem."""

    def __init__(self, status: int, reason: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.headers = headers


def response(status: int, reason: str, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The problem as a response; never cached."""
    problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, reason=reason)
    fixed = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return JSONResponse(problem.model_dump(), status, {**(headers or {}), **fixed}, MEDIA_TYPE)


def add_handlers(app: FastAPI) -> None:
    """Every error that can reach the application becomes a problem; none shows a stack trace."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(WireError, _wire)
    app.add_exception_handler(BackendError, _backend)
    app.add_exception_handler(TelemetryError, _telemetry)
    app.add_exception_handler(Exception, _unexpected)


def _refusal(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    return response(error.status, error.reason, error.detail, error.headers)


def http(request: Request, error: Exception) -> JSONResponse:
    """What the router refuses: no such path, no such method."""
    assert isinstance(error, HTTPException)
    reason = _REASON_OF_STATUS.get(error.status_code, BAD_PARAMETER)
    detail = f"{request.method} {request.url.path}: {error.detail}"
    return response(error.status_code, reason, detail, error.headers)


def _validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    said = [f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()]
    return response(422, BAD_PARAMETER, "; ".join(said))


def _wire(_request: Request, error: Exception) -> JSONResponse:
    """Bytes that do not parse are the sender's mistake; what parses and is not believed is forbidden."""
    assert isinstance(error, WireError)
    return response(400 if isinstance(error, MalformedError) else 403, error.reason, error.detail or error.reason)


def _backend(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, NotFound):
        return response(404, NOT_FOUND, str(error))
    if isinstance(error, ClaimRefused):
        return response(_CLAIM_STATUS[error.reason], error.reason, str(error))
    if isinstance(error, Conflict):
        return response(409, error.reason, str(error))
    if isinstance(error, PhotoRefused):
        return response(400, BAD_PICTURE, str(error))
    if isinstance(error, NoRoom):
        return response(503, NO_ROOM, str(error))
    if isinstance(error, Pruned):
        return response(410, PRUNED, str(error))
    if isinstance(error, TooManyStatements):
        return response(429, TOO_MANY_REQUESTS, str(error), {"Retry-After": str(math.ceil(error.wait))})
    if isinstance(error, NotYetPublished):
        return response(409, NOT_YET_PUBLISHED, str(error), {"Retry-After": str(RETRY_SECONDS)})
    if isinstance(error, BackendStopped | StoreError):
        return response(503, UNAVAILABLE, "a part of the backend is not working; see /healthz")
    raise error  # a defect: _unexpected answers, and the server's log gets the trace


def _telemetry(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, TelemetryRangeError):
        return response(422, BAD_PARAMETER, str(error))
    return response(503, UNAVAILABLE, "the telemetry store does not answer; readings and proofs are not affected")


def _unexpected(_request: Request, _error: Exception) -> JSONResponse:
    # The server closes the connection after a defect: clients must not send the next request on it.
    detail = "an error of the server's own; it is in the server's log"
    return response(500, INTERNAL_ERROR, detail, {"Connection": "close"})
