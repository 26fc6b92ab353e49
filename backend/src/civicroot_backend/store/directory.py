"""A directory as the public store.

A file appears under its name complete and synced or not at all: it is written and synced under `.incoming`, then linked
to its name, then the folder is synced. What a crash leaves in `.incoming` is removed by the next process that is alone.
"""

import fcntl
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from civicroot_backend.errors import StoreConflict, StoreError, SwapRefused
from civicroot_backend.store.store import check_name, check_prunable, kind_of

INCOMING = ".incoming"


class DirectoryStore:
    """Files below `root`, which is created."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / INCOMING
        self._durable_folders: set[Path] = set()  # those that this process knows to survive a power cut
        with self._named():
            self._open()

    def _open(self) -> None:
        self._incoming.mkdir(parents=True, exist_ok=True)
        _sync_folder(self._root.parent)
        self._users = os.open(self._incoming / "users.lock", os.O_RDWR | os.O_CREAT, 0o644)
        self._clean()

    def put(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        """See BlobStore."""
        with self._named():
            for _, wave in groupby(blobs, lambda blob: kind_of(blob[0])):
                folders = {self._put_one(self._path(name), content) for name, content in wave}
                for folder in sorted(folders):
                    _sync_folder(folder)

    def get(self, name: str) -> bytes | None:
        """See BlobStore."""
        with self._named():
            try:
                return self._path(name).read_bytes()
            except FileNotFoundError:
                return None

    def missing(self, names: Iterable[str]) -> list[str]:
        """See BlobStore."""
        with self._named():
            return [name for name in names if not self._path(name).is_file()]

    def swap(self, name: str, expected: bytes | None, content: bytes) -> None:
        """See BlobStore."""
        path = self._path(name)
        with self._named(), self._swapping():
            self._make_folder(path.parent)
            if self.get(name) != expected:
                raise SwapRefused(f"{name} is not what this process put there")
            temporary = self._write_temporary(content)
            temporary.replace(path)
            _sync_folder(path.parent)

    def delete(self, names: Iterable[str]) -> None:
        """See BlobStore."""
        with self._named():
            paths = [self._path(check_prunable(name)) for name in names]  # all are checked before one goes
            folders = {self._delete_one(path) for path in paths}
            for folder in sorted(folders):
                if folder.is_dir():
                    _sync_folder(folder)

    def close(self) -> None:
        """See BlobStore."""
        if self._users >= 0:
            os.close(self._users)
            self._users = -1

    @contextmanager
    def _named(self) -> Iterator[None]:
        """A full disk, a lost mount: the operator is told which store it is."""
        try:
            yield
        except OSError as error:
            raise StoreError(f"store {self._root}: {error}") from error

    def _path(self, name: str) -> Path:
        return self._root / check_name(name)

    def _put_one(self, path: Path, content: bytes) -> Path:
        """Put a file; its folder, which is to be synced."""
        self._make_folder(path.parent)
        if path.exists():  # nearly always decides; the link below decides for sure
            _check_same(path, content)
            return path.parent
        temporary = self._write_temporary(content)
        try:
            os.link(temporary, path)
        except FileExistsError:
            _check_same(path, content)
        finally:
            temporary.unlink()
        return path.parent

    def _delete_one(self, path: Path) -> Path:
        path.unlink(missing_ok=True)
        return path.parent

    def _write_temporary(self, content: bytes) -> Path:
        temporary = self._incoming / secrets.token_hex(16)
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return temporary

    def _make_folder(self, folder: Path) -> None:
        """Make a folder durable. One that lies there may be the work of a process that ended before it synced it."""
        if folder in self._durable_folders or folder == self._root:
            return
        self._make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)
        self._durable_folders.add(folder)

    @contextmanager
    def _swapping(self) -> Iterator[None]:
        handle = os.open(self._incoming / "swap.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)  # closing gives it up
            yield
        finally:
            os.close(handle)

    def _clean(self) -> None:
        """Remove what a crash left, if no other process uses the store."""
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            for path in self._incoming.iterdir():
                if path.suffix != ".lock":
                    path.unlink()
        fcntl.flock(self._users, fcntl.LOCK_SH)


def _check_same(path: Path, content: bytes) -> None:
    if path.read_bytes() != content:
        raise StoreConflict(f"another content lies under {path.name}")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
