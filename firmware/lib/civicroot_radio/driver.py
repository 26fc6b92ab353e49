"""What a radio is to the bridge and the tag. Nothing waits but a send, for as long as the frame is in the air."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Driver(Protocol):
        """A radio that is on. An address is what the radio has for one, empty where everybody hears all."""

        def receive(self) -> tuple[bytes, int, bytes] | None:
            """(address, RSSI in dBm, payload) of the next frame."""
            ...

        def send(self, address: bytes, payload: bytes) -> int:
            """SENT, BUSY or FAILED."""
            ...

        def close(self) -> None:
            """Turn it off."""
            ...


SENT, BUSY, FAILED = 0, 1, 2  # BUSY: somebody else talks; the frame may be tried again soon
ESPNOW_BYTES = 250  # longest payload of ESP-NOW v1
