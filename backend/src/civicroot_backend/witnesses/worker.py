"""One witness's worker: a thread that asks it, one question after the other; only the newest that waits is kept."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread

from civicroot_wire.note import VerifierKey

from civicroot_backend.errors import BackendError
from civicroot_backend.witnesses.errors import OK, SLOW, State, WitnessFault
from civicroot_backend.witnesses.gathering import Gathering
from civicroot_backend.witnesses.link import Answer, Link
from civicroot_backend.witnesses.question import Question, judge, request, size_in
from civicroot_backend.witnesses.quorum import Cosignature

ANSWER_SECONDS = 5.0  # for one question; a witness is one short transaction, the rest is the network
ATTEMPTS = 3  # at one question: the size that it says may change under our hands, but not for ever
STOP_SECONDS = 10.0  # a thread ends when its connection is shut
COSIGNED = "cosigned"  # what an answer that counts is counted as; others by their reason

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a witness stands.

    `last_seen` (Unix seconds of this backend's clock) and `size`: of the last checkpoint that it cosigned; None and 0
    before. `url` None: it has none. `state` is one of errors.py, `detail` for people. `alarm`: what it says of another
    history than this log's, if it does.
    """

    name: str
    url: str | None
    last_seen: int | None
    size: int
    state: State
    detail: str
    alarm: str | None


@dataclass(frozen=True, slots=True)
class _Job:
    question: Question
    key: VerifierKey
    gathering: Gathering


class Worker:
    """`ask` and `standing` may come from any thread; the thread starts with the first question."""

    def __init__(self, name: str, url: str, clock: Callable[[], float], seconds: float = ANSWER_SECONDS) -> None:
        """`clock` gives Unix seconds. Raises ConfigurationError for a URL that is none."""
        self.name = name
        self.url = url
        self._counts: Counter[str] = Counter()
        self._link = Link(url)
        self._clock = clock
        self._seconds = seconds
        self._changed = Condition()
        self._waiting: _Job | None = None
        self._busy_until: float | None = None
        self._closed = False
        self._thread: Thread | None = None
        self._old = 0  # the size that the witness saw last, as far as is known here; 0 asks it
        self._fault: WitnessFault | None = None
        self._alarm: str | None = None
        self._last_seen: int | None = None
        self._size = 0

    def ask(self, question: Question, key: VerifierKey, gathering: Gathering) -> None:
        """Ask as soon as the question before is answered, or its time is over."""
        with self._changed:
            if self._closed:
                return
            if self._thread is None:
                self._thread = Thread(target=self._run, name=f"witness {self.name}", daemon=True)
                self._thread.start()
            self._waiting = _Job(question, key, gathering)
            self._changed.notify_all()

    def hurry(self) -> None:
        """Give up an exchange whose time is over: the witness sends its answer byte by byte."""
        with self._changed:
            if self._busy_until is not None and time.monotonic() > self._busy_until:
                self._link.abort()

    def standing(self) -> Standing:
        """How the witness stands now."""
        with self._changed:
            late = self._busy_until is not None and time.monotonic() > self._busy_until
            state: State = OK
            detail = "cosigns" if self._size else "was not asked yet"
            if self._fault is not None:
                state, detail = self._fault.state, self._fault.detail
            elif late:
                state, detail = SLOW, "no answer in time"
            return Standing(self.name, self.url, self._last_seen, self._size, state, detail, self._alarm)

    def counts(self) -> dict[str, int]:
        """How often it cosigned, or did not for which reason."""
        with self._changed:
            return dict(self._counts)

    def close(self) -> None:
        """End the thread, in the middle of an exchange too."""
        with self._changed:
            self._closed = True
            self._link.abort()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
        self._link.close()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            found: Cosignature | None = None
            fault: WitnessFault | None = None
            try:
                found = self._obtain(job.question, job.key, time.monotonic() + self._seconds)
            except WitnessFault as error:
                fault = error
            except BackendError as error:  # the log's own thread will meet the same damage, and say so
                fault = WitnessFault("unproved", str(error))
            self._settle(job.question, fault)
            job.gathering.take(self.name, found)

    def _next(self) -> _Job | None:
        with self._changed:
            self._busy_until = None
            while self._waiting is None and not self._closed:
                self._changed.wait()
            job, self._waiting = self._waiting, None
            if self._closed:
                return None
            self._busy_until = time.monotonic() + self._seconds
            return job

    def _settle(self, question: Question, fault: WitnessFault | None) -> None:
        with self._changed:
            self._counts[COSIGNED if fault is None else fault.reason] += 1
            before, self._fault = self._fault, fault
            if fault is None:
                self._last_seen, self._size, self._alarm = int(self._clock()), question.size, None
            else:
                self._old = 0  # whatever was known of it, it is asked again
                self._alarm = fault.detail if fault.alarms else self._alarm
        if fault is not None and (before is None or before.reason != fault.reason):
            level = logging.CRITICAL if fault.alarms else logging.WARNING
            _log.log(level, "witness %s at log size %d: %s", self.name, question.size, fault)

    def _obtain(self, question: Question, key: VerifierKey, deadline: float) -> Cosignature:
        """The witness's cosignature. Raises WitnessFault, and BackendError if there is no proof to show."""
        for _ in range(ATTEMPTS):
            old = self._old
            answer = self._link.post(request(question, old), deadline)
            if answer.status == 200:
                found = judge(question, answer.body, key, self._clock())
                self._old = question.size
                return found
            if answer.status != 409:
                raise _refusal(answer)
            # It saw another size last: more than we thought, or it lost its state. The proof starts from there.
            self._old = size_in(answer.body)
            if self._old > question.size:
                raise WitnessFault(
                    "ahead",
                    f"says that it saw {self._old} entries, and {question.size} is the most that was ever signed here: "
                    "it lies, or this is an old copy of the log",
                )
            if self._old == old:
                raise WitnessFault("forked", f"says that it saw another tree of size {old}: it lies, or there is one")
        raise WitnessFault("malformed", "it says another size every time")


def _refusal(answer: Answer) -> WitnessFault:
    says = answer.body[:100].decode(errors="replace").strip()
    if answer.status == 422:
        return WitnessFault("forked", f"refuses the proof that what it saw is part of this log: {says}")
    if 400 <= answer.status < 500 and answer.status != 429:
        return WitnessFault("refused", f"{answer.status}: {says}")
    return WitnessFault("unreachable", f"{answer.status}: {says}")
