"""What goes wrong with alarms, as problems (problems.py)."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from civicroot_backend.alarms.errors import AlarmError, Changed, MissingMatch, NotDelivered, UnfitRule
from civicroot_backend.api import problems

_STATUS: dict[type[AlarmError], int] = {UnfitRule: 422, Changed: 412, MissingMatch: 428, NotDelivered: 422}


def add_handlers(app: FastAPI) -> None:
    """Let the application answer them."""
    app.add_exception_handler(AlarmError, _alarm)


def _alarm(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AlarmError)
    return problems.response(_STATUS[type(error)], error.reason, str(error))
