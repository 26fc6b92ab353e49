"""What the status page's addresses answer, all of it out of one snapshot."""

import ipaddress
import json
import socket
from http import HTTPStatus
from importlib.resources import files

from prometheus_client import CONTENT_TYPE_LATEST

from . import health, metrics, page, status
from .exchange import Exchange
from .listener import Answer, Request
from .snapshot import Snapshot

PAGE_AGE = 1.0  # seconds that a snapshot serves all who read the page: a flood costs the loop one a second
_TEXT, _JSON, _HTML = "text/plain; charset=utf-8", "application/json", "text/html; charset=utf-8"


class PageSite:
    """`/`, `/style.css`, `/status.json`, `/healthz`, `/metrics`."""

    def __init__(self, exchange: Exchange, *, max_age: float = PAGE_AGE, check_host: bool = True) -> None:
        self._exchange = exchange
        self._max_age = max_age
        self._check_host = check_host
        self._style = (files(__package__) / "style.css").read_bytes()

    def __call__(self, request: Request) -> Answer:
        """Answer a GET."""
        if self._check_host and not is_own(request.host):
            return Answer(HTTPStatus.MISDIRECTED_REQUEST, _TEXT, b"ask for it by address or by this machine's name\n")
        if request.path == "/style.css":
            return Answer(HTTPStatus.OK, "text/css; charset=utf-8", self._style)
        if request.path not in (*_ANSWERS, "/healthz"):
            return Answer(HTTPStatus.NOT_FOUND, _TEXT, b"there are /, /status.json, /healthz and /metrics\n")
        snapshot = self._exchange.ask(self._max_age)
        if request.path == "/healthz":
            return _health(snapshot)
        if snapshot is None:
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, _TEXT, health.NO_ANSWER.encode() + b"\n")
        return _ANSWERS[request.path](snapshot)


def is_own(host: str) -> bool:
    """Whether a Host header means this machine: else any web page could read this one under a name of its own."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return name.lower().partition(".")[0] in ("localhost", socket.gethostname().lower().partition(".")[0])
    return True


def _page(snapshot: Snapshot) -> Answer:
    return Answer(HTTPStatus.OK, _HTML, page.render(status.of_snapshot(snapshot)).encode())


def _status(snapshot: Snapshot) -> Answer:
    return Answer(HTTPStatus.OK, _JSON, json.dumps(status.of_snapshot(snapshot)).encode())


def _metrics(snapshot: Snapshot) -> Answer:
    return Answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, metrics.text(snapshot))


def _health(snapshot: Snapshot | None) -> Answer:
    found = health.of(snapshot)
    code = HTTPStatus.OK if found.ok else HTTPStatus.SERVICE_UNAVAILABLE
    return Answer(code, _JSON, json.dumps(found.as_json()).encode() + b"\n")


_ANSWERS = {"/": _page, "/status.json": _status, "/metrics": _metrics}
