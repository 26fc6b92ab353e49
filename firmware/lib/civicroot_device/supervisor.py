"""The supervisor: it hears from every task before it feeds the watchdog, and ends the device when a task ends.

A task that hangs is not heard, so the watchdog is not fed and resets the chip; a task that blocks the loop keeps the
supervisor itself from feeding it. A task that raises, or returns although nobody asked it to, ends the process: the
device starts again from what is on its flash, which is the one state that has been tested at every power cut.
"""

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any, Protocol

    Works = dict[str, Coroutine[Any, Any, None]]

    class Duty(Protocol):
        """Something that the device does, in tasks."""

        def works(self) -> Works:
            """The tasks by name."""
            ...

        def end(self) -> None:
            """The tasks are to end soon."""
            ...

        def figures(self) -> dict[str, object]:
            """Events since the start."""
            ...


LOOK_MS = 1_000  # the longest sleep of a task between two signs of life
END_MS = 3_000  # how long tasks that were asked to end may take: a publish in flight, a sensor's conversion


class TaskEnded(Exception):
    """A task returned although the device goes on. Its argument is the task's name."""


class Supervisor:
    """`feed` holds the watchdog off. The list of tasks is the one given to `start`: none joins or leaves later."""

    def __init__(self, feed: "Callable[[], object]") -> None:
        self._feed = feed
        self._tasks: "dict[str, asyncio.Task[None]]" = {}
        self._heard: "set[str]" = set()
        self._failure: "Exception | None" = None
        self._ending = False
        self.fed = 0  # how often

    def heard(self, name: str) -> None:
        """A task says that it gets on. What is no task's name counts for nothing."""
        self._heard.add(name)

    def start(self, works: "Works") -> None:
        """Start all tasks. Once only."""
        if self._tasks:
            raise RuntimeError("the tasks were started before")
        for name, work in works.items():
            self._tasks[name] = asyncio.create_task(self._guarded(name, work))

    def look(self) -> None:
        """Feed the watchdog if every task was heard since it was fed last. Raises what ended a task."""
        if self._failure is not None:
            raise self._failure
        if self._tasks and all(name in self._heard for name in self._tasks):
            self._feed()
            self.fed += 1
            self._heard.clear()

    def ending(self) -> None:
        """From now on the tasks are to end, and may."""
        self._ending = True

    async def ended(self) -> bool:
        """Wait until all tasks have ended, for END_MS at the longest; whether they have."""
        for _ in range(END_MS // 100):
            if all(task.done() for task in self._tasks.values()):
                return True
            await asyncio.sleep(0.1)
        return False

    async def _guarded(self, name: str, work: "Coroutine[Any, Any, None]") -> None:
        try:
            await work
            if not self._ending:
                self._failure = TaskEnded(name)
        except Exception as error:  # noqa: BLE001 (raised by look)
            self._failure = self._failure or error
