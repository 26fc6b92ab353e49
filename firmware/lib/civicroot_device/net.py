"""The network: Wi-Fi on boards that have it, TCP, TLS. Beside board.py the only importer of `network` and `ssl`."""

import asyncio
import gc
import sys

from civicroot_device.errors import ConfigurationError

POLL_S = 0.2  # between two looks at the radio, which gives no event


def read_file(path: str) -> bytes:
    """A small file's bytes."""
    with open(path, "rb") as file:
        return file.read()


class Network:
    """`connect()` opens a connection to the broker: the coroutine function that MqttClient takes."""

    def __init__(self, broker, wifi: "dict | None") -> None:
        self._broker = broker
        self._station = None
        if wifi is not None:
            self._start_wifi(wifi)
        self._tls = None if broker.tls is None else _tls(broker.tls)

    async def connect(self):
        """(reader, writer). The name is resolved anew. Raises OSError."""
        await self._associated()
        broker = self._broker
        name = None if self._tls is None else broker.tls.get("name", broker.host)
        try:
            return await asyncio.open_connection(broker.host, broker.port, ssl=self._tls, server_hostname=name)
        except asyncio.CancelledError:
            gc.collect()  # closes the socket, to which nothing refers any more
            raise

    def _start_wifi(self, wifi: dict) -> None:
        if sys.platform in ("linux", "darwin"):
            raise ConfigurationError("wifi: this machine's network is not ours to set up")
        import network  # noqa: PLC0415 (only here, and only on boards with a radio)

        self._station = network.WLAN(network.STA_IF)
        self._station.active(True)
        self._wifi = wifi

    async def _associated(self) -> None:
        """Wait until the radio has joined; the caller has the deadline."""
        if self._station is None or self._station.isconnected():
            return
        self._station.connect(self._wifi["ssid"], self._wifi["password"])
        while not self._station.isconnected():
            await asyncio.sleep(POLL_S)


def _tls(options: dict):
    """A context that trusts exactly the certificate authority in `ca` (a DER file)."""
    import ssl  # noqa: PLC0415 (takes memory; not every city's devices use TLS)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=read_file(options["ca"]))
    return context
