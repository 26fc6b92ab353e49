"""`civicroot proof upgrade` against a city that the real backend serves: its list of anchors, and their evidence."""

import json
from pathlib import Path

import pytest
from civicroot_backend import keyfile, realm
from civicroot_backend.anchor.runner import name_of
from civicroot_backend.database.tables import anchorings, checkpoints
from civicroot_wire import merkle
from civicroot_wire import policy as policies
from civicroot_wire.checkpoint import Checkpoint
from sqlalchemy import insert, select

from tests.audit.anchoring import BITCOIN, MINED_AT, bitcoin
from tests.backend.city import NOW
from tests.cli.conftest import Civicroot, Town
from tests.cli.test_proof_command import Street


@pytest.fixture
def street(town: Town, ok: Civicroot, tmp_path: Path) -> Street:
    return Street(town, ok, tmp_path)


def accepting(town: Town, path: Path) -> Path:
    """The city's policy with an anchor."""
    root = keyfile.load(town.folder / realm.ROOT_KEY)
    model = json.loads(town.policy.read_text())["policy"] | {"anchors": [BITCOIN], "version": 2}
    path.write_text(json.dumps(policies.to_document(policies.sign(model, [(root.public, root)]))))
    return path


def anchored(town: Town, size: int, state: str, evidence: bytes) -> None:
    """What the runner records and publishes."""
    row = {"name": "bitcoin", "kind": "opentimestamps", "size": size, "state": state, "detail": "", "submitted": NOW}
    if state == "confirmed":
        town.backend.store.put([(name_of("bitcoin", size), evidence)])
        row |= {"confirmed": NOW, "time": MINED_AT}
    with town.backend.database.write() as connection:
        connection.execute(insert(anchorings).values(row))


def test_the_city_that_is_served_lists_what_it_anchored(street: Street, ok: Civicroot, tmp_path: Path) -> None:
    town = street.town
    trust = ("--policy", accepting(town, tmp_path / "policy-2.json"))
    upgrade = ("proof", "upgrade", street.file, "--url", town.url, *trust)
    done = ok(*upgrade)
    assert "anchor" not in done.out, "there is none yet, and that is no fault"
    size = town.wait()
    for _ in range(2):
        town.enrolled(tmp_path, f"tree/{size}", "device")
    leaves = [merkle.leaf_hash(town.entry(index)) for index in range(town.wait())]
    with town.backend.database.read() as connection:
        published = set(connection.execute(select(checkpoints.c.size)).scalars())
    assert len([found for found in published if found > street.header]) >= 2
    first, *_, last = sorted(found for found in published if found > street.header)
    for found, state in ((first, "confirmed"), (last, "pending")):
        tree = Checkpoint(f"{town.city.realm}/log", found, merkle.root(leaves[:found]))
        anchored(town, found, state, bitcoin(tree))
    done = ok(*upgrade)
    assert f"commits to the log's first {first} entries" in done.out
    found = json.loads(ok("verify", street.file, *trust, "--json").out)
    assert [(item["name"], item["size"], item["status"]) for item in found["anchors"]] == [
        ("bitcoin", first, "checked")
    ]
    assert found["interval"]["end"] == {"time": MINED_AT, "clocks": ["bitcoin"]}
    # The public files alone do as well.
    assert "nothing new" in ok("proof", "upgrade", street.file, "--url", street.public, *trust).out
