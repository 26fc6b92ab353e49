"""What goes beside the records: commands and pieces of content down, openings up, claim notices down.

The daemon asks it what is due; it does no I/O but the cache's.
"""

import logging
import random
import time
from collections.abc import Callable
from pathlib import Path

from civicroot_wire import topic

from ..operate.logs import fields
from ..registry.trust_book import TrustBook
from .by_radio import ByRadio
from .content_cache import FOLDER, ContentCache
from .fetches import Fetches
from .pieces import Pieces
from .prefetch import Prefetch
from .publication import DEVICES, UPLINK, Publication
from .relay import Relay

MAX_AT_ONCE = 32  # publications between two looks at what comes in

_log = logging.getLogger(__name__)


class Down:
    """`receive` takes what devices and the backend say of pieces and claims; `due` gives what is to be published.

    `by_radio` serves the devices that no MQTT reaches.
    """

    def __init__(
        self,
        own: bytes,
        book: TrustBook,
        cache: ContentCache,
        monotonic: Callable[[], float],
        jitter: Callable[[], float],
    ) -> None:
        self._own = own
        self._configurations = book.configurations
        self._monotonic = monotonic
        self._fetches = Fetches(cache, jitter)
        self._pieces = Pieces(own, book.registry, book.configurations, cache, self._fetches, monotonic)
        self._relay = Relay(own, book.registry, monotonic)
        self._prefetch = Prefetch(cache, self._fetches)
        self.by_radio = ByRadio(book.registry, book.configurations, self._pieces, self._prefetch, monotonic)

    def receive(self, leaf: str, kid: bytes | None, payload: bytes) -> None:
        """Take in a WANT or PRIVATE of device `kid`, or a PIECE or CLAIM from the backend (None); ignore others."""
        if leaf == topic.WANT and kid is not None:
            self._pieces.wanted(kid, payload, self._monotonic())
        elif leaf == topic.PIECE and kid is None:
            self._pieces.came(payload, self._monotonic())
        elif leaf == topic.PRIVATE and kid is not None:
            self._relay.from_device(kid, payload)
        elif leaf == topic.CLAIM and kid is None:
            self._relay.from_backend(payload)

    def device_online(self, kid: bytes) -> None:
        """A device has come back: tell it what its topic does not retain."""
        self._configurations.device_online(kid)

    def link_up(self, link: str) -> None:
        """A connection is there again: DEVICES, whose broker may have lost what it retained, or UPLINK."""
        if link == DEVICES:
            self._configurations.tell_all()
        elif link == UPLINK:
            self._fetches.link_up(self._monotonic())

    def due(self, now: float) -> list[Publication]:
        """At most MAX_AT_ONCE publications; `now` is monotonic seconds."""
        found = list(self._relay.due(MAX_AT_ONCE))  # somebody stands at the bin
        found += self._configurations.due(MAX_AT_ONCE - len(found), self._own)
        self._go_on(now)
        return found + list(self._pieces.due(MAX_AT_ONCE - len(found), now))

    def _go_on(self, now: float) -> None:
        try:
            self._prefetch.step(now)
        except OSError as error:
            _log.error("cache is not readable", extra=fields(error=str(error)))

    def next_due(self, now: float) -> float | None:
        """Seconds until something is due; None: only when something comes in."""
        if self._relay.is_due or self._configurations.is_due or self._pieces.is_due:
            return 0.0
        return self._fetches.next_due(now)

    def counts(self) -> dict[str, dict[str, int]]:
        """What became of devices' questions (`want`), contents that were fetched (`content`), and what was relayed."""
        return {
            "want": dict(self._pieces.counts),
            "content": dict(self._fetches.counts),
            "claim": dict(self._relay.counts),
            "radio": dict(self.by_radio.counts),
        }


def open_down(folder: Path, own: bytes, book: TrustBook) -> Down:
    """The way down of the gateway whose data lies in `folder`. Raises OSError."""
    return Down(own, book, ContentCache(folder / FOLDER), time.monotonic, random.random)
