"""Committing: a group of batch messages becomes durable in one transaction, then each gets its signed verdict.

The order is what makes it safe to be killed at any moment: the blobs are durable before the transaction that refers to
them, and a verdict exists only for what the transaction has. Whatever was lost comes again, because the gateway resends
until it has a verdict, and a batch that was committed gets the same verdict again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from civicroot_wire import verdict
from civicroot_wire.errors import WireError
from civicroot_wire.sodium import Signer

from civicroot_backend.database.connection import Database
from civicroot_backend.errors import BackendStopped
from civicroot_backend.ingest import history_reader
from civicroot_backend.ingest.evidence import BATCH, Refused, Tally
from civicroot_backend.ingest.examine import BadRecord, Examiner, GoodRecord, Opened
from civicroot_backend.ingest.group import Group
from civicroot_backend.ingest.history import History, KeySeq
from civicroot_backend.ingest.judge import Equivocation, committed_before
from civicroot_backend.ingest.key_directory import KeyDirectory
from civicroot_backend.store.store import BlobStore


@dataclass(frozen=True, slots=True)
class Arrival:
    """A batch message, and the gateway on whose topic it came."""

    gateway: bytes
    message: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A signed verdict for a gateway."""

    gateway: bytes
    verdict: bytes


@dataclass
class Outcome:
    """What a group came to, once it is durable."""

    answers: list[Answer] = field(default_factory=list)
    accepted: list[KeySeq] = field(default_factory=list)
    logged: int = 0  # new log entries


class Committer:
    """Commits groups; one thread uses it. `signer` has the backend's key."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        keys: KeyDirectory,
        examiner: Examiner,
        realm: str,
        signer: Signer,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._store = store
        self._keys = keys
        self._examiner = examiner
        self._realm = realm
        self._signer = signer
        self._clock = clock

    def commit(self, arrivals: Sequence[Arrival]) -> Outcome:
        """Make a group durable and answer every message of it. Raises what the database or the store raises.

        Raises BackendStopped if the backend's own key was revoked.
        """
        now = self._clock()
        with self._database.read() as connection:
            self._keys.refresh(connection)
        # 1. Messages and headers by themselves: what fails here is refused.
        opened = [self._open(arrival, now) for arrival in arrivals]
        # 2. The records of batches that are new, outside the transaction: signatures are where the time goes.
        examined = self._examine([item for item in opened if isinstance(item, Opened)])
        # 3. Judge against what is committed, and commit. Nobody else writes meanwhile.
        with self._database.write() as connection:
            if self._keys.refresh(connection):
                # A key enrolled meanwhile is in the log before these batches: they are judged by that.
                opened = [self._open(arrival, now) for arrival in arrivals]
                examined = self._examine([item for item in opened if isinstance(item, Opened)])
            self._check_own_key()
            group = Group(connection, now, examined)
            group.load([item for item in opened if isinstance(item, Opened)])
            verdicts = [
                group.settle(arrival.gateway, arrival.message, item)
                for arrival, item in zip(arrivals, opened, strict=True)
            ]
            group.write(self._store)
        # 4. It is durable: now it may be said.
        pairs = zip(arrivals, verdicts, strict=True)
        answers = [Answer(arrival.gateway, self._sign(found)) for arrival, found in pairs]
        return Outcome(answers, group.accepted, group.logged)

    def refuse_stray(self, topic: str, message: bytes) -> None:
        """Count and sample what came on a topic that is no gateway's; there is nobody to answer."""
        tally = Tally()
        tally.refuse(Refused(BATCH, "wrong-topic", topic, message))
        with self._database.write() as connection:
            tally.write(connection, self._clock())

    def _check_own_key(self) -> None:
        if self._keys.revocation(self._signer.kid) is not None:
            raise BackendStopped("this backend's key was revoked: nobody believes its verdicts any more")

    def _open(self, arrival: Arrival, now: float) -> Opened | WireError:
        try:
            return self._examiner.open(arrival.message, arrival.gateway, now)
        except WireError as error:
            return error

    def _examine(self, opened: list[Opened]) -> dict[bytes, list[GoodRecord | BadRecord]]:
        """By message digest, the examined records of those batches that were not committed before."""
        history = History()
        with self._database.read() as connection:
            history_reader.read_batches(connection, history, [item.header for item in opened])
        return {
            item.digest: [self._examiner.record(encoded) for encoded in item.records]
            for item in {item.digest: item for item in opened if _is_new(item, history)}.values()
        }

    def _sign(self, found: verdict.Verdict) -> bytes:
        return verdict.sign(found, self._signer.kid, self._realm, self._signer)


def _is_new(opened: Opened, history: History) -> bool:
    try:
        return committed_before(opened, history) is None
    except Equivocation:
        return False
