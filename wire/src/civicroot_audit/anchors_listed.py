"""Which external anchors there are: what the city's API lists, or what lies in a folder. Nothing of it is believed.

GET /api/v1/anchors?name=NAME&state=confirmed&covers=INDEX    {"anchors": [{"name": …, "size": …, …}, …], "next": …}
log/anchor/<name>/<size>                              the evidence
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from civicroot_wire.anchors import MAX_EVIDENCE_BYTES
from civicroot_wire.policy import Policy

from .errors import Missing
from .source import DirectorySource, Source

FOLDER = "log/anchor/"
API = "api/v1/anchors"
CONFIRMED = "confirmed"
PAGE = 200  # the API's own limit
MAX_ANSWER = 1024 * 1024
MAX_LISTED = 100_000  # of a folder: hourly anchors of ten years; who lists more wastes an auditor's time
_DIGITS = re.compile(r"[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Listed:
    """A confirmed anchor, as it is told: `name` of the policy's anchor, `size` of the tree."""

    name: str
    size: int


def evidence_of(source: Source, item: Listed) -> bytes:
    """Its evidence. Raises Missing or SourceError."""
    return source.get(f"{FOLDER}{item.name}/{item.size}", MAX_EVIDENCE_BYTES)


class AnchorList:
    """The confirmed anchors at a source, of names that the policy has."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def covering(self, index: int, size: int, policy: Policy) -> list[Listed]:
        """Those of trees with log entry `index` in them and at most `size` entries. Raises Missing or SourceError."""
        found = self._in_folder(policy) if isinstance(self._source, DirectorySource) else self._told(policy, index)
        return [item for item in found if index < item.size <= size]

    def all(self, policy: Policy) -> list[Listed]:
        """All of them. Raises Missing or SourceError."""
        found = self._in_folder(policy) if isinstance(self._source, DirectorySource) else self._told(policy)
        return sorted(set(found), key=lambda item: (item.name, item.size))

    def _in_folder(self, policy: Policy) -> Iterator[Listed]:
        assert isinstance(self._source, DirectorySource)
        for name in sorted({anchor.name for anchor in policy.anchors}):
            for entry in self._source.listing(FOLDER + name, MAX_LISTED):
                if _DIGITS.fullmatch(entry):
                    yield Listed(name, int(entry))

    def _told(self, policy: Policy, index: int | None = None) -> Iterator[Listed]:
        """Each name's own pages: one busy anchor does not push the others out."""
        covers = "" if index is None else f"&covers={index}"
        for name in sorted({anchor.name for anchor in policy.anchors}):
            yield from self._pages(name, covers)

    def _pages(self, name: str, covers: str) -> Iterator[Listed]:
        cursor, count = "", 0
        while count < MAX_LISTED:
            page, cursor = self._page(f"{API}?name={name}&state={CONFIRMED}{covers}&limit={PAGE}{cursor}")
            count += len(page)
            yield from (item for item in page if item.name == name and item.size > 0)
            if not cursor or not page:
                return

    def _page(self, path: str) -> tuple[list[Listed], str]:
        content = self._source.get(path, MAX_ANSWER)
        try:
            answer = json.loads(content)
            listed, cursor = answer["anchors"], answer["next"]
            found = [Listed(str(item["name"]), int(item["size"])) for item in listed if item["state"] == CONFIRMED]
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise Missing(f"{API}: the answer cannot be read") from error
        if cursor is None:
            return found, ""
        if not isinstance(cursor, str | int) or not str(cursor).isalnum():
            raise Missing(f"{API}: the answer cannot be read")
        return found, f"&cursor={cursor}"
