"""Key files: 32 secret bytes, readable by their owner only."""

import os
import stat
from pathlib import Path

from civicroot_wire.sodium import Signer

from civicroot_backend.errors import KeyFileError

SEED_BYTES = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def create(path: Path, signer: Signer) -> None:
    """Write the signer's seed durably. Raises KeyFileError if the file exists: a key is never overwritten."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise KeyFileError(f"cannot create {path}: {error.strerror}") from error
    with os.fdopen(handle, "wb") as file:
        file.write(signer.seed)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def load(path: Path) -> Signer:
    """The signer of a key file. Raises KeyFileError."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            seed = file.read(SEED_BYTES + 1)
    except OSError as error:
        raise KeyFileError(f"cannot read {path}: {error.strerror}") from error
    if mode & _OTHERS:
        raise KeyFileError(f"{path} can be read or written by others: chmod 600")
    if len(seed) != SEED_BYTES:
        raise KeyFileError(f"{path} is not {SEED_BYTES} bytes")
    return Signer(seed)
