"""Which gateway the device reports to, and when it tries another.

A gateway is silent when the device has had something to say for `silent_ms` and heard no acknowledgement meanwhile,
whether the broker, the gateway or the way to them is down. Then the next home is tried, for as long again. A device
stays where it is heard. Records may thus reach the backend through two gateways: duplicates, not faults (SPEC.md §8).

File `home` in the key's folder: the kid of the gateway that the device reports to, so that a restart does not begin
with a dead one.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.config import Home
    from civicroot_device.storage.flash import Flash

FILE = "home"


class Homes:
    """`all` homes in the order in which they are tried, at least one; `present`: the one that it reports to."""

    def __init__(self, homes: "list[Home]", flash: "Flash", silent_ms: int) -> None:
        self.all = homes
        self.present = homes[0]
        self._flash = flash
        self._silent_ms = silent_ms
        self._unanswered_since: "int | None" = None
        kid = self._remembered()
        for home in homes:
            if home.gateway == kid:
                self.present = home

    def heard(self) -> None:
        """The present gateway acknowledged something."""
        self._unanswered_since = None

    def silent(self, now_ms: int, waiting: bool) -> bool:
        """Whether it is time to try another home; `waiting`: whether the device has something to say."""
        if not waiting or len(self.all) == 1:
            self._unanswered_since = None
        elif self._unanswered_since is None:
            self._unanswered_since = now_ms
        return self._unanswered_since is not None and now_ms - self._unanswered_since >= self._silent_ms

    def move_on(self) -> None:
        """Report to the next home from now on. Raises OSError."""
        place = self.all.index(self.present)
        self.move(self.all[(place + 1) % len(self.all)])

    def move(self, home: "Home") -> None:
        """Report to `home`, which becomes one of all, from now on. Raises OSError."""
        if home not in self.all:
            self.all = [home] + [other for other in self.all if other.gateway != home.gateway]
        self._flash.replace(FILE, [home.gateway])
        self.present = home
        self._unanswered_since = None

    def _remembered(self) -> bytes:
        if FILE not in self._flash.names():
            return b""
        with self._flash.open(FILE) as file:
            return file.read()
