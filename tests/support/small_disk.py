"""A small disk in memory that is really full when it is full. Mounting needs root; without it the test fails."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILLER = "filler"
_CHUNK = 64 * 1024


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A file system of `size` bytes at `folder`, unmounted at the end of the block."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert mounted.returncode == 0, f"this test mounts a tmpfs, for which it has to be root: {mounted.stderr}"
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path, leave: int) -> None:
    """Take all space but `leave` bytes, in whole pages."""
    with (folder / FILLER).open("ab", buffering=0) as file:
        while (free := free_bytes(folder) - leave) > 0:
            file.write(bytes(min(free, _CHUNK)))


def make_room(folder: Path) -> None:
    """Give it back."""
    (folder / FILLER).unlink(missing_ok=True)


def free_bytes(folder: Path) -> int:
    """What is left."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
