"""The supervisor feeds the watchdog only while it hears from every task, and ends the device when a task ends."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from civicroot_device.supervisor import Supervisor, TaskEnded


class Watchdog:
    """Counts how often it was fed."""

    def __init__(self) -> None:
        self.fed = 0

    def feed(self) -> None:
        self.fed += 1


class Loop:
    """A task that says that it gets on whenever it is let go on."""

    def __init__(self, supervisor: Supervisor, name: str) -> None:
        self.turn = asyncio.Event()
        self.over = False
        self._supervisor = supervisor
        self._name = name

    async def run(self) -> None:
        while not self.over:
            self._supervisor.heard(self._name)
            await self.turn.wait()
            self.turn.clear()


async def settle() -> None:
    """Let every task run as far as it gets."""
    for _ in range(5):
        await asyncio.sleep(0)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_it_feeds_once_for_every_time_that_it_heard_all() -> None:
    async def work() -> None:
        watchdog = Watchdog()
        supervisor = Supervisor(watchdog.feed)
        one, two = Loop(supervisor, "one"), Loop(supervisor, "two")
        supervisor.look()
        assert watchdog.fed == 0  # before there are tasks nothing vouches for anything
        supervisor.start({"one": one.run(), "two": two.run()})
        await settle()
        supervisor.look()
        assert watchdog.fed == 1
        supervisor.look()
        assert watchdog.fed == 1  # nobody was heard since
        one.turn.set()
        two.turn.set()
        await settle()
        supervisor.look()
        assert watchdog.fed == 2

    run(work())


def test_a_task_that_hangs_is_not_made_up_for_by_the_others_or_by_a_stranger() -> None:
    async def work() -> None:
        watchdog = Watchdog()
        supervisor = Supervisor(watchdog.feed)
        one, two = Loop(supervisor, "one"), Loop(supervisor, "two")
        supervisor.start({"one": one.run(), "two": two.run()})
        await settle()
        supervisor.look()
        for _ in range(100):
            one.turn.set()
            supervisor.heard("three")
            await settle()
            supervisor.look()
        assert watchdog.fed == 1

    run(work())


def test_what_ends_a_task_comes_out_of_the_next_look_and_nothing_is_fed() -> None:
    async def work() -> None:
        watchdog = Watchdog()
        supervisor = Supervisor(watchdog.feed)

        async def fail() -> None:
            supervisor.heard("failing")
            raise OSError(5)

        supervisor.start({"failing": fail()})
        await settle()
        with pytest.raises(OSError, match="5"):
            supervisor.look()
        assert watchdog.fed == 0

    run(work())


def test_a_task_that_returns_unasked_is_a_failure_and_one_that_was_asked_is_none() -> None:
    async def work() -> None:
        supervisor = Supervisor(Watchdog().feed)
        one = Loop(supervisor, "one")
        supervisor.start({"one": one.run()})
        await settle()
        one.over = True
        one.turn.set()
        await settle()
        with pytest.raises(TaskEnded, match="one"):
            supervisor.look()

        asked = Supervisor(Watchdog().feed)
        two = Loop(asked, "two")
        asked.start({"two": two.run()})
        await settle()
        assert not await asked.ended()
        asked.ending()
        two.over = True
        two.turn.set()
        assert await asked.ended()
        asked.look()

    run(work())


def test_the_list_of_tasks_is_fixed_at_the_start() -> None:
    async def work() -> None:
        supervisor = Supervisor(Watchdog().feed)
        one, two = Loop(supervisor, "one"), Loop(supervisor, "two")
        supervisor.start({"one": one.run()})
        late = two.run()
        with pytest.raises(RuntimeError):
            supervisor.start({"two": late})
        late.close()

    run(work())
