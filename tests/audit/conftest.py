"""Fixtures of the auditor's tests."""

from pathlib import Path

import pytest

from tests.audit.copies import Copy, RealCity, make_city


@pytest.fixture(scope="session")
def real_city(tmp_path_factory: pytest.TempPathFactory) -> RealCity:
    """A city that the backend made; tests copy it."""
    return make_city(tmp_path_factory.mktemp("city"))


@pytest.fixture
def copy(real_city: RealCity, tmp_path: Path) -> Copy:
    """A sound copy of its public folder."""
    return Copy.of(real_city, tmp_path / "copy")
