"""The Wi-Fi radio while the device is provisioned: what it sees, and whether a network takes it."""

import asyncio
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Wifi(Protocol):
        """`scan` gives (name, dBm, whether it asks for a password)."""

        def scan(self) -> list[tuple[str, int, bool]]: ...
        async def join(self, name: str, password: str) -> bool: ...

        def fields(self, told: dict[str, Any] | None) -> dict[str, Any]:
            """The keys of the configuration that make the radio join."""
            ...


JOIN_S = 20  # a busy access point takes ten seconds, and its address as long again
POLL_S = 0.2
_OPEN = 0  # authmode of a network without a password


def choose(networks: "dict[str, str]") -> "Wifi":
    """The radio of this port, switched on: an ESP32's random numbers are random only while it is."""
    if sys.platform in ("linux", "darwin"):
        return SimulatedWifi(networks)
    return Esp32Wifi()


class SimulatedWifi:
    """A radio that sees `networks` {name: password}. The machine's own network is not the device's to set up."""

    def __init__(self, networks: "dict[str, str]") -> None:
        self._networks = networks

    def scan(self) -> "list[tuple[str, int, bool]]":
        """See Wifi."""
        return [(name, -50, bool(self._networks[name])) for name in sorted(self._networks)]

    async def join(self, name: str, password: str) -> bool:
        """See Wifi."""
        return self._networks.get(name) == password

    def fields(self, told: "dict[str, Any] | None") -> "dict[str, Any]":  # noqa: ARG002 (nothing to be set up)
        """See Wifi."""
        return {}


class Esp32Wifi:
    """The board's own."""

    def __init__(self) -> None:
        import network  # noqa: PLC0415 (only on boards)

        self._station = network.WLAN(network.STA_IF)
        self._station.active(True)

    def scan(self) -> "list[tuple[str, int, bool]]":
        """See Wifi."""
        found = [(item[0].decode(), item[3], item[4] != _OPEN) for item in self._station.scan()]
        return [item for item in found if item[0]]

    async def join(self, name: str, password: str) -> bool:
        """See Wifi."""
        self._station.disconnect()
        self._station.connect(name, password)
        for _ in range(int(JOIN_S / POLL_S)):
            if self._station.isconnected():
                return True
            await asyncio.sleep(POLL_S)
        self._station.disconnect()
        return False

    def fields(self, told: "dict[str, Any] | None") -> "dict[str, Any]":
        """See Wifi."""
        return {} if told is None else {"wifi": told}
