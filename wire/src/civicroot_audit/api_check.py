"""What the city's API tells people, against the signed records: a dashboard that lies is found here.

Everything that the API says is untrusted JSON; only what it says of readings in the audited part of the log is
compared.
"""

import json
import random
from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from civicroot_wire import batch, record
from civicroot_wire.errors import WireError
from civicroot_wire.senml import Measurement

from .book import Book
from .completeness import account
from .directory import Enrolled
from .errors import Missing
from .findings import Finding
from .follow import BATCH
from .knowledge import Knowledge
from .lives import Life
from .options import ALL, NONE, SAMPLE
from .source import Source
from .state import State

API = "api/v1/"
SAMPLED_DEVICES = 20  # of a city, every time other ones
PAGE = 200  # the API's own limit
MAX_ANSWER = 4 * 1024 * 1024
CACHED_BATCHES = 64
_END = 253_402_300_800  # year 10000: the API shows no time beyond


class ApiCheck:
    """Compares; what was shown wrong once is found for good. Call it outside of steps."""

    def __init__(self, state: State, book: Book, knowledge: Knowledge, source: Source, realm: str) -> None:
        self.compared = 0
        self._state = state
        self._book = book
        self._knowledge = knowledge
        self._source = source
        self._realm = realm
        self._batches: OrderedDict[int, list[bytes]] = OrderedDict()
        self._minimum = state.number("minimum")

    def run(self, extent: str) -> str:
        """Compare a sample or all; what was done, for people. Raises SourceError."""
        if extent == NONE:
            return "not asked for"
        try:
            self._json("city")
        except Missing:
            return "no API at this address"
        devices = list(self._devices())
        if extent == SAMPLE:
            devices = random.SystemRandom().sample(devices, min(SAMPLED_DEVICES, len(devices)))
        for enrolled in devices:
            self._device(enrolled, extent == ALL)
        return f"{self.compared} readings of {len(devices)} devices compared"

    def _devices(self) -> Iterator[Enrolled]:
        for kid in self._knowledge.directory.kids():
            enrolled = self._knowledge.directory.newest(kid)
            if enrolled is not None and enrolled.role == record.ROLE:
                yield enrolled

    def _device(self, enrolled: Enrolled, whole: bool) -> None:
        kid = enrolled.kid.hex()
        about = f"{enrolled.subject} ({kid})"
        try:
            shown = self._json(f"devices/{kid}")
            for name, due in (("subject", enrolled.subject), ("simulated", enrolled.simulated)):
                if shown.get(name) != due:
                    self._add(about, f"its {name} is shown as {shown.get(name)}, enrolled as {due}", f"{kid} {name}")
            life = self._knowledge.lives.find(enrolled.kid)
            if life is not None:
                self._readings(life, about, whole)
                self._completeness(life, about)
        except Missing as error:
            self._add(about, f"the API does not show it: {error}", kid)
        except (TypeError, KeyError, ValueError, OverflowError, AttributeError, RecursionError) as error:
            self._add(about, f"what the API says cannot be read: {error!r}", f"{kid} unreadable")

    def _readings(self, life: Life, about: str, whole: bool) -> None:
        below, cursor = (life.facts.received.highest or 0) + 1, None
        while True:
            path = f"devices/{life.kid.hex()}/readings?limit={PAGE}" + (f"&cursor={cursor}" if cursor else "")
            page = self._json(path)
            shown: dict[int, dict[str, Any]] = {int(item["seq"]): item for item in page["readings"]}
            cursor = page["next"]
            least = min(shown, default=0) if cursor is not None else 0
            self._compare(life, about, shown, least, below)
            if cursor is None or not whole or least >= below:
                return
            if not isinstance(cursor, str) or not cursor.isalnum():
                raise ValueError(f"cursor {cursor!r}")
            below = least

    def _compare(self, life: Life, about: str, shown: dict[int, dict[str, Any]], least: int, below: int) -> None:
        size = self._knowledge.own.size
        rows = self._state.sql.execute(
            "SELECT seq, at, place, digest FROM records WHERE life = ? AND seq >= ? AND seq < ?",
            (life.id, least, below),
        ).fetchall()
        for seq, at, place, digest in rows:
            if seq not in shown and at < self._minimum:
                continue  # pruned: whether rightly, other checks say
            if seq not in shown:
                detail = f"reading {seq} of log entry {at} is not shown"
                self._add(about, detail, f"{life.kid.hex()} {seq}", at)
                continue
            self.compared += 1
            due = self._due(at, place, digest)
            if due is None:  # the batch is gone; other checks say so
                continue
            for name, value in due.items():
                if shown[seq].get(name) != value:
                    detail = f"reading {seq}: {name} is shown as {shown[seq].get(name)}, signed as {value}"
                    self._add(about, detail, f"{life.kid.hex()} {seq} {name}", at)
        known = {row[0] for row in rows}
        for seq, item in shown.items():
            inside = isinstance(item.get("log_index"), int) and item["log_index"] < size
            if inside and least <= seq < below and seq not in known and seq not in life.facts.pruned:
                detail = f"reading {seq} is shown as of log entry {item['log_index']}, where none counts"
                self._add(about, detail, f"{life.kid.hex()} {seq}")

    def _due(self, at: int, place: int, digest: bytes) -> dict[str, object] | None:
        """What the API should show of a record."""
        try:
            found = record.decode(self._batch(at)[place])
        except (Missing, WireError, IndexError):
            return None
        if record.content_digest(found, self._realm) != digest:
            return None
        time = found.pack.base_time
        return {
            "log_index": at,
            "time": None if time is None or time >= _END else _iso(time),
            "values": [_value(item) for item in found.pack.measurements],
        }

    def _completeness(self, life: Life, about: str) -> None:
        try:
            shown = self._json(f"devices/{life.kid.hex()}/completeness")
        except Missing:
            return  # a static mirror of the API may leave it out
        if shown.get("as_of") != self._knowledge.own.size:
            return  # of another state of the log
        own = account(life.facts)
        for name in ("received", "skipped", "thinned", "rejected", "lost"):
            due, said = [list(pair) for pair in getattr(own, name)], shown.get(name)
            # A long list has only its newest ranges; how many numbers there are is said all the same.
            if shown.get("truncated") is True and isinstance(said, list) and len(said) < len(due):
                due = due[len(due) - len(said) :]
            if own.pruned or (said == due and shown["counts"].get(name) == own.counts[name]):
                continue
            detail = f"completeness: {name} is shown as {shown['counts'].get(name)} in {said}, it is "
            self._add(about, detail + f"{own.counts[name]} in {due}", f"{life.kid.hex()} {name}")

    def _batch(self, at: int) -> list[bytes]:
        if at not in self._batches:
            root = self._state.sql.execute("SELECT root FROM batches WHERE at = ?", (at,)).fetchone()[0]
            message = self._source.get(BATCH + root.hex(), batch.MAX_MESSAGE_BYTES)
            self._batches[at] = batch.decode_message(message)[1]
            if len(self._batches) > CACHED_BATCHES:
                self._batches.popitem(last=False)
        return self._batches[at]

    def _json(self, path: str) -> dict[str, Any]:
        found = json.loads(self._source.get(API + path, MAX_ANSWER))
        if not isinstance(found, dict):
            raise ValueError("no JSON object")
        return found

    def _add(self, about: str, detail: str, identity: str, index: int | None = None) -> None:
        with self._state.step():
            self._book.add(Finding("api-disagrees", about, detail, identity, index))


def _value(item: Measurement) -> dict[str, object]:
    value = item.value
    shown: object = value
    text = str(value)
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, bytes):
        shown = text = value.hex()
    elif not isinstance(value, int | str):
        shown = float(text)
    return {"name": item.name, "unit": item.unit, "value": shown, "text": text}


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
