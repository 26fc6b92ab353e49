"""A message to a program, as Standard Webhooks (https://www.standardwebhooks.com) has it.

webhook-id: the message's key, the same in every attempt: whoever has it already answers 2xx and does nothing
webhook-timestamp: Unix seconds of the attempt
webhook-signature: v1,base64(HMAC-SHA256(secret, "id.timestamp.body"))
"""

import base64
import hashlib
import hmac
import http.client
import socket
import ssl
from collections.abc import Callable, Sequence

from civicroot_backend.alarms.address import Destination, Network, Resolve, destination, look_up
from civicroot_backend.alarms.errors import NotDelivered
from civicroot_backend.deadline import Deadline

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
WHOLE_SECONDS = 15.0  # from the connection to the status: Standard Webhooks asks for 15 to 30
SECRET_PREFIX = "whsec_"
_GONE = 410  # the receiver says that it never wants anything again
_USER_AGENT = "civicroot"


def secret_text(secret: bytes) -> str:
    """The secret as its owner keeps it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def signature(secret: bytes, key: str, timestamp: int, body: bytes) -> str:
    """The value of webhook-signature."""
    signed = f"{key}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


class Webhooks:
    """Sends messages; `tls`: of a test's own authority. `clock` is Unix seconds."""

    def __init__(
        self,
        networks: Sequence[Network],
        clock: Callable[[], float],
        resolve: Resolve = look_up,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._networks, self._clock, self._resolve = networks, clock, resolve
        self._tls = ssl.create_default_context() if tls is None else tls

    def check(self, url: str) -> None:
        """Whether a message may go there now. Raises UnfitRule, NotDelivered."""
        destination(url, self._networks, self._resolve)

    def send(self, url: str, secret: bytes, key: str, body: bytes) -> None:
        """One attempt. Raises NotDelivered unless the receiver took it (2xx)."""
        where = destination(url, self._networks, self._resolve)
        now = int(self._clock())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": _USER_AGENT,
            "webhook-id": key,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(secret, key, now, body),
        }
        try:
            status = self._post(where, body, headers)
        except (http.client.HTTPException, OSError) as error:
            raise NotDelivered(f"{where.host} does not answer: {type(error).__name__}") from error
        if not 200 <= status < 300:
            raise NotDelivered(f"{where.host} answers {status}", for_good=status == _GONE)

    def _post(self, where: Destination, body: bytes, headers: dict[str, str]) -> int:
        line = socket.create_connection((where.address, where.port), CONNECT_SECONDS)
        connection = http.client.HTTPConnection(where.host, where.port)
        try:
            if where.tls:
                line = self._tls.wrap_socket(line, server_hostname=where.host, do_handshake_on_connect=False)
            line.settimeout(READ_SECONDS)
            connection.sock = line
            connection.default_port = 443 if where.tls else 80  # as the Host header has it
            with Deadline(line, WHOLE_SECONDS):
                if isinstance(line, ssl.SSLSocket):
                    line.do_handshake()
                connection.request("POST", where.target, body, headers)
                return connection.getresponse().status
        finally:
            line.close()
            connection.close()
