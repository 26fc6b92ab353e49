"""Contents by their SHA-256, on disk: fetched once over the uplink, served to every device that is told of them.

A content appears under its name checked and whole: what is still coming lies beside it as `.part`. After a start each
is checked again before it is served, for a card may have damaged it.
"""

import errno
import hashlib
import logging
import os
import shutil
from collections import OrderedDict
from pathlib import Path

from ..keyfile import sync_folder
from ..operate.logs import fields

FOLDER = "pieces"
MAX_CACHE_BYTES = 64 << 20  # the files of dozens of releases of a 4 MB flash; little beside the spool
DISK_RESERVE = 64 << 20  # bytes that stay free: records come first, and the spool stops below half of this
MAX_PARTS = 4  # beginnings that are kept for a later attempt; a megabyte each at most
PART = ".part"
_DIGEST_DIGITS = 64

_log = logging.getLogger(__name__)


class ContentCache:
    """A folder of at most `most` bytes of contents; those that were not read for longest give way. Raises OSError."""

    def __init__(self, folder: Path, most: int = MAX_CACHE_BYTES) -> None:
        self._folder = folder
        self._most = most
        folder.mkdir(parents=True, exist_ok=True)
        found = [path for path in folder.iterdir() if path.is_file() and len(path.stem) == _DIGEST_DIGITS]
        found.sort(key=lambda path: path.stat().st_mtime)
        self._sizes = OrderedDict((path.name, path.stat().st_size) for path in found if not path.suffix)
        self._parts = OrderedDict((path.stem, path.stat().st_size) for path in found if path.suffix == PART)
        self._unchecked = set(self._sizes)

    @property
    def octets(self) -> int:
        """Bytes of the whole contents."""
        return sum(self._sizes.values())

    def size(self, digest: bytes) -> int | None:
        """Bytes of a content that is here, whole and checked."""
        name = digest.hex()
        if name in self._unchecked:
            self._unchecked.discard(name)
            if hashlib.sha256((self._folder / name).read_bytes()).digest() != digest:
                _log.error("cached content is damaged", extra=fields(content=name))
                self._drop(name)
        return self._sizes.get(name)

    def read(self, digest: bytes, offset: int, length: int) -> bytes:
        """At most `length` bytes of a content that is here."""
        self._sizes.move_to_end(digest.hex())
        with (self._folder / digest.hex()).open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def begun(self, digest: bytes) -> int:
        """Bytes that are here of a content that is still coming."""
        return self._parts.get(digest.hex(), 0)

    def append(self, digest: bytes, octets: bytes) -> None:
        """Add to a content that is still coming. A crash may garble it: the check at the end finds that."""
        if shutil.disk_usage(self._folder).free < DISK_RESERVE:
            raise OSError(errno.ENOSPC, "the room that is left is for records")
        name = digest.hex()
        if name not in self._parts and len(self._parts) >= MAX_PARTS:
            oldest, _ = self._parts.popitem(last=False)
            (self._folder / (oldest + PART)).unlink(missing_ok=True)
        with (self._folder / (name + PART)).open("ab") as file:
            file.write(octets)
        self._parts[name] = self._parts.get(name, 0) + len(octets)

    def finish(self, digest: bytes) -> bool:
        """All of it came: whether it is that content, which then is durable. If not, its bytes are gone."""
        name = digest.hex()
        part = self._folder / (name + PART)
        with part.open("rb+") as file:
            right = hashlib.sha256(file.read()).digest() == digest
            if right:
                os.fsync(file.fileno())
        if not right:
            self.abandon(digest)
            return False
        part.rename(self._folder / name)
        sync_folder(self._folder)
        self._sizes[name] = self._parts.pop(name)
        while self.octets > self._most and len(self._sizes) > 1:
            self._drop(next(iter(self._sizes)))
        return True

    def abandon(self, digest: bytes) -> None:
        """Forget what came of a content."""
        self._parts.pop(digest.hex(), None)
        (self._folder / (digest.hex() + PART)).unlink(missing_ok=True)

    def _drop(self, name: str) -> None:
        del self._sizes[name]
        self._unchecked.discard(name)
        (self._folder / name).unlink(missing_ok=True)
