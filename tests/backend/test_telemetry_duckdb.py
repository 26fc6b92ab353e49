"""DuckDB's own promises: SIGKILL at any moment leaves rows and cursor agreeing; one process holds the file."""

import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from civicroot_backend.telemetry import duckdb_queries
from civicroot_backend.telemetry.duckdb_store import DuckDbStore
from civicroot_backend.telemetry.errors import TelemetryUnavailable
from civicroot_backend.telemetry.store import Reading

START = 1_760_000_000
KID = bytes(range(8))
BASE = Reading(KID, "bin:1", 0, START, START, "temp", "Cel", Decimal("1.5"), 0)
PER_RECORD = 3  # readings of one record: same position, different names
GROUP = 40  # records of one append
ROUNDS = 4  # kills
MOST_CALLS = 50  # of one kind in two appends; DuckDB makes some ten
ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}
NAMES = ("temp", "fill", "weight")

# Appends two groups, saying each cursor once append has returned; every call of `write` that it makes counts.
TWO_GROUPS = """
import os, sys
from pathlib import Path
from tests.backend.test_telemetry_duckdb import GROUP, record
from civicroot_backend.telemetry.duckdb_store import DuckDbStore

store = DuckDbStore(Path(sys.argv[1]))
for first in (0, GROUP):
    readings = [reading for position in range(first, first + GROUP) for reading in record(position)]
    store.append(readings, first + GROUP - 1)
    os.write(1, f"{store.cursor()}\\n".encode())
os._exit(0)
"""

# Appends groups from the stored cursor on for ever, and says each cursor once append has returned.
WRITER = """
import sys
from pathlib import Path
from tests.backend.test_telemetry_duckdb import GROUP, record
from civicroot_backend.telemetry.duckdb_store import DuckDbStore

store = DuckDbStore(Path(sys.argv[1]))
while True:
    first = store.cursor() + 1
    readings = [reading for position in range(first, first + GROUP) for reading in record(position)]
    store.append(readings, first + GROUP - 1)
    print(store.cursor(), flush=True)
"""


def record(position: int) -> list[Reading]:
    """The readings of the record in row `position`."""
    return [
        replace(BASE, name=name, seq=position, time=START + position, received=START + position, position=position)
        for name in NAMES
    ]


def test_sigkill_in_the_middle_of_appends_leaves_rows_and_cursor_agreeing(tmp_path: Path) -> None:
    path = tmp_path / "telemetry.duckdb"
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    print(f"seed {seed}")
    before = -1
    for _ in range(ROUNDS):
        said = kill_writer_after(path, groups=chance.randint(1, 12))
        cursor = agreed_cursor(path)
        assert cursor >= said > before, "what append returned from is kept"
        before = cursor


def kill_writer_after(path: Path, groups: int) -> int:
    """Run the writer, SIGKILL it once it has said that many cursors; the last that it said."""
    command = [sys.executable, "-c", WRITER, str(path)]
    writer = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=ENVIRONMENT)
    assert writer.stdout is not None
    with writer:
        for _ in range(groups):
            line = writer.stdout.readline()
            assert line, "the writer ended by itself"
        writer.kill()
        rest = writer.stdout.read().splitlines()
    assert writer.returncode == -signal.SIGKILL
    return int(rest[-1] if rest else line)


@pytest.mark.parametrize("call", ["write", "fdatasync"])
def test_sigkill_at_each_system_call_of_an_append_leaves_rows_and_cursor_agreeing(tmp_path: Path, call: str) -> None:
    """strace kills the appender at its first, second, … call, until it comes through two groups alive."""
    outcomes = []
    for nth in range(1, MOST_CALLS):
        path = tmp_path / f"{nth}.duckdb"
        DuckDbStore(path).close()
        said, alive = append_two_groups_killed_at(path, call, nth)
        cursor = agreed_cursor(path)
        assert cursor >= said, "what append returned from is kept"
        outcomes.append(cursor)
        if alive:
            break
    assert alive, f"more than {MOST_CALLS} calls"
    # Not ascending: strace counts the calls of each of the engine's threads for itself, and which writes what may vary.
    assert outcomes[0] < outcomes[-1] == 2 * GROUP - 1, "it was killed in the middle, and at last not at all"


def append_two_groups_killed_at(path: Path, call: str, nth: int) -> tuple[int, bool]:
    """The last cursor that the appender said (-1 if none), and whether it came through."""
    tracer = ["strace", "-f", "-o", os.devnull, "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={nth}"]
    command = [*tracer, sys.executable, "-c", TWO_GROUPS, str(path)]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL, 128 + signal.SIGKILL), done.stderr
    return int((["-1", *done.stdout.split()])[-1]), done.returncode == 0


def agreed_cursor(path: Path) -> int:
    """The stored cursor, once checked that exactly the records up to it are there, each once."""
    store = DuckDbStore(path)
    cursor = store.cursor()
    assert (cursor + 1) % GROUP == 0, "groups are whole"
    for name in NAMES:
        counts = [bucket.count for bucket in store.history(KID, name, START, START + 100_000, 1)]
        assert counts == ([cursor + 1] if cursor >= 0 else []), "each record once, none beyond the cursor"
    assert [each.position for each in store.latest(KID)] == ([cursor] * len(NAMES) if cursor >= 0 else [])
    store.close()
    return cursor


def test_group_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    store = DuckDbStore(tmp_path / "telemetry.duckdb")
    beyond = replace(BASE, seq=2**64, position=1)  # no 64-bit integer: the engine refuses it, after the first row
    with pytest.raises(TelemetryUnavailable):
        store.append([BASE, beyond], 1)
    assert (store.cursor(), store.latest(KID)) == (-1, [])
    assert store.append([BASE], 0).stored == 1, "the store goes on"
    store.close()


def test_text_and_data_come_back_and_count_in_no_history(tmp_path: Path) -> None:
    store = DuckDbStore(tmp_path / "telemetry.duckdb")
    fault = replace(BASE, name="fault", unit="", value='temp "soil"\n\\')
    led = replace(BASE, name="led", unit="", value=b"\x00\xff")
    assert store.append([fault, led], 0).stored == 2
    assert store.latest(KID) == [fault, led]
    assert store.history(KID, "fault", START, START + 1, 1) == []
    store.close()


def test_file_held_by_another_process_is_a_named_error(tmp_path: Path) -> None:
    path = tmp_path / "telemetry.duckdb"
    holder = subprocess.Popen(
        [sys.executable, "-c", f"import duckdb; c = duckdb.connect({str(path)!r}); print(1, flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    with holder:
        assert holder.stdout.readline() == b"1\n"
        with pytest.raises(TelemetryUnavailable, match=r"telemetry\.duckdb"):
            DuckDbStore(path)
        holder.kill()


def test_damaged_file_and_missing_folder_are_named_errors(tmp_path: Path) -> None:
    (tmp_path / "damaged.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(TelemetryUnavailable, match=r"damaged\.duckdb"):
        DuckDbStore(tmp_path / "damaged.duckdb")
    with pytest.raises(TelemetryUnavailable, match="no folder"):
        DuckDbStore(tmp_path / "absent" / "telemetry.duckdb")


def test_closed_store_answers_with_a_named_error(tmp_path: Path) -> None:
    store = DuckDbStore(tmp_path / "telemetry.duckdb")
    store.close()
    with pytest.raises(TelemetryUnavailable):
        store.cursor()


def test_settled_readings_are_found_as_those_that_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb_queries, "SETTLED_AT", 7)
    store = DuckDbStore(tmp_path / "t.duckdb")
    for position in range(10):
        readings = [replace(each, kid=bytes([position % 2]) * 8) for each in record(position)]
        store.append(readings, position)
    assert [len(store.latest(bytes([kid]) * 8)) for kid in (0, 1)] == [PER_RECORD] * 2
    assert store.course(bytes(8), "temp", START, START + 20, 80).total == 5
    store.close()
    store = DuckDbStore(tmp_path / "t.duckdb")
    with duckdb.connect() as looking:
        store.close()
        looking.execute(f"ATTACH '{tmp_path / 't.duckdb'}' AS t (READ_ONLY)")
        ((settled,),) = looking.execute("SELECT count(*) FROM t.settled").fetchall()
        ((waiting,),) = looking.execute("SELECT count(*) FROM t.reading").fetchall()
    assert settled + waiting == 10 * PER_RECORD
    assert 0 < waiting <= 7 + PER_RECORD
