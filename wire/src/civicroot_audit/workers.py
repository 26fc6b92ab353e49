"""Worker processes that examine batches: checking signatures is nearly all of an audit, and one core does 10,000/s.

Each is `python -m civicroot_audit.worker`, spoken to over its standard input and output. A batch goes to whichever is
free; before it go the enrolments that this worker does not have yet.
"""

import os
import pickle
import queue
import struct
import subprocess
import sys
from collections.abc import Sequence
from typing import IO, Any, Protocol

from civicroot_wire import record, sodium
from civicroot_wire.errors import TrustError, WireError

from .directory import Directory, Enrolled
from .errors import AuditError
from .examine import Examined, Looked, PublicOf, Task, examine

_LENGTH = struct.Struct(">I")


class Examiner(Protocol):
    """Examines batches; threads may ask at the same time."""

    def examine(self, task: Task, message: bytes) -> Looked:
        """See examine.examine."""
        ...

    def close(self) -> None:
        """End what was started."""
        ...


class InProcess:
    """Examines in the caller's thread: nothing to start, for what is new since an hour ago."""

    def __init__(self, realm: str, directory: Directory) -> None:
        self._realm = realm
        self._public_of = public_of(directory)

    def examine(self, task: Task, message: bytes) -> Looked:
        """See Examiner."""
        return examine(task, message, self._realm, self._public_of, sodium.verify)

    def close(self) -> None:
        """See Examiner."""


class Workers:
    """`count` processes."""

    def __init__(self, realm: str, directory: Directory, count: int) -> None:
        self._enrolled: Sequence[Enrolled] = directory.in_order
        self._all = [_Worker(realm) for _ in range(count)]
        self._free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        for worker in self._all:
            self._free.put(worker)

    def examine(self, task: Task, message: bytes) -> Looked:
        """See Examiner."""
        worker = self._free.get()
        try:
            return worker.examine(task, message, self._enrolled)
        finally:
            self._free.put(worker)

    def close(self) -> None:
        """See Examiner."""
        for worker in self._all:
            worker.close()


class _Worker:
    def __init__(self, realm: str) -> None:
        command = [sys.executable, "-m", "civicroot_audit.worker", realm]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": _search_path()}
        )
        self._told = 0

    def examine(self, task: Task, message: bytes, enrolled: Sequence[Enrolled]) -> Looked:
        end = len(enrolled)
        news = [(item.kid, item.index, item.role, item.public) for item in enrolled[self._told : end]]
        self._told = end
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            send(stdin, (news, task, message))
            answer = receive(stdout)
        except (OSError, EOFError) as error:
            raise AuditError(f"a worker process ended: {error}") from error
        if isinstance(answer, WireError):
            raise answer
        header, records = answer
        return Looked(header, [Examined(*item) for item in records])

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def public_of(directory: Directory) -> PublicOf:
    """The device keys of a directory, each as of a log index."""

    def find(kid: bytes, index: int) -> bytes:
        found = directory.at(kid, index)
        if found is None:
            raise TrustError("unknown-key-id", kid.hex())
        if found.role != record.ROLE:
            raise TrustError("wrong-role", f"{found.subject} is enrolled as {found.role}")
        return found.public

    return find


def send(stream: IO[bytes], value: object) -> None:
    """One message between this process and its own child."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """The next message; EOFError at the end."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError("no further message")
    return pickle.loads(stream.read(_LENGTH.unpack(head)[0]))


def _search_path() -> str:
    """The child imports what this process does, also where packages came from `sys.path`."""
    return os.pathsep.join(path for path in sys.path if path)
