"""One backend per data directory: a second one would end the first by publishing before it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from civicroot_backend.errors import AlreadyRunning

NAME = "backend.lock"


@contextmanager
def hold(directory: Path) -> Iterator[None]:
    """Hold the directory, which is created; the kernel gives it up when the process ends. Raises AlreadyRunning."""
    directory.mkdir(parents=True, exist_ok=True)
    handle = os.open(directory / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(f"another backend, or rebuild-telemetry, works in {directory}") from error
        yield
    finally:
        os.close(handle)
