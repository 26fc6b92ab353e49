"""What goes wrong with sign-in and rights, as problems (problems.py)."""

import math

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from civicroot_backend.api import problems
from civicroot_backend.people.errors import (
    InTheWay,
    NotAllowed,
    NotSignedIn,
    NotThere,
    PeopleError,
    ProviderFailed,
    SignInRefused,
    TooManyTries,
    Unfit,
)

_STATUS: dict[type[PeopleError], int] = {
    NotSignedIn: 401,
    NotAllowed: 403,
    SignInRefused: 403,
    NotThere: 404,
    InTheWay: 409,
    Unfit: 422,
    TooManyTries: 429,
    ProviderFailed: 502,
}


def add_handlers(app: FastAPI) -> None:
    """Let the application answer them."""
    app.add_exception_handler(PeopleError, _people)


def _people(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, PeopleError)
    headers = {}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="civicroot"'
    if isinstance(error, TooManyTries):
        headers["Retry-After"] = str(math.ceil(error.wait))
    return problems.response(_STATUS[type(error)], error.reason, str(error), headers)
