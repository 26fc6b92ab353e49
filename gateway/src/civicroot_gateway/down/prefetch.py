"""Contents that a radio device is going to ask for: it is awake for moments, so they have to be here before it asks.

A device of MQTT waits for a content while it is fetched; a tag that is told `not-yet` sleeps for an hour.
"""

from collections import OrderedDict
from collections.abc import Mapping

from .content_cache import ContentCache
from .fetches import Fetches

MAX_QUEUED = 1024  # contents: four releases of the most files
AHEAD = 8  # under way at a time: the others' questions find room


class Prefetch:
    """`add` what is going to be asked for; `step` fetches on."""

    def __init__(self, cache: ContentCache, fetches: Fetches) -> None:
        self._cache = cache
        self._fetches = fetches
        self._queue: OrderedDict[bytes, int] = OrderedDict()

    def add(self, contents: Mapping[bytes, int | None]) -> None:
        """SHA-256 of each content -> its bytes; what is here already costs nothing."""
        for digest, size in contents.items():
            if size and digest not in self._queue and len(self._queue) < MAX_QUEUED:
                self._queue[digest] = size

    def step(self, now: float) -> None:
        """Have the next ones fetched, if there is room. Raises OSError if the disk fails."""
        while self._queue and self._fetches.queued < AHEAD:
            digest, size = self._queue.popitem(last=False)
            if self._cache.size(digest) is None:
                self._fetches.want(digest, size, now)
