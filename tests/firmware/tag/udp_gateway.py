"""A gateway of thirty lines at the other end of a tag's UDP radio: verifies records, answers under the link key."""

import hashlib
import socket
import threading
import time
from typing import Self

from civicroot_wire import acknowledgement, link_key, radio, record
from civicroot_wire.acknowledgement import Acknowledgement
from civicroot_wire.sodium import Signer, verify
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

REALM = "test.example"
_P = (1 << 255) - 19


class UdpGateway:
    """Context manager. `records`: seq -> bytes; `answering`: whether it answers."""

    def __init__(self, key: Signer, device: bytes) -> None:
        self.records: dict[int, bytes] = {}
        self.answering = True
        self._device = device
        self._link_key = _link_key(key, device)
        self._counter = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def wait(self, count: int, deadline: float = 20.0) -> None:
        """Until so many records are there."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.records) >= count, deadline), sorted(self.records)

    def _run(self) -> None:
        while True:
            data, sender = self._socket.recvfrom(2048)
            if self._stopping:
                return
            payload = data[3 + data[2] :] if len(data) > 3 else b""
            if payload:
                found = record.verify(record.decode(payload), REALM, self._device, verify)
                with self._changed:
                    assert self.records.setdefault(found.seq, payload) == payload
                    self._changed.notify_all()
                if self.answering:
                    self._socket.sendto(bytes([0, 60, 0]) + self._answer(found), sender)

    def _answer(self, found: record.Record) -> bytes:
        self._counter += 1
        ack = Acknowledgement((found.seq, found.seq), None, b"beacon!!", int(time.time()))
        return radio.protect(found.kid, self._counter, acknowledgement.encode(ack), REALM, self._link_key)


def _link_key(gateway: Signer, device: bytes) -> bytes:
    """By OpenSSL, from the gateway's side."""
    y = int.from_bytes(device, "little") % (1 << 255)
    u = ((1 + y) * pow(1 - y, -1, _P) % _P).to_bytes(32, "little")
    own = X25519PrivateKey.from_private_bytes(hashlib.sha512(gateway.seed).digest()[:32])
    return link_key.derive(own.exchange(X25519PublicKey.from_public_bytes(u)), REALM, device, gateway.public)
