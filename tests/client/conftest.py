"""A served city with bins and a tree, for the tests of the client and of the page about the API."""

from collections.abc import Iterator

import pytest
from civicroot_client import Client

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.city import NOW
from tests.backend.test_api_subjects import at, imported


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """bin/12 was emptied and has 205 readings; bin/13 has one, bin/14 none; tree/7 is in the inventory alone."""
    city = OpenCity(tmp_path_factory.mktemp("city"))
    key = city.enrol_device("bin/12", location=at(375665, 1269780), label="Market square")
    other = city.enrol_device("bin/13", location=at(375675, 1269780))
    city.enrol_device("bin/14")
    imported(city, "bin", "id,stream\n12,paper\n13,paper\n")
    imported(city, "tree", "id,species,genus,planted,lat,lon\n7,robur,Quercus,1990,37.5,126.9\n")
    fills = [*range(1, 91), *range(1, 91), *range(1, 26)]
    records = [city.fill(key, seq, percent, NOW + 60 * seq) for seq, percent in enumerate(fills)]
    city.city.now = NOW + 60 * len(fills)
    for first in range(0, len(records), 50):
        city.commit(records[first : first + 50])
    city.commit([city.fill(other, 0, 10, city.city.now)])
    city.publish()
    city.backend.project_pending()
    with serve(city) as running:
        yield running
    city.close()


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    """A client of that city."""
    with Client(served.url) as made:
        yield made
