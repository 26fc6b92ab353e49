"""Key files: 32 secret bytes, readable by their owner only."""

import os
import stat
from pathlib import Path

from civicroot_wire.sodium import Signer

from . import files
from .main import CommandError

SEED_BYTES = 32
OWNER_ONLY = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def create(path: Path, signer: Signer) -> None:
    """Write the signer's seed durably. CommandError if the file exists: a key is never overwritten."""
    files.create(path, signer.seed, OWNER_ONLY)


def load(path: Path) -> Signer:
    """The signer of a key file. CommandError."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            seed = file.read(SEED_BYTES + 1)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    if mode & _OTHERS:
        raise CommandError(f"{path} can be read or written by others: chmod 600")
    if len(seed) != SEED_BYTES:
        raise CommandError(f"{path} is no key file: a key has {SEED_BYTES} bytes")
    return Signer(seed)
