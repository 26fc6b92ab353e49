"""The air of the Unix port: datagrams to and from a test on 127.0.0.1, which plays the air with all its faults.

A datagram is radio ‖ −RSSI ‖ length of the address ‖ address ‖ payload, the first three in a byte each.
"""

import errno
import socket

from civicroot_radio.driver import BUSY, SENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NOTHING = (errno.EAGAIN, errno.ECONNREFUSED)  # the latter: the air has gone away
_LONGEST = 300
MAX_KEPT = 8


class Air:
    """The socket, shared by the radios."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
        self.socket.setblocking(False)
        self._heard: "list[tuple[int, bytes, int, bytes]]" = []
        self.send(0, b"", b"")  # says where we are

    def send(self, radio: int, address: bytes, payload: bytes) -> bool:
        """Whether the socket took it."""
        try:
            self.socket.send(bytes([radio, 0, len(address)]) + address + payload)
        except OSError as error:
            if error.errno in _NOTHING:
                return False
            raise
        return True

    def receive(self, radio: int) -> "tuple[bytes, int, bytes] | None":
        """The next frame of this radio; a few of the other one are kept until it asks."""
        for at in range(len(self._heard)):
            if self._heard[at][0] == radio:
                return self._heard.pop(at)[1:]
        while True:
            frame = self._read()
            if frame is None or frame[0] == radio:
                return frame and frame[1:]
            self._heard.append(frame)
            if len(self._heard) > MAX_KEPT:
                self._heard.pop(0)

    def _read(self) -> "tuple[int, bytes, int, bytes] | None":
        try:
            data: "Any" = self.socket.recv(_LONGEST)
        except OSError as error:
            if error.errno in _NOTHING:
                return None
            raise
        if len(data) < 3:
            return None
        end = 3 + data[2]
        return data[0], data[3:end], -data[1], data[end:]


class UdpRadio:
    """One radio of that air."""

    def __init__(self, air: Air, radio: int) -> None:
        self._air = air
        self._radio = radio

    def receive(self) -> "tuple[bytes, int, bytes] | None":
        """(address, RSSI in dBm, payload) of the next frame."""
        return self._air.receive(self._radio)

    def send(self, address: bytes, payload: bytes) -> int:
        """SENT or BUSY."""
        return SENT if self._air.send(self._radio, address, payload) else BUSY

    def close(self) -> None:
        """Nothing to turn off: the socket is of the air."""


class OwnRadio(UdpRadio):
    """A radio with an air of its own: off, it hears nothing."""

    def close(self) -> None:
        """Turn it off."""
        self._air.socket.close()
