"""The files of one slot, by the paths that a release gives them."""

import hashlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from civicroot_device.storage.flash import Flash

CHUNK_BYTES = 2048
BLOCK_BYTES = 4096  # littlefs gives every file whole blocks of the flash
FOLDER_BYTES = 2 * BLOCK_BYTES  # and every folder two
ENTRY_BYTES = 128  # of a file in its folder: name, and where it lies


class Slot:
    """The slot in folder `flash`. Every failure is an OSError."""

    def __init__(self, flash: "Flash") -> None:
        self._flash = flash

    def size(self, path: str) -> "int | None":
        """Bytes of a file; None if it is not there."""
        folder, name = self._locate(path)
        return folder.size(name) if name in folder.names() else None

    def holds(self, path: str, size: int, digest: bytes) -> bool:
        """Whether the file is there, as it was signed: read from the flash, byte for byte."""
        if self.size(path) != size:
            return False
        folder, name = self._locate(path)
        with folder.open(name) as file:
            return sha256(file) == digest

    def create(self, path: str, chunks: "Iterable[bytes]") -> None:
        """Make a file, whole or not at all."""
        folder, name = self._locate(path)
        folder.replace(name, chunks)

    def append(self, path: str, data: bytes) -> None:
        """Add to a file. A power cut leaves any part of it: its hash says at the end whether it is right."""
        folder, name = self._locate(path)
        folder.append(name, data)

    def remove(self, path: str) -> None:
        """Remove a file."""
        folder, name = self._locate(path)
        folder.remove(name)

    def taken(self) -> int:
        """Bytes of the flash that its files take."""
        return sum([_blocks(folder.size(name)) for _, folder in _walk(self._flash, "") for name in folder.names()])

    def sweep(self, keep: "Iterable[str]") -> None:
        """Remove every file but those, and every folder with none of them: either could hide a module."""
        _sweep(self._flash, "", set(keep))

    def _locate(self, path: str) -> "tuple[Flash, str]":
        folder = self._flash
        parts = path.split("/")
        for part in parts[:-1]:
            folder = folder.folder(part)
        return folder, parts[-1]


def need(files: "Iterable[tuple[str, int, bytes]]") -> int:
    """Bytes of the flash that the files of a release take, with their folders."""
    total = 0
    folders = set()
    for path, size, _ in files:
        total += _blocks(size) + ENTRY_BYTES
        parts = path.split("/")
        for depth in range(1, len(parts)):
            folders.add("/".join(parts[:depth]))
    return total + FOLDER_BYTES * len(folders)


def sha256(file: "BinaryIO") -> bytes:
    """The hash of the rest of an open file."""
    digest = hashlib.sha256()
    for chunk in chunks_of(file):
        digest.update(chunk)
    return digest.digest()


def chunks_of(file: "BinaryIO") -> "Iterator[bytes]":
    """The rest of an open file."""
    while True:
        chunk = file.read(CHUNK_BYTES)
        if not chunk:
            return
        yield chunk


def _blocks(size: int) -> int:
    return (size + BLOCK_BYTES - 1) // BLOCK_BYTES * BLOCK_BYTES


def _walk(flash: "Flash", prefix: str) -> "Iterator[tuple[str, Flash]]":
    yield prefix, flash
    for name in flash.folders():
        yield from _walk(flash.folder(name), prefix + name + "/")


def _sweep(flash: "Flash", prefix: str, keep: "set[str]") -> bool:
    """Whether anything is left in the folder."""
    left = False
    for name in flash.folders():
        if _sweep(flash.folder(name), prefix + name + "/", keep):
            left = True
        else:
            flash.remove_folder(name)
    for name in flash.names():
        if prefix + name in keep:
            left = True
        else:
            flash.remove(name)
    return left
