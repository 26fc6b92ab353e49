"""The A02YYUW and its line: frames come by themselves."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

FRAMES = 3  # in the time between a driver's `start()` and `read()`


class A02yyuwModel:
    """The module as a Uart; `millimetres()` is the distance. A read that begins after an empty one gets new frames.

    silent    nothing comes
    bad_sum   every check sum is wrong
    """

    def __init__(self, millimetres: "Callable[[], float]") -> None:
        self.silent = False
        self.bad_sum = False
        self._millimetres = millimetres
        self._arrived = b""
        self._drained = True

    def write(self, data: bytes) -> None:
        """The line to the module is not connected."""

    def read(self, size: int) -> bytes:
        if self._drained and not self.silent:
            self._arrived = self._frame() * FRAMES
        found = self._arrived[:size]
        self._arrived = self._arrived[size:]
        self._drained = not found
        return found

    def _frame(self) -> bytes:
        body = b"\xff" + round(self._millimetres()).to_bytes(2, "big")
        return body + bytes([(sum(body) + self.bad_sum) & 0xFF])
