"""An empty database of the newest version, copied from one that the migrations made once in this process.

To migrate takes a tenth of a second, which every test would wait for. That migrations make what is copied here is shown
in test_database.py; what crashes in the middle of them, in test_crash.py.
"""

import tempfile
from functools import cache
from pathlib import Path

from civicroot_backend.database.connection import Database

_SQLITE = "sqlite:///"


def lay(url: str) -> None:
    """Put it where `url` says, unless something is there, or it is no file."""
    path = Path(url.removeprefix(_SQLITE))
    if url.startswith(_SQLITE) and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_empty())


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        Database(f"{_SQLITE}{path}").close()
        assert [item.name for item in path.parent.iterdir()] == [path.name]  # nothing is left in a log beside it
        return path.read_bytes()
