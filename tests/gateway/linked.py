"""A Link with a loop of its own, in the test's process."""

import random
import time
from collections.abc import Callable
from typing import Self

from civicroot_gateway import loop
from civicroot_gateway.loop import Waker
from civicroot_gateway.mqtt.broker_address import BrokerAddress
from civicroot_gateway.mqtt.connection import Message, Session, Will
from civicroot_gateway.mqtt.link import Link
from civicroot_gateway.mqtt.tls import Credentials, TlsFiles

DEADLINE = 30.0  # seconds for anything to happen on a busy machine


class Linked:
    """`received`: payloads in the order they came, each acknowledged at once unless `holding`; `ups`: handed over?"""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: TlsFiles | None = None,
        subscriptions: tuple[tuple[str, int], ...] = (("test/#", 1),),
        client_id: str = "linked",
        will: Will | None = None,
        clean: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.received: list[bytes] = []
        self.held: list[Message] = []
        self.ups: list[bool] = []
        self.holding = False
        self.waker = Waker()
        self.credentials = Credentials(tls, time.time) if tls is not None else None
        self.link = Link(
            client_id,
            Session(BrokerAddress(host, port, tls=tls is not None), client_id, subscriptions, will, clean),
            self.credentials,
            on_up=self.ups.append,
            wake=self.waker.wake,
            monotonic=monotonic,
            wall=time.time,
            jitter=random.random,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.link.close()
        self.waker.close()

    @property
    def error(self) -> str:
        """Why the last connection failed or ended."""
        return self.link.status().error or ""

    def turn(self, longest: float = 0.05) -> None:
        """One turn of the loop."""
        loop.turn([self.link, self.waker], longest)
        inbox = self.link.inbox
        for message in inbox:
            self.received.append(message.payload)
            if self.holding:
                self.held.append(message)
            else:
                self.link.acknowledge(message.ticket)
        inbox.clear()

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Turn until it is so."""
        turn_until(condition, what, self)

    def come_up(self) -> None:
        """Turn until the connection is usable."""
        self.until(lambda: self.link.up, f"link up ({self.error})")

    def fail(self) -> str:
        """Turn until an attempt failed; why."""
        self.until(lambda: self.error, "a failed attempt")
        assert not self.ups
        return self.error


def turn_until(condition: Callable[[], object], what: str, *linked: Linked) -> None:
    """Turn several loops in turn until the condition holds."""
    until = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < until, f"never happened: {what}"
        for one in linked:
            one.turn(0.02)
