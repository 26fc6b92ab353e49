"""What a disk may hold after a power cut, from strace's record of what a process did to the files of one folder.

A file's writes are durable once it was synced; a name that was made, changed or removed once its folder was. Of what
was not, a cut keeps a part: of the names the first few, as a journaling file system has them, of each file's writes any
sectors. SQLite's `-shm` files are mapped and not written, and are made anew. Names are relative to the folder; those of
folders in it end with a slash.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512  # bytes that are written whole or not at all
_TRACED = (
    "openat", "close", "lseek", "write", "pwrite64", "writev", "pwritev", "ftruncate", "fallocate",
    "fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "sendto",
)  # fmt: skip
_LINE = re.compile(r"^(\d+) +(.*)$")
_CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+)(.*)$")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_FD = re.compile(r"^(\d+)<((?:\\x[0-9a-f]{2})*)>")
_MAPPED = "-shm"


@dataclass(frozen=True, slots=True)
class Op:
    """`kind`: create, write, truncate, sync, rename, unlink, mkdir, sync-folder, or send (`name` is then the socket).

    `file` is a number that stays with a file through its renames.
    """

    kind: str
    name: str = ""
    file: int = -1
    offset: int = 0
    data: bytes = b""
    other: str = ""


def traced(log: Path) -> list[str]:
    """Words before a command that record it completely; the tracer is a grandchild."""
    words = ["strace", "-f", "-y", "-q", "-xx", "-s", str(1 << 20), "-D", "--seccomp-bpf", "-o", str(log)]
    return [*words, "-e", "trace=" + ",".join(_TRACED)]


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder, and the folders in it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir():
            found[name + "/"] = b""
        elif path.is_file():  # and no socket
            found[name] = path.read_bytes()
    return found


def lay_out(files: dict[str, bytes], folder: Path) -> None:
    """The opposite: make them in an empty folder."""
    for name, content in sorted(files.items()):
        if name.endswith("/"):
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(content)


def operations(log: Path, folder: Path, before: dict[str, bytes]) -> list[Op]:
    """Everything that changed files in `folder`, which held `before`, and every send on a socket, in order."""
    reader = _Reader(
        str(folder) + "/", list(before), {number: len(data) for number, data in enumerate(before.values())}
    )
    return [op for name, arguments, result, rest in _calls(log) for op in reader.read(name, arguments, result, rest)]


def _calls(log: Path) -> Iterator[tuple[str, str, int, str]]:
    """Successful calls; those that another thread's line cut in two are joined."""
    unfinished: dict[str, str] = {}
    for line in log.read_text().splitlines():
        if (match := _LINE.match(line)) is None:
            continue
        thread, text = match.groups()
        if text.endswith(" <unfinished ...>"):
            unfinished[thread] = text.removesuffix(" <unfinished ...>")
            continue
        if text.startswith("<... "):
            text = unfinished.pop(thread, "") + text.partition(" resumed>")[2]
        if (call := _CALL.match(text)) is not None and int(call[3]) >= 0:
            yield call[1], call[2], int(call[3]), call[4]


@dataclass
class _Open:
    file: int
    name: str
    append: bool
    offset: int = 0


class _Reader:
    def __init__(self, folder: str, names: list[str], sizes: dict[int, int]) -> None:
        self._folder = folder
        self._files = {name: number for number, name in enumerate(names)}
        self._folders = {"", *(name for name in names if name.endswith("/"))}
        self._sizes = sizes
        self._open: dict[int, _Open] = {}

    def read(self, name: str, arguments: str, result: int, rest: str) -> Iterator[Op]:
        strings = [_text(found) for found in _STRING.findall(arguments)]
        if name == "openat":
            yield from self._opened(result, arguments, _unescape(rest.strip().strip("<>")).decode())
            return
        if name.startswith("mkdir"):
            yield from self._made(strings[0].decode())
            return
        if name.startswith(("rename", "unlink")):
            yield from self._renamed(name, [item.decode() for item in strings])
            return
        match = _FD.match(arguments)
        if match is None:
            return  # a file descriptor that is nothing, as AT_FDCWD
        number, path = int(match[1]), _unescape(match[2]).decode()
        if name == "sendto":
            yield Op("send", path, data=strings[0][:result])
        elif name in ("fsync", "fdatasync") and (inside := self._folder_at(path)) is not None:
            yield Op("sync-folder", inside)
        elif name == "close":
            self._open.pop(number, None)
        elif number in self._open:
            yield from self._changed(name, self._open[number], arguments, result, b"".join(strings))

    def _opened(self, number: int, arguments: str, path: str) -> Iterator[Op]:
        self._open.pop(number, None)
        name = self._within(path)
        if name is None or self._folder_at(path) is not None:
            return
        if name not in self._files:
            self._files[name] = len(self._sizes)
            self._sizes[self._files[name]] = 0
            yield Op("create", name, self._files[name])
        file = self._files[name]
        self._open[number] = _Open(file, name, "O_APPEND" in arguments)
        if "O_TRUNC" in arguments and self._sizes[file]:
            self._sizes[file] = 0
            yield Op("truncate", name, file)

    def _made(self, path: str) -> Iterator[Op]:
        name = self._within(path)
        if name is not None:
            self._folders.add(name + "/")
            yield Op("mkdir", name + "/")

    def _renamed(self, call: str, paths: list[str]) -> Iterator[Op]:
        name = self._within(paths[0])
        if name is None:
            return
        file = self._files.pop(name)
        if call.startswith("unlink"):
            yield Op("unlink", name, file)
            return
        other = self._within(paths[1])
        assert other is not None, "a file leaves the folder"
        self._files[other] = file
        yield Op("rename", name, file, other=other)

    def _changed(self, call: str, one: _Open, arguments: str, result: int, data: bytes) -> Iterator[Op]:
        last = arguments.rpartition(", ")[2]
        if call in ("fsync", "fdatasync"):
            yield Op("sync", one.name, one.file)
        elif call == "lseek":
            one.offset = result
        elif call == "ftruncate":
            self._sizes[one.file] = int(last)
            yield Op("truncate", one.name, one.file, int(last))
        else:
            assert "write" in call, f"{call} is not simulated"
            positioned = call.startswith("p")
            at = self._sizes[one.file] if one.append else int(last) if positioned else one.offset
            one.offset += 0 if positioned else result
            self._sizes[one.file] = max(self._sizes[one.file], at + result)
            yield Op("write", one.name, one.file, at, data[:result])

    def _within(self, path: str) -> str | None:
        """The name of a file of the folder that a disk has."""
        name = path.removeprefix(self._folder)
        return None if name == path or name.endswith(_MAPPED) else name

    def _folder_at(self, path: str) -> str | None:
        """The name of a folder, if that is there."""
        if path + "/" == self._folder:
            return ""
        name = path.removeprefix(self._folder) + "/"
        return name if name in self._folders else None


def _text(found: tuple[str, str]) -> bytes:
    assert not found[1], "strace cut a string"
    return _unescape(found[0])


def _unescape(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


class Disk:
    """A disk that held `before`; `apply` what was done, then `cut` tells what may be left."""

    def __init__(self, before: dict[str, bytes]) -> None:
        self._names = {name: number for number, name in enumerate(before)}
        self._durable = {number: bytearray(data) for number, data in enumerate(before.values())}
        self._loose: dict[int, list[Op]] = {}
        self._loose_names: list[Op] = []

    def apply(self, op: Op) -> None:
        """One operation, in order."""
        if op.kind in ("write", "truncate"):
            self._loose.setdefault(op.file, []).append(op)
        elif op.kind in ("create", "rename", "unlink", "mkdir"):
            self._loose_names.append(op)
        elif op.kind == "sync":
            for one in self._loose.pop(op.file, []):
                _do(self._durable.setdefault(op.file, bytearray()), one)
        elif op.kind == "sync-folder":
            _rename_all(self._names, [one for one in self._loose_names if _parent(one.name) == op.name])
            self._loose_names = [one for one in self._loose_names if _parent(one.name) != op.name]

    def cut(self, chance: random.Random) -> dict[str, bytes]:
        """The files that are there when the power comes back."""
        names = dict(self._names)
        _rename_all(names, self._loose_names[: chance.randint(0, len(self._loose_names))])
        there = {name: file for name, file in names.items() if _parent(name) in names or not _parent(name)}
        return {name: self._left(file, chance) for name, file in there.items()}

    def _left(self, file: int, chance: random.Random) -> bytes:
        data = bytearray(self._durable.get(file, b""))
        share = chance.choice([0.0, 0.5, 1.0])  # of what was under way
        for op in self._loose.get(file, []):
            if op.kind == "truncate":
                if chance.random() < share:
                    _do(data, op)
                continue
            for part in _sectors(op):
                if chance.random() < share:
                    _do(data, part)
        return bytes(data)


def _parent(name: str) -> str:
    """The folder that a name is in: "" or one with a slash at its end."""
    return name.rstrip("/").rpartition("/")[0] + "/" if "/" in name.rstrip("/") else ""


def _sectors(op: Op) -> Iterator[Op]:
    at = 0
    while at < len(op.data):
        size = SECTOR - (op.offset + at) % SECTOR
        yield Op("write", op.name, op.file, op.offset + at, op.data[at : at + size])
        at += size


def _do(data: bytearray, op: Op) -> None:
    end = op.offset if op.kind == "truncate" else op.offset + len(op.data)
    if len(data) < end:
        data.extend(bytes(end - len(data)))
    if op.kind == "truncate":
        del data[op.offset :]
    else:
        data[op.offset : end] = op.data


def _rename_all(names: dict[str, int], ops: list[Op]) -> None:
    for op in ops:
        if op.kind in ("rename", "unlink"):
            names.pop(op.name, None)
        if op.kind != "unlink":
            names[op.other or op.name] = op.file
