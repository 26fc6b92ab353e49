"""A simulated I2C bus: each model answers at its address, and nobody at any other."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Chip(Protocol):
        """One chip on the bus. Both may raise OSError(ENODEV): not acknowledged."""

        def write(self, data: bytes) -> None: ...
        def read(self, size: int) -> bytes: ...


ENODEV = 19


class SimulatedI2c:
    """A bus.I2c of `chips` by address; chips may be attached and taken away while it runs."""

    def __init__(self, chips: "dict[int, Chip] | None" = None) -> None:
        self.chips = chips or {}

    def attach(self, address: int, chip: "Chip") -> None:
        """From now on the chip answers at this address."""
        self.chips[address] = chip

    def write(self, address: int, data: bytes) -> None:
        self._chip(address).write(bytes(data))

    def read(self, address: int, size: int) -> bytes:
        return self._chip(address).read(size)

    def write_read(self, address: int, data: bytes, size: int) -> bytes:
        chip = self._chip(address)
        chip.write(bytes(data))
        return chip.read(size)

    def _chip(self, address: int) -> "Chip":
        if address not in self.chips:
            raise OSError(ENODEV)
        return self.chips[address]
