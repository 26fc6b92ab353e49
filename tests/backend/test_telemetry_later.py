"""A telemetry server that is away: nobody waits for somebody else's attempt to reach it."""

from threading import Event, Thread

import pytest
from civicroot_backend.telemetry.duckdb_store import DuckDbStore
from civicroot_backend.telemetry.errors import TelemetryUnavailable
from civicroot_backend.telemetry.store import TelemetryStore
from civicroot_backend.telemetry_later import LaterStore

WITHIN = 20.0  # seconds for a thread that has nothing to wait for


def test_one_looks_for_the_server_while_others_are_told_at_once(tmp_path) -> None:  # type: ignore[no-untyped-def]
    trying, answer = Event(), Event()

    def slowly() -> TelemetryStore:
        trying.set()
        assert answer.wait(WITHIN)
        return DuckDbStore(tmp_path / "t.duckdb")

    later = LaterStore(slowly)
    first = Thread(target=later.cursor)
    first.start()
    assert trying.wait(WITHIN)
    with pytest.raises(TelemetryUnavailable, match="being looked for"):
        later.cursor()
    answer.set()
    first.join(WITHIN)
    assert later.cursor() == -1
    later.close()
