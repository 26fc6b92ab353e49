"""Artefacts in the public store, and pieces of them for gateways that are enrolled and keep to their share."""

import hashlib

import pytest
from civicroot_backend.artefacts import shelf
from civicroot_backend.artefacts.shelf import Shelf, name_of, offer
from civicroot_backend.errors import ArtefactRefused, StoreError
from civicroot_wire import piece
from civicroot_wire.piece import MAX_CONTENT_BYTES, MAX_PIECE_BYTES, UNKNOWN, Piece, Want

from tests.backend.conftest import Scene
from tests.backend.engines import Engine

CONTENT = bytes(range(256)) * 200
DIGEST = hashlib.sha256(CONTENT).digest()


class Asked:
    """A shelf over the backend's store, and a clock."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.now = 0.0
        self.shelf = Shelf(scene.backend.store, scene.backend.keys, lambda: self.now)
        with scene.backend.database.read() as connection:
            scene.backend.keys.refresh(connection)

    def ask(
        self, digest: bytes = DIGEST, offset: int = 0, length: int = 1000, kid: bytes | None = None
    ) -> Piece | None:
        want = piece.encode_want(Want(digest, offset, length))
        answer = self.shelf.answer(self.scene.gateway.kid if kid is None else kid, want)
        return None if answer is None else piece.decode(answer)


@pytest.fixture
def asked(scene: Scene) -> Asked:
    return Asked(scene)


def test_an_artefact_is_offered_once_under_its_hash(engine: Engine) -> None:
    store = engine.open()
    for _ in range(2):
        assert offer(store, CONTENT) == DIGEST
    assert store.get(name_of(DIGEST)) == CONTENT
    for content in (b"", bytes(MAX_CONTENT_BYTES + 1)):
        with pytest.raises(ArtefactRefused):
            offer(store, content)
    store.close()


def test_the_pieces_are_the_content(scene: Scene, asked: Asked) -> None:
    offer(scene.backend.store, CONTENT)
    got = b""
    while len(got) < len(CONTENT):
        found = asked.ask(offset=len(got), length=MAX_PIECE_BYTES)
        assert found is not None
        assert (found.reason, found.offset, found.size) == (None, len(got), len(CONTENT))
        got += found.octets
    assert got == CONTENT
    past = asked.ask(offset=len(CONTENT))
    assert past is not None
    assert past.reason == UNKNOWN


def test_what_is_not_there_is_unknown_and_looked_for_again_later(scene: Scene, asked: Asked) -> None:
    for _ in range(2):
        found = asked.ask()
        assert found is not None
        assert found.reason == UNKNOWN
    offer(scene.backend.store, CONTENT)
    asked.now += shelf.ABSENT_SECONDS
    found = asked.ask()
    assert found is not None
    assert found.octets == CONTENT[:1000]


def test_only_enrolled_gateways_are_answered(scene: Scene, asked: Asked) -> None:
    offer(scene.backend.store, CONTENT)
    assert asked.ask(kid=scene.device.kid) is None
    assert asked.ask(kid=bytes(8)) is None
    assert asked.shelf.answer(scene.gateway.kid, b"\xff") is None
    assert asked.ask() is not None
    scene.backend.submit(scene.city.revocation(scene.gateway, "gateway/1"))
    with scene.backend.database.read() as connection:
        scene.backend.keys.refresh(connection)
    assert asked.ask() is None


def test_a_gateway_that_asks_too_fast_is_not_answered(scene: Scene, asked: Asked) -> None:
    offer(scene.backend.store, CONTENT)
    answers = [asked.ask() for _ in range(200)]
    assert len([found for found in answers if found is not None]) == shelf.PIECES_AT_ONCE
    asked.now += 1
    assert asked.ask() is not None


def test_a_gateway_cannot_make_the_store_work(scene: Scene, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(scene.backend.store, "get", looked.append)
    for number in range(60):
        asked.ask(number.to_bytes(32, "big"))
    assert len(looked) == shelf.LOADS_AT_ONCE


def test_a_store_that_fails_is_no_end_and_a_damaged_artefact_is_not_given_out(
    scene: Scene, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_name: str) -> bytes:
        raise StoreError("gone")

    with monkeypatch.context() as failing:
        failing.setattr(scene.backend.store, "get", fail)
        assert asked.ask() is None
    monkeypatch.setattr(scene.backend.store, "get", lambda _: CONTENT[1:])
    found = asked.ask()
    assert found is not None
    assert found.reason == UNKNOWN


def test_memory_is_bounded(scene: Scene, asked: Asked) -> None:
    for number in range(30):
        asked.now += 10
        found = asked.ask(offer(scene.backend.store, bytes([number]) * 5))
        assert found is not None
        assert found.octets == bytes([number]) * 5
    assert len(asked.shelf._contents) == shelf.IN_MEMORY
