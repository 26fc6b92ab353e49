"""Where a bridge is reached: a serial port, or a Unix socket that the gateway listens on. Nothing here blocks.

The serial port is driven through the standard library's termios: what is needed of it is a few lines, and pyserial has
not been released since 2020.
"""

import fcntl
import os
import socket
import stat
import termios
from pathlib import Path
from select import POLLIN, POLLOUT
from typing import Protocol

READ_SIZE = 4096
_SPEEDS = (4, 5)  # where tcsetattr's list has input and output speed
_CC = 6


class PortGone(Exception):
    """The port closed under us, or cannot be opened; its text says why."""


class Port(Protocol):
    """A stream of bytes that comes and goes."""

    def open(self) -> bool:
        """Open it; whether the other end is there (a socket waits for it). Raises PortGone."""

    def wants(self, output: bool) -> list[tuple[int, int]]:
        """(descriptor, poll mask) of what to wait for; `output`: there is something to be written."""

    def read(self, descriptor: int) -> bytes | None:
        """What has come on it; None: the other end is new. Raises PortGone."""

    def write(self, data: bytes) -> int:
        """How many bytes were taken. Raises PortGone."""

    def close(self) -> None:
        """Free it; it may be opened again."""


class SerialPort:
    """A tty at `path`, raw, 8N1, for us alone."""

    def __init__(self, path: Path, baud: int) -> None:
        self._path = path
        self._speed = getattr(termios, f"B{baud}")
        self._descriptor = -1

    def open(self) -> bool:
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
            self._set_raw()
        except (OSError, termios.error) as error:
            self.close()
            raise PortGone(f"{self._path}: {error.args[-1]}") from error
        return True

    def _set_raw(self) -> None:
        if not stat.S_ISCHR(os.fstat(self._descriptor).st_mode):
            raise OSError("is no serial port")
        fcntl.ioctl(self._descriptor, termios.TIOCEXCL)
        mode = termios.tcgetattr(self._descriptor)
        mode[0] = mode[1] = mode[3] = 0  # no translation, no echo, no signals
        mode[2] = termios.CS8 | termios.CREAD | termios.CLOCAL  # without HUPCL: closing does not reset the ESP32
        for place in _SPEEDS:
            mode[place] = self._speed
        mode[_CC][termios.VMIN], mode[_CC][termios.VTIME] = 1, 0
        termios.tcsetattr(self._descriptor, termios.TCSANOW, mode)
        termios.tcflush(self._descriptor, termios.TCIOFLUSH)

    def wants(self, output: bool) -> list[tuple[int, int]]:
        return [] if self._descriptor < 0 else [(self._descriptor, POLLIN | (POLLOUT if output else 0))]

    def read(self, descriptor: int) -> bytes | None:
        try:
            data = os.read(descriptor, READ_SIZE)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise PortGone(f"{self._path}: {error.strerror}") from error
        if not data:
            raise PortGone(f"{self._path}: unplugged")
        return data

    def write(self, data: bytes) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise PortGone(f"{self._path}: {error.strerror}") from error

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class SocketPort:
    """A Unix socket at `path` for one process at a time; a newer connection takes the place of the one before.

    Only the gateway's user and group may connect: who may cannot forge a record or an answer, but can be heard instead.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._listener: socket.socket | None = None
        self._peer: socket.socket | None = None

    def open(self) -> bool:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            if self._path.is_socket():
                self._path.unlink()  # of an earlier process: ours is the only one in this folder
            listener.bind(str(self._path))
            self._path.chmod(0o660)
            listener.listen(1)
        except OSError as error:
            listener.close()
            raise PortGone(f"{self._path}: {error.strerror}") from error
        listener.setblocking(False)
        self._listener = listener
        return False

    def wants(self, output: bool) -> list[tuple[int, int]]:
        found = [] if self._listener is None else [(self._listener.fileno(), POLLIN)]
        if self._peer is not None:
            found.append((self._peer.fileno(), POLLIN | (POLLOUT if output else 0)))
        return found

    def read(self, descriptor: int) -> bytes | None:
        if self._listener is not None and descriptor == self._listener.fileno():
            return self._accept()
        if self._peer is None or descriptor != self._peer.fileno():
            return b""
        try:
            data = self._peer.recv(READ_SIZE)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise PortGone(f"{self._path}: {error.strerror}") from error
        if not data:
            raise PortGone(f"{self._path}: closed by the other end")
        return data

    def _accept(self) -> bytes | None:
        assert self._listener is not None
        try:
            peer, _ = self._listener.accept()
        except OSError:  # gone again before it was taken
            return b""
        peer.setblocking(False)
        if self._peer is not None:
            self._peer.close()
        self._peer = peer
        return None

    def write(self, data: bytes) -> int:
        if self._peer is None:
            return 0
        try:
            return self._peer.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise PortGone(f"{self._path}: {error.strerror}") from error

    def close(self) -> None:
        for end in (self._peer, self._listener):
            if end is not None:
                end.close()
        self._peer = self._listener = None
