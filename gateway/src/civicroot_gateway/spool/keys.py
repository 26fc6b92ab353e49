"""Names of the enrolled keys, for those who look on: read from the stored registrations when somebody asks."""

from collections.abc import Callable, Mapping

from civicroot_wire import enrolment, registration
from civicroot_wire.errors import WireError


class Names:
    """(kid, role, subject) of each stored registration. Nothing is verified: nobody is believed for it."""

    def __init__(self) -> None:
        self._rows: dict[bytes, tuple[bytes, str, str]] = {}
        self._changed: set[bytes] = set()

    def changed(self, kid: bytes) -> None:
        """There may be another message of this key."""
        self._changed.add(kid)

    def rows(self, load: Callable[[str], Mapping[bytes, bytes]]) -> list[tuple[bytes, str, str]]:
        """All of them by kid."""
        if self._changed:
            messages = load("enrolment")
            for kid in self._changed & messages.keys():
                try:
                    content = enrolment.decode(registration.decode(messages[kid]).entry.entry)
                except WireError:
                    continue  # of a newer version; whoever needs the key says so
                self._rows[kid] = (kid, content.role, content.subject)
            self._changed.clear()
        return self.known()

    def known(self) -> list[tuple[bytes, str, str]]:
        """Those that were read already."""
        return sorted(self._rows.values())
