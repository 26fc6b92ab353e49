"""What the city's log has about a subject, as its server says: nothing of it is verified here."""

import json
import time
from collections.abc import Callable
from urllib.parse import quote

from civicroot_wire.tile import MAX_ENTRY_BYTES

from .main import CommandError
from .submission import City, EntryRefused

NOT_YET = "not-yet-published"
TRIES, PAUSE_SECONDS = 60, 0.25  # for a checkpoint to cover what was logged just now; one comes every second


def indices(city: City, subject: str, kind: str, most: int) -> list[int]:
    """Where the newest entries of a kind about a subject are. Raises CommandError."""
    path = f"/api/v1/entries?subject={quote(subject, safe='')}&kind={kind}&limit={most}"
    try:
        return [int(item["index"]) for item in json.loads(city.get(path))["entries"]]
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"the city answers what no city answers: {error}") from error


def entry(city: City, index: int, pause: Callable[[float], None] = time.sleep) -> bytes:
    """An entry's exact bytes, once it is published. Raises CommandError."""
    for _ in range(TRIES):
        try:
            return city.get(f"/entries/{index}", MAX_ENTRY_BYTES)
        except EntryRefused as error:
            if error.reason != NOT_YET:
                raise
            pause(PAUSE_SECONDS)
    raise CommandError(f"the city does not publish entry {index}")
