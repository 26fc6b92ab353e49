"""VictoriaMetrics itself: crashes of backend and server, repeated groups, wrong settings, what it cannot hold."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from civicroot_backend.telemetry.errors import TelemetryMisconfigured, TelemetryUnavailable
from civicroot_backend.telemetry.influx_store import LINES_PER_BODY
from civicroot_backend.telemetry.line_protocol import SECOND, VICTORIA, cursor_line, reading_line
from civicroot_backend.telemetry.open import open_telemetry
from civicroot_backend.telemetry.store import EMPTY, Appended, Reading, TelemetryStore
from civicroot_backend.telemetry.victoria import DURABLE_AFTER

from tests.support.victoria import Victoria, VictoriaMissing

START = 1_760_000_000
KID = bytes(range(8))
BASE = Reading(KID, "bin:1", 0, START, START, "temp", "Cel", Decimal("1.5"), 0)
DAY = 86_400


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Victoria]:
    with Victoria(tmp_path) as started:
        yield started


def readings(first: int, last: int) -> list[Reading]:
    return [replace(BASE, seq=n, time=START + n, received=START + n, position=n) for n in range(first, last + 1)]


def count(store: TelemetryStore) -> int:
    return sum(bucket.count for bucket in store.history(KID, "temp", START, START + 100_000, 10))


def test_group_larger_than_a_body_is_stored_once_in_full(server: Victoria) -> None:
    store = open_telemetry(server.url)
    group = readings(0, 3 * LINES_PER_BODY)
    assert store.append(group, group[-1].position) == Appended(len(group), 0, 0)
    exported = [value for series in server.samples("civicroot_reading_position") for value in series["values"]]
    assert exported == [each.position for each in group]
    store.close()


def test_group_whose_cursor_was_not_written_is_repeated_without_counting_twice(server: Victoria) -> None:
    """The backend was killed between the bodies of a group and its cursor: the same lines come again."""
    lines = [reading_line(each, VICTORIA) for each in readings(0, 99)]
    server.write("\n".join(line for line in lines if line))
    store = open_telemetry(server.url)
    assert store.cursor() == EMPTY
    assert store.append(readings(0, 119), 119) == Appended(120, 0, 0)
    assert count(store) == 120
    assert store.history(KID, "temp", START, START + 120, 1)[0].mean == 1.5
    store.close()


def test_cursor_never_leads_the_readings_when_the_server_is_killed(server: Victoria) -> None:
    store = open_telemetry(server.url)
    last = -1
    for _ in range(4):
        for _ in range(3):
            store.append(readings(last + 1, last + 50), last + 50)
            last += 50
        server.kill()
        server.start()
        kept = store.cursor()
        assert count(store) >= kept + 1, "every reading up to the cursor is there"
        store.append(readings(kept + 1, last), last)
        assert (store.cursor(), count(store)) == (last, last + 1), "the projection went on, once each"
    store.close()


def test_cursor_point_of_an_earlier_run_counts_only_if_the_run_outlived_it(server: Victoria) -> None:
    """Written as by two earlier runs: the first lived on for 31 s after position 20, the second for 29 s after 40."""
    points = [(1, 10, 0), (1, 20, 9), (1, 30, 40), (2, 40, 1000), (2, 50, 1029)]
    lines = [cursor_line(position, (START + at) * SECOND, f"{START + run}") for run, position, at in points]
    server.write("\n".join(lines))
    store = open_telemetry(server.url)
    assert store.cursor() == 20
    store.append([], 25)
    assert store.cursor() == 25, "a point of the present run"
    store.close()


def test_cursor_is_kept_over_a_clean_restart_once_it_is_old_enough(server: Victoria) -> None:
    now = [float(START)]
    store = open_telemetry(server.url, clock=lambda: now[0])
    for position in range(5):
        store.append([], position)
        now[0] += DURABLE_AFTER / 2
    assert store.cursor() == 4
    server.stop()
    server.start()
    assert store.cursor() == 2
    store.close()


def test_cursor_is_found_after_weeks_without_readings(server: Victoria) -> None:
    now = [float(START)]  # long ago: the server takes no points of the future
    store = open_telemetry(server.url, clock=lambda: now[0])
    store.append([], 5)
    now[0] += 40 * DAY
    assert store.cursor() == 5
    store.append([], 6)
    now[0] -= 20 * DAY  # a clock that was set back does not hide what is stored
    store.append([], 7)
    assert store.cursor() == 7
    store.close()


def test_texts_and_data_are_left_out_and_counted(server: Victoria) -> None:
    store = open_telemetry(server.url)
    group = [BASE, replace(BASE, name="fault", value="soil"), replace(BASE, name="led", value=b"\x01")]
    assert store.append(group, 0) == Appended(1, 0, 2)
    assert store.latest(KID) == [BASE]
    store.close()


@pytest.mark.parametrize("arguments", [["-http.pathPrefix="], ["-dedup.minScrapeInterval=30s"]])
def test_server_that_counts_repeats_or_drops_readings_is_refused(tmp_path: Path, arguments: list[str]) -> None:
    with (
        Victoria(tmp_path, *arguments) as server,
        pytest.raises(TelemetryMisconfigured, match=r"-dedup\.minScrapeInterval=1ms"),
    ):
        open_telemetry(server.url)


def test_server_that_is_gone_is_a_named_error_and_service_resumes_when_it_is_back(server: Victoria) -> None:
    store = open_telemetry(server.url)
    server.kill()
    for call in (store.cursor, lambda: store.append(readings(0, 0), 0), lambda: store.latest(KID), store.reset):
        with pytest.raises(TelemetryUnavailable, match=server.address):
            call()
    with pytest.raises(TelemetryUnavailable, match=server.address):
        open_telemetry(server.url)
    server.start()
    assert store.append(readings(0, 0), 0) == Appended(1, 0, 0)
    store.close()


def test_missing_binary_fails_and_says_how_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(VictoriaMissing, match="apt-get install victoria-metrics"), Victoria(tmp_path):
        pass
