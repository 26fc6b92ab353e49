"""The network: Wi-Fi on boards that have it, TCP, TLS. Beside board.py the only importer of `network` and `ssl`."""

import asyncio
import gc
import sys

from civicroot_device.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    import network

    from civicroot_device.config import Broker
    from civicroot_device.mqtt.client import Connect

POLL_S = 0.2  # between two looks at the radio, which gives no event


def read_file(path: str) -> bytes:
    """A small file's bytes."""
    with open(path, "rb") as file:
        return file.read()


class Network:
    """The radio, if there is one, and connections through it."""

    def __init__(self, wifi: "dict[str, str] | None") -> None:
        self._station: "network.WLAN | None" = None
        if wifi is not None:
            self._start_wifi(wifi)

    def opener(self, broker: "Broker") -> "Connect":
        """The coroutine function that MqttClient takes: (reader, writer) of a new connection to `broker`.

        It resolves the name anew, and raises OSError.
        """
        tls = None if broker.tls is None else _tls(broker.tls)
        name = None if broker.tls is None else broker.tls["name"]

        async def connect() -> "tuple[asyncio.StreamReader, asyncio.StreamWriter]":
            await self._associated()
            try:
                return await asyncio.open_connection(broker.host, broker.port, ssl=tls, server_hostname=name)
            except asyncio.CancelledError:
                gc.collect()  # closes the socket, to which nothing refers any more
                raise

        return connect

    def _start_wifi(self, wifi: "dict[str, str]") -> None:
        if sys.platform in ("linux", "darwin"):
            raise ConfigurationError("wifi: this machine's network is not ours to set up")
        import network  # noqa: PLC0415 (only here, and only on boards with a radio)

        self._station = station = network.WLAN(network.STA_IF)
        station.active(True)
        # Modem sleep: the radio wakes for each beacon (PM_PERFORMANCE), or for every few of them (PM_POWERSAVE).
        modes = {"none": station.PM_NONE, "light": station.PM_PERFORMANCE, "deep": station.PM_POWERSAVE}
        station.config(pm=modes[wifi["power_save"]])
        self._wifi: "dict[str, str]" = wifi

    async def _associated(self) -> None:
        """Wait until the radio has joined; the caller has the deadline."""
        if self._station is None or self._station.isconnected():
            return
        self._station.connect(self._wifi["ssid"], self._wifi["password"])
        while not self._station.isconnected():
            await asyncio.sleep(POLL_S)


def _tls(options: "dict[str, str]") -> "ssl.SSLContext":
    """A context that trusts exactly the certificate authority in `ca` (a DER file)."""
    import ssl  # noqa: PLC0415 (takes memory; not every city's devices use TLS)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED  # type: ignore[attr-defined]  # the stubs lack it
    context.load_verify_locations(cadata=read_file(options["ca"]))
    return context
