"""`civicroot backend forget-card`: a card is nowhere any more, while the backend runs."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_wire.opening import MAX_VALUE_BYTES
from sqlalchemy import text

from tests.backend.api_city import OpenCity
from tests.backend.claims.scene import CARD, Bin
from tests.cli.conftest import Civicroot


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Bin]:
    """A bin with a deposit that the card has claimed; its city's database is open."""
    city = OpenCity(tmp_path)
    found = Bin(city)
    found.deposit(0)
    found.scan(1, claims=0)
    found.opens(1, "scan", CARD)
    claim = found.backend.claims.of(found.key.kid, 0)
    assert claim is not None and claim.method == "card"
    yield found
    city.close()


def holders(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and CARD in path.read_bytes()]


def test_a_card_is_forgotten_on_the_disk_too_and_the_claim_stays(ok: Civicroot, place: Bin) -> None:
    assert holders(place.city.city.folder), "the test would show nothing"
    command = ("backend", "forget-card", CARD.decode(), "--config", place.city.city.config_file)
    assert ok(*command).out == "1\n"
    assert holders(place.city.city.folder) == []
    assert ok(*command).out == "0\n"
    claim = place.backend.claims.of(place.key.kid, 0)
    assert claim is not None and claim.method == "card"


def test_the_text_may_come_from_standard_input(ok: Civicroot, place: Bin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(CARD.decode() + "\n"))
    assert ok("backend", "forget-card", "-", "--config", place.city.city.config_file).out == "1\n"
    assert holders(place.city.city.folder) == []


@pytest.mark.parametrize("card", ["", "x" * (MAX_VALUE_BYTES + 1)])
def test_what_is_no_cards_text_is_refused(civicroot: Civicroot, place: Bin, card: str) -> None:
    done = civicroot("backend", "forget-card", card, "--config", place.city.city.config_file)
    assert (done.code, done.out) == (1, "")
    assert "a card's text has 1 to 256 bytes" in done.err


def test_a_configuration_that_is_not_there_or_none_is_a_fault_of_the_command(
    civicroot: Civicroot, tmp_path: Path
) -> None:
    missing = civicroot("backend", "forget-card", "card", "--config", tmp_path / "backend.toml")
    assert (missing.code, missing.out, missing.err.count("\n")) == (2, "", 1)
    assert "backend.toml" in missing.err
    (tmp_path / "backend.toml").write_text('relm = "x"\n')
    wrong = civicroot("backend", "forget-card", "card", "--config", tmp_path / "backend.toml")
    assert (wrong.code, wrong.err) == (2, "civicroot: unknown configuration keys: relm\n")


def test_a_reader_that_holds_on_to_the_log_is_said(
    civicroot: Civicroot, place: Bin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("civicroot_backend.database.connection.BUSY_MILLISECONDS", 50)
    command = ("backend", "forget-card", CARD.decode(), "--config", place.city.city.config_file)
    with place.backend.database.read() as connection:
        connection.execute(text("SELECT count(*) FROM openings")).scalar()
        done = civicroot(*command)
    assert (done.code, done.out) == (1, "")
    assert "run it again" in done.err
    assert civicroot(*command).out == "0\n"
    assert holders(place.city.city.folder) == [], "the second run erases what the first has deleted"
