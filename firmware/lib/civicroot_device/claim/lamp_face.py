"""What the claim flow says, as states of the lamp."""

from civicroot_device.claim.offer import CLAIMED
from civicroot_device.lamp import states

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.lamp.lamp import Lamp


class LampFace:
    """A Lamp of parts.py over the lamp's state machine; `wake` is called after each change, for whoever draws it."""

    def __init__(self, lamp: "Lamp", wake: "Callable[[], None] | None" = None) -> None:
        self._lamp = lamp
        self._wake = wake

    def offer(self, colours: "bytes | None") -> None:
        """An offer is open."""
        self._set(states.CLAIM_OPEN, colours)

    def card(self) -> None:
        """A card was read."""
        self._set(states.CARD_READ)

    def ended(self, outcome: str) -> None:
        """The offer is over. If another one replaced it, that one is shown as soon as it can be claimed."""
        self._set(states.CLAIMED if outcome == CLAIMED else states.OVER)

    def _set(self, state: str, colours: "bytes | None" = None) -> None:
        self._lamp.set(state, colours)
        if self._wake is not None:
            self._wake()
