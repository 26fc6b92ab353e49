"""One witness per folder: two would sign two heads of one size."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import AlreadyRunning, ConfigError

NAME = "witness.lock"


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold the folder; the kernel gives it up when the process ends. Raises AlreadyRunning, ConfigError."""
    try:
        handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(f"cannot use {folder}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(f"another witness runs in {folder}") from error
        yield
    finally:
        os.close(handle)
