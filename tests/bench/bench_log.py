"""How fast entries become durable in the log, and whether a large log is slower than a small one.

    python -m tests.bench.bench_log [size ...]

Entries are sequenced in groups, each in one transaction, as service does it, and each group is published: tiles,
bundle, and checkpoint, with every sync to the disk. Prints one JSON object: wall and CPU time for each size of log that
the groups were added to.
"""

import json
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import log_entries
from civicroot_backend.log import kinds
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.log.log_keys import LogKeys
from civicroot_backend.log.sequencer import Sequencer
from civicroot_backend.service import GROUP_ENTRIES
from civicroot_backend.store.directory import DirectoryStore
from civicroot_wire import merkle
from civicroot_wire.note import VerifierKey
from civicroot_wire.sodium import Signer
from sqlalchemy import insert

ORIGIN = "bench.example/log"
SIGNER = Signer(bytes(32))
SIZES = (10_000, 100_000, 1_000_000)
GROUPS = 40
PREFILL = 20_000  # rows of one transaction
ENTRY_BYTES = 148  # a batch header
TAKEN_TOGETHER = (1, 16, GROUP_ENTRIES)


def entry(index: int) -> bytes:
    """Bytes of a batch header's length, never the same."""
    return sha256(b"%d" % index).digest() * 4 + index.to_bytes(ENTRY_BYTES - 128, "big")


def _row(index: int) -> dict[str, object]:
    data = entry(index)
    return {"index": index, "leaf_hash": merkle.leaf_hash(data), "kind": kinds.BATCH, "entry": data}


class Bench:
    """A log on this disk."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(f"sqlite:///{folder}/log.db")
        keys = LogKeys.of_one(VerifierKey(ORIGIN, SIGNER.public), SIGNER)
        self.log = CityLog(self.database, DirectoryStore(folder / "public"), keys, time.time)
        self.log.recover()
        self.size = 0

    def fill(self, size: int) -> float:
        """Grow quickly to `size`; seconds it took."""
        begun = time.perf_counter()
        while self.size < size:
            end = min(size, self.size + PREFILL)
            with self.database.write() as connection:
                connection.execute(insert(log_entries), [_row(index) for index in range(self.size, end)])
            self.size = end
        while self.log.advance() is not None:
            pass
        return time.perf_counter() - begun

    def append(self, groups: int, together: int) -> dict[str, float]:
        """Append groups of so many entries, each durable and published before the next; per entry and per second."""
        wall, cpu, committed = time.perf_counter(), time.process_time(), 0.0
        for _ in range(groups):
            begun = time.perf_counter()
            with self.database.write() as connection:
                sequencer = Sequencer(connection)
                for index in range(self.size, self.size + together):
                    sequencer.append(kinds.BATCH, entry(index))
            committed += time.perf_counter() - begun
            self.size += together
            published = self.log.advance()
            if published is None or published.size != self.size:
                raise AssertionError("a group was not published")
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        count = groups * together
        return {
            "entries_per_second": round(count / wall),
            "us_per_entry": round(1e6 * wall / count, 1),
            "cpu_us_per_entry": round(1e6 * cpu / count, 1),
            "commit_us_per_entry": round(1e6 * committed / count, 1),
        }


def main(sizes: tuple[int, ...] = SIZES) -> dict[str, object]:
    """All sizes in one log that grows."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        found: dict[str, object] = {}
        for size in sizes:
            filled = bench.fill(size)
            by_group = {str(together): bench.append(GROUPS, together) for together in TAKEN_TOGETHER}
            found[str(size)] = {"prefill_seconds": round(filled, 1), "in_groups_of": by_group}
        bench.database.close()
    return found


if __name__ == "__main__":
    print(json.dumps(main(tuple(map(int, sys.argv[1:])) or SIZES)))
