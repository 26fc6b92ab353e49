"""A tag's update: the very code of bins (civicroot_device/update), one wake at a time.

Its clock is what has passed since the version that runs began to, asleep or awake; its pieces come by radio.
"""

from civicroot_wire import piece
from civicroot_wire.piece import Piece

from civicroot_device.tag.asker import HEAD_BYTES
from civicroot_device.update.compose import updates_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.config import Configuration
    from civicroot_device.storage.store import Store
    from civicroot_device.tag.asker import Asker
    from civicroot_device.tag.exchange import Tools
    from civicroot_device.tag.retained import Retained


class Updating:
    """The updates of one wake. Raises OSError if the flash cannot be read."""

    def __init__(self, configuration: "Configuration", store: "Store", kept: "Retained", tools: "Tools") -> None:
        found = updates_of(configuration, store, print, kept.first)
        assert found is not None  # the configuration names a release key, or there is nothing to load
        self._updates = found
        self._kept = kept
        self._tools = tools

    @property
    def busy(self) -> bool:
        """Whether a later wake has something to do: fetching, a trial, or another try."""
        return self._updates.busy

    @property
    def restart(self) -> bool:
        """Whether another version is to start now."""
        return self._updates.restart_wanted

    def take(self, data: bytes) -> bool:
        """A manifest has come; False if there is no room for it now."""
        self._updates.on_command(data, self._now())
        return not self._updates.gave_up

    def heard(self, delivered: int) -> None:
        """The gateway answered; it has the record of number `delivered`."""
        self._updates.delivered(delivered)
        self._updates.good()

    def go_on(self, asker: "Asker") -> None:
        """Fetch as much as this wake may."""
        updates = self._updates
        while asker.may_ask and not updates.restart_wanted:
            self._tools.feed()
            question = updates.poll(self._now())
            if question is not None:
                if not self._answered(question, asker):
                    return
            elif updates.wait_ms(self._now()) != 0:
                return  # done, or a pause that a tag sleeps through

    def look(self) -> None:
        """Whether the trial is over."""
        self._updates.look(self._now())

    def news(self) -> "list[str]":
        """What is to be told in records."""
        found: "list[str]" = []
        while True:
            line = self._updates.news()
            if line is None:
                return found
            found.append(line)

    def _answered(self, question: bytes, asker: "Asker") -> bool:
        """Get what is asked for, or a beginning of it; whether anything came."""
        want = piece.decode_want(question)
        octets = asker.get(want.digest[:HEAD_BYTES], want.offset, want.length)
        if octets:
            found = Piece(want.digest, want.offset, octets, self._updates.size_of(want.digest))
        elif asker.reason is not None:
            found = Piece(want.digest, reason=asker.reason)
        else:
            return False
        self._updates.on_piece(piece.encode(found), self._now())
        return True

    def _now(self) -> int:
        return self._tools.clock.ms() - self._kept.started
