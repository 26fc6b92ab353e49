"""Beacons: which checkpoints records repeat, so that they are younger than those (SPEC.md §5.4).

The city keeps the signed note of each for ever. What it keeps is fetched by name, judged as any other checkpoint, and
compared with the history that is served. A beacon that nobody knows bounds nothing; how many records name it is said.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from civicroot_wire import beacon, note
from civicroot_wire import head as wire_head
from civicroot_wire.errors import WireError
from civicroot_wire.policy import Policy

from .book import Book
from .errors import Missing
from .examine import Verify
from .findings import Finding
from .heads import Heads, Shown
from .own_tree import OwnTree
from .report import Named
from .source import CONNECTIONS, Source
from .state import State

FOLDER = "log/beacon/"
MAX_MISSED = 2000  # asked for in vain by one audit: who makes beacons up wastes no more requests than that
MAX_LISTED = 100  # unknown ones that have a finding of their own


class Beacons:
    """`known`: beacon → (size of its checkpoint, Unix seconds before which nobody knew it; None without a quorum)."""

    def __init__(
        self, source: Source, state: State, book: Book, heads: Heads, policy: Callable[[], Policy], verify: Verify
    ) -> None:
        self.known = heads.beacons()
        self._source = source
        self._state = state
        self._book = book
        self._heads = heads
        self._policy = policy
        self._verify = verify
        self._missed: set[bytes] = set()
        self._texts: dict[bytes, bytes] = {}
        self._new: list[Shown] = []

    def fetch(self, told: Iterable[bytes]) -> None:
        """Ask for what is kept of those that are not known. Outside of steps. Raises SourceError."""
        if not self._policy().quorum:
            return
        wanted = sorted(set(told) - self.known.keys() - self._missed)[: MAX_MISSED - len(self._missed)]
        if not wanted:
            return
        with ThreadPoolExecutor(min(CONNECTIONS, len(wanted)), "audit-beacons") as pool:
            for one, text in zip(wanted, pool.map(self._kept, wanted), strict=True):
                if text is None:
                    self._missed.add(one)  # said at the end, unless a checkpoint that was seen turns out to be it
                else:
                    self._texts[one] = text

    def fetch_again(self) -> None:
        """Ask for those that records named before, and nobody kept. Outside of steps. Raises SourceError."""
        self.known.update(self._heads.beacons())  # what mirrors and the city have just shown
        self.fetch(told for (told,) in self._state.sql.execute("SELECT beacon FROM beacons").fetchall())

    def enter(self) -> None:
        """Judge what was fetched. Inside a step."""
        for told, text in self._texts.items():
            try:
                self._take(told, text)
            except WireError as error:
                self._missed.add(told)
                detail = f"what is kept of beacon {told.hex()} is not the checkpoint that it names: {error}"
                finding = Finding("beacon-wrong", f"beacon {told.hex()}", detail, told.hex())
                self._book.add(finding, lambda text=text: {"checkpoint.txt": text})  # type: ignore[misc]
        self._texts.clear()

    def settle(self, own: OwnTree) -> None:
        """Compare those that were fetched with the history that is served, as far as it was read. Inside a step."""
        waiting, self._new = self._new, []
        for shown in waiting:
            if shown.checkpoint.size <= own.size:
                self._heads.history_holds(shown, own, None)
            else:
                self._new.append(shown)  # once the log was read so far

    def stand(self) -> Named:
        """Findings for those that are not known. Inside a step; looked at anew every time."""
        rows = self._state.sql.execute("SELECT beacon, records, at FROM beacons ORDER BY at").fetchall()
        unknown = [(told, records, at) for told, records, at in rows if told not in self.known]
        if self._policy().quorum:
            for told, records, at in unknown[:MAX_LISTED]:
                detail = f"{records} records name it, first in log entry {at}: nothing bounds them from below"
                finding = Finding("beacon-unknown", f"beacon {told.hex()}", detail, told.hex(), at)
                self._book.add(finding, standing=True)
        return Named(sum(row[1] for row in rows), sum(row[1] for row in unknown), len(unknown))

    def _kept(self, told: bytes) -> bytes | None:
        try:
            return self._source.get(f"{FOLDER}{told.hex()[:2]}/{told.hex()}", note.MAX_NOTE_BYTES)
        except Missing:
            return None

    def _take(self, told: bytes, text: bytes) -> None:
        policy = self._policy()
        # 1. A checkpoint of this log, on which no signature is wrong.
        found = wire_head.verify(text, policy, self._verify)
        # 2. The one that devices were told of.
        if beacon.of(found.note, wire_head.keys_at(policy.witnesses, max(found.checkpoint.size - 1, 0))) != told:
            raise WireError("wrong-beacon")
        # 3. A quorum cosigned it, and no other root was signed for its size.
        shown = self._heads.receive_kept(self._source.name, f"beacon {told.hex()}", text, found, policy)
        self.known[told] = found.checkpoint.size, found.signed_after(policy.quorum)
        self._new.append(shown)
