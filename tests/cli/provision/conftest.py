"""Fixtures of the crews' command."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Civicroot, Town
from tests.cli.provision.street import Street
from tests.support.brokers import NatsBroker


@pytest.fixture
def street(town: Town, civicroot: Civicroot, tmp_path: Path) -> Iterator[Street]:
    """A city with a broker, and a cable."""
    with NatsBroker(tmp_path) as broker:
        yield Street(town, broker, civicroot, tmp_path)
