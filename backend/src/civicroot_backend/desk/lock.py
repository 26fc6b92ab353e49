"""One command at a time works with a register: what it signs last is what is logged last."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from civicroot_backend.desk.errors import RegisterError

WAIT_SECONDS = 60.0  # for the other command to end; publishing a list takes a second
_POLL_SECONDS = 0.05


@contextmanager
def held(register: Path, wait: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the register's lock. RegisterError if another command keeps it for longer than `wait` seconds."""
    # A file of its own: closing the database's would end SQLite's own locks on it (fcntl(2)).
    path = register.with_name(register.name + ".lock")
    try:
        file = path.open("a")
    except OSError as error:
        raise RegisterError(f"cannot lock {register}: {error.strerror}") from error
    with file:
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise RegisterError(f"another command is at work with {register}") from error
                time.sleep(_POLL_SECONDS)
        yield
