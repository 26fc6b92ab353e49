"""Openings up and claim notices down: passed on, bounded, and nowhere kept."""

from pathlib import Path

import pytest
from civicroot_gateway.down import relay
from civicroot_gateway.down.content_cache import FOLDER, ContentCache
from civicroot_gateway.down.down import MAX_AT_ONCE, Down
from civicroot_gateway.down.publication import DEVICES, UPLINK, Publication
from civicroot_wire import claim_notice, opening, relayed, topic
from civicroot_wire.claim_notice import CLAIMED, ClaimNotice
from civicroot_wire.opening import Opening

from .city import City, Device, signer
from .trust import Desk

OPENING = opening.encode(Opening(41, "scan", bytes(16), b"CITY-CARD 8812"))
NOTICE = claim_notice.encode(ClaimNotice(41, CLAIMED))


class Scene:
    """A gateway's way down with one device of its own."""

    def __init__(self, folder: Path) -> None:
        self.city = City()
        self.device: Device = self.city.device()
        self.desk = Desk(self.city)
        self.desk.trust_all()
        self.now = 1000.0
        self.gateway = self.city.gateway.kid
        cache = ContentCache(folder / FOLDER)
        self.down = Down(self.gateway, self.desk.book, cache, lambda: self.now, lambda: 1.0)

    def up(self, payload: bytes = OPENING, kid: bytes | None = None) -> None:
        self.down.receive(topic.PRIVATE, self.device.kid if kid is None else kid, payload)

    def told(self, message: bytes = NOTICE, kid: bytes | None = None) -> None:
        self.down.receive(topic.CLAIM, None, relayed.encode(self.device.kid if kid is None else kid, message))

    def due(self) -> list[Publication]:
        return [one for one in self.down.due(self.now) if one.topic.endswith((topic.PRIVATE, topic.CLAIM))]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_an_opening_goes_up_with_its_sender_and_a_notice_down_to_its_device(scene: Scene) -> None:
    scene.up()
    scene.told()
    assert scene.down.next_due(scene.now) == 0
    up, down = scene.due()
    assert (up.link, up.topic) == (UPLINK, topic.of_gateway(scene.gateway, topic.PRIVATE))
    assert relayed.decode(up.payload) == (scene.device.kid, OPENING)
    assert down == Publication(DEVICES, topic.of_device(scene.gateway, scene.device.kid, topic.CLAIM), NOTICE)
    assert not up.retain and not down.retain, "no broker keeps it either"
    assert scene.due() == []
    assert scene.down.counts()["claim"] == {"opening": 1, "notice": 1}


@pytest.mark.parametrize(
    ("payload", "reason"), [(b"\xa0", "missing-key"), (b"", "truncated"), (bytes(400), "too-large")]
)
def test_what_is_no_opening_is_counted_and_goes_nowhere(scene: Scene, payload: bytes, reason: str) -> None:
    scene.up(payload)
    assert scene.due() == []
    assert scene.down.counts()["claim"] == {reason: 1}


def test_nobody_else_is_relayed(scene: Scene) -> None:
    scene.up(kid=signer(999).kid)
    scene.up(kid=scene.city.backend.kid)
    scene.told(kid=signer(999).kid)
    scene.told(message=b"\xa0")
    scene.down.receive(topic.CLAIM, None, b"\x80")
    scene.down.receive(topic.CLAIM, scene.device.kid, NOTICE)
    scene.down.receive(topic.PRIVATE, None, OPENING)
    assert scene.due() == []
    assert scene.down.counts()["claim"] == {"unknown-key-id": 2, "wrong-role": 1, "malformed": 2}


def test_a_device_has_its_share(scene: Scene) -> None:
    for _ in range(relay.OPENINGS_AT_ONCE + 5):
        scene.up()
    assert scene.down.counts()["claim"] == {"opening": relay.OPENINGS_AT_ONCE, "too-fast": 5}
    scene.now += 2
    scene.up()
    assert scene.down.counts()["claim"]["opening"] == relay.OPENINGS_AT_ONCE + 1


def test_what_waits_is_bounded_and_leaves_oldest_first(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "MAX_WAITING", MAX_AT_ONCE + 2)
    for seq in range(MAX_AT_ONCE + 5):
        scene.up(opening.encode(Opening(seq, "led", bytes(16), bytes(6))))
    assert scene.down.counts()["claim"]["no-room"] == 3
    sent = [*scene.due(), *scene.due()]
    assert [opening.decode(relayed.decode(one.payload)[1]).seq for one in sent] == list(range(MAX_AT_ONCE + 2))


def test_nothing_of_an_opening_is_written(scene: Scene, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    scene.up()
    scene.up(OPENING + b"\x00")
    scene.due()
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"CITY-CARD" not in written
    assert "CITY-CARD" not in caplog.text
