"""Devices that crews ask for with a browser, as the desk reads them from the city and answers them, by an API key."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from civicroot_cli import files
from civicroot_cli.main import CommandError, Refused
from civicroot_client import transport
from civicroot_client.errors import ClientError, Problem
from civicroot_client.transport import Transport

from civicroot_backend import enrolment_request
from civicroot_backend.enrolment_request import EnrolmentRequestError, Request
from civicroot_backend.people import api_keys

APPROVED, WAITING, DECLINED = "approved", "waiting", "declined"
PAGE = 200  # requests that are read at once
MAX_KEY_BYTES = 4096
MAX_REASON = 255


@dataclass(frozen=True, slots=True)
class Queued:
    """A request as the city has it: `name` there, `by` whom it was put, what it says as `civicroot enrol` takes it."""

    name: str
    state: str
    by: str
    request: Request

    def says(self) -> dict[str, Any]:
        """For people, as a line of JSON."""
        asked = self.request
        place = None if asked.latitude is None else f"{asked.latitude},{asked.longitude}"
        return {"request": self.name, "state": self.state, "subject": asked.subject, "label": asked.label} | {
            "place": place,
            "model": asked.model,
            "public": asked.public.hex(),
            "by": self.by,
        }


class CityQueue:
    """The requests of a district at the city's `url`; `key_file` has the text of an API key. Raises CommandError."""

    def __init__(self, url: str, key_file: Path, district: str) -> None:
        text = files.read(key_file, MAX_KEY_BYTES).decode(errors="replace").strip()
        if not api_keys.is_form(text):  # an HTTP library would show a header that it cannot send
            raise CommandError(f"{key_file} is no API key")
        self._headers = {"Authorization": f"Bearer {text}", "Content-Type": "application/json"}
        self._path = f"/api/v1/districts/{district}/enrolments"
        try:
            self._transport = Transport(url)
        except ClientError as error:
            raise CommandError(str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._transport.close()

    def listed(self, state: str) -> list[Queued]:
        """Those that are so far, oldest first. CommandError; Refused if the key may not."""
        return list(self._pages(state))[::-1]

    def decide(self, queued: Queued, decision: str, reason: str = "") -> None:
        """Approve, or decline with a reason. CommandError; Refused if it is decided otherwise already."""
        body = json.dumps({"decision": decision, "reason": _printable(reason)})
        self._ask("PUT", f"{self._path}/{queued.name}/decision", body.encode())

    def _pages(self, state: str) -> Iterator[Queued]:
        cursor: str | None = None
        while True:
            query = {"state": state, "limit": str(PAGE)} | ({} if cursor is None else {"cursor": cursor})
            found = self._ask("GET", f"{self._path}?{urlencode(query)}")
            try:
                yield from [_queued(item) for item in found["enrolments"]]
                cursor = found["next"]
            except (KeyError, TypeError, EnrolmentRequestError) as error:
                raise CommandError(f"the city answers what no city answers: {error}") from error
            if cursor is None:
                return

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        try:
            answer = self._transport.request(method, path, self._headers, body)
        except ClientError as error:
            raise CommandError(str(error)) from error
        if answer.status == HTTPStatus.OK:
            return _parsed(answer.body)
        found = transport.problem_of(self._transport.url, answer)
        if isinstance(found, Problem) and found.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Refused(f"the city refuses: {found.reason}: {found.detail}")
        raise CommandError(str(found))


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise CommandError(f"the city answers what no city answers: {error}") from error


def _queued(item: dict[str, Any]) -> Queued:
    north, east = item["degrees"] or (None, None)
    said = {name: item[name] for name in ("subject", "public", "possession", "label", "model", "simulated")}
    request = enrolment_request.from_mapping(said | {"role": "device", "latitude": north, "longitude": east})
    return Queued(str(item["id"]), str(item["state"]), str(item["by"]), request)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)[:MAX_REASON]
