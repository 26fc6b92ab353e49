"""The panel: all witnesses of the configuration, asked in parallel, each by a worker of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock

from civicroot_wire.note import MAX_SIGNATURES

from civicroot_backend.errors import ConfigurationError
from civicroot_backend.witnesses.gathering import Gathering
from civicroot_backend.witnesses.question import Question
from civicroot_backend.witnesses.quorum import Cosignature, Quorum
from civicroot_backend.witnesses.worker import ANSWER_SECONDS, Standing, Worker

GRACE_SECONDS = 0.1  # for the others once the quorum is there: most answer within a few milliseconds of each other
MAX_COSIGNATURES = MAX_SIGNATURES - 1  # in one note, beside the log's own signature


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for one round of questions, and for the other witnesses once the quorum is there."""

    answer: float = ANSWER_SECONDS
    grace: float = GRACE_SECONDS


class Panel:
    """One thread asks; any may look at the standings. Without witnesses there is nothing to ask."""

    def __init__(
        self,
        quorum: Quorum,
        urls: Mapping[str, str],
        clock: Callable[[], float],
        patience: Patience = Patience(),
    ) -> None:
        """`urls` by witness name. Raises ConfigurationError."""
        strangers = sorted(set(urls) - quorum.names)
        if strangers:
            raise ConfigurationError(f"witnesses that the policy does not know: {', '.join(strangers)}")
        if quorum.needed > MAX_COSIGNATURES:
            raise ConfigurationError(f"a checkpoint holds {MAX_COSIGNATURES} cosignatures, not {quorum.needed}")
        self.quorum = quorum
        self._workers = [Worker(name, url, clock, patience.answer) for name, url in sorted(urls.items())]
        self._patience = patience
        self._lock = Lock()
        self._gathering: Gathering | None = None
        self._closed = False

    def __len__(self) -> int:
        return len(self._workers)

    def ask(self, question: Question, held: tuple[Cosignature, ...] = ()) -> tuple[Cosignature, ...]:
        """The cosignatures of the quorum and of those who answer as fast, by name; fewer if time is over.

        `held` are those that are there already; what came too late to the same question before is among the answers.
        """
        gathering = self._gather(question.body, held)
        for worker in self._workers:
            worker.hurry()
            key = self.quorum.key_of(worker.name, question.size)
            if key is not None and gathering.expect(worker.name):
                worker.ask(question, key, gathering)
        found = gathering.wait(self.quorum.needed, self._patience.answer, self._patience.grace)
        return found[:MAX_COSIGNATURES]

    def standings(self) -> list[Standing]:
        """How every witness stands, by name."""
        return [worker.standing() for worker in self._workers]

    def counts(self) -> dict[tuple[str, str], int]:
        """(witness, cosigned or the reason of a fault) → how often since the start."""
        return {(worker.name, reason): count for worker in self._workers for reason, count in worker.counts().items()}

    def close(self) -> None:
        """Ask nobody any more; who waits for answers gets those that are there."""
        with self._lock:
            self._closed = True
            if self._gathering is not None:
                self._gathering.cancel()
        for worker in self._workers:
            worker.close()

    @property
    def closed(self) -> bool:
        """Whether nobody is asked any more."""
        return self._closed

    def _gather(self, body: str, held: tuple[Cosignature, ...]) -> Gathering:
        with self._lock:
            if self._gathering is None or self._gathering.body != body:
                self._gathering = Gathering(body, held)
            if self._closed:
                self._gathering.cancel()
            return self._gathering
