"""Alarms as one part of the backend: what the threads do, and what the API asks."""

from collections.abc import Callable
from threading import BoundedSemaphore
from threading import Event as Signal

from civicroot_backend.alarms import past
from civicroot_backend.alarms.content import Writer
from civicroot_backend.alarms.dispatcher import Dispatcher
from civicroot_backend.alarms.hearing import Hearing
from civicroot_backend.alarms.judging import Judging
from civicroot_backend.alarms.looker import Looker
from civicroot_backend.alarms.mail import Mailer
from civicroot_backend.alarms.settings import Settings
from civicroot_backend.alarms.watcher import Watcher
from civicroot_backend.alarms.webhook import Webhooks
from civicroot_backend.database.connection import Database
from civicroot_backend.events import Event
from civicroot_backend.gate import GroupGate
from civicroot_backend.gateways.board import Board
from civicroot_backend.ingest.key_directory import KeyDirectory

GROUP_RECORDS, GROUP_SECONDS = 500, 1.0  # one transaction a second is enough for what people are told
IDLE_SECONDS = 5.0  # how often numbers that have been too high for a while are looked for
LOOK_SECONDS = 30.0  # between two looks at what comes in no record: silence is told in minutes


class AlarmDesk:
    """`watch` and `tell` are threads of their own. `clock` is Unix seconds, `monotonic` for pauses.

    `trials`: places for rules that are tried on the past at the same time.
    """

    def __init__(
        self,
        database: Database,
        keys: KeyDirectory,
        gateways: Board,
        hears: Callable[[], bool],
        publish: Callable[[list[Event]], None],
        settings: Settings,
        writer: Writer,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        judging = Judging(keys, publish)
        self.watcher = Watcher(database, judging, clock)
        self.looker = Looker(database, judging, gateways, Hearing(hears), clock)
        smtp = settings.smtp
        mailer = None if smtp is None else Mailer(smtp)
        webhooks = Webhooks(settings.networks, clock)
        self.dispatcher = Dispatcher(database, writer, mailer, "" if smtp is None else smtp.sender, webhooks, clock)
        self.trials = BoundedSemaphore(past.AT_ONCE)
        self._monotonic = monotonic
        self._records = GroupGate(GROUP_RECORDS, GROUP_SECONDS)
        self._messages = GroupGate(1, 0.0)

    def accepted(self, number: int) -> None:
        """So many records more were accepted; any thread may say so."""
        self._records.add(number)

    def wake(self) -> None:
        """There may be something to tell."""
        self._messages.add(1)

    def watch(self, stop: Signal) -> None:
        """Judge until told to stop."""
        look_at = self._monotonic()
        while not stop.is_set():
            while self.watcher.step() and not stop.is_set():
                pass
            if self._monotonic() >= look_at:
                self.looker.look()
                look_at = self._monotonic() + LOOK_SECONDS
            self.wake()
            self._records.wait(IDLE_SECONDS)

    def tell(self, stop: Signal) -> None:
        """Send until told to stop."""
        while not stop.is_set():
            self.dispatcher.step()
            self._messages.wait(self.dispatcher.wait(IDLE_SECONDS))

    def close(self) -> None:
        """Let the threads see that they are to stop."""
        self._records.close()
        self._messages.close()
