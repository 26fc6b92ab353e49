"""Files that commands read and write: errors as one line, and what is written is there whole or not at all."""

import os
from pathlib import Path

from .main import CommandError


def read(path: Path, limit: int) -> bytes:
    """The file's bytes; of one over `limit`, one byte more, which the reader of the format refuses. CommandError."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:  # a NUL in the name, as a list or a site file may have it
        raise CommandError(f"cannot read {path}: {error}") from error


def replace(path: Path, content: bytes) -> None:
    """Write durably under `path`, in place of what may be there: the old file or the new one, never half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise CommandError(f"cannot write {path}: {error.strerror}") from error


def create(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a new file durably. CommandError if there is one: nothing is overwritten."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except OSError as error:
        raise CommandError(f"cannot create {path}: {error.strerror}") from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
