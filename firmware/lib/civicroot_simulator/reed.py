"""A reed contact with its pull-up, closed by the lid's magnet."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class ReedModel:
    """The pin as an Input; `lid_open()` is the lid.

    bouncing   the next so many looks are alternately right and wrong
    """

    def __init__(self, lid_open: "Callable[[], bool]") -> None:
        self.bouncing = 0
        self._lid_open = lid_open

    def high(self) -> bool:
        if self.bouncing:
            self.bouncing -= 1
            return self._lid_open() != bool(self.bouncing % 2)
        return self._lid_open()
