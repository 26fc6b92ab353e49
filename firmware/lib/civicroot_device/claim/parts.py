"""What the claim flow works with: other parts of the device, seen from here."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from civicroot_wire.senml import Measurement

    from civicroot_device.reporting.sampling import Sample

    # (measurements, monotonic ms, sample) → numbers of the records made, [] for no room. What is given first stands
    # first in the first record, so a deposit and its commitment stand together; the sample rides along.
    Record = Callable[[list[Measurement], int, Sample | None], list[int]]

    class Display(Protocol):
        """A page per deposit. Both methods return at once; the panel refreshes in its own task."""

        def claim(self, url: str, digits: str, grams: int, seconds: int) -> None:
            """A QR code of the URL and the digits, good for so many seconds."""
            ...

        def recorded(self, grams: int) -> None:
            """The deposit is on record and cannot be claimed here now."""
            ...

    class Lamp(Protocol):
        """What the lamp says of an offer."""

        def offer(self, colours: bytes | None) -> None:
            """Something can be claimed: by the six colours (0 to 3), if they are given."""
            ...

        def card(self) -> None:
            """A card was read; the offer is still open."""
            ...

        def ended(self, outcome: str) -> None:
            """The offer is over; the outcomes are those of offer.py."""
            ...

    class Scanner(Protocol):
        """scanner.py."""

        @property
        def busy(self) -> bool: ...

        fault: str | None

        def poll(self, now_ms: int, wanted: bool) -> bytes | None: ...
