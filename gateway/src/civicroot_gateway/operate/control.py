"""The control socket: how `civicroot gateway status` asks the process that runs on the same data folder.

It is a Unix socket in the folder, so that whoever may read the spool may ask, and nothing is written for it to the SD
card. The folder is reached through its descriptor, because a socket's address has at most 107 bytes.
"""

import http.client
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from ..errors import GatewayError
from .listener import BACKLOG

SOCKET_FILE = "control.sock"
ANSWER_SECONDS = 15.0  # longer than the process waits for its loop
MODE = 0o600


def listen(folder: Path) -> socket.socket:
    """A listening socket; whoever holds the folder's lock may take the place of a dead process's. Raises OSError."""
    (folder / SOCKET_FILE).unlink(missing_ok=True)
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _address(folder) as address:
            opened.bind(address)
        (folder / SOCKET_FILE).chmod(MODE)
        opened.listen(BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened


def ask(folder: Path) -> dict[str, Any] | None:
    """The running process's status; None if none runs. Raises GatewayError if it does not answer."""
    connection = _Connection(folder)
    try:
        connection.request("GET", "/status.json")
        answer = connection.getresponse()
        content = answer.read()
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    except (OSError, http.client.HTTPException) as error:
        raise GatewayError(f"the gateway does not answer on {folder / SOCKET_FILE}: {error}") from error
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise GatewayError(f"the gateway runs and says: {content.decode(errors='replace').strip()}")
    found: dict[str, Any] = json.loads(content)
    return found


class _Connection(http.client.HTTPConnection):
    """HTTP over the socket of a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self._folder = folder

    def connect(self) -> None:
        """Called by the first request."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        with _address(self._folder) as address:
            self.sock.connect(address)


@contextmanager
def _address(folder: Path) -> Iterator[str]:
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET_FILE}"
    finally:
        os.close(descriptor)
