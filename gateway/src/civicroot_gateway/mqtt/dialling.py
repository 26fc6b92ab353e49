"""Name look-up, TCP connect and TLS handshake: they block, so each attempt has a thread of its own."""

import socket
import ssl
import threading
from collections.abc import Callable

from .broker_address import BrokerAddress

ADDRESS_DEADLINE = 10.0  # seconds for each of a name's addresses, and for each answer in the TLS handshake
DEADLINE = 60.0  # seconds for all of it; a look-up can hang for longer
USER_TIMEOUT = 45_000  # ms for the peer to acknowledge what was sent: as long as the keep-alive takes to give up
# Bytes that the kernel may hold unsent. It would take megabytes, in which a line of 10 kB/s has minutes to send: an
# urgent batch would wait behind them. What is on its way and unacknowledged is not limited by this.
UNSENT_LIMIT = 16 * 1024


class Dialling:
    """One attempt. The name is looked up anew in each: behind it may be another address now."""

    def __init__(
        self, name: str, address: BrokerAddress, context: ssl.SSLContext | None, wake: Callable[[], None]
    ) -> None:
        self._address = address
        self._context = context
        self._wake = wake
        self._lock = threading.Lock()
        self._result: socket.socket | Exception | None = None
        self._abandoned = False
        threading.Thread(target=self._run, name=f"connect-{name}", daemon=True).start()

    def result(self) -> socket.socket | Exception | None:
        """The connected, non-blocking socket (once), or why there is none; None while it goes on."""
        with self._lock:
            found, self._result = self._result, None
            return found

    def abandon(self) -> None:
        """Nobody waits for it any more: a late socket is closed unseen."""
        with self._lock:
            self._abandoned = True
            if isinstance(self._result, socket.socket):
                self._result.close()
            self._result = None

    def _run(self) -> None:
        found: socket.socket | Exception
        try:
            found = self._dial()
        except (OSError, UnicodeError, ValueError) as error:  # UnicodeError: no IDNA name; ValueError: nor for TLS
            found = error
        with self._lock:
            if not self._abandoned:
                self._result = found
            elif isinstance(found, socket.socket):
                found.close()
        self._wake()

    def _dial(self) -> socket.socket:
        raw = socket.create_connection((self._address.host, self._address.port), ADDRESS_DEADLINE)
        try:
            _tune(raw)
            if self._context is not None:
                raw = self._context.wrap_socket(raw, server_hostname=self._address.host)
        except BaseException:
            raw.close()
            raise
        raw.setblocking(False)
        return raw


def _tune(raw: socket.socket) -> None:
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # output is gathered here already
    for name, value in (("TCP_USER_TIMEOUT", USER_TIMEOUT), ("TCP_NOTSENT_LOWAT", UNSENT_LIMIT)):
        if hasattr(socket, name):  # Linux has them; elsewhere the keep-alive alone must do
            raw.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
