"""What every engine of the public store does, and which names it takes.

Names are the public paths: `log/checkpoint`, `log/tile/0/x001/067`, `log/batch/<root hex>`; a static file server over
the directory engine serves the log, and so does the bucket of the S3 engine.
"""

import re
from collections.abc import Iterable
from typing import Protocol

from civicroot_backend.errors import StoreError

BATCHES = "log/batch/"  # the only names that are ever deleted: pruned batches
MINIMUM_INDEX = "log/batch-minimum-index"  # decimal: batches of headers at lower log indices may be pruned
MAX_NAME = 255
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")  # no leading dot: neither `..` nor hidden files


class BlobStore(Protocol):
    """Threads may use it at the same time. Everything is durable when a method returns. Raises StoreError.

    After a StoreError that is neither StoreConflict nor SwapRefused, what was asked may or may not have happened.
    """

    def put(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        """Write each (name, content) unless it is there. Raises StoreConflict if another content is.

        No blob is visible before those of an earlier kind in `blobs` are durable: entries given before the tiles that
        commit to them, and lower tiles before upper ones, stay in that order for a reader and after a crash.
        """

    def get(self, name: str) -> bytes | None:
        """The content, or None if nothing has that name."""

    def missing(self, names: Iterable[str]) -> list[str]:
        """Those of `names` that are not there, in their order."""

    def swap(self, name: str, expected: bytes | None, content: bytes) -> None:
        """Replace `expected` (None: nothing) by `content` atomically. Raises SwapRefused if something else is there."""

    def delete(self, names: Iterable[str]) -> None:
        """Remove batches; those that are not there are no fault. Raises StoreError for any other kind of name."""

    def close(self) -> None:
        """Give up what is held; calling it again does nothing."""


def check_name(name: str) -> str:
    """The name if every part of it is plain. Raises StoreError."""
    if len(name) > MAX_NAME or not all(_PART.fullmatch(part) for part in name.split("/")):
        raise StoreError(f"not a store name: {name!r}")
    return name


def check_prunable(name: str) -> str:
    """The name if it is a batch's. Raises StoreError: nothing else in a log may ever go."""
    if not name.startswith(BATCHES):
        raise StoreError(f"only batches may be deleted: {name!r}")
    return check_name(name)


def kind_of(name: str) -> str:
    """What a blob is: all names up to the number of a tile, or to the last part, are one kind."""
    parts = name.split("/")
    return "/".join(parts[:3] if parts[:2] == ["log", "tile"] else parts[:-1])
