"""Model of an SDI-12 probe at its line (specification: see the driver)."""

from civicroot_device.sensors.sdi12_message import END, crc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Sdi12Model:
    """A bus.BreakUart. `values` gives the measured values as text with sign, as ["+0.273", "+11.4"].

    Each D command sends `page` of them. Switches: silent; bad_crc; bad_once (the next answer only); aborts (gives no
    values); echo (the line hears what is written); eager (sends its service request at once, not at the end).
    """

    def __init__(self, address: str, values: "Callable[[], list[str]]", seconds: int = 1, page: int = 9) -> None:
        self._address = address
        self._values = values
        self._seconds = seconds
        self._page = page
        self._measured: "list[str]" = []
        self._checked = False
        self._awake = False
        self._arrived = b""
        self.silent = self.bad_crc = self.bad_once = self.aborts = self.echo = self.eager = False

    def send_break(self) -> None:
        """Wakes the probe."""
        self._awake = True
        self._arrived += b"\0" if self.echo else b""

    def write(self, data: bytes) -> None:
        """A command, which only an awake probe hears."""
        text = data.decode()
        self._arrived += data if self.echo else b""
        if self._awake and not self.silent and text[0] == self._address and text[-1] == "!":
            self._arrived += self._answer(text[1:-1])
        self._awake = False

    def read(self, size: int) -> bytes:
        """What the probe has sent."""
        found = self._arrived[:size]
        self._arrived = self._arrived[size:]
        return found

    def _answer(self, command: str) -> bytes:
        own = self._address.encode()
        if command == "I":
            return own + b"14CIVICROOMODEL 001SIMULATED" + END
        if command in ("M", "MC"):
            self._checked = command == "MC"
            self._measured = [] if self.aborts else self._values()
            promised = own + b"%03d%d" % (self._seconds, len(self._values())) + END
            return promised + (own + END if self.eager else b"")
        if command[0] != "D":
            return b""
        first = int(command[1]) * self._page
        body = own + "".join(self._measured[first : first + self._page]).encode()
        damaged = self.bad_crc or self.bad_once
        self.bad_once = False
        return body + (crc(body + (b"?" if damaged else b"")) if self._checked else b"") + END
