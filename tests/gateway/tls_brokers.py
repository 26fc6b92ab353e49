"""Both brokers with a TLS listener that wants a client certificate of its authority."""

import socket
import time
from pathlib import Path

from tests.support.brokers import (
    HOST,
    START_DEADLINE,
    BrokerFailed,
    MosquittoBroker,
    NatsBroker,
    free_port,
)


class TlsMosquitto(MosquittoBroker):
    """`tls_port` wants TLS, `port` takes anybody."""

    def __init__(self, folder: Path, ca: Path, certificate: Path, key: Path) -> None:
        self.tls_port = free_port()
        lines = [
            f"listener {self.tls_port} {HOST}",
            f"cafile {ca}",
            f"certfile {certificate}",
            f"keyfile {key}",
            "require_certificate true",
        ]
        super().__init__(folder, "\n".join(lines))


class TlsNats(NatsBroker):
    """Its only MQTT port wants TLS."""

    def __init__(self, folder: Path, ca: Path, certificate: Path, key: Path) -> None:
        tls = f'tls {{ cert_file: "{certificate}", key_file: "{key}", ca_file: "{ca}", verify: true }}'
        super().__init__(folder, mqtt_extra=tls + '\nack_wait: "5s"')  # its default of 30 s is long for a test
        self.tls_port = self.port

    def _wait_until_it_answers(self) -> None:
        until = time.monotonic() + START_DEADLINE
        while True:
            self._running()
            try:
                socket.create_connection((self.host, self.port), 1.0).close()
                return
            except OSError as error:
                if time.monotonic() > until:
                    raise BrokerFailed(f"{self.name} does not listen\n{self._log_tail()}") from error
            time.sleep(0.01)  # between two polls


TlsBroker = TlsMosquitto | TlsNats
KINDS: list[type[TlsMosquitto] | type[TlsNats]] = [TlsMosquitto, TlsNats]
