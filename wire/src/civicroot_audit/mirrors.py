"""Mirrors: what they show must be part of the one history that the city shows."""

from collections.abc import Sequence

from civicroot_wire import note
from civicroot_wire.policy import Policy

from .errors import AuditError, LogDamaged, Missing, SourceError
from .findings import Finding
from .heads import CHECKPOINT, Shown
from .log_reader import LogReader
from .report import FAILED, HELD, NOT_CHECKED
from .session import Session
from .source import Source


class Mirrors:
    """`read` before the city is asked, since it must have by then what mirrors show. Then `receive` and `compare`."""

    def __init__(self, session: Session, mirrors: Sequence[Source]) -> None:
        self._session = session
        self._mirrors = mirrors
        self._texts: list[tuple[Source, bytes]] = []
        self._shown: list[tuple[Source, Shown | None]] = []

    def read(self) -> None:
        """Ask each for its checkpoint."""
        for mirror in self._mirrors:
            try:
                self._texts.append((mirror, mirror.get(CHECKPOINT, note.MAX_NOTE_BYTES)))
            except (Missing, SourceError) as error:
                self._unreachable(mirror, error)

    def receive(self, policy: Policy) -> None:
        """Judge each checkpoint by itself; part of a step."""
        heads = self._session.heads
        self._shown = [(mirror, heads.receive(mirror.name, text, policy)) for mirror, text in self._texts]

    def compare(self) -> None:
        """Compare each with the own tree, which has followed the city by now."""
        for mirror, shown in self._shown:
            if shown is None:
                self._session.check("mirror", FAILED, f"{mirror.name} shows no checkpoint that this policy trusts")
            else:
                self._compare(mirror, shown)
        if not self._mirrors:
            self._session.check("mirrors", NOT_CHECKED, "none was given")

    def _compare(self, mirror: Source, shown: Shown) -> None:
        session, own = self._session, self._session.known.own
        size = shown.checkpoint.size
        reader = LogReader(mirror, shown.checkpoint) if size > own.size else None
        try:
            with session.state.step():
                holds = session.heads.history_holds(shown, own, reader)
        except (LogDamaged, Missing, SourceError) as error:
            self._unreachable(mirror, error)
            return
        says = f"{mirror.name} shows {size} entries, the city {own.size}"
        session.check("mirror", HELD if holds else FAILED, says)
        if holds and size > own.size:
            session.find(Finding("source-behind", session.source.name, says, mirror.name), standing=True)

    def _unreachable(self, mirror: Source, error: AuditError) -> None:
        self._session.check("mirror", NOT_CHECKED, f"{mirror.name}: {error}")
        self._session.find(Finding("mirror-unreachable", mirror.name, str(error), mirror.name), standing=True)
