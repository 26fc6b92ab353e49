"""What every engine of the public store does, and which names it takes.

Names are the public paths: `log/checkpoint`, `log/tile/0/x001/067`, `log/batch/<root hex>`; a static file server over
the directory engine serves the log.
"""

import re
from collections.abc import Iterable
from typing import Protocol

from civicroot_backend.errors import StoreError

MAX_NAME = 255
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")  # no leading dot: neither `..` nor hidden files


class BlobStore(Protocol):
    """Threads may use it at the same time. Everything is durable when a method returns. Raises StoreError."""

    def put(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        """Write each (name, content) unless it is there. Raises StoreConflict if another content is."""

    def get(self, name: str) -> bytes | None:
        """The content, or None if nothing has that name."""

    def swap(self, name: str, expected: bytes | None, content: bytes) -> None:
        """Replace `expected` (None: nothing) by `content` atomically. Raises SwapRefused if something else is there."""

    def close(self) -> None:
        """Give up what is held; calling it again does nothing."""


def check_name(name: str) -> str:
    """The name if every part of it is plain. Raises StoreError."""
    if len(name) > MAX_NAME or not all(_PART.fullmatch(part) for part in name.split("/")):
        raise StoreError(f"not a store name: {name!r}")
    return name
