"""What the engine asks of a clock: operate/clock.py has it, a test another."""

from typing import Protocol


class Clock(Protocol):
    """`now()` in Unix seconds, for the messages; `monotonic()` in seconds, for everything that lasts."""

    def now(self) -> int | None:
        """None while the clock is not to be trusted."""

    def monotonic(self) -> float:
        """Never goes back; says nothing after a restart."""

    @property
    def floor(self) -> int:
        """Unix seconds that it had reached: what is stored for the next start."""

    def raise_floor(self, used: int) -> None:
        """What was stored."""

    def checkpoint(self, earliest: int) -> None:
        """A checkpoint came just now; that moment is past, by witnesses' clocks."""

    def known(self, earliest: int) -> None:
        """The same of a stored checkpoint: it says what is past, and nothing about now."""

    def refused(self, closed: int) -> None:
        """The backend refused a batch that closed then for `bad-time`."""
