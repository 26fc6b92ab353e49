"""A served city with a city hall, for all tests here: each makes its own people."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from civicroot_backend.people import passwords

from tests.backend.people.office import Office, opened_office


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Argon2id with its least parameters: what they cost is looked at in test_passwords.py alone."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(1, 8, 1)
        patch.setattr(passwords, "_hasher", quick)
        patch.setattr(passwords, "_NOBODYS", quick.hash("nobody's"))
        yield


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The people of a city whose public address is https://city.example; its time only goes on."""
    with opened_office(tmp_path_factory.mktemp("city")) as opened:
        yield opened
