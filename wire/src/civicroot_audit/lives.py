"""Lives: what is known of each key's numbers, kept between audits; read when first needed, written with the step."""

import json
from dataclasses import dataclass

from .completeness import Facts
from .ranges import Ranges
from .state import State

_CLASSES = ("received", "skipped", "thinned", "rejected", "pruned", "equivocated")


@dataclass
class Life:
    """One key. `last`: highest accepted number; `reported`: its time, Unix seconds; `promise`: seconds to the next."""

    id: int
    kid: bytes
    facts: Facts
    last: int | None = None
    reported: int | None = None
    promise: int | None = None


class Lives:
    """All keys that used a number."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._known: dict[bytes, Life] = {}
        self._changed: set[bytes] = set()
        self._next = int(state.sql.execute("SELECT coalesce(max(id), 0) FROM lives").fetchone()[0]) + 1

    def find(self, kid: bytes) -> Life | None:
        """The life of a key that used a number."""
        if kid not in self._known:
            row = self._state.sql.execute("SELECT * FROM lives WHERE kid = ?", (kid,)).fetchone()
            if row is None:
                return None
            self._known[kid] = _life(row)
        return self._known[kid]

    def change(self, kid: bytes) -> Life:
        """The life of a key, to be changed in this step."""
        self._changed.add(kid)
        found = self.find(kid)
        if found is None:
            found = self._known[kid] = Life(self._next, kid, Facts())
            self._next += 1
        return found

    def all(self) -> list[Life]:
        """Every life; call `save` before."""
        for row in self._state.sql.execute("SELECT * FROM lives ORDER BY id").fetchall():
            self._known.setdefault(row[1], _life(row))
        return sorted(self._known.values(), key=lambda life: life.id)

    def save(self) -> None:
        """Write what changed; part of a step."""
        rows = [_row(self._known[kid]) for kid in self._changed]
        self._state.sql.executemany("INSERT OR REPLACE INTO lives VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._changed.clear()


def _row(life: Life) -> tuple[object, ...]:
    facts = {name: list(getattr(life.facts, name)) for name in _CLASSES if getattr(life.facts, name)}
    return life.id, life.kid, json.dumps(facts), life.last, life.reported, life.promise


def _life(row: tuple[int, bytes, str, int | None, int | None, int | None]) -> Life:
    facts = {name: Ranges(ranges) for name, ranges in json.loads(row[2]).items()}
    return Life(row[0], row[1], Facts(**facts), *row[3:])
