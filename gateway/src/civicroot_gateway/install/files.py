"""Files that services read: written whole or not at all, and with the owner of their folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..keyfile import sync_folder

SECRET, PUBLIC = 0o600, 0o644
_LOCK_FILE = ".lock"


def write(path: Path, content: bytes, mode: int = SECRET) -> None:
    """Replace the file durably. Its owner is its folder's, so that a broker's own user can read what root writes."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)  # whatever the umask
            _give_to(file.fileno(), path.parent)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def _give_to(descriptor: int, folder: Path) -> None:
    owner = folder.stat()
    if os.geteuid() == 0:  # nobody else may give files away
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def make_folder(folder: Path) -> None:
    """Make the folder if there is none: for its owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder; waits for another command that does."""
    descriptor = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, SECRET)
    try:
        _give_to(descriptor, folder)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
