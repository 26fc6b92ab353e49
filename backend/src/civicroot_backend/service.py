"""The backend as one object: what it is made of, its threads, and what the API and the command line ask of it.

Threads: `ingest` (MQTT and commits), `log` (tiles and checkpoints), `telemetry` (the projection), `alarms` (rules),
`notices` (whom they tell), and one for each anchor. A thread that fails stops the whole backend: half of one that looks
alive would be worse than none, and every restart recovers.
"""

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread

from civicroot_wire import policy as policies
from civicroot_wire import verdict
from civicroot_wire.errors import WireError
from civicroot_wire.policy import Policy
from civicroot_wire.sodium import Signer, verify

from civicroot_backend import data_lock, keyfile
from civicroot_backend.alarms import keeping
from civicroot_backend.alarms import settings as alarm_settings
from civicroot_backend.alarms.content import Writer
from civicroot_backend.alarms.desk import AlarmDesk
from civicroot_backend.anchor.book import Book
from civicroot_backend.anchor.open import open_anchors
from civicroot_backend.anchor.runner import TRUSTED_SECONDS, Runner, Trouble
from civicroot_backend.announce.announcer import CHECKPOINT_INTERVAL, Announcer
from civicroot_backend.announce.retained import Retained
from civicroot_backend.artefacts.shelf import Shelf
from civicroot_backend.audit_trail import forgetting
from civicroot_backend.audit_trail.publisher import Publisher
from civicroot_backend.bus import Bus, Ears, parse_broker_url
from civicroot_backend.claims.claims import Claims
from civicroot_backend.claims.notices import Notices
from civicroot_backend.claims.opening_ear import OpeningEar
from civicroot_backend.config import Config
from civicroot_backend.database.connection import Database
from civicroot_backend.entries.organisation import Organisation
from civicroot_backend.entries.policy import log_policy
from civicroot_backend.entries.receipt import Receipts
from civicroot_backend.entries.submission import Submissions, Submitted
from civicroot_backend.errors import ConfigurationError, StoreError, SwapRefused
from civicroot_backend.events import CheckpointPublished, EventHub, RecordAccepted
from civicroot_backend.gate import GroupGate
from civicroot_backend.gateways.board import Board
from civicroot_backend.ingest import evidence
from civicroot_backend.ingest.commit import Committer, Outcome
from civicroot_backend.ingest.examine import Examiner
from civicroot_backend.ingest.key_directory import KeyDirectory
from civicroot_backend.log import watch
from civicroot_backend.log.beacons import Beacons
from civicroot_backend.log.below_quorum import WAIT
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.log.log_keys import LogKeys
from civicroot_backend.log.publish import Published
from civicroot_backend.pages import STATIC
from civicroot_backend.pages.verifier_statement import VerifierStatement
from civicroot_backend.people import sessions
from civicroot_backend.people.door import Door
from civicroot_backend.people.oidc import provider as oidc_provider
from civicroot_backend.people.people import People
from civicroot_backend.projector import Projector
from civicroot_backend.proofs.anchored import AnchorShelf
from civicroot_backend.proofs.entry import EntryProver
from civicroot_backend.proofs.reading import Prover
from civicroot_backend.reports import reports
from civicroot_backend.retention.pruner import Author, Pruner
from civicroot_backend.store.open import open_store
from civicroot_backend.telemetry.errors import TelemetryError
from civicroot_backend.telemetry.open import open_telemetry
from civicroot_backend.telemetry_later import open_now_or_later
from civicroot_backend.visits.care_publisher import CarePublisher
from civicroot_backend.witnesses.panel import Panel
from civicroot_backend.witnesses.quorum import Quorum
from civicroot_backend.witnesses.report import WitnessReport, report

GROUP_ENTRIES, GROUP_SECONDS = 256, 0.25  # a checkpoint covers a whole tile, or what came in a quarter of a second
IDLE_SECONDS = 5.0  # how often threads look for work that nobody announced (another process's)
PRUNE_SECONDS = 3600.0  # how often the log thread looks for batches and openings older than they are kept
DAY_SECONDS = 86_400
FIRST_RETRY, LAST_RETRY = 1.0, 30.0  # seconds between two attempts to reach the telemetry store
TRAIL_PATH = "/api/v1/districts/city/audit-trail"  # where the city's auditors read it
STOP_SECONDS = 30.0  # a thread ends within one group

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the parts work.

    `broker_connected`: connected and subscribed. `telemetry_error`: the last attempt's, None if it succeeded.
    """

    failed: str | None
    broker_connected: bool
    published_size: int
    telemetry_error: str | None
    witnesses: WitnessReport
    anchors: str
    anchors_ok: bool

    @property
    def healthy(self) -> bool:
        """Everything works; without broker, telemetry or quorum the backend still answers, but it is not healthy."""
        works = self.failed is None and self.telemetry_error is None
        return works and self.broker_connected and self.witnesses.ok and self.anchors_ok


class Backend:
    """Opened it is recovered and can be asked; started it takes batches. `clock` gives Unix seconds."""

    def __init__(self, config: Config, clock: Callable[[], float] = time.time) -> None:
        """Open and recover everything. Raises BackendError, TelemetryError, WireError."""
        self.config = config
        self.realm = config.realm
        self.clock = clock
        self.policy, self.policy_json = _load_policy(config)
        signer = keyfile.load(config.backend_key_file)
        log_keys = LogKeys.of_policy(self.policy, [keyfile.load(path) for path in config.log_key_files])
        self.kid = signer.kid
        with ExitStack() as opened:
            opened.enter_context(data_lock.hold(config.data_directory))
            self.database = Database(config.database_url)
            opened.callback(self.database.close)
            self.store = open_store(config.store_url)
            opened.callback(self.store.close)
            url = config.telemetry_url
            self.telemetry = open_now_or_later(url, lambda: open_telemetry(url, clock=clock))
            opened.callback(self.telemetry.close)
            self._compose(config, signer, log_keys, opened)
            self._resources = opened.pop_all()  # from here on `stop` closes them

    def _compose(self, config: Config, signer: Signer, log_keys: LogKeys, opened: ExitStack) -> None:
        clock = self.clock
        self.events = EventHub()
        self.keys = KeyDirectory()
        self._panel = _open_panel(config, self.policy, clock)
        opened.callback(self._panel.close)
        self.log = CityLog(self.database, self.store, log_keys, clock, self._panel, config.below_quorum)
        self._beacons = Beacons(self.store, self.policy)
        if config.checkpoint_watch_url:
            watch.look(config.checkpoint_watch_url, self.log.compare)
        self.log.recover()
        self._submissions = Submissions(self.database, self.policy, clock)
        self.receipts = Receipts(self.database, self.log, self.realm)
        shelf = AnchorShelf(self.policy, self.log)
        self._prover = Prover(self.database, self.store, self.log, self._beacons, shelf, self.realm)
        self._entry_prover = EntryProver(self.database, self.log, self.receipts, shelf, self.realm)
        self._projector = Projector(self.database, self.keys, self.telemetry)
        interval = float(config.beacon_seconds) if self.policy.quorum else CHECKPOINT_INTERVAL
        retained = Retained(self.policy)
        self._announcer = Announcer(self.database, self.log, time.monotonic, self._beacons, interval, retained)
        self.gateways = Board(self.database, self.keys, clock)
        shelf_of_artefacts = Shelf(self.store, self.keys, time.monotonic)
        door = Door(config.public_url, config.http_host)
        providers = oidc_provider.of_configuration(config.oidc, config.folder)
        self.people = People(self.database, door, self.realm, providers, clock)
        self.notices = Notices(self._wake_bus)
        self.claims = Claims(self.database, self.keys, self.realm, self.notices, clock)
        self.opening_ear = OpeningEar(self.claims, self.database, self.keys, time.monotonic)
        examiner = Examiner(self.realm, self.keys, verify)
        self.committer = Committer(self.database, self.store, self.keys, examiner, self.realm, signer, clock)
        self._bus = Bus(
            parse_broker_url(config.broker_url),
            f"civicroot-backend-{self.kid.hex()}",
            self.committer,
            self._announcer,
            Ears(
                self.log.compare,
                self.gateways.said,
                shelf_of_artefacts.answer,
                self.opening_ear.heard,
                self.notices.take,
            ),
            self.committed,
            time.monotonic,
        )
        opened.callback(self._bus.close)
        self.alarms = AlarmDesk(
            self.database,
            self.keys,
            self.gateways,
            lambda: self._bus.subscribed,
            self.events.publish,
            alarm_settings.of_configuration(config.notifications, config.folder),
            Writer(self.realm, config.public_url),
            clock,
            time.monotonic,
        )
        self._stop = Event()
        self._log_gate = GroupGate(GROUP_ENTRIES, GROUP_SECONDS)
        self._telemetry_gate = GroupGate(1, 0.0)
        self._threads: list[Thread] = []
        self._on_failure: Callable[[], None] = self._stop.set
        self._telemetry_error: str | None = None
        self.failure: Exception | None = None
        self._found()
        self.anchors = Book(self.database, self.origin)
        self._runners = self._open_anchors(opened)
        self._trail: Publisher | None = None
        self._verifier: VerifierStatement | None = None
        self._care: CarePublisher | None = None
        if config.organisation_key_file is not None:
            self._speak(keyfile.load(config.organisation_key_file))
        author = Author(signer, self.keys.require(self.kid, verdict.ROLE).subject, self.realm)
        self._pruner = Pruner(
            self.database, self.store, self.log, author, config.retention_days, clock, self.publish_pending
        )

    # What the API asks

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.log.origin

    @property
    def published(self) -> Published | None:
        """The newest published checkpoint."""
        return self.log.published

    def submit(self, data: bytes) -> Submitted:
        """Log a signed entry durably (entries/submission.py). Raises WireError with the reason of the refusal."""
        submitted = self._submissions.submit(data)
        self._log_gate.add(1)
        return submitted

    def proof(self, kid: bytes, seq: int) -> bytes:
        """The `.proof` file of a record. Raises NotFound, Pruned, NotYetPublished, LogDamaged."""
        return self._prover.bundle(kid, seq)

    def entry_proof(self, index: int) -> bytes:
        """The `.proof` file of any log entry. Raises NotFound, NotYetPublished, LogDamaged."""
        return self._entry_prover.bundle(index)

    def counts(self) -> dict[tuple[str, str], int]:
        """(scope, reason) → how often: scopes record, batch, and kinds of entries (ingest/evidence.py)."""
        with self.database.read() as connection:
            return evidence.counts(connection)

    def health(self) -> Health:
        """Whether the parts work."""
        published = self.published
        return Health(
            None if self.failure is None else str(self.failure) or type(self.failure).__name__,
            self._bus.subscribed,
            published.size if published else 0,
            self._telemetry_error,
            self.witnesses(),
            *_said_of(self._runners),
        )

    def witnesses(self) -> WitnessReport:
        """How the witnesses stand, and whether the newest checkpoint has its quorum."""
        return report(self._panel, self.log.published, self.log.waiting)

    def anchor_troubles(self) -> list[Trouble]:
        """The anchors that do not get on."""
        return [trouble for runner in self._runners if (trouble := runner.trouble()) is not None]

    # Life

    def start(self, on_failure: Callable[[], None]) -> None:
        """Start the threads. `on_failure` is called in a thread that fails, with `failure` set; then call `stop`."""
        self._on_failure = on_failure
        loops = {"ingest": lambda: self._bus.run(self._stop), "log": self._publish, "telemetry": self._project}
        loops |= {"alarms": partial(self.alarms.watch, self._stop), "notices": partial(self.alarms.tell, self._stop)}
        for runner in self._runners:
            loops[f"anchor {runner.name}"] = partial(runner.run, self._stop)
        for name, loop in loops.items():
            thread = Thread(target=self._run, args=(name, loop), name=name)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End the threads after their current group and close everything. Calling it again does nothing."""
        self._stop.set()
        self._panel.close()  # nobody waits for an answer any more
        self._log_gate.close()
        self._telemetry_gate.close()
        self.alarms.close()
        if self._threads:
            self._bus.wake()
        for thread in self._threads:
            thread.join(STOP_SECONDS)
        self._threads = []
        self._resources.close()

    def committed(self, outcome: Outcome) -> None:
        """A group is durable: let the other threads and the live pages know."""
        if outcome.logged:
            self._log_gate.add(outcome.logged)
        if outcome.accepted:
            self._telemetry_gate.add(1)
            self.claims.accepted(outcome.accepted)
            self.alarms.accepted(len(outcome.accepted))
        self.events.publish([RecordAccepted(kid, seq) for kid, seq in outcome.accepted])

    def publish_pending(self) -> None:
        """Publish everything that is committed, in the caller's thread, unless told to stop: `log` does this."""
        while not self._stop.is_set() and (published := self.log.advance()) is not None:
            self.events.publish([CheckpointPublished(published)])
            self._bus.wake()

    def batch_trail(self) -> int:
        """Submit batches of the audit trail that are due, in the caller's thread: `log` does this; how many."""
        return 0 if self._trail is None else self._trail.step()

    def state_verifier(self) -> int | None:
        """Submit the hash of the served verifier, if it is due, in the caller's thread: `log` does this; its index."""
        return None if self._verifier is None else self._verifier.step()

    def state_care(self) -> int:
        """Submit what was done for trees, in the caller's thread: `log` does this; how many lines."""
        return 0 if self._care is None else self._care.step()

    def prune(self) -> int:
        """Prune batches older than they are kept, in the caller's thread, unless told to stop; how many.

        Nobody else may publish meanwhile: `log` does both. Raises StoreError, LogError.
        """
        number = 0
        while not self._stop.is_set() and (some := self._pruner.prune()):
            number += some
        return number

    def project_pending(self) -> None:
        """Move all records into telemetry, in the caller's thread. Raises TelemetryError."""
        while not self._stop.is_set() and self._projector.step():
            pass

    def anchor(self) -> None:
        """Look once at every anchor, in the caller's thread: their own threads do this."""
        for runner in self._runners:
            runner.step()

    def _wake_bus(self) -> None:
        self._bus.wake()

    def _open_anchors(self, opened: ExitStack) -> list[Runner]:
        runners = []
        for one in open_anchors(self.config.anchors, self.config.folder, self.policy, self.clock):
            opened.callback(one.anchor.close)
            runners.append(
                Runner(
                    one,
                    self.anchors,
                    self.store,
                    lambda: self.log.witnessed,
                    self.origin,
                    self.events.publish,
                    self.clock,
                )
            )
        return runners

    def _speak(self, signer: Signer) -> None:
        """The organisation states the trail's batches, which verifier is served, and what was done for trees."""
        parts = (self.database, self._submissions, self.keys)
        organisation = Organisation(*parts, signer, self.realm, self.config.public_url)
        self._trail = Publisher(organisation, f"{organisation.public_url}{TRAIL_PATH}", self.clock)
        self._verifier = VerifierStatement(STATIC, organisation, self.clock)
        self._care = CarePublisher(organisation, self.clock)

    def _found(self) -> None:
        """The first entries of a log: the policy, then the enrolments that the configuration names."""
        log_policy(self.database, self.policy)
        for path in self.config.genesis_enrolments:
            try:
                self._submissions.submit(path.read_bytes())
            except (OSError, WireError) as error:
                raise ConfigurationError(f"{path}: {error}") from error
        with self.database.read() as connection:
            self.keys.refresh(connection)
        self.claims.accepted(())  # what was committed just before the last crash
        self.keys.require(self.kid, verdict.ROLE)
        if self.keys.revocation(self.kid) is not None:
            raise ConfigurationError("the key of backend_key_file was revoked: enrol another one")

    def _run(self, name: str, loop: Callable[[], None]) -> None:
        try:
            loop()
        except Exception as error:  # noqa: BLE001 - whatever it is, the process must not go on without this thread
            _log.critical("%s failed", name, exc_info=error)
            self.failure = self.failure or error
            self._on_failure()

    def _publish(self) -> None:
        prune_next = time.monotonic()
        while not self._stop.is_set():
            self.batch_trail()
            self.state_verifier()
            self.state_care()
            self.publish_pending()
            if time.monotonic() >= prune_next:
                self._prune()
                self.forget_old()
                self.claims.forget_old(self.config.card_days * DAY_SECONDS)
                prune_next = time.monotonic() + PRUNE_SECONDS
            again = self.log.again_in
            self._log_gate.wait(IDLE_SECONDS if again is None else min(again, IDLE_SECONDS))

    def forget_old(self) -> None:
        """Delete sessions that are over, and what of reports, alarms and the trail is too old: `log` does this."""
        days = self.config.audit_trail_days
        with self.database.write() as connection:
            reports.forget_old(connection, int(self.clock()))
            sessions.forget_old(connection, self.clock())
            keeping.forget_old(connection, int(self.clock()))
            if days:
                forgetting.forget(connection, int(self.clock()) - days * DAY_SECONDS)

    def _prune(self) -> None:
        try:
            self.prune()
        except SwapRefused:
            raise  # another writer is at work
        except StoreError as error:
            _log.warning("pruning goes on later: %s", error)

    def _project(self) -> None:
        retry = FIRST_RETRY
        while not self._stop.is_set():
            try:
                self.project_pending()
            except TelemetryError as error:
                self._telemetry_error = str(error)
                _log.warning("telemetry store: %s", error)
                self._stop.wait(retry)
                retry = min(2 * retry, LAST_RETRY)
                continue
            self._telemetry_error, retry = None, FIRST_RETRY
            self._telemetry_gate.wait(IDLE_SECONDS)


def _said_of(runners: list[Runner]) -> tuple[str, bool]:
    """What is said of the anchors, and whether none has been in trouble for long."""
    if not runners:
        return "none configured", True
    troubles = [trouble for runner in runners if (trouble := runner.trouble()) is not None]
    if not troubles:
        return f"{len(runners)} get on", True
    said = "; ".join(f"{trouble.name}: {trouble.detail}" for trouble in troubles)
    return said, all(trouble.seconds < TRUSTED_SECONDS for trouble in troubles)


def _open_panel(config: Config, policy: Policy, clock: Callable[[], float]) -> Panel:
    """The witnesses of the configuration. Raises ConfigurationError."""
    if config.below_quorum == WAIT and len(config.witnesses) < policy.quorum:
        raise ConfigurationError(
            f"the policy asks for {policy.quorum} witnesses and the configuration names {len(config.witnesses)}: "
            'nothing would ever be published; name them in [witnesses], or set below_quorum = "publish"'
        )
    return Panel(Quorum.of_policy(policy), config.witnesses, clock)


def _load_policy(config: Config) -> tuple[Policy, bytes]:
    """The verified policy and its file's bytes. Raises ConfigurationError."""
    try:
        content = config.policy_file.read_bytes()
        policy = policies.verify(policies.from_file(content), verify)
    except (OSError, WireError) as error:
        raise ConfigurationError(f"{config.policy_file}: {error}") from error
    if policy.realm != config.realm:
        raise ConfigurationError(f"{config.policy_file} is of realm {policy.realm}, not {config.realm}")
    return policy, content
