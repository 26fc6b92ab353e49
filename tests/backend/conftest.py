"""Fixtures of the backend's tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from civicroot_backend.service import Backend
from civicroot_wire.sodium import Signer

from tests.backend.city import City
from tests.backend.engines import DirectoryEngine, Engine, ObjectServer, object_server


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


@pytest.fixture(scope="session")
def objects() -> Iterator[ObjectServer]:
    """An S3 server on this machine."""
    with object_server() as server:
        yield server


@pytest.fixture(params=["directory", "s3"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """An empty public store of each engine in turn."""
    if request.param == "directory":
        return DirectoryEngine(tmp_path / "public")
    server: ObjectServer = request.getfixturevalue("objects")
    return server.engine()
