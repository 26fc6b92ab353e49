"""Submitting signed entries to a city: `POST /entries`, answered with the log index, and with a receipt if waited for.

The same entry again gets the same index, so whatever goes wrong on the way, sending again is right.
"""

import json
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self

from civicroot_client import transport
from civicroot_client.errors import ClientError, Problem
from civicroot_client.transport import Transport
from civicroot_wire import receipt
from civicroot_wire.errors import WireError

from .main import CommandError, Refused

PATH = "/entries"
CONTENT_TYPE = "application/cose"  # RFC 9052 §16.4
MAX_ANSWER_BYTES = 64 * 1024


class EntryRefused(Refused):
    """The city looked at the entry and refused it; `reason` is its name for why (SPEC.md §9), or its status."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"refused: {reason}: {detail}" if detail else f"refused: {reason}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Answer:
    """Where the entry is in the log; `receipt` as it came, None if no checkpoint covers the entry yet."""

    index: int
    receipt: bytes | None = None


class City:
    """The city's server at `url`. Raises CommandError for an address that is none."""

    def __init__(self, url: str) -> None:
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

    def submit(self, entry: bytes, wait: bool = False) -> Answer:
        """Have an entry logged. `wait`: until a checkpoint covers it, for its receipt.

        Raises EntryRefused, and CommandError if nobody answers or not as specified: then it may be logged or not.
        """
        headers = {"Content-Type": CONTENT_TYPE} | ({} if wait else {"Prefer": "respond-async"})
        answer = self._request("POST", PATH, headers, entry)
        if answer.status == HTTPStatus.ACCEPTED:
            return Answer(self._index_of(answer.body))
        if answer.status in (HTTPStatus.OK, HTTPStatus.CREATED):
            return self._receipted(answer.body)
        raise self._problem(answer)

    def get(self, path: str, limit: int = MAX_ANSWER_BYTES) -> bytes:
        """A resource of the city, at most `limit` bytes. Raises CommandError; EntryRefused with the city's reason."""
        answer = self._request("GET", path, {}, None, limit)
        if answer.status != HTTPStatus.OK:
            raise self._problem(answer)
        return answer.body

    def _request(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None, limit: int = MAX_ANSWER_BYTES
    ) -> transport.Answer:
        try:
            return self._transport.request(method, path, headers, body, limit)
        except ClientError as error:
            raise CommandError(str(error)) from error

    def _index_of(self, body: bytes) -> int:
        try:
            index = json.loads(body)["index"]
        except (ValueError, KeyError, TypeError) as error:
            raise self._strange(body) from error
        if type(index) is not int or index < 0:
            raise self._strange(body)
        return index

    def _receipted(self, body: bytes) -> Answer:
        try:
            return Answer(receipt.decode(body).index, body)
        except WireError as error:
            raise self._strange(body) from error

    def _problem(self, answer: transport.Answer) -> CommandError:
        """An RFC 9457 problem is a refusal if the request was at fault; anything else says nothing about the entry."""
        found = transport.problem_of(self._transport.url, answer)
        if not isinstance(found, Problem):
            return CommandError(str(found))
        at_fault = HTTPStatus.BAD_REQUEST <= found.status < HTTPStatus.INTERNAL_SERVER_ERROR
        if at_fault and found.status not in transport.RETRY_STATUS:
            return EntryRefused(found.reason, found.detail)
        return CommandError(f"{self._transport.url} answers {found.status}: {found.reason}: {found.detail}")

    def _strange(self, body: bytes) -> CommandError:
        return CommandError(f"{self._transport.url} answers what no city answers: {transport.shown(body)}")
