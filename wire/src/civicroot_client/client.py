"""The client itself: one method for each thing that the API answers."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, Literal, Self, TypeVar
from urllib.parse import quote, urlencode

from civicroot_wire.policy import Policy
from civicroot_wire.verifier import Report as ProofReport

from . import decoding, events, files, models, proofs
from .errors import ClientError, NotUnderstood
from .events import Event
from .transport import RETRIES, Answer, Transport, succeeded

API = "/api/v1"
PAGE = 200  # the API's own limit
_T = TypeVar("_T")
_Query = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class _Near:
    subjects: list[models.NearSubject]


class Client:
    """A city at `url`. Every method raises Unreachable, Problem or NotUnderstood; threads may share it.

    `key`: an API key, for what is not public. ClientError for an address or a key that is none.
    """

    def __init__(self, url: str, key: str | None = None, retries: int = RETRIES) -> None:
        self._transport = Transport(url, retries)
        if key and not (key.isascii() and key.isprintable()):  # the HTTP library would show it in its error
            raise ClientError("this is no API key")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give connections up."""
        self._transport.close()

    # The city and its devices

    def city(self) -> models.City:
        """Whose city this is, and how far its log is published."""
        return self._one(models.City, "/city")

    def devices(self) -> Iterator[models.Device]:
        """The current device of every subject, in the order of enrolment."""
        return self._all(models.Device, "/devices", "devices")

    def device(self, kid: str) -> models.Device:
        """One device by its key, in hexadecimal."""
        return self._one(models.Device, f"/devices/{_part(kid)}")

    def readings(self, kid: str) -> Iterator[models.Reading]:
        """A device's readings, newest first."""
        return self._all(models.Reading, f"/devices/{_part(kid)}/readings", "readings")

    def history(
        self, kid: str, name: str, start: str | None = None, end: str | None = None, points: int | None = None
    ) -> models.History:
        """Means of a measurement over equal intervals; times in ISO 8601."""
        query: _Query = {"name": name, "from": start, "to": end, "points": points}
        return self._one(models.History, f"/devices/{_part(kid)}/history", query)

    def series(
        self, kid: str, name: str, start: str | None = None, end: str | None = None, points: int | None = None
    ) -> models.Series:
        """Real readings of a measurement, at most so many; times in ISO 8601. Each point names its proof."""
        query: _Query = {"name": name, "from": start, "to": end, "points": points}
        return self._one(models.Series, f"/devices/{_part(kid)}/series", query)

    def completeness(self, kid: str) -> models.Completeness:
        """What became of every number of a device."""
        return self._one(models.Completeness, f"/devices/{_part(kid)}/completeness")

    # Bins and trees

    def subject(self, subject: str) -> models.Subject:
        """A bin or a tree, like `bin/12`, with its device and what the city says of it."""
        return self._one(models.Subject, _subject(subject))

    def state(self, subject: str) -> models.State:
        """The last value of each measurement, and when a bin was emptied."""
        return self._one(models.State, f"{_subject(subject)}/state")

    def subject_readings(self, subject: str) -> Iterator[models.Reading]:
        """Readings of all devices that it ever had, newest first."""
        return self._all(models.Reading, f"{_subject(subject)}/readings", "readings")

    def properties(self, subject: str) -> Iterator[models.PropertiesVersion]:
        """All that the city said of it, newest first."""
        return self._all(models.PropertiesVersion, f"{_subject(subject)}/properties", "versions")

    def near(
        self,
        latitude: float,
        longitude: float,
        kind: str = "bin",
        not_full: bool = False,
        accepts: str | None = None,
        within: int | None = None,
        limit: int | None = None,
    ) -> list[models.NearSubject]:
        """Bins or trees, nearest first; `within` in metres."""
        query: dict[str, str | int | bool | None] = {"near": f"{latitude:.7f},{longitude:.7f}", "kind": kind}
        query |= {"not_full": not_full or None, "accepts": accepts, "within": within, "limit": limit}
        found = self._json("/subjects", query)
        return decoding.decode(_Near, found).subjects

    def report(self, subject: str, category: str, text: str = "") -> models.NewReportAnswer:
        """Report a problem; the answer's token takes it back."""
        body = json.dumps({"category": category, "text": text}).encode()
        headers = {"Content-Type": "application/json"}
        answer = self._ask("POST", f"{API}{_subject(subject)}/reports", headers, body, again=False)
        return decoding.decode(models.NewReportAnswer, decoding.parse(answer.body))

    # The log

    def entries(self, subject: str | None = None, kind: str | None = None) -> Iterator[models.Entry]:
        """Entries of the log, newest first."""
        return self._all(models.Entry, "/entries", "entries", {"subject": subject, "kind": kind})

    def checkpoints(self) -> Iterator[models.Checkpoint]:
        """Published checkpoints, newest first."""
        return self._all(models.Checkpoint, "/checkpoints", "checkpoints")

    def anchors(self, state: str | None = None) -> Iterator[models.Anchoring]:
        """What became of anchoring, newest first."""
        return self._all(models.Anchoring, "/anchors", "anchors", {"state": state})

    def witnesses(self) -> list[models.Witness]:
        """How the witnesses stand."""
        found = self._json("/witnesses")
        if not isinstance(found, list):
            raise NotUnderstood("the witnesses are no list")
        return [decoding.decode(models.Witness, item) for item in found]

    def alarms(self) -> models.Alarms:
        """What needs somebody now."""
        return self._one(models.Alarms, "/alarms")

    # Files

    def save(self, path: str, into: IO[bytes], format: Literal["csv", "parquet"] = "parquet") -> str | None:
        """Write what a path of the API answers (`/api/v1/devices?…`) as a file; the path of the next file, if any.

        A file that is broken off raises Unreachable.
        """
        asked = path if "format=" in path else f"{path}{'&' if '?' in path else '?'}format={format}"
        return files.save(self._transport, asked, self._headers, into)

    # Proofs

    def proof(self, kid: str, seq: int) -> bytes:
        """The proof file of a reading, to keep and to check anywhere."""
        return self._ask("GET", f"{API}/devices/{_part(kid)}/records/{seq}/proof").body

    def verified(self, reading: models.Reading, policy: Policy) -> ProofReport:
        """The same reading with everything checked against a policy that you have from elsewhere. Raises NotProved.

        What the city says in `reading` is not looked at: use the values in the report.
        """
        return proofs.check(self.proof(reading.kid, reading.seq), policy, reading.kid, reading.seq)

    def policy(self) -> Policy:
        """The city's own trust policy, whose signatures hold. Raises NotProved.

        Whoever takes it from here trusts the city once; compare its roots with those that you know.
        """
        return proofs.policy_of(self._ask("GET", "/policy.json").body)

    # Live

    def events(self, subject: str | None = None, only: tuple[str, ...] = (), last_id: str = "") -> Iterator[Event]:
        """What happens, as it happens, without end; breaks are mended, and what was missed comes first."""
        return events.listen(self._transport, subject, only, last_id)

    def _one(self, model: type[_T], path: str, query: _Query | None = None) -> _T:
        return decoding.decode(model, self._json(path, query))

    def _all(self, model: type[_T], path: str, name: str, query: _Query | None = None) -> Iterator[_T]:
        """Items of all pages, each fetched when it is needed."""
        asked: dict[str, str | int | bool | None] = {**(query or {}), "limit": PAGE}
        seen: set[str] = set()
        while True:
            page = self._json(path, asked)
            if not isinstance(page, dict) or not isinstance(page.get(name), list):
                raise NotUnderstood(f"a page has no {name}")
            for item in page[name]:
                yield decoding.decode(model, item)
            following = page.get("next")
            if following is None:
                return
            if not isinstance(following, str) or following in seen:
                raise NotUnderstood("pages that never end")
            seen.add(following)
            asked["cursor"] = following

    def _json(self, path: str, query: _Query | None = None) -> Any:
        given = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        return decoding.parse(self._ask("GET", f"{API}{path}" + (f"?{urlencode(given)}" if given else "")).body)

    def _ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        again: bool = True,
    ) -> Answer:
        answer = self._transport.request(method, path, {**self._headers, **(headers or {})}, body, again=again)
        return succeeded(self._transport.url, answer)


def _part(text: str) -> str:
    return quote(text, safe="")


def _subject(subject: str) -> str:
    kind, _, name = subject.partition("/")
    return f"/subjects/{_part(kind)}/{_part(name)}"


def _text(value: str | int | bool) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
