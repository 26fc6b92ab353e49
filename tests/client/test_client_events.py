"""The client's events against a real backend: typed, resumed after a break, refused when the city says so."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
import urllib3
from civicroot_client import Client, Event, Problem, events, models
from civicroot_client.transport import Transport

from tests.backend.api_city import OpenCity, serve


@pytest.fixture
def city(tmp_path: Path) -> Iterator[OpenCity]:
    opened = OpenCity(tmp_path)
    opened.enrol_device("bin/12")
    opened.enrol_device("bin/13")
    yield opened
    opened.close()


class Cuttable(Transport):
    """Its newest stream can be cut, as by a line that breaks."""

    newest: urllib3.BaseHTTPResponse

    def stream(self, path: str, headers: Mapping[str, str], seconds: float) -> urllib3.BaseHTTPResponse:
        """See Transport."""
        self.newest = super().stream(path, headers, seconds)
        return self.newest

    def cut(self) -> None:
        """Break the line."""
        connection = self.newest.connection
        assert connection is not None
        connection.sock.shutdown(socket.SHUT_RDWR)


def fill(city: OpenCity, subject: str, seq: int) -> None:
    city.commit([city.fill(city.devices[subject], seq, 40)])


def test_events_come_typed(city: OpenCity) -> None:
    with serve(city) as served, Client(served.url) as client:
        begin = served.app.state.broadcast._past.id_of(0)
        fill(city, "bin/13", 0)
        city.publish()
        listed = client.events(last_id=begin, only=("reading", "checkpoint"))
        reading, checkpoint = next(listed), next(listed)
    assert isinstance(reading.data, models.LiveReading)
    assert (reading.name, reading.data.subject, reading.data.values[0].text) == ("reading", "bin/13", "0.40")
    assert isinstance(checkpoint.data, models.CheckpointEvent)
    assert len({begin, reading.id, checkpoint.id}) == 3


def test_break_is_mended_and_nothing_is_missed(city: OpenCity) -> None:
    """The connection is cut between two events; sleeping is when the next one happens."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        fill(city, "bin/12", len(slept))

    with serve(city) as served, closing(Cuttable(served.url)) as transport:
        listed = events.listen(transport, "bin/12", ("reading",), served.app.state.broadcast._past.id_of(0), sleep)
        fill(city, "bin/12", 0)
        fill(city, "bin/13", 0)
        first = next(listed)
        transport.cut()
        second = next(listed)
    assert [event.data.seq for event in (first, second)] == [0, 1]
    assert slept == [1.0]


def test_city_that_restarted_says_to_fetch_anew(city: OpenCity) -> None:
    with serve(city) as served, Client(served.url) as client:
        assert next(client.events(last_id="00000000-7")) == Event("reset", next(client.events(last_id="x")).id, None)


def test_refusal_ends_the_events(city: OpenCity) -> None:
    with serve(city) as served, Client(served.url) as client, pytest.raises(Problem, match="bad-parameter"):
        next(client.events(only=("nothing",)))
