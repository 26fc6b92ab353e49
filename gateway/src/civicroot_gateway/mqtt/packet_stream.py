"""The socket that paho's client is given: it reads 64 KiB at once and takes messages out before paho sees them.

paho reads a message's first bytes one by one and passes it through four layers, which costs 60 µs; here a message costs
two. paho keeps what is rare and has state: CONNECT, subscriptions, QoS 1 publishing. All output is gathered, and leaves
in one `send` when `push` is called: the acknowledgements of a group are one packet on the wire, not one each.
"""

import fcntl
import socket
import ssl
import struct
import termios

from .framing import PacketReader, Publication

READ_SIZE = 64 * 1024  # bytes read in one go: a few hundred messages, less than a commit takes
_SEND_SIZE = 16 * 1024  # bytes per send: a TLS record; a blocked TLS send must be repeated with no fewer bytes
_NO_BYTES = struct.pack("i", 0)


class PacketStream:
    """Over a connected, non-blocking TCP or TLS socket. Also what paho calls a SocketLike."""

    def __init__(self, raw: socket.socket) -> None:
        self.more = False  # TLS has decrypted bytes that no poll will tell of
        self.wants_write = self.wants_read = False  # TLS must write in order to read, or read in order to write
        self._raw = raw
        self._reader = PacketReader()
        self._out = bytearray()

    # What the connection calls

    @property
    def has_control(self) -> bool:
        """Whether there are bytes for paho."""
        return bool(self._reader.control)

    @property
    def unsent(self) -> int:
        """Bytes that wait here for the socket."""
        return len(self._out)

    def queued(self) -> int:
        """Bytes that the peer has not acknowledged: here, and in the kernel."""
        kernel: int = struct.unpack("i", fcntl.ioctl(self._raw.fileno(), termios.TIOCOUTQ, _NO_BYTES))[0]
        return len(self._out) + kernel

    def fill(self, found: list[Publication]) -> int:
        """Read what is there, at most about READ_SIZE, and append its messages to `found`; returns the bytes read.

        Raises OSError, also EOFError's kind as ConnectionError, and ProtocolFault.
        """
        size = 0
        self.more = self.wants_write = False
        while size < READ_SIZE:
            try:
                data = self._raw.recv(READ_SIZE)
            except (BlockingIOError, ssl.SSLWantReadError):
                return size
            except ssl.SSLWantWriteError:
                self.wants_write = True
                return size
            if not data:
                raise ConnectionError("closed by the broker")
            size += len(data)
            self._reader.feed(data, found)
            if not isinstance(self._raw, ssl.SSLSocket):
                return size  # poll tells if there is more
        self.more = True
        return size

    def write(self, data: bytes) -> None:
        """Gather output."""
        self._out += data

    def push(self) -> int:
        """Send what the socket takes now; returns the bytes. Raises OSError."""
        sent = 0
        self.wants_read = False
        while self._out:
            try:
                taken = self._raw.send(bytes(self._out[:_SEND_SIZE]))
            except (BlockingIOError, ssl.SSLWantWriteError):
                break
            except ssl.SSLWantReadError:
                self.wants_read = True
                break
            del self._out[:taken]
            sent += taken
        return sent

    # What paho calls

    def recv(self, buffer_size: int) -> bytes:
        """Bytes of packets that are not messages."""
        control = self._reader.control
        if not control:
            raise BlockingIOError
        data = bytes(control[:buffer_size])
        del control[:buffer_size]
        return data

    def send(self, buffer: bytes | bytearray) -> int:
        """Gather output: nothing is refused, the owner looks at `unsent`."""
        self._out += buffer
        return len(buffer)

    def fileno(self) -> int:
        """For poll."""
        return self._raw.fileno()

    def setblocking(self, flag: bool) -> None:
        """It never blocks, whatever paho asks."""

    def pending(self) -> int:
        """Bytes that `recv` returns without reading."""
        return len(self._reader.control)

    def close(self) -> None:
        """Close the socket."""
        self._raw.close()
