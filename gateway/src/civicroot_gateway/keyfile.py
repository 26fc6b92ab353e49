"""The gateway's key: a file of 32 secret bytes that only its owner can read."""

import os
import stat
from pathlib import Path

from .errors import KeyFileError

SEED_BYTES = 32
KEY_FILE = "gateway.key"


def create(path: Path, seed: bytes) -> None:
    """Write the seed durably with mode 0600; raises KeyFileError if the file exists.

    The file appears under its name complete or not at all.
    """
    if len(seed) != SEED_BYTES:
        raise KeyFileError(f"a seed has {SEED_BYTES} bytes")
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(seed)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename, a link never replaces a key
    except FileExistsError as error:
        raise KeyFileError(f"{path} exists; a key is never replaced") from error
    finally:
        draft.unlink()
    sync_folder(path.parent)


def read(path: Path) -> bytes:
    """The seed; raises KeyFileError unless it is a regular file of 32 bytes that nobody else can read."""
    try:
        # Without O_NONBLOCK a pipe would be waited for before it can be refused.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            seed = file.read(SEED_BYTES + 1)
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}; make a key with: civicroot gateway init") from error
    if not stat.S_ISREG(status.st_mode):
        raise KeyFileError(f"{path} is not a regular file")
    if status.st_mode & 0o077:
        raise KeyFileError(f"{path} can be read by others (mode {stat.S_IMODE(status.st_mode):04o}); it must be 0600")
    if len(seed) != SEED_BYTES:
        raise KeyFileError(f"{path} has not {SEED_BYTES} bytes")
    return seed


def sync_folder(folder: Path) -> None:
    """Make the folder's names durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
