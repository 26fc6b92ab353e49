"""Requests to a device over its serial line, one JSON object a line, and their answers."""

import json
import time
from collections.abc import Callable
from typing import Any, Protocol

from . import answers
from .errors import DeviceRefused, Unplugged

MAX_LINE = 64 * 1024  # a self-test of a board with many sensors answers in a few KB
START_SECONDS = 20.0  # a board starts in three; one that is just plugged in is not there at once
ASK_AGAIN_SECONDS = 1.0
ANSWER_SECONDS = 15.0
SELF_TEST_SECONDS = 90.0  # Wi-Fi takes up to 20, the broker 15, a probe on SDI-12 8, a page on the e-paper 5
Progress = Callable[[str, Any], None]  # (part, what came of it)


class Line(Protocol):
    """A serial line. Both raise Unplugged when the other end is gone."""

    def read(self, seconds: float) -> bytes:
        """What has come; nothing if nothing came in that time."""
        ...

    def write(self, data: bytes) -> None:
        """All of it."""
        ...


class Conversation:
    """One device at the other end of `line`. `clock` gives seconds."""

    def __init__(self, line: Line, clock: Callable[[], float] = time.monotonic) -> None:
        self._line = line
        self._clock = clock
        self._buffer = bytearray()
        self._last = 0

    def begin(self, seconds: float | None = None) -> dict[str, Any]:
        """Who is there: asked again and again until the device has started. Raises Unplugged, WrongDevice."""
        until = self._clock() + (START_SECONDS if seconds is None else seconds)
        self._line.write(b"\n")  # ends what somebody else may have begun on this line
        while True:
            try:
                return self.ask("identity", seconds=ASK_AGAIN_SECONDS)
            except Unplugged as error:
                if error.gone:
                    raise
                if self._clock() >= until:
                    raise Unplugged(f"no Civicroot device answers: {error}") from error

    def ask(
        self, what: str, *, progress: Progress | None = None, seconds: float = ANSWER_SECONDS, **values: Any
    ) -> dict[str, Any]:
        """The device's answer, in its shape (answers.py). Raises DeviceRefused, Unplugged, WrongDevice."""
        self._last += 1
        request = {"id": self._last, "do": what} | values
        self._line.write(json.dumps(request).encode() + b"\n")
        until = self._clock() + seconds
        while (left := until - self._clock()) > 0:
            for answer in self._lines(left):
                if answer.get("id") != self._last:
                    continue  # of a request before, or a line of the log
                if "ok" in answer:
                    return answers.checked(what, answer["ok"])
                if "error" in answer:
                    raise DeviceRefused(str(answer["error"]), str(answer.get("detail", "")))
                if progress is not None and (said := answers.progress(answer.get("progress"))) is not None:
                    progress(*said)
        raise Unplugged(f"no answer to {what} in {seconds:.0f} s")

    def _lines(self, seconds: float) -> list[dict[str, Any]]:
        """The JSON objects that have come; anything else on the line is passed over."""
        self._buffer += self._line.read(min(seconds, ASK_AGAIN_SECONDS))
        *lines, rest = self._buffer.split(b"\n")
        # Nobody who speaks the protocol sends so much without a line's end.
        self._buffer = rest if len(rest) <= MAX_LINE else bytearray()
        return [found for line in lines if (found := parse(bytes(line))) is not None]


def parse(line: bytes) -> dict[str, Any] | None:
    """The JSON object of a line; None for anything else."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
