"""The hash of the served verifier gets into the log: once for each file, and as soon as the key is enrolled."""

import hashlib
import json
from pathlib import Path

import pytest
from civicroot_backend.database.tables import log_entries
from civicroot_backend.entries.organisation import Organisation
from civicroot_backend.pages.verifier_statement import (
    ABOUT,
    ENROL_SECONDS,
    RETRY_SECONDS,
    TYP,
    VerifierStatement,
    script_of,
)
from civicroot_wire import statement
from sqlalchemy import select

from tests.backend.api_city import OpenCity

CITY = "organisation/city"


def build(static: Path, text: str) -> Path:
    """A build whose verifier has this text; returns the script."""
    script = static / "assets" / f"verifier-{hashlib.sha256(text.encode()).hexdigest()[:8]}.js"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(text)
    (static / "verifier.json").write_text(json.dumps({"verifier": f"/assets/{script.name}", "sha256": "not believed"}))
    return script


@pytest.fixture
def city(tmp_path: Path) -> OpenCity:
    return OpenCity(tmp_path / "city")


def test_each_verifier_that_is_served_is_stated_once(city: OpenCity, tmp_path: Path) -> None:
    key = city.city.key()
    backend, static = city.backend, tmp_path / "static"

    def started() -> VerifierStatement:
        parts = (backend.database, backend._submissions, backend.keys)
        organisation = Organisation(*parts, key, city.city.realm, "https://city.example")
        return VerifierStatement(static, organisation, backend.clock)

    stating = started()
    assert stating.step() is None, "nothing is built"
    script = build(static, "one")
    city.city.now += RETRY_SECONDS
    assert stating.step() is None, "the key is not enrolled"
    backend.submit(city.city.enrolment(key, CITY, statement.ROLE))
    assert stating.step() is None, "not before its time"
    city.city.now += ENROL_SECONDS
    index = stating.step()
    assert index is not None
    assert stating.step() is None, "it is done"
    city.publish()

    with backend.database.read() as connection:
        logged = connection.execute(select(log_entries.c.entry).where(log_entries.c.index == index)).scalar_one()
    found = statement.decode(logged)
    assert (found.claims.typ, found.claims.issuer, found.claims.subject, found.detached) == (TYP, CITY, ABOUT, True)
    assert found.payload == hashlib.sha256(script.read_bytes()).digest()

    assert started().step() == index, "the same file after a new start"
    build(static, "two")
    assert started().step() == index + 1, "another file"
    city.close()


def test_a_list_without_its_script_is_a_broken_build(tmp_path: Path) -> None:
    assert script_of(tmp_path) is None
    build(tmp_path, "x").unlink()
    with pytest.raises(ValueError, match="not there"):
        script_of(tmp_path)
