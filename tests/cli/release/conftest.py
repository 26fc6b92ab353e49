"""Devices judge by the firmware's own rules, so its pure parts are imported here too."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

FIRMWARE = Path(__file__).resolve().parents[3] / "firmware"
sys.path.insert(0, str(FIRMWARE / "lib"))

from tests.cli.release.street import Scene, made  # noqa: E402 (needs the path above)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Fifty devices that follow what they are told."""
    with made(tmp_path) as found:
        yield found
