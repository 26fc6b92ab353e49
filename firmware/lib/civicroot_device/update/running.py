"""The files of the copy that runs: what a release did not change is copied from there and not fetched."""

import os

from civicroot_device.update.manifest import FIRST
from civicroot_device.update.slot import chunks_of, sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Running:
    """`libs` are the folders of its modules."""

    def __init__(self, libs: "list[str]") -> None:
        self._libs = libs

    def find(self, path: str, size: int, digest: bytes) -> "str | None":
        """Where a file with that content lies, under the same path; None: nowhere."""
        for lib in self._libs:
            place = lib + "/" + path[len(FIRST) :]
            try:
                if os.stat(place)[6] != size:
                    continue
                with open(place, "rb") as file:
                    if sha256(file) == digest:
                        return place
            except OSError:
                continue  # not there, or not readable: then it is fetched
        return None

    def chunks(self, place: str) -> "Iterator[bytes]":
        """The content of what `find` found. Raises OSError."""
        with open(place, "rb") as file:
            yield from chunks_of(file)
