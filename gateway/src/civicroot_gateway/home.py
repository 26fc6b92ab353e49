"""The gateway's data folder: key, spool, and the lock that keeps a second process out."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from civicroot_wire.sodium import Signer

from . import keyfile
from .errors import KeyFileError, SpoolError
from .keyfile import KEY_FILE
from .spool import folder as spool_folder
from .spool.segment import Fault
from .spool.spool import Spool, no_fault

LOCK_FILE = "gateway.lock"


def create(folder: Path, realm: str, signer: Signer) -> None:
    """Make key and spool; raises KeyFileError if there is a key, SpoolError if there is a spool that was used.

    The key comes last: an unused spool without a key is of a creation that was cut off, and is replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / KEY_FILE
    with locked(folder):
        if key.exists():
            raise KeyFileError(f"{key} exists; a key is never replaced")
        if spool_folder.exists(folder):
            if not spool_folder.is_unused(folder):
                raise SpoolError(f"{folder} was used by a key that is gone; move it away to keep what it holds")
            spool_folder.remove(folder)
        spool_folder.create(folder, signer, realm)
        keyfile.create(key, signer.seed)


def read_key(folder: Path) -> Signer:
    """The gateway's key; raises KeyFileError."""
    return Signer(keyfile.read(folder / KEY_FILE))


def open_spool(folder: Path, signer: Signer, realm: str, fault: Fault = no_fault) -> Spool:
    """The key's spool; raises SpoolError."""
    return Spool.open(folder, signer, realm, fault)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder; raises SpoolError if another process does. The lock ends with the process."""
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise SpoolError(f"another gateway process uses {folder}") from error
    finally:
        os.close(descriptor)
