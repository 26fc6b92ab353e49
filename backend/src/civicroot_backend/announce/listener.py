"""Asking the broker what it retains, before anything is said again: once a connection, and when a gateway comes online.

Brokers give what they retain in answer to a subscription, in any order and without an end: it has all come when nothing
has for a moment. A mistake there costs a message too many, and none that is missing.
"""

from collections.abc import Callable

from civicroot_wire import topic

from civicroot_backend.announce.announcer import Announcer

QUIET_SECONDS = 0.25  # without another retained message: all have come
PATIENCE = 30.0  # seconds for ten thousand of them on a busy machine, and for a broker that does not answer
ONLINE_PAUSE = 60.0  # seconds between two such questions for one gateway: its link may come and go all day
LEAVES = (topic.ENROLMENT, topic.REVOCATION, topic.CMD)
EVERYBODY = "+"


class Listener:
    """`subscribe` and `unsubscribe` take topic filters. `clock` is monotonic seconds. One thread uses it."""

    def __init__(
        self,
        announcer: Announcer,
        subscribe: Callable[[list[str]], None],
        unsubscribe: Callable[[list[str]], None],
        clock: Callable[[], float],
    ) -> None:
        self._announcer = announcer
        self._subscribe = subscribe
        self._unsubscribe = unsubscribe
        self._clock = clock
        self._asking: bytes | None = None  # the one gateway that is asked for, if it is not all
        self._begun: float | None = None
        self._last = 0.0
        self._wanted: dict[bytes, None] = {}  # gateways to ask for, in order
        self._asked: dict[bytes, float] = {}  # when last
        self.heard_all = False  # since the connection was made; before that nothing is announced

    def connected(self) -> None:
        """A new connection: ask for everything."""
        self.heard_all = False
        self._wanted.clear()
        self._ask(None)

    def lost(self) -> None:
        """The connection is gone."""
        self.heard_all, self._begun = False, None

    def answered(self) -> None:
        """The broker granted or refused a subscription."""
        self._last = self._clock()

    def retained(self, gateway: bytes, kid: bytes, leaf: str, payload: bytes) -> None:
        """The broker gives what it retains."""
        self._last = self._clock()
        if self._begun is not None:
            self._announcer.retained(gateway, kid, leaf, payload)

    def gateway_online(self, gateway: bytes) -> None:
        """A gateway says that it is online: perhaps what the broker retains for it was lost or never taken."""
        if self.heard_all and self._announcer.greet(gateway):
            self._wanted[gateway] = None

    def turn(self) -> None:
        """Go on, if it is time."""
        now = self._clock()
        if self._begun is not None:
            if now - self._last >= QUIET_SECONDS or now - self._begun >= PATIENCE:
                self._finish()
            return
        for gateway in self._wanted:
            if now - self._asked.get(gateway, -ONLINE_PAUSE) >= ONLINE_PAUSE:
                del self._wanted[gateway]
                self._ask(gateway)
                return

    def _ask(self, gateway: bytes | None) -> None:
        now = self._clock()
        self._announcer.forget(gateway)
        self._asking, self._begun, self._last = gateway, now, now + PATIENCE  # until the broker answers
        if gateway is not None:
            self._asked[gateway] = now
        self._subscribe(_filters(gateway))

    def _finish(self) -> None:
        self._begun = None
        if self._asking is None:
            self.heard_all = True
            self._announcer.restart()
            return
        self._unsubscribe(_filters(self._asking))  # the one for everybody goes on
        self._announcer.gateway_online(self._asking)


def _filters(gateway: bytes | None) -> list[str]:
    level = EVERYBODY if gateway is None else gateway.hex()
    return [f"{topic.PREFIX}{level}/+/{leaf}" for leaf in LEAVES]
