"""Fixtures of the ceremony's tests: folders for sticks, a software token, cheap passphrases."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_backend.ceremony import sealed_key
from civicroot_backend.ceremony.sealed_key import Cost
from nacl.pwhash import argon2id

from tests.backend.ceremony.table import Table
from tests.backend.ceremony.tokens import Tokens
from tests.cli.conftest import civicroot, ok

__all__ = ["civicroot", "ok"]


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least that Argon2id takes: a test opens dozens of files. What is sealed says so itself."""
    monkeypatch.setattr(sealed_key, "COST", Cost(argon2id.OPSLIMIT_MIN, argon2id.MEMLIMIT_MIN))


@pytest.fixture
def tokens(tmp_path: Path) -> Iterator[Tokens]:
    """A SoftHSM."""
    before = os.environ.get("SOFTHSM2_CONF")
    yield Tokens(tmp_path / "softhsm")
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """The table that a ceremony is held at."""
    return Table(tmp_path)
