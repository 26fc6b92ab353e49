"""An address that leads nowhere: people get a page in their language, programs and everything of the API a problem."""

from collections.abc import Callable, Sequence

from fastapi import FastAPI, Request, Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from civicroot_backend.api import problems

HTML = "text/html"


def add_handler(app: FastAPI, page: Callable[[], Response], pages: Sequence[BaseRoute]) -> None:
    """After all routes are there, those of `pages` among them: what begins like none of the others is for people."""
    machine = _beginnings(app.routes) - _beginnings(pages)

    def answer(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        asked = error.status_code == 404 and request.method in ("GET", "HEAD")
        if asked and HTML in request.headers.get("accept", "") and _beginning(request.url.path) not in machine:
            return page()
        return problems.http(request, error)

    app.add_exception_handler(HTTPException, answer)


def _beginnings(routes: Sequence[BaseRoute]) -> set[str]:
    return {_beginning(route.path or "") for route in iter_route_contexts(routes)}


def _beginning(path: str) -> str:
    """The first part of a path."""
    return path.lstrip("/").partition("/")[0]
