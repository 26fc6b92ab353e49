"""Where a spool lies in the gateway's data folder, and whose it is."""

import hashlib
from pathlib import Path

from civicroot_wire.sodium import Signer

from ..errors import SpoolError
from . import state_file
from .journal import Journal
from .migration_0_1 import OLD_FILE
from .segment import HEADER_BYTES, SUFFIX, Identity
from .state import STATE_FILE, Mark, State

JOURNAL_FOLDER = "spool"


def identity_of(signer: Signer, realm: str) -> Identity:
    """Whose journal it is. The salt of its frames is a secret that comes with the key, and lives as long."""
    salt = hashlib.blake2b(signer.seed, digest_size=4, person=b"civicroot-spool").digest()
    return Identity(signer.kid, hashlib.sha256(realm.encode()).digest()[:8], int.from_bytes(salt, "little"))


def create(folder: Path, signer: Signer, realm: str) -> None:
    """Make the empty spool of a new key, durably; raises SpoolError if there is one."""
    if exists(folder):
        raise SpoolError(f"{folder} has a spool")
    (folder / JOURNAL_FOLDER).mkdir(exist_ok=True)
    journal = Journal(folder / JOURNAL_FOLDER, identity_of(signer, realm), lambda _call: None)
    journal.commit([], [], 0)
    journal.close()
    State.create(folder / STATE_FILE, signer.kid, realm, Mark())


def exists(folder: Path) -> bool:
    """Whether a folder has a spool, or what is left of one."""
    files = (folder / OLD_FILE, folder / STATE_FILE)
    return any(path.exists() for path in files) or any((folder / JOURNAL_FOLDER).glob("*" + SUFFIX))


def is_unused(folder: Path) -> bool:
    """Whether nothing was ever put into the spool of a folder; raises SpoolError if that cannot be said."""
    segments = list((folder / JOURNAL_FOLDER).glob("*" + SUFFIX))
    if len(segments) > 1 or any(item.stat().st_size > HEADER_BYTES for item in segments):
        return False
    if (folder / OLD_FILE).exists():
        return False
    return not (folder / STATE_FILE).exists() or state_file.is_unused(folder / STATE_FILE)


def remove(folder: Path) -> None:
    """Delete an unused spool."""
    for path in (folder / JOURNAL_FOLDER).glob("*"):
        path.unlink()
    for suffix in ("-wal", "-shm", ""):
        (folder / (STATE_FILE + suffix)).unlink(missing_ok=True)
