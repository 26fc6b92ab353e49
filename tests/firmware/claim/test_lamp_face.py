"""The claim flow on the true lamp."""

import pytest
from civicroot_device.claim.lamp_face import LampFace
from civicroot_device.claim.offer import CLAIMED, CLOSED, EXPIRED, REPLACED, WINDOW_MS
from civicroot_device.lamp import states
from civicroot_device.lamp.lamp import Lamp
from civicroot_wire import claim_notice

from tests.firmware.claim.world import CARD, World

PIXELS = 12
CODE = bytes([0, 1, 2, 3, 0, 1])


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(CLAIMED, states.CLAIMED), (CLOSED, states.OVER), (EXPIRED, states.OVER), (REPLACED, states.OVER)],
)
def test_each_outcome_has_a_state_and_whoever_draws_is_woken(outcome: str, state: str) -> None:
    lamp = Lamp(PIXELS)
    woken: list[str] = []
    face = LampFace(lamp, lambda: woken.append(lamp.state))
    face.offer(CODE)
    face.card()
    face.ended(outcome)
    assert woken == [states.CLAIM_OPEN, states.CARD_READ, state]


def test_the_next_offer_follows_the_replaced_one_at_once() -> None:
    lamp = Lamp(PIXELS)
    face = LampFace(lamp)
    face.offer(CODE)
    face.ended(REPLACED)
    face.offer(None)
    assert lamp.state == states.CLAIM_OPEN


def test_the_whole_way_of_a_claim_by_card() -> None:
    world = World("lamp scanner")
    lamp = Lamp(PIXELS)
    world.flow._lamp = LampFace(lamp)
    world.deposit()
    assert lamp.state == states.CLAIM_OPEN
    world.card = CARD
    world.wait(2000)
    assert lamp.state == states.CARD_READ
    lamp.frame(0)
    lamp.frame(states.LENGTH_MS[states.CARD_READ])
    assert lamp.state == states.CLAIM_OPEN
    world.notice(0, claim_notice.CLAIMED)
    assert lamp.state == states.CLAIMED
    world.card = None
    world.deposit()
    world.wait(WINDOW_MS)
    assert lamp.state == states.OVER
