"""Fixtures of the crews' command."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_cli.provision import commands

from tests.cli.conftest import Civicroot, Town
from tests.cli.provision.street import Street
from tests.support.brokers import NatsBroker


@pytest.fixture
def street(town: Town, civicroot: Civicroot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
    """A city with a broker, and a cable."""
    with NatsBroker(tmp_path) as broker:
        found = Street(town, broker, civicroot, tmp_path)
        monkeypatch.setattr(commands, "_say", found.say)
        yield found
