"""Sends what is to be told: packs notices that are due into messages, tries, and tries again with growing pauses.

Each step is a transaction, and the sending lies between two of them. Killed after the target took a message and before
that was written down, it sends the same message again, with the same key.
"""

import json
import logging
import random
from collections.abc import Callable

from sqlalchemy import Connection

from civicroot_backend.alarms import outbox, targets
from civicroot_backend.alarms.content import Writer
from civicroot_backend.alarms.errors import NotDelivered, UnfitRule
from civicroot_backend.alarms.mail import Mailer, message_of
from civicroot_backend.alarms.outbox import Message
from civicroot_backend.alarms.targets import Target
from civicroot_backend.alarms.webhook import Webhooks
from civicroot_backend.database.connection import Database
from civicroot_backend.people.errors import NotThere
from civicroot_backend.people.roles import CITY

# Seconds before the next attempt, about doubling: the last is a day after the first. Then it is dead.
PAUSES = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 30_000)
LEAST_SHARE = 0.8  # of a pause: not all messages to one server come back at the same moment
EACH = 5  # messages to one target that are tried in one step, so that none waits for another's backlog

_log = logging.getLogger(__name__)


class Dispatcher:
    """One thread calls `step`. `mailer`: None where no mail server is configured; `clock` is Unix seconds."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        mailer: Mailer | None,
        sender: str,
        webhooks: Webhooks,
        clock: Callable[[], float],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self.writer = writer
        self._mailer, self._sender = mailer, sender
        self.webhooks = webhooks
        self._clock, self._jitter = clock, jitter

    @property
    def mails(self) -> bool:
        """Whether a mail server is configured."""
        return self._mailer is not None

    def step(self) -> int:
        """Pack and try what is due; how many messages were tried."""
        while self.pack():
            pass
        with self._database.read() as connection:
            found = outbox.waiting(connection, int(self._clock()), EACH)
        failing: set[int] = (
            set()
        )  # a target that does not answer holds the others up once a step, and not once a message
        for message in found:
            if message.target not in failing and not self.attempt(message):
                failing.add(message.target)
        return len(found)

    def wait(self, most: float) -> float:
        """For how many seconds there is nothing to do."""
        with self._database.read() as connection:
            at = outbox.next_at(connection)
        return most if at is None else max(0.0, min(most, at - self._clock()))

    def pack(self) -> bool:
        """Make one message of notices that are due together; whether there were any."""
        now = int(self._clock())
        with self._database.read() as connection:
            if outbox.due(connection, now) is None:
                return False
        with self._database.write() as connection:
            due = outbox.due(connection, now)
            if due is not None:
                outbox.pack(connection, due, self.writer.of_alarms(connection, due), now)
            return due is not None

    def attempt(self, message: Message) -> bool:
        """Send it once, and write down what became of it; whether it was taken."""
        try:
            with self._database.read() as connection:
                target = _target(connection, message)
            self.send(target, message)
        except (NotDelivered, UnfitRule) as error:
            for_good = isinstance(error, UnfitRule) or error.for_good
            self._failed(message, str(error), for_good)
            return False
        with self._database.write() as connection:
            outbox.taken(connection, message, int(self._clock()))
        return True

    def send(self, target: Target, message: Message) -> None:
        """To the target. Raises NotDelivered, UnfitRule."""
        if target.kind == "webhook":
            said = {"type": f"alarm.{message.event}", "timestamp": message.created, "data": message.content}
            body = json.dumps(said, ensure_ascii=False).encode()
            self.webhooks.send(target.address, target.secret or b"", message.key, body)
            return
        if self._mailer is None:
            raise NotDelivered("no mail server is configured")
        mail = message_of(message.content, message.key, target.address, target.language, self._sender, message.created)
        self._mailer.send(mail)

    def _failed(self, message: Message, trouble: str, for_good: bool) -> None:
        now = int(self._clock())
        again = None
        if not for_good and message.attempts < len(PAUSES):
            share = LEAST_SHARE + (1 - LEAST_SHARE) * self._jitter()
            again = now + max(1, round(PAUSES[message.attempts] * share))
        _log.warning(
            "message %s to target %d: %s%s", message.key, message.target, trouble, "" if again else "; given up"
        )
        with self._database.write() as connection:
            outbox.failed(connection, message, trouble, again, now)


def _target(connection: Connection, message: Message) -> Target:
    try:
        return targets.require(connection, CITY, message.target)
    except NotThere as error:
        raise NotDelivered(str(error), for_good=True) from error
