"""Live events (WHATWG HTML §9.2): read as they come; after a break, from the event that was the last."""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3

from .decoding import decode, parse
from .errors import NotUnderstood, Problem, Unreachable
from .models import Alarms, Anchoring, CheckpointEvent, LiveReading
from .transport import RETRY_STATUS, Transport, cause_of

PATH = "/api/v1/events"
SILENCE_SECONDS = 45.0  # the city says something every 15
FIRST_WAIT, LAST_WAIT = 1.0, 60.0  # seconds before it is asked again
MAX_LINE = 1024 * 1024  # bytes: alarms of a city in trouble
RESET = "reset"
MODELS: dict[str, Any] = {
    "reading": LiveReading,
    "checkpoint": CheckpointEvent,
    "anchored": Anchoring,
    "alarms": Alarms,
}


@dataclass(frozen=True, slots=True)
class Event:
    """`data` is a LiveReading, CheckpointEvent, Anchoring or Alarms; None of `reset`: fetch anew what you show.

    Of a name that this client does not know it is the JSON. `id` is what to go on from.
    """

    name: str
    id: str
    data: Any


def listen(
    transport: Transport,
    subject: str | None,
    only: tuple[str, ...],
    last_id: str,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Event]:
    """Events without end; breaks are mended. Raises Problem if the city refuses, NotUnderstood."""
    query = [*([("subject", subject)] if subject else []), *(("only", name) for name in only)]
    path = f"{PATH}?{urlencode(query)}" if query else PATH
    wait = FIRST_WAIT
    while True:
        try:
            for event in _once(transport, path, last_id):
                last_id, wait = event.id, FIRST_WAIT
                if event.name:
                    yield event
        except Unreachable:
            pass  # the city restarts, or the line is down
        except Problem as error:
            if error.status not in RETRY_STATUS:
                raise
            wait = max(wait, float(min(error.retry_after or 0, LAST_WAIT)))
        sleep(wait)
        wait = min(2 * wait, LAST_WAIT)


def _once(transport: Transport, path: str, last_id: str) -> Iterator[Event]:
    """Events until the connection ends. An event without a name only says where to go on from."""
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_id} if last_id else {})
    answer = transport.stream(path, headers, SILENCE_SECONDS)
    try:
        name, data = "", ""
        for line in _lines(answer):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "id":
                last_id = value
            elif field == "event":
                name = value
            elif field == "data":
                data = f"{data}\n{value}" if data else value
            elif line == "":
                yield _event(name if data else "", last_id, data)
                name, data = "", ""
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unreachable(f"{transport.url} does not answer any more: {cause_of(error)}") from error
    finally:
        answer.close()


def _lines(answer: urllib3.BaseHTTPResponse) -> Generator[str]:
    held = b""
    while piece := answer.read1(64 * 1024):
        *lines, held = (held + piece).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r").decode(errors="replace")
        if len(held) > MAX_LINE:
            raise NotUnderstood(f"an event has more than {MAX_LINE} bytes")


def _event(name: str, identifier: str, data: str) -> Event:
    if name in ("", RESET):
        return Event(name, identifier, None)
    found = parse(data.encode())
    return Event(name, identifier, decode(MODELS[name], found) if name in MODELS else found)
