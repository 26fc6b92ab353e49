"""The answers to one question: who has not answered yet, and the cosignatures that count so far."""

import time
from threading import Condition

from civicroot_backend.witnesses.quorum import Cosignature


class Gathering:
    """Workers hand in answers, one thread waits. A late answer still counts when the same question is asked again."""

    def __init__(self, body: str, held: tuple[Cosignature, ...] = ()) -> None:
        self.body = body
        self._changed = Condition()
        self._found = {item.name: item for item in held}
        self._pending: set[str] = set()
        self._cancelled = False

    def expect(self, name: str) -> bool:
        """Whether the witness has to be asked: it neither answered nor is it about to."""
        with self._changed:
            if name in self._found or name in self._pending:
                return False
            self._pending.add(name)
            return True

    def take(self, name: str, cosignature: Cosignature | None) -> None:
        """A witness answered; None: with nothing that counts."""
        with self._changed:
            self._pending.discard(name)
            if cosignature is not None:
                self._found[name] = cosignature
            self._changed.notify_all()

    def cancel(self) -> None:
        """Wait for nobody any more."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def wait(self, needed: int, seconds: float, grace: float) -> tuple[Cosignature, ...]:
        """Wait until all have answered, at most `seconds`, and at most `grace` after `needed` of them cosigned."""
        with self._changed:
            until, enough = time.monotonic() + seconds, False
            while self._pending and not self._cancelled:
                if not enough and len(self._found) >= needed:
                    until, enough = min(until, time.monotonic() + grace), True
                rest = until - time.monotonic()
                if rest <= 0:
                    break
                self._changed.wait(rest)
            return tuple(self._found[name] for name in sorted(self._found))
