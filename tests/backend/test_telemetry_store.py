"""The contract of store.py, the same for DuckDB and for a real VictoriaMetrics server."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from civicroot_backend.telemetry.errors import TelemetryOrderError, TelemetryRangeError
from civicroot_backend.telemetry.open import open_telemetry
from civicroot_backend.telemetry.store import EMPTY, Appended, Bucket, Course, Reading, Sample, TelemetryStore

from tests.support.victoria import Victoria

START = 1_760_000_000  # October 2025
BIN, TREE = bytes.fromhex("0102030405060708"), bytes.fromhex("fffefdfcfbfaf9f8")
BASE = Reading(
    kid=BIN,
    subject="bin:17",
    seq=0,
    time=START,
    received=START + 60,
    name="temp",
    unit="Cel",
    value=Decimal("21.5"),
    position=0,
)

Reopen = Callable[[], TelemetryStore]


@pytest.fixture(scope="module")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victoria]:
    with Victoria(tmp_path_factory.mktemp("victoria")) as server:
        yield server


@pytest.fixture(params=["duckdb", "victoria"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    """Opens the test's store; called again, closes and opens it, as a restarted backend does."""
    url = f"duckdb:///{tmp_path / 'telemetry.duckdb'}"
    if request.param == "victoria":
        url = request.getfixturevalue("victoria").url
    opened: list[TelemetryStore] = []

    def again() -> TelemetryStore:
        for before in opened:
            before.close()
        opened.append(open_telemetry(url))
        return opened[-1]

    again().reset()
    yield again
    for store in opened:
        store.close()


@pytest.fixture
def store(reopen: Reopen) -> TelemetryStore:
    return reopen()


def test_empty_store_has_no_cursor_and_no_readings(store: TelemetryStore) -> None:
    assert store.cursor() == EMPTY == -1
    assert store.latest(BIN) == []
    assert store.history(BIN, "temp", START, START + 10, 5) == []


def test_reading_comes_back_whole(store: TelemetryStore) -> None:
    odd = replace(BASE, subject='tree 4, "Ulmus" = elm ß', unit="a,b=c d", name="temp", position=4_000_000_000)
    assert store.append([odd], odd.position) == Appended(1, 0, 0)
    assert store.latest(BIN) == [odd]


def test_empty_unit_and_subject_come_back_empty(store: TelemetryStore) -> None:
    bare = replace(BASE, unit="", subject="")
    store.append([bare], 0)
    assert store.latest(BIN) == [bare]


def test_boolean_comes_back_as_boolean_and_counts_as_share_of_true(store: TelemetryStore) -> None:
    lids = [replace(BASE, name="lid", unit="", value=n != 1, seq=n, position=n, time=START + n) for n in range(4)]
    store.append(lids, 3)
    assert store.latest(BIN) == [lids[3]]
    assert store.history(BIN, "lid", START, START + 4, 1) == [Bucket(START, 0.75, 0.0, 1.0, 4)]


@pytest.mark.parametrize("text", ["0", "-0.001", "1E-7", "123456.789", "4294967295", "1E+22"])
def test_number_keeps_its_decimal_text_as_far_as_a_double_does(store: TelemetryStore, text: str) -> None:
    store.append([replace(BASE, value=Decimal(text))], 0)
    assert store.latest(BIN)[0].value == Decimal(text)


def test_number_beyond_a_double_is_left_out_and_counted(store: TelemetryStore) -> None:
    huge = replace(BASE, value=Decimal("1E+400"))
    assert store.append([huge, replace(BASE, name="fill")], 0) == Appended(1, 0, 1)
    assert [each.name for each in store.latest(BIN)] == ["fill"]
    assert store.cursor() == 0


def test_positions_at_or_before_the_cursor_are_never_written_twice(reopen: Reopen) -> None:
    readings = [replace(BASE, seq=n, position=n, time=START + n) for n in range(10)]
    store = reopen()
    assert store.append(readings[:6], 5) == Appended(6, 0, 0)
    assert store.append(readings[3:], 9) == Appended(4, 3, 0)
    store = reopen()
    assert store.append(readings, 9) == Appended(0, 10, 0)
    assert store.cursor() == 9
    assert count(store, "temp") == 10


def test_cursor_never_goes_back(store: TelemetryStore) -> None:
    store.append([], 9)
    assert store.append([replace(BASE, position=4)], 5) == Appended(0, 1, 0)
    assert store.cursor() == 9
    assert store.latest(BIN) == []


def test_cursor_moves_past_records_without_readings_and_survives_reopening(reopen: Reopen) -> None:
    reopen().append([], 2**40)
    assert reopen().cursor() == 2**40


def test_reading_beyond_its_cursor_is_refused_and_nothing_written(store: TelemetryStore) -> None:
    with pytest.raises(TelemetryOrderError, match="position 7 appended with cursor 6"):
        store.append([replace(BASE, position=6), replace(BASE, position=7)], 6)
    assert store.cursor() == EMPTY
    assert store.latest(BIN) == []


def test_readings_of_one_second_do_not_overwrite_each_other(store: TelemetryStore) -> None:
    seqs = (2**32 - 1, 0, 1, 999, 1_500, 3_000_002)
    readings = [replace(BASE, seq=seq, value=Decimal(n), position=n) for n, seq in enumerate(seqs)]
    store.append(readings, len(seqs))
    assert store.history(BIN, "temp", START, START + 1, 1) == [Bucket(START, 2.5, 0.0, 5.0, 6)]
    assert store.latest(BIN) == [readings[0]], "the greatest seq of the last second"


def test_latest_is_one_reading_per_name_by_time_then_seq(store: TelemetryStore) -> None:
    older = replace(BASE, seq=8, time=START + 1, position=0)
    newer = replace(BASE, seq=7, time=START + 2, position=1, unit="K", subject="bin:18", value=Decimal("290"))
    fill = replace(BASE, name="fill", unit="/", value=Decimal("0.5"), position=2)
    other = replace(BASE, kid=TREE, time=START + 50, position=3)
    store.append([newer, older, fill, other], 3)
    assert store.latest(BIN) == [fill, newer]
    assert store.latest(TREE) == [other]


def test_claimed_time_after_the_receipt_is_placed_at_the_receipt(store: TelemetryStore) -> None:
    ahead = replace(BASE, time=START + 10**8, seq=1, position=0)
    true = replace(BASE, time=START + 61, received=START + 61, seq=2, position=1)
    store.append([ahead], 0)
    assert store.latest(BIN) == [ahead], "the claim itself is kept"
    store.append([true], 1)
    assert store.latest(BIN) == [true]
    assert store.history(BIN, "temp", START + 60, START + 61, 1) == [Bucket(START + 60, 21.5, 21.5, 21.5, 1)]


def test_latest_and_history_see_what_was_measured_this_very_second(store: TelemetryStore) -> None:
    """VictoriaMetrics hides or repeats the last 30 s of ordinary queries."""
    now = int(time.time())
    fresh = [replace(BASE, seq=n, position=n, time=now - 9 + n, received=now, value=Decimal(n)) for n in range(10)]
    store.append(fresh, 9)
    assert store.latest(BIN) == [fresh[9]]
    assert [bucket.mean for bucket in store.history(BIN, "temp", now - 9, now + 1, 10)] == list(range(10))


def test_history_is_the_exact_aggregate_of_each_bucket(store: TelemetryStore) -> None:
    readings = [
        replace(BASE, seq=n, position=n, time=START + 7 * n, received=START + 10_000, value=Decimal(n * n % 101))
        for n in range(300)
    ]
    units = [replace(each, unit="K", subject="bin:18") if each.seq % 3 else each for each in readings]
    noise = [replace(each, kid=TREE, value=Decimal(10**6)) for each in readings]
    store.append([*units, *noise], 299)
    for start, end, points in ((START, START + 2100, 7), (START + 13, START + 1999, 50), (START + 1, START + 2, 1)):
        assert store.history(BIN, "temp", start, end, points) == expected(readings, start, end, points)


def test_course_has_the_real_readings_that_a_line_needs(store: TelemetryStore) -> None:
    readings = [
        replace(BASE, seq=n, position=n, time=START + 7 * n, received=START + 10_000, value=Decimal(n * n % 101))
        for n in range(300)
    ]
    units = [replace(each, unit="K", subject="bin:18") if each.seq % 3 else each for each in readings]
    noise = [replace(each, kid=TREE, value=Decimal(10**6)) for each in readings]
    store.append([*units, *noise], 299)
    for start, end, points in ((START, START + 2100, 28), (START + 13, START + 1999, 203), (START + 7, START + 8, 4)):
        course = store.course(BIN, "temp", start, end, points)
        inside = [each for each in readings if start <= each.placed < end]
        assert course == Course(chosen(inside, start, end, points), len(inside))
        assert len(course.samples) <= points


def test_course_has_everything_where_there_is_room_and_booleans_as_numbers(store: TelemetryStore) -> None:
    lids = [replace(BASE, name="lid", unit="", value=n != 1, seq=n, position=n, time=START + n) for n in range(4)]
    store.append(lids, 3)
    assert store.course(BIN, "lid", START, START + 4, 16) == Course(
        [Sample(START + n, n, float(n != 1)) for n in range(4)], 4
    )
    assert store.course(BIN, "nothing", START, START + 4, 16) == Course([], 0)
    with pytest.raises(TelemetryRangeError):
        store.course(BIN, "lid", START, START + 4, 3)


def test_history_asks_for_sane_ranges(store: TelemetryStore) -> None:
    for start, end, points in ((START, START, 1), (START, START - 1, 1), (START, START + 1, 0), (0, 9, 10_001)):
        with pytest.raises(TelemetryRangeError):
            store.history(BIN, "temp", start, end, points)


def test_history_of_an_odd_name_is_empty_not_an_error(store: TelemetryStore) -> None:
    store.append([BASE], 0)
    for name in ('temp"} or {', "te\\mp", "te\nmp", "' OR 1=1 --", "", "ß"):
        assert store.history(BIN, name, START, START + 10, 1) == []


def test_reset_drops_everything_and_the_store_can_be_rebuilt(reopen: Reopen) -> None:
    readings = [replace(BASE, seq=n, position=n, time=START + n) for n in range(10)]
    store = reopen()
    store.append(readings, 9)
    store.reset()
    assert (store.cursor(), store.latest(BIN), count(store, "temp")) == (EMPTY, [], 0)
    assert store.append(readings, 9) == Appended(10, 0, 0)
    store = reopen()
    assert (store.cursor(), store.latest(BIN), count(store, "temp")) == (9, [readings[9]], 10)


def test_threads_read_while_another_appends(store: TelemetryStore) -> None:
    failures: list[BaseException] = []
    done = threading.Event()

    def read(seen: list[tuple[int, list[str]]]) -> None:
        try:
            while not done.is_set():
                seen.append((count(store, "temp"), [each.name for each in store.latest(BIN)]))
        except BaseException as error:  # noqa: BLE001  # handed to the test's own thread
            failures.append(error)

    sights: list[list[tuple[int, list[str]]]] = [[], []]
    threads = [threading.Thread(target=read, args=(seen,)) for seen in sights]
    for thread in threads:
        thread.start()
    for group in range(10):
        rows = [replace(BASE, seq=n, position=n, time=START + n) for n in range(5 * group, 5 * group + 5)]
        store.append(rows, rows[-1].position)
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert count(store, "temp") == 50
    for seen in sights:
        assert [number for number, _ in seen] == sorted(number for number, _ in seen), "nothing seen goes away"
        assert {tuple(names) for _, names in seen} <= {(), ("temp",)}


def test_close_twice_is_harmless(store: TelemetryStore) -> None:
    store.close()
    store.close()


def count(store: TelemetryStore, name: str) -> int:
    """How many numbers of the bin the store counts around START."""
    return sum(bucket.count for bucket in store.history(BIN, name, START - 1000, START + 10_000, 1))


def chosen(readings: list[Reading], start: int, end: int, points: int) -> list[Sample]:
    """First, least, greatest and last of each bucket; of equal ones the earliest."""
    width = math.ceil((end - start) / (points // 4))
    found: set[Sample] = set()
    for first in range(start, end, width):
        bucket = sorted(
            Sample(each.placed, each.seq, float(each.value))
            for each in readings
            if first <= each.placed < first + width
        )
        if bucket:
            extremes = min(bucket, key=lambda each: each.number), max(bucket, key=lambda each: each.number)
            found |= {bucket[0], bucket[-1], *extremes}
    return sorted(found)


def expected(readings: list[Reading], start: int, end: int, points: int) -> list[Bucket]:
    """The contract's aggregates, worked out one reading at a time."""
    width = math.ceil((end - start) / points)
    buckets = []
    for first in range(start, end, width):
        values = [float(each.value) for each in readings if first <= each.placed < first + width]
        if values:
            buckets.append(Bucket(first, sum(values) / len(values), min(values), max(values), len(values)))
    return buckets
