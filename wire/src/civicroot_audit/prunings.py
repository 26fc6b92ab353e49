"""Prunings: what the backend says that dropped batches held, against what this auditor saw (SPEC.md §3.9)."""

import json

from civicroot_wire import pruning
from civicroot_wire.pruning import Pruning

from .book import Book
from .directory import Directory
from .findings import Finding
from .grounds import AUDITED, MISSING, PRUNED, merged
from .lives import Lives
from .ranges import Ranges
from .sink import files, spelled
from .state import State

_CLASSES = ("received", "skipped", "thinned", "rejected")


class Prunings:
    """Call it inside a step."""

    def __init__(self, state: State, book: Book, lives: Lives, directory: Directory) -> None:
        self._state = state
        self._book = book
        self._lives = lives
        self._directory = directory

    def judge(self, index: int, said: Pruning, entry: bytes) -> None:
        """Compare a verified statement with the batches it speaks of; all of them were read before."""
        about = f"pruning of {said.first} to {said.end}"
        # 1. Nothing is left out between two prunings.
        begin = self._state.sql.execute('SELECT coalesce(max("end"), 0) FROM prunings').fetchone()[0]
        if said.first != begin:
            detail = f"log entry {index}: it begins at {said.first}, the ones before end at {begin}"
            self._book.add(Finding("pruning-gap", about, detail, str(index), index), files(entry=entry))
        # 2. It says what the batches said.
        wrong = self._differences(said)
        if wrong:
            detail = f"log entry {index}: " + "; ".join(wrong)
            self._book.add(Finding("pruning-wrong", about, detail, str(index), index), files(entry=entry))
        row = (index, said.first, said.end, entry)
        self._state.sql.execute("INSERT OR REPLACE INTO prunings VALUES (?, ?, ?, ?)", row)

    def settle(self, minimum: int) -> None:
        """Of batches that are not served, those that are below the published minimum index and covered are pruned."""
        sql = self._state.sql
        for first, end, entry in sql.execute('SELECT first, "end", entry FROM prunings').fetchall():
            changed = sql.execute(
                "UPDATE batches SET state = ? WHERE state = ? AND at >= ? AND at < ?",
                (PRUNED, MISSING, first, min(end, minimum)),
            )
            for key in pruning.decode(entry).keys if changed.rowcount else []:
                facts = self._lives.change(key.kid).facts
                for low, high in (span for spans in key.spans() for span in spans):
                    facts.pruned.add(low, high)
        self._lives.save()

    def _differences(self, said: Pruning) -> list[str]:
        rows = self._state.sql.execute(
            "SELECT gateway, seq, size, state, decided, skip, counts FROM batches WHERE at >= ? AND at < ?",
            (said.first, said.end),
        ).fetchall()
        seen = merged([json.loads(row[4]) for row in rows])
        gateways = _gateways(rows)
        whole = all(row[3] == AUDITED for row in rows)
        stated = {key.kid: _stated(key) for key in said.keys}
        wrong: list[str] = []
        # a. Of every key, what was seen is said; and if every batch was seen, nothing else is.
        for kid in sorted(seen.keys() | gateways.keys() | stated.keys()):
            mine = gateways.get(kid, seen.get(kid, {}))
            exact = whole or kid in gateways
            wrong += self._key_differences(kid, stated.get(kid, {}), mine, exact)
        # b. No more records are said than the headers signed for, whoever saw the batches.
        signed = sum(row[2] for row in rows)
        claimed = sum(
            stated[kid][name].count for kid in stated.keys() - gateways.keys() for name in ("received", "rejected")
        )
        if claimed > signed:
            wrong.append(f"it says {claimed} records, the headers signed for {signed}")
        return wrong[:20]

    def _key_differences(
        self, kid: bytes, stated: dict[str, Ranges], seen: dict[str, Ranges], exact: bool
    ) -> list[str]:
        wrong = []
        received = stated.get("received", Ranges())
        for name in _CLASSES:
            said, was = stated.get(name, Ranges()), seen.get(name, Ranges())
            if name != "received":  # a number that was received counts as that
                said, was = said.difference(received), was.difference(received)
            hidden, invented = was.difference(said), said.difference(was)
            who = self._directory.name(kid)
            if hidden:
                wrong.append(f"{who}: {name} {spelled(hidden)} is not said")
            if invented and exact:
                wrong.append(f"{who}: {name} {spelled(invented)} is said and was not")
        return wrong


def _gateways(rows: list[tuple[bytes, int, int, str, str, int, int]]) -> dict[bytes, dict[str, Ranges]]:
    """The gateways' own numbers in these headers."""
    found: dict[bytes, dict[str, Ranges]] = {}
    for gateway, seq, _, _, _, skip, counts in rows:
        mine = found.setdefault(gateway, {"received": Ranges(), "skipped": Ranges()})
        if counts:
            mine["received"].add(seq)
        if skip:
            mine["skipped"].add(seq - skip, seq - 1)
    return found


def _stated(key: pruning.PrunedKey) -> dict[str, Ranges]:
    return {name: Ranges(spans) for name, spans in zip(_CLASSES, key.spans(), strict=True)}
