"""A served city with a city hall; one for each file of tests, each of which makes its own people."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from civicroot_backend.people import passwords

from tests.backend.api_city import OpenCity, serve
from tests.backend.people.office import Office


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Argon2id with its least parameters: what they cost is looked at in test_passwords.py alone."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(1, 8, 1)
        patch.setattr(passwords, "_hasher", quick)
        patch.setattr(passwords, "_NOBODYS", quick.hash("nobody's"))
        yield


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The people of a city whose public address is https://city.example."""
    city = OpenCity(tmp_path_factory.mktemp("city"))
    with serve(city) as served:
        yield Office(served)
    city.close()
