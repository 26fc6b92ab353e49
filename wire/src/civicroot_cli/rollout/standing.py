"""How those who were told stand: followed by what is new in the API, so that a thousand devices are a few questions."""

from typing import Protocol

from civicroot_cli.rollout.journal import Journal
from civicroot_cli.rollout.outcome import COMMITTED, Outcome, judge, overdue
from civicroot_cli.rollout.street import NEVER, Device


class Watched(Protocol):
    """What is asked of the city; Street is one."""

    def devices(self) -> dict[str, Device]:
        """The current device of every subject."""
        ...

    def words(self, kid: str, after: int, most: int | None = None) -> list[str]:
        """What a key said as `update` above number `after`, the newest first."""
        ...


class Standing:
    """The outcomes by what was seen so far. Who has committed is not asked again."""

    def __init__(self, journal: Journal, street: Watched) -> None:
        self._journal = journal
        self._street = street
        self._words: dict[tuple[str, str], list[str]] = {}  # (subject, kid) -> what it said, the newest first
        self._seen: dict[tuple[str, str], int] = {}  # up to which number
        self._outcomes: dict[str, Outcome] = {}

    def look(self) -> None:
        """Take in what is new. CommandError."""
        devices = self._street.devices()
        for subject, told in self._journal.told.items():
            before = self._outcomes.get(subject)
            device = devices.get(subject)
            if device is None or (before is not None and before.state == COMMITTED):
                continue
            # A device that was replaced meanwhile is told too, as the one of its subject; it has numbers of its own.
            key = (subject, device.kid)
            after = self._seen.get(key, told.after if device.kid == told.kid else NEVER)
            if device.seq > after:
                self._words[key] = self._street.words(device.kid, after) + self._words.get(key, [])
                self._seen[key] = device.seq
            self._outcomes[subject] = judge(self._journal.version, self._words.get(key, []))

    def outcomes(self, ended: int) -> dict[str, Outcome]:
        """Of all who were told; who has said nothing in one of the first `ended` stages has failed."""
        late = {subject for stage in self._journal.stages[:ended] for subject in stage}
        version = self._journal.version
        found = {subject: self._outcomes.get(subject, judge(version, [])) for subject in self._journal.told}
        return {subject: overdue(outcome) if subject in late else outcome for subject, outcome in found.items()}
