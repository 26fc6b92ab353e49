"""Fixtures of the backend's tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from civicroot_backend.service import Backend
from civicroot_wire.sodium import Signer

from tests.backend.city import City


@pytest.fixture
def city(tmp_path: Path) -> City:
    """A newly founded realm."""
    return City(tmp_path / "city")


@dataclass
class Scene:
    """An opened backend with an enrolled gateway and device."""

    city: City
    backend: Backend
    gateway: Signer
    device: Signer


@pytest.fixture
def scene(city: City) -> Iterator[Scene]:
    """An opened backend without threads, one gateway, one device."""
    with city.backend() as backend:
        gateway = city.enrolled(backend, "gateway/1", "gateway")
        yield Scene(city, backend, gateway, city.enrolled(backend, "bin/12", "device"))
