"""A key keeps its role: its numbers count one kind of message."""

import pytest
from civicroot_wire.errors import TrustError

from tests.backend.city import batch_message, commit, signed_record, sole_verdict
from tests.backend.conftest import Scene


def test_a_key_is_not_enrolled_in_a_second_role(scene: Scene) -> None:
    """What it skipped as a device would contradict what it skips as a gateway, and that batch would come for ever."""
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [signed_record(scene.device, 5, skip=5)]))
    with pytest.raises(TrustError, match="wrong-role"):
        scene.backend.submit(scene.city.enrolment(scene.device, "gateway/2", "gateway"))
    assert scene.backend.counts()["enrolment", "wrong-role"] == 1
    other = scene.city.enrolled(scene.backend, "bin/99", "device")
    message = batch_message(scene.device, 5, [signed_record(other, 0)], skip=5)
    assert sole_verdict(scene.city, scene.backend, scene.device, message).reason == "wrong-role"


def test_a_key_may_be_enrolled_again_in_its_role(scene: Scene) -> None:
    moved = scene.backend.submit(scene.city.enrolment(scene.device, "bin/13", "device"))
    assert (moved.subject, moved.repeated) == ("bin/13", False)
