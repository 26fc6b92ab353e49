"""Live events for who was away, for who wants some of them, and of alarms."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from civicroot_backend.api import past_events
from civicroot_backend.api.limits import Limits
from civicroot_backend.api.past_events import PastEvents
from civicroot_backend.events import RecordAccepted

from tests.backend.api_city import OpenCity, Served, serve

PATH = "/api/v1/events"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A city with two bins; one address may listen twice."""
    city = OpenCity(tmp_path_factory.mktemp("city"))
    city.enrol_device("bin/12")
    city.enrol_device("bin/13")
    with serve(city, limits=Limits(listeners_of_one=2)) as running:
        yield running
    city.close()


def messages(lines: Iterator[str], count: int) -> list[tuple[str, str, object]]:
    """(id, name, data) of the next messages that have a name; heartbeats are passed over."""
    found: list[tuple[str, str, object]] = []
    said: dict[str, str] = {}
    while len(found) < count:
        line = next(lines)
        if line == "":
            if "event" in said:
                found.append((said["id"], said["event"], json.loads(said["data"])))
            said = {}
            continue
        name, _, value = line.partition(": ")
        said[name] = value
    return found


def fill_next(served: Served, subject: str, number: int) -> None:
    """One more reading of a bin; numbers are the caller's."""
    key = served.city.devices[subject]
    served.city.commit([served.city.fill(key, number, number % 100)])


def seqs(found: list[tuple[str, str, object]]) -> list[tuple[str, int]]:
    return [(data["subject"], data["seq"]) for _, _, data in found]  # type: ignore[index]


def test_who_was_away_gets_what_came_meanwhile_once_and_in_order(served: Served) -> None:
    with served.client.stream("GET", PATH) as stream:
        lines = stream.iter_lines()
        next(lines)
        fill_next(served, "bin/12", 0)
        ((last, _, _),) = messages(lines, 1)
    fill_next(served, "bin/12", 1)
    fill_next(served, "bin/13", 0)
    with served.client.stream("GET", PATH, headers={"Last-Event-ID": last}) as stream:
        lines = stream.iter_lines()
        first = messages(lines, 2)
        fill_next(served, "bin/12", 2)
        found = [*first, *messages(lines, 1)]
    assert seqs(found) == [("bin/12", 1), ("bin/13", 0), ("bin/12", 2)]
    numbers = [int(identifier.rpartition("-")[2]) for identifier, _, _ in found]
    assert numbers == sorted(set(numbers))


def test_who_had_heard_nothing_yet_gets_what_came_since_it_began(served: Served) -> None:
    with served.client.stream("GET", PATH) as stream:
        lines = stream.iter_lines()
        begins = [next(lines), next(lines)][1].removeprefix("id: ")
    fill_next(served, "bin/13", 1)
    with served.client.stream("GET", PATH, headers={"Last-Event-ID": begins}) as stream:
        assert seqs(messages(stream.iter_lines(), 1)) == [("bin/13", 1)]


@pytest.mark.parametrize("last", ["00000000-1", "nothing", "ffffffff-999999999999999"])
def test_who_was_away_for_too_long_is_told_to_fetch_anew(served: Served, last: str) -> None:
    with served.client.stream("GET", PATH, headers={"Last-Event-ID": last}) as stream:
        ((identifier, name, data),) = messages(stream.iter_lines(), 1)
    assert (name, data) == ("reset", {})
    assert served.app.state.broadcast._past.after(identifier) == []


def test_past_events_are_bounded_and_a_lost_one_breaks_them_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_events, "MAX_PAST", 3)
    past = PastEvents()
    listed = [RecordAccepted(bytes(8), seq) for seq in range(5)]
    past.add(listed)
    assert past.after(past.id_of(2)) == list(zip((3, 4, 5), listed[2:], strict=True))
    assert past.after(past.id_of(1)) is None
    assert past.after(past.id_of(6)) is None, "it has not happened yet"
    past.break_off()
    assert past.after(past.id_of(5)) is None
    assert past.after(past.id_of(past.last)) == []


def test_page_of_one_bin_hears_of_it_alone(served: Served) -> None:
    path = f"{PATH}?subject=bin/13&only=reading"
    with served.client.stream("GET", path) as stream:
        lines = stream.iter_lines()
        next(lines)
        fill_next(served, "bin/12", 10)
        served.city.publish()
        fill_next(served, "bin/13", 10)
        assert seqs(messages(lines, 1)) == [("bin/13", 10)]


def test_one_address_cannot_take_all_places(served: Served) -> None:
    with served.client.stream("GET", PATH) as one, served.client.stream("GET", PATH) as two:
        held = [one.iter_lines(), two.iter_lines()]  # when they go, the connections go
        assert [next(lines) for lines in held] == ["retry: 2000"] * 2
        answer = served.client.get(PATH)
    assert (answer.status_code, answer.json()["reason"]) == (429, "too-many-listeners")
    assert answer.headers["retry-after"] == "10"


def test_alarms_are_told_when_they_change_and_not_before(served: Served) -> None:
    watch, cache = served.app.state.alarm_watch, served.app.state.alarms
    key = served.city.devices["bin/13"]
    with served.client.stream("GET", f"{PATH}?only=alarms") as stream:
        lines = stream.iter_lines()
        next(lines)
        asyncio.run(watch.look())
        asyncio.run(watch.look())
        served.city.commit([served.city.promised(key, 20, 60)])
        served.city.city.now += 100_000
        cache.until = 0.0
        asyncio.run(watch.look())
        ((_, name, data),) = messages(lines, 1)
    assert name == "alarms"
    assert data == served.client.get("/api/v1/alarms").json()
    assert [device["subject"] for device in data["silent"]] == ["bin/13"]  # type: ignore[index, call-overload]
