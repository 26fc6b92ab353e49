"""Whether this release can read the data of a folder: asked by install.sh before it goes back to an older one."""

import sqlite3
from pathlib import Path

from ..errors import SpoolError
from ..spool.folder import JOURNAL_FOLDER
from ..spool.segment import HEADER_BYTES, SUFFIX, decode_header
from ..spool.state import STATE_FILE
from ..spool.tables import STEPS


def check(folder: Path) -> None:
    """Raises SpoolError if a newer release wrote any of it. Damage is for the gateway to mend when it starts."""
    path = folder / STATE_FILE
    if path.exists():
        _check_state(path)
    for segment in sorted((folder / JOURNAL_FOLDER).glob("*" + SUFFIX)):
        with segment.open("rb") as file:
            decode_header(file.read(HEADER_BYTES))


def _check_state(path: Path) -> None:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            taken: int = connection.execute("PRAGMA user_version").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error:
        return
    if taken > len(STEPS):
        raise SpoolError(f"{path} has schema {taken}, this gateway knows {len(STEPS)}")
