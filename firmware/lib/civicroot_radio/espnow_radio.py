"""ESP-NOW through the port's own `espnow` module. Runs on a board only; everything around it is tested without one."""

from civicroot_radio.driver import FAILED, SENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from espnow import ESPNow

RX_BYTES = 4_096  # a dozen of the longest frames, while the line is written
MAX_SEEN = 64  # addresses that the port keeps the RSSI of: it has no limit, and anybody can make some up


class EspNowRadio:
    """One Wi-Fi channel. An address is a MAC address of 6 bytes."""

    def __init__(self, channel: int) -> None:
        import espnow  # noqa: PLC0415 (only on boards with this radio)
        import network  # noqa: PLC0415

        self._station = station = network.WLAN(network.STA_IF)
        station.active(True)
        station.disconnect()
        station.config(channel=channel, pm=station.PM_NONE)  # power saving loses most frames
        self._radio: "ESPNow" = espnow.ESPNow()
        self._radio.config(rxbuf=RX_BYTES)
        self._radio.active(True)

    def receive(self) -> "tuple[bytes, int, bytes] | None":
        """(address, RSSI in dBm, payload) of the next frame."""
        mac, payload = self._radio.recv(0)
        if mac is None or payload is None:
            return None
        seen = self._radio.peers_table.get(mac)
        rssi = seen[0] if seen else 0
        if len(self._radio.peers_table) > MAX_SEEN:
            self._radio.peers_table.clear()
        return bytes(mac), rssi, bytes(payload)

    def send(self, address: bytes, payload: bytes) -> int:
        """SENT or FAILED. The peer is registered for this frame only: the radio has room for 20."""
        try:
            self._radio.add_peer(address)
            try:
                heard = self._radio.send(address, payload, True)  # waits for the other radio's confirmation
            finally:
                self._radio.del_peer(address)
        except (OSError, ValueError):  # of a made-up address too
            return FAILED
        return SENT if heard else FAILED

    def close(self) -> None:
        """Turn it off, and Wi-Fi with it: that is what takes the current."""
        self._radio.active(False)
        self._station.active(False)


def turn_wifi_on() -> None:
    """The radio's noise makes an ESP32's random numbers random."""
    import network  # noqa: PLC0415 (only on boards with this radio)

    network.WLAN(network.STA_IF).active(True)
