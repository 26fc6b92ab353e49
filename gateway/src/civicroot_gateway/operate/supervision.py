"""What the loop does for those who look after the gateway: answers who asks, and tells systemd that it lives."""

import logging
import os
from collections.abc import Callable, Mapping

from ..config import Config
from . import alarms, control, listener, status_text
from .exchange import Exchange
from .listener import Listener
from .logs import fields
from .notify import Notifier, Watchdog
from .site import PageSite
from .snapshot import Snapshot

FIRST_STATUS = 3.0  # seconds after the start: by then the links are up, if they can be
STATUS_INTERVAL = 30.0  # seconds between two lines for `systemctl status`
# Seconds for which the spool may fail before the watchdog is let go: a restart opens it anew, which is all that can
# still help against a file system that came back; a full disk is waited for.
FAILING_PATIENCE = 600.0

_log = logging.getLogger(__name__)


class Supervision:
    """Owned by the loop, which calls `turn` in every turn. `collect` makes a snapshot; `wake` ends the loop's wait."""

    def __init__(
        self,
        config: Config,
        collect: Callable[[], Snapshot],
        wake: Callable[[], None],
        monotonic: Callable[[], float],
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._config = config
        self._collect = collect
        self._monotonic = monotonic
        self._exchange = Exchange(wake, monotonic)
        self._notifier = Notifier(environment)
        self._watchdog = Watchdog(self._notifier, environment, monotonic)
        self._listeners: list[Listener] = []
        self.page_port: int | None = None  # while there is a page
        self._status_at = monotonic() + FIRST_STATUS
        self._failing_since: float | None = None

    def start(self) -> None:
        """Open control socket and page. Neither is worth a gateway that does not start."""
        site = PageSite(self._exchange, max_age=0.0, check_host=False)
        try:
            self._listeners.append(Listener("control", control.listen(self._config.data), site))
        except OSError as error:
            _log.error("no control socket", extra=fields(folder=str(self._config.data), error=str(error)))
        where = self._config.page.listen
        if where is None:
            return
        try:
            opened = listener.listen(*where)
        except OSError as error:
            _log.error("no status page", extra=fields(listen=f"{where[0]}:{where[1]}", error=str(error)))
            return
        self.page_port = opened.getsockname()[1]
        _log.info("status page", extra=fields(host=where[0], port=self.page_port))
        self._listeners.append(Listener("page", opened, PageSite(self._exchange)))

    def ready(self) -> None:
        """The spool is open and the loop begins."""
        self._notifier.send("READY=1", "STATUS=started")

    def turn(self) -> None:
        """The loop turned."""
        now = self._monotonic()
        tell = self._notifier.heard and now >= self._status_at
        if self._exchange.wanted or tell:
            snapshot = self._collect()
            self._exchange.put(snapshot)
            self._note_failing(snapshot, now)
        if tell:
            self._status_at = now + STATUS_INTERVAL
            self._notifier.send(f"STATUS={summary(snapshot)}")
        since = self._failing_since
        self._watchdog.turned(alive=since is None or now - since < FAILING_PATIENCE)

    def wait(self) -> float:
        """Seconds until the loop must turn again."""
        waits = [self._watchdog.wait()]
        if self._notifier.heard:
            waits.append(max(self._status_at - self._monotonic(), 0.0))
        return 0.0 if self._exchange.wanted else min(waits)

    def reloading(self) -> None:
        """SIGHUP came."""
        self._notifier.send("RELOADING=1", f"MONOTONIC_USEC={int(self._monotonic() * 1e6)}")

    def reloaded(self) -> None:
        """What it asked for is done."""
        self._notifier.send("READY=1")

    def close(self) -> None:
        """The gateway stops."""
        self._notifier.send("STOPPING=1", "STATUS=stopping")
        self._exchange.close()
        for one in self._listeners:
            one.close()
        self._listeners.clear()
        self._notifier.close()

    def _note_failing(self, snapshot: Snapshot, now: float) -> None:
        full = "disk-full" in snapshot.standing.alarms
        if snapshot.failing is None or full:
            self._failing_since = None
        elif self._failing_since is None:
            self._failing_since = now


def summary(snapshot: Snapshot) -> str:
    """One line for `systemctl status`."""
    raised = [alarm.name for alarm in alarms.of(snapshot)]
    links = ", ".join(f"{link.name} {'up' if link.up else 'down'}" for link in snapshot.links)
    room = status_text.room_text(snapshot.standing.room_hours)
    text = f"{snapshot.standing.records} records spooled, {room}; {links}"
    return f"ALARM {', '.join(raised)}; {text}" if raised else text
