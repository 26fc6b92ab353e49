"""Evidence is a bounded sample in which nobody's refusals crowd out another's."""

import pytest
from civicroot_backend.database.tables import evidence
from civicroot_backend.ingest.evidence import MAX_PER_REASON
from civicroot_wire.errors import WireError
from sqlalchemy import func, select

from tests.backend.city import batch_message, commit
from tests.backend.conftest import Scene


def kept(scene: Scene, scope: str) -> int:
    """How much evidence there is of a scope."""
    with scene.backend.database.read() as connection:
        mine = select(func.count()).select_from(evidence).where(evidence.c.scope == scope)
        return connection.execute(mine).scalar_one()


def test_nobody_can_use_up_the_room_for_evidence_against_records_by_posting_entries(scene: Scene) -> None:
    for at in range(MAX_PER_REASON + 1):
        with pytest.raises(WireError, match="truncated"):
            scene.backend.submit(b"\x59\xff\xff%d" % at)
    assert kept(scene, "entry") == MAX_PER_REASON
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [b"\x59\xff\xff"]))
    assert scene.backend.counts()["record", "truncated"] == 1
    assert kept(scene, "record") == 1
