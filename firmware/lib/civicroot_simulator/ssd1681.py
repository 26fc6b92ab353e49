"""The SSD1681 and its panel: takes the commands, keeps the picture."""

SIDE = 200
BYTES = SIDE * SIDE // 8
BLACK_WHITE, RED = 0x24, 0x26
LOOKS = 3  # at busy, until a refresh is over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Line:
    """A pin of the chip: what the board drives, or reads."""

    def __init__(self, level: bool = False) -> None:
        self.level = level

    def set(self, high: bool) -> None:
        self.level = high


class ResetLine(Line):
    """Wakes the chip when it falls."""

    def __init__(self, chip: "Ssd1681Model") -> None:
        super().__init__(True)
        self._chip = chip

    def set(self, high: bool) -> None:
        if self.level and not high:
            self._chip.asleep = False
        self.level = high


class Ssd1681Model:
    """The controller, which is its Spi and its busy line; `picture` is what the panel shows (1 = white).

    silent    no panel: busy stays low and nothing is heard
    stuck     a refresh never ends
    refreshes counts the pages shown, `shown` is called after each; `asleep` is deep sleep, in which only a reset is
              heard
    """

    def __init__(self) -> None:
        self.silent = False
        self.stuck = False
        self.asleep = False
        self.refreshes = 0
        self.shown: "Callable[[Ssd1681Model], None] | None" = None
        self.picture = bytearray(BYTES)
        self.spi = self.busy = self
        self.dc = Line()
        self.reset = ResetLine(self)
        self.settings: "dict[int, bytes]" = {}  # the last parameters of each command
        self._memory = {BLACK_WHITE: bytearray(BYTES), RED: bytearray(b"\xff" * BYTES)}
        self._command = self._at = self._left = 0

    def high(self) -> bool:
        """Busy."""
        if self.silent:
            return False
        if self._left and not self.stuck:
            self._left -= 1
        return self.asleep or self._left > 0

    def write(self, data: "bytes | memoryview") -> None:
        """A command while dc is low, else its parameters."""
        if self.silent or self.asleep:
            return
        if not self.dc.level:
            self._command, self._at = data[0], 0
            if self._command == 0x20:
                self._refresh()
        elif self._command in self._memory:
            self._memory[self._command][self._at : self._at + len(data)] = data
            self._at += len(data)
        else:
            self.settings[self._command] = bytes(data)
            self.asleep = self._command == 0x10

    def _refresh(self) -> None:
        if self.settings[0x22] == b"\xf7" and not any(self._memory[RED]):
            self.picture[:] = self._memory[BLACK_WHITE]
        self.refreshes += 1
        self._left = LOOKS
        if self.shown is not None:
            self.shown(self)

    def write_pbm(self, path: str, comment: str = "") -> None:
        """Save the picture (PBM has 1 = black)."""
        with open(path, "wb") as file:
            file.write(b"P4\n" + (b"# " + comment.encode() + b"\n" if comment else b""))
            file.write(b"%d %d\n" % (SIDE, SIDE))
            file.write(bytes(byte ^ 0xFF for byte in self.picture))
