"""What a person can ask a running city about its checkpoints and witnesses, and waiting for it."""

import json
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

import httpx
from civicroot_cli.main import main

WAIT_SECONDS = 240.0
POLL_SECONDS = 0.2
Found = TypeVar("Found")


class Asked:
    """The public API of the city at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=30)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def json(self, path: str) -> Any:
        """What a resource says, whatever its status: a part that does not work is a 503 of /healthz."""
        return json.loads(self._client.get(path).content)

    def newest(self) -> dict[str, Any]:
        """The newest published checkpoint."""
        found: dict[str, Any] = self.json("/api/v1/checkpoints?limit=1")["checkpoints"][0]
        return found

    def cosigners(self) -> set[str]:
        """Who cosigned the newest published checkpoint."""
        return {item["name"] for item in self.newest()["cosigned"]}

    def witnesses(self) -> dict[str, str]:
        """State by name."""
        return {item["name"]: item["state"] for item in self.json("/api/v1/witnesses")}

    def records(self) -> int:
        """How many records are committed, published or not."""
        return int(self.json("/api/v1/city")["counts"]["records"])

    def device(self) -> str:
        """The key of some device that has reported."""
        return str(next(item["kid"] for item in self.json("/api/v1/devices")["devices"]))

    def proof(self, kid: str, seq: int) -> bytes | None:
        """A reading's bundle, if it is published."""
        answer = self._client.get(f"/api/v1/devices/{kid}/records/{seq}/proof")
        return answer.content if answer.status_code == 200 else None


def until(ask: Callable[[], Found | None], what: str) -> Found:
    """Ask again until there is an answer that counts as true; a server that just starts gives none.

    Fails after WAIT_SECONDS.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := _answer(ask)):
        assert time.monotonic() < deadline, f"not after {WAIT_SECONDS:g} s: {what}"
        time.sleep(POLL_SECONDS)
    return found


def _answer(ask: Callable[[], Found | None]) -> Found | None:
    try:
        return ask()
    except (httpx.TransportError, httpx.HTTPStatusError):
        return None


@dataclass(frozen=True)
class Ran:
    """What a command said, and its exit status."""

    returncode: int
    stdout: str
    stderr: str


def civicroot(*arguments: str | Path) -> Ran:
    """Run a command as a person does, but in this process: to start Python takes longer than most commands."""
    with redirect_stdout(StringIO()) as said, redirect_stderr(StringIO()) as errors:
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as error:  # argparse's
            status = int(error.code or 0)
    return Ran(status, said.getvalue(), errors.getvalue())
