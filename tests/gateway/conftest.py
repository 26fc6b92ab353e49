"""Fixtures of the gateway's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .city import City, Device
from .rig import Rig


@pytest.fixture
def city() -> City:
    return City()


@pytest.fixture
def device(city: City) -> Device:
    return city.device()


@pytest.fixture
def rig(city: City, device: Device, tmp_path: Path) -> Iterator[Rig]:
    """An engine that knows the city, and one device in it."""
    found = Rig(city, tmp_path)
    found.trust_all()
    yield found
    found.kill()
