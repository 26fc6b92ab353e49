"""An audit, from the first question to the report: `audit(source, policy, state)`."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from civicroot_wire import head as wire_head
from civicroot_wire import note, sodium
from civicroot_wire import policy as wire_policy
from civicroot_wire.errors import MalformedError, WireError
from civicroot_wire.policy import Policy

from . import anchorings
from .anchorings import Anchorings
from .beacons import Beacons
from .book import Book
from .errors import AuditError, Missing, PolicyError
from .heads import CHECKPOINT, Heads, Shown
from .knowledge import Knowledge
from .mirrors import Mirrors
from .options import Options
from .prunings import Prunings
from .reading import Progress, Reading
from .report import FAILED, HELD, NOT_CHECKED, Report, Witnessed
from .session import Session
from .source import Source
from .standing import Standing
from .state import EVIDENCE, State

__all__ = ["Options", "Report", "audit"]

POLICY_FILE = "policy.json"


def audit(
    source: Source,
    policy: Policy,
    state: Path,
    mirrors: Sequence[Source] = (),
    options: Options | None = None,
    clock: Callable[[], float] = time.time,
    progress: Progress | None = None,
    acknowledge: Sequence[str] = (),
) -> Report:
    """Audit what is new at `source` since the last audit with this state folder.

    `progress(entries, of)` is called as entries are audited. Findings named in `acknowledge` (fingerprints) no longer
    count as alarms. Raises StateError, PolicyError; whatever else goes wrong is in the report.
    """
    try:
        wire_policy.verify(policy, sodium.verify)
    except WireError as error:
        raise PolicyError(f"the policy does not hold: {error}") from error
    memory = State(state)
    try:
        memory.claim("realm", policy.realm)
        session = _session(source, policy, memory, options or Options(), int(clock()))
        _Audit(session, Mirrors(session, mirrors), progress).run(acknowledge)
        session.report.finished = int(clock())
        return session.report
    finally:
        memory.close()


def _session(source: Source, policy: Policy, state: State, options: Options, now: int) -> Session:
    book = Book(state, now)
    known = Knowledge(state, policy, sodium.verify)
    heads = Heads(state, book, sodium.verify, now)
    evidence = str(state.folder / EVIDENCE)
    report = Report(source.name, policy.realm, policy.version, now, evidence, size_before=known.own.size)
    return Session(source, state, book, known, heads, options, report, now)


class _Audit:
    def __init__(self, session: Session, mirrors: Mirrors, progress: Progress | None) -> None:
        self._session = session
        self._mirrors = mirrors
        self._beacons = Beacons(
            session.source,
            session.state,
            session.book,
            session.heads,
            lambda: session.known.policies.effective,
            sodium.verify,
        )
        self._reading = Reading(session, self._beacons, progress)
        self._standing = Standing(session.state, session.book, session.known, session.now)

    def run(self, acknowledge: Sequence[str]) -> None:
        session, report = self._session, self._session.report
        try:
            self._look()
        except AuditError as error:
            report.not_done = str(error)
        with session.state.step():
            self._stand()
            for fingerprint in acknowledge:
                if not session.book.acknowledge(fingerprint):
                    session.check("acknowledge", FAILED, f"there is no finding {fingerprint}")
            report.findings = session.book.entries()
        report.size = session.known.own.size
        report.root = session.known.own.root(report.size).hex()

    def _look(self) -> None:
        session = self._session
        # 1. Mirrors first: what they show, the city must have by the time that it is asked.
        self._mirrors.read()
        text = session.source.get(CHECKPOINT, note.MAX_NOTE_BYTES)
        served = self._served_policy()
        # 2. Each checkpoint by itself, and against all that were ever seen.
        judge = self._judging(served)
        with session.state.step():
            shown = session.heads.receive(session.source.name, text, judge)
            self._mirrors.receive(judge)
        # 3. The city's log up to its checkpoint.
        if shown is None:
            session.check("checkpoint", FAILED, "the city shows none that this policy trusts")
        else:
            self._say_head(shown)
            self._reading.read(shown)
            self._say_age(shown)
            Anchorings(session, shown.checkpoint.origin).run()
        # 4. What mirrors show is part of the same history; policies are in the log.
        self._mirrors.compare()
        with session.state.step():
            self._standing.policies(served)

    def _served_policy(self) -> Policy | None:
        try:
            return wire_policy.from_file(self._session.source.get(POLICY_FILE, wire_policy.MAX_FILE_BYTES))
        except (Missing, MalformedError):
            return None

    def _judging(self, served: Policy | None) -> Policy:
        """The policy that judges heads: the served one if the trusted roots handed over to it, and it is logged too."""
        policies = self._session.known.policies
        return served if served is not None and policies.follows(served) else policies.effective

    def _say_head(self, shown: Shown) -> None:
        session, found, count = self._session, shown.checkpoint, len(shown.head.cosigned)
        policy = session.known.policies.effective
        known = tuple(key.name for key in wire_head.keys_at(policy.witnesses, max(found.size - 1, 0)))
        seen, met = session.heads.count(), session.heads.count_met()
        session.report.witnesses = Witnessed(known, tuple(shown.head.cosigned), shown.quorum, seen, met)
        session.report.origin = found.origin
        session.check("checkpoint", HELD, f"{found.size} entries, signed by {found.origin}")
        if shown.quorum == 0:
            session.check("witnesses", NOT_CHECKED, "the policy asks for none: nobody outside vouches for this history")
        else:
            says = f"{count} of {len(known)} cosigned ({shown.head.witnesses()}), {shown.quorum} are needed; of {seen}"
            says += f" checkpoints that were ever seen {met} met the quorum"
            session.check("witnesses", HELD if count >= shown.quorum else FAILED, says)

    def _say_age(self, shown: Shown) -> None:
        session = self._session
        with session.state.step():
            session.heads.agree(session.known.own)
            says = self._standing.freshness(shown.seen_by, session.options.stale_after)
        session.check("age", HELD, says)

    def _say_beacons(self) -> None:
        session, named = self._session, self._beacons.stand()
        session.report.beacons = named
        if not session.known.policies.effective.quorum:
            session.check(
                "beacons", NOT_CHECKED, "the policy asks for no witnesses, who alone make them worth something"
            )
            return
        says = f"{named.records} records name a checkpoint before them"
        if named.unknown:
            says += f", {named.unknown} of them one that nobody knows: no lower bound"
        session.check("beacons", HELD if named.records > named.unknown else NOT_CHECKED, says)

    def _stand(self) -> None:
        """Everything that is looked at anew every time."""
        session, known = self._session, self._session.known
        minimum = session.state.number("minimum")
        Prunings(session.state, session.book, known.lives, known.directory).settle(minimum)
        self._standing.batches(minimum)
        self._standing.revocations()
        session.report.accounts = self._standing.accounts()
        session.report.anchors = anchorings.standing(session)
        self._say_beacons()
        if session.report.not_done is None:
            session.book.forget_what_was_put_right()
