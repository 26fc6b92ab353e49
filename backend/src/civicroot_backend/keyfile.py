"""Key files: 32 secret bytes, readable by their owner only; civicroot_cli's own, with the backend's error."""

from pathlib import Path

from civicroot_cli import keyfile
from civicroot_cli.main import CommandError
from civicroot_wire.sodium import Signer

from civicroot_backend.errors import KeyFileError

SEED_BYTES = keyfile.SEED_BYTES


def create(path: Path, signer: Signer) -> None:
    """Write the signer's seed durably. Raises KeyFileError if the file exists: a key is never overwritten."""
    try:
        keyfile.create(path, signer)
    except CommandError as error:
        raise KeyFileError(str(error)) from error


def load(path: Path) -> Signer:
    """The signer of a key file. Raises KeyFileError."""
    try:
        return keyfile.load(path)
    except CommandError as error:
        raise KeyFileError(str(error)) from error
