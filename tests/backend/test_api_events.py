"""Live events over HTTP: what is sent, who is cut off, and that nobody holds up the end."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from civicroot_backend.api import broadcast
from civicroot_backend.api.broadcast import Broadcast
from civicroot_backend.api.problems import Refusal
from civicroot_backend.events import MAX_QUEUED, CheckpointPublished

from tests.backend.api_city import OpenCity, Served, serve

PATH = "/api/v1/events"
WITHIN = 20.0  # seconds for something to arrive


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    city = OpenCity(tmp_path)
    with serve(city) as running:
        yield running
    city.close()


def events_of(lines: Iterator[str], count: int) -> list[tuple[str, Any]]:
    """The next `count` events; the client's timeout bounds the wait."""
    found: list[tuple[str, Any]] = []
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        if line.startswith("data: "):
            found.append((name, json.loads(line.removeprefix("data: "))))
        if len(found) == count:
            return found
    raise AssertionError(f"the stream ended after {found}")


def test_readings_and_checkpoints_come_in_order(served: Served) -> None:
    city = served.city
    key = city.enrol_device("bin/12")
    with served.client.stream("GET", PATH) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        city.commit([city.fill(key, 0, 40), city.fill(key, 1, 41)])
        city.publish()
        found = events_of(lines, 3)
    assert [name for name, _ in found] == ["reading", "reading", "checkpoint"]
    first, second, checkpoint = (data for _, data in found)
    assert (first["subject"], first["kid"], first["seq"]) == ("bin/12", key.kid.hex(), 0)
    assert first["values"] == [{"name": "fill", "unit": "/", "value": 0.4, "text": "0.40"}]
    assert (first["published"], second["seq"]) == (False, 1)
    published = city.backend.published
    assert published is not None
    about = {"cosigned": [], "quorum": 0, "met": True}
    assert checkpoint == {"size": 5, "root": published.root.hex(), "time": "2023-11-14T22:13:20Z", **about}


def test_every_listener_gets_every_event(served: Served) -> None:
    city = served.city
    key = city.enrol_device("bin/12")
    with served.client.stream("GET", PATH) as one, served.client.stream("GET", PATH) as other:
        both = [one.iter_lines(), other.iter_lines()]
        assert [next(lines) for lines in both] == ["retry: 2000"] * 2
        city.commit([city.fill(key, 0, 40)])
        assert [events_of(lines, 1)[0][1]["seq"] for lines in both] == [0, 0]


def test_listener_that_leaves_is_forgotten(served: Served) -> None:
    with served.client.stream("GET", PATH) as stream:
        lines = stream.iter_lines()  # held: when it goes, the connection goes
        next(lines)
        assert listeners(served) == 1
    deadline = time.monotonic() + WITHIN
    while listeners(served):
        assert time.monotonic() < deadline, "the listener is still there"
        time.sleep(0.01)


def listeners(served: Served) -> int:
    text = served.client.get("/metrics").text
    line = next(line for line in text.splitlines() if line.startswith("civicroot_event_listeners "))
    return int(float(line.split()[1]))


def test_server_ends_at_once_although_somebody_listens(served: Served) -> None:
    with served.client.stream("GET", PATH) as stream:
        lines = stream.iter_lines()
        next(lines)
        begun = time.monotonic()
        served.server.should_exit = True
        for _ in lines:
            pass  # the stream ends cleanly, without a protocol error
        served.thread.join(WITHIN)
        assert not served.thread.is_alive()
    assert time.monotonic() - begun < WITHIN


def test_head_request_does_not_listen(served: Served) -> None:
    assert served.client.head(PATH).status_code == 405


def make(city: OpenCity) -> Broadcast:
    return Broadcast(city.backend.database, city.backend.events)


def test_listener_that_falls_behind_is_cut_off_and_others_are_not(served: Served) -> None:
    city = served.city
    city.publish()
    published = city.backend.published
    assert published is not None
    event = CheckpointPublished(published)

    async def run() -> tuple[list[bytes], int]:
        mine = make(city)
        task = asyncio.create_task(mine.run())
        slow, fast = mine.listen(), mine.listen()
        got = [await anext(fast)]
        await anext(slow)
        while not mine.running:
            await asyncio.sleep(0)
        for _ in range(broadcast.MAX_QUEUED + 1):
            city.backend.events.publish([event])
            got.append(await asyncio.wait_for(anext(fast), WITHIN))
        left = [message async for message in slow]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await fast.aclose()  # type: ignore[attr-defined]
        return left, len(got)

    left, received = asyncio.run(run())
    assert received == broadcast.MAX_QUEUED + 2
    assert left == [], "what a cut off listener had not read is dropped: it fetches anew"


def test_listeners_are_cut_off_when_a_burst_was_too_large_to_be_told(served: Served) -> None:
    city = served.city
    keys = [city.enrol_device("bin/12"), city.enrol_device("bin/13")]
    with served.client.stream("GET", PATH) as stream:
        lines = stream.iter_lines()
        next(lines)
        listed = [city.fill(keys[0], 0, 1), *(city.fill(keys[1], seq, seq % 100) for seq in range(MAX_QUEUED))]
        city.commit(listed)  # the only reading of bin/12 is what the queue had no room for
        with pytest.raises(AssertionError, match=r"the stream ended after \[\]"):
            events_of(lines, 1)


def test_number_of_listeners_is_bounded(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.app.state.broadcast, "_most", 1)
    with served.client.stream("GET", PATH) as stream:
        lines = stream.iter_lines()
        next(lines)
        answer = served.client.get(PATH)
    assert (answer.status_code, answer.json()["reason"]) == (503, "too-many-listeners")
    assert answer.headers["retry-after"] == "10"


def test_silence_is_broken_by_heartbeats(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "HEARTBEAT", 0.01)
    with served.client.stream("GET", PATH) as stream:
        lines = stream.iter_lines()
        retry, begins, *beat = [next(lines) for _ in range(6)]
    assert retry == "retry: 2000"
    assert begins.startswith("id: ")
    assert beat == ["", ":", begins, ""]


def test_defect_in_live_events_is_seen_in_health(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> list[bytes]:
        raise ZeroDivisionError

    monkeypatch.setattr(broadcast, "render", broken)
    city = served.city
    key = city.enrol_device("bin/12")
    with served.client.stream("GET", PATH) as stream:
        lines = stream.iter_lines()
        next(lines)
        city.commit([city.fill(key, 0, 40)])
        assert len(list(lines)) == 2, "listeners are sent away"
    assert served.client.get("/healthz").json()["parts"]["events"] == {"ok": False, "says": "not running"}
    assert "broadcast failed" in caplog.text


def test_nobody_listens_to_a_stopping_server(served: Served) -> None:
    async def run() -> None:
        mine = make(served.city)
        mine.close()
        mine.listen()

    with pytest.raises(Refusal):
        asyncio.run(run())


def test_many_listeners_cost_one_reading_of_the_database(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[int] = []
    real = broadcast.render

    def counting(database: Any, events: Any) -> list[bytes]:
        rendered.append(len(events))
        return real(database, events)

    monkeypatch.setattr(broadcast, "render", counting)
    city = served.city
    key = city.enrol_device("bin/12")
    streams = [threading.Event() for _ in range(8)]
    got: list[int] = []

    def listen(ready: threading.Event) -> None:
        with httpx.stream("GET", served.url + PATH, timeout=WITHIN, trust_env=False) as stream:
            lines = stream.iter_lines()
            next(lines)
            ready.set()
            got.append(events_of(lines, 1)[0][1]["seq"])

    threads = [threading.Thread(target=listen, args=(ready,)) for ready in streams]
    for thread in threads:
        thread.start()
    assert all(ready.wait(WITHIN) for ready in streams)
    city.commit([city.fill(key, 0, 40)])
    for thread in threads:
        thread.join(WITHIN)
    assert got == [0] * 8
    assert rendered == [1]
