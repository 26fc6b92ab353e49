"""Files of one folder, with the only ways in which the firmware writes: each is durable when it returns.

Everything that survives a power cut goes through a Flash, so that tests can put a simulated one in its place and
cut the power inside every write. File systems: littlefs on the ESP32 (a rename is atomic and durable by itself),
any POSIX one on the Unix port, where MicroPython's `flush` is fsync(2) and the folder must be synced too.
"""

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

_EXISTS = (errno.EEXIST,)
_IS_FOLDER = getattr(errno, "EISDIR", 21)
_HALF = ".new"  # suffix of a file that is being written; one found at start is the rest of a power cut
_FOLDER_BIT = 0x4000


class Flash:
    """The files of folder `root`, which is made if missing. Every failure is an OSError."""

    def __init__(self, root: str) -> None:
        self.root = root
        _make_folder(root)

    def names(self) -> "list[str]":
        """Names of the plain files, sorted; half-written ones are left out."""
        found = _entries(self.root)
        return sorted([name for name, folder in found if not folder and not name.endswith(_HALF)])

    def folders(self) -> "list[str]":
        """Names of the folders in this one, sorted."""
        return sorted([name for name, folder in _entries(self.root) if folder])

    def folder(self, name: str) -> "Flash":
        """The folder `name` in this one."""
        return Flash(self._path(name))

    def size(self, name: str) -> int:
        """Bytes in a file."""
        return os.stat(self._path(name))[6]

    def free(self) -> int:
        """Bytes that can still be written."""
        found = os.statvfs(self.root)
        return found[1] * found[4]  # fragment size, and how many of them are free to us

    def open(self, name: str) -> "BinaryIO":
        """A readable file object with read, seek and close; a context manager."""
        return open(self._path(name), "rb")

    def append(self, name: str, data: bytes) -> None:
        """Add `data` to the end of an existing file. A power cut meanwhile leaves any part of it."""
        with open(self._path(name), "ab") as file:
            _write(file, data)

    def replace(self, name: str, chunks: "Iterable[bytes]") -> None:
        """Make a file of the byte strings in `chunks`. A power cut meanwhile leaves the old file or the new one."""
        half = self._path(name + _HALF)
        with open(half, "wb") as file:
            for chunk in chunks:
                _write_all(file, chunk)
            _sync(file)
        # MicroPython's rename and CPython's replace are both rename(2): over an existing file, atomically.
        getattr(os, "replace", os.rename)(half, self._path(name))
        self._sync_folder()

    def remove(self, name: str) -> None:
        """Remove a file."""
        os.remove(self._path(name))
        self._sync_folder()

    def remove_folder(self, name: str) -> None:
        """Remove a folder in which there is nothing, or only files that a power cut left half-written."""
        path = self._path(name)
        for inside, is_folder in _entries(path):
            if not is_folder and inside.endswith(_HALF):
                os.remove(path + "/" + inside)
        os.rmdir(path)
        self._sync_folder()

    def _path(self, name: str) -> str:
        return self.root + "/" + name

    def _sync_folder(self) -> None:
        try:
            folder = open(self.root, "rb")  # noqa: SIM115 (closed below; it may not open at all)
        except OSError as error:
            if error.errno == _IS_FOLDER:
                return  # littlefs: its folders are no files and need no sync
            raise
        try:
            folder.flush()
        finally:
            folder.close()


def _entries(path: str) -> "list[tuple[str, bool]]":
    """(name, whether it is a folder) of all in a folder."""
    if hasattr(os, "ilistdir"):
        # MicroPython's one walk through the folder; on littlefs a stat of each name would be another.
        return [(item[0], bool(item[1] & _FOLDER_BIT)) for item in os.ilistdir(path)]
    return [(name, bool(os.stat(path + "/" + name)[0] & _FOLDER_BIT)) for name in os.listdir(path)]


def _make_folder(path: str) -> None:
    try:
        os.mkdir(path)
    except OSError as error:
        if error.errno not in _EXISTS:
            raise


def _write(file: "BinaryIO", data: bytes) -> None:
    _write_all(file, data)
    _sync(file)


def _write_all(file: "BinaryIO", data: bytes) -> None:
    if file.write(data) != len(data):
        raise OSError(28)  # ENOSPC: MicroPython's write returns short only when the medium is full


def _sync(file: "BinaryIO") -> None:
    file.flush()
    if hasattr(os, "fsync"):  # CPython, where flush only empties the process's buffer
        os.fsync(file.fileno())
