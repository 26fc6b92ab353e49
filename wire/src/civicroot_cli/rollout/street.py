"""What the city's API shows of devices: who there is, what each said of releases, and what each was told before."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from civicroot_wire import release
from civicroot_wire.errors import WireError
from civicroot_wire.release import Release
from civicroot_wire.tile import MAX_ENTRY_BYTES

from civicroot_cli.main import CommandError
from civicroot_cli.submission import City, EntryRefused

API = "/api/v1"
PAGE = 200  # the most that the API gives at once
MAX_ANSWER = 8 * 1024 * 1024  # 200 readings of 16 values of 2 kB
LOOK_BACK = 1000  # numbers in which a word from before is looked for: a week of a bin's
NEVER = -1  # number of the newest record of a key that has sent none
NOT_YET = "not-yet-published"
TRIES = 60  # for a checkpoint to cover what was logged just now; one comes every second


@dataclass(frozen=True, slots=True)
class Device:
    """The current device of a subject: its key, the number of its newest record, and when a gateway got that one."""

    kid: str
    seq: int
    received: str | None


class Street:
    """Asks the city. `pause` waits a second. Raises CommandError if it does not answer, or not as a city does."""

    def __init__(self, city: City, pause: Callable[[], None]) -> None:
        self._city = city
        self._pause = pause

    def realm(self) -> str:
        """Whose city it is."""
        with _city_like():
            return str(self._get("/city")["realm"])

    def devices(self) -> dict[str, Device]:
        """The current device of every subject."""
        found: dict[str, Device] = {}
        cursor = ""
        while True:
            page = self._get(f"/devices?limit={PAGE}{cursor}")
            with _city_like():
                found |= {str(item["subject"]): _device(item) for item in page["devices"]}
            if page.get("next") is None:
                return found
            cursor = f"&cursor={page['next']}"

    def words(self, kid: str, after: int, most: int | None = None) -> list[str]:
        """What a key said as `update` in records above number `after`, the newest first; in its `most` newest."""
        found: list[str] = []
        cursor, seen = "", 0
        while True:
            page = self._get(f"/devices/{kid}/readings?limit={PAGE}{cursor}")
            with _city_like():
                readings = [_said(item) for item in page["readings"]]
            for seq, said in readings:
                if seq <= after:
                    return found
                found += said
            seen += len(readings)
            if page.get("next") is None or (most is not None and seen >= most):
                return found
            cursor = f"&cursor={page['next']}"

    def newest_release(self, subject: str) -> tuple[int, Release] | None:
        """The release that was logged last for a subject, and where."""
        page = self._get(f"/entries?subject={quote(subject, safe='')}&kind=release&limit=1")
        with _city_like():
            indices = [int(item["index"]) for item in page["entries"]]
        if not indices:
            return None
        signed = self._entry(indices[0])
        try:
            return indices[0], release.decode(signed)
        except WireError as error:
            raise CommandError(f"entry {indices[0]} of the city's log is no release: {error}") from error

    def _entry(self, index: int) -> bytes:
        for _ in range(TRIES):
            try:
                return self._city.get(f"/entries/{index}", MAX_ENTRY_BYTES)
            except EntryRefused as error:
                if error.reason != NOT_YET:
                    raise
                self._pause()
        raise CommandError(f"the city does not publish entry {index}")

    def _get(self, path: str) -> dict[str, Any]:
        body = self._city.get(API + path, MAX_ANSWER)
        with _city_like():
            return dict(json.loads(body))


@contextmanager
def _city_like() -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"the city answers what no city answers: {error!r}") from error


def _device(item: dict[str, Any]) -> Device:
    latest = item["latest"]
    if latest is None:
        return Device(str(item["kid"]), NEVER, None)
    return Device(str(item["kid"]), int(latest["seq"]), str(latest["received"]))


def _said(item: dict[str, Any]) -> tuple[int, list[str]]:
    """A record's number, and what it says as `update`, the last word first."""
    said = [str(value["value"]) for value in item["values"] if value["name"] == "update"]
    return int(item["seq"]), said[::-1]
