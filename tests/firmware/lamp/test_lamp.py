"""What the ring says in every state, how states follow each other, and what it takes from the supply."""

import pytest
from civicroot_device.lamp import code as codes
from civicroot_device.lamp import colours, states
from civicroot_device.lamp.lamp import FRAME_MS, Lamp
from civicroot_device.lamp.ring import Ring
from civicroot_simulator.ws2812 import Ws2812Model

from tests.firmware.lamp.observer import lit
from tests.support.micropython import MicroPython

PIXELS = 12
CODE = bytes((0, 1, 2, 3, 2, 1))
HOUR = 3_600_000


def film(lamp: Lamp, begin: int, length: int) -> list[list[tuple[int, int, int]]]:
    return [lamp.frame(ms) for ms in range(begin, begin + length, FRAME_MS)]


def shape(lamp: Lamp) -> list[int]:
    """How many pixels are lit, over four seconds: what is left without colours and places."""
    return [lit(frame) for frame in film(lamp, 0, 4000)]


def put(state: str) -> Lamp:
    lamp = Lamp(PIXELS)
    if state == states.FAULT:
        lamp.trouble = state
    else:
        if state == states.CARD_READ:
            lamp.set(states.CLAIM_OPEN)
        lamp.set(state)
    return lamp


def test_a_lamp_that_was_told_nothing_is_dark() -> None:
    lamp = Lamp(PIXELS)
    assert film(lamp, 0, 5000) == [[colours.DARK] * PIXELS] * 100
    assert not lamp.moving


def test_every_state_has_a_shape_of_its_own() -> None:
    """Or moves: WEIGHING has one light that runs, FAULT one that stands; CLAIM_OPEN breathes, LID_OPEN does not."""
    every = (*states.STATES, states.FAULT)
    films = {state: film(put(state), 0, 4000) for state in every}
    bright = {state: [[sum(colour) for colour in frame] for frame in films[state]] for state in every}
    for state in every:
        for other in every:
            assert state == other or bright[state] != bright[other], (state, other)
    assert set(shape(put(states.WEIGHING))) == {1}
    assert len({tuple(frame) for frame in films[states.WEIGHING]}) == PIXELS
    assert shape(put(states.OVER))[:40] == sorted(shape(put(states.OVER))[:40], reverse=True)
    assert min(shape(put(states.CLAIM_OPEN))) == PIXELS, "a breath is not a blink"


@pytest.mark.parametrize(("state", "length"), states.LENGTH_MS.items())
def test_what_ends_by_itself_ends_in_time(state: str, length: int) -> None:
    lamp = put(state)
    lamp.frame(HOUR)
    lamp.frame(HOUR + length - 1)
    assert lamp.state == state and lamp.moving
    lamp.frame(HOUR + length)
    assert lamp.state == (states.CLAIM_OPEN if state == states.CARD_READ else states.IDLE)


def test_a_deposit_from_the_lid_to_the_claim() -> None:
    lamp = Lamp(PIXELS)
    seen = []
    for state in (states.LID_OPEN, states.WEIGHING, states.IDLE, states.CLAIM_OPEN, states.CARD_READ, states.CLAIMED):
        lamp.set(state)
        lamp.frame(len(seen))
        seen.append(lamp.state)
    assert seen == [
        states.LID_OPEN,
        states.WEIGHING,
        states.IDLE,
        states.CLAIM_OPEN,
        states.CARD_READ,
        states.CLAIMED,
    ]
    lamp.frame(10_000)
    assert lamp.state == states.IDLE


def test_a_lid_opened_hides_an_offer_and_closed_shows_it_again_from_its_start() -> None:
    lamp = Lamp(PIXELS)
    lamp.set(states.CLAIM_OPEN, CODE)
    film(lamp, 0, 5000)
    lamp.set(states.LID_OPEN)
    assert lamp.frame(5000) == [colours.WHITE] * PIXELS
    lamp.set(states.IDLE)
    assert lamp.state == states.CLAIM_OPEN
    assert lamp.frame(9000) == codes.frame(CODE, PIXELS, 0)
    lamp.set(states.OVER)
    film(lamp, 9050, 2100)
    lamp.set(states.LID_OPEN)
    lamp.set(states.IDLE)
    assert lamp.state == states.IDLE


@pytest.mark.parametrize("state", [states.CLAIM_OPEN, states.CLAIMED, states.OVER])
def test_idle_cuts_nothing_short_that_the_offer_says(state: str) -> None:
    lamp = Lamp(PIXELS)
    lamp.set(state)
    lamp.frame(0)
    lamp.set(states.IDLE)
    assert lamp.state == state


def test_a_card_without_an_offer_is_not_shown() -> None:
    lamp = Lamp(PIXELS)
    lamp.set(states.CARD_READ)
    assert lamp.state == states.IDLE


def test_a_new_offer_replaces_the_old_ones_code() -> None:
    lamp = Lamp(PIXELS)
    lamp.set(states.CLAIM_OPEN, CODE)
    film(lamp, 0, 3000)
    other = bytes(reversed(CODE))
    lamp.set(states.CLAIM_OPEN, other)
    assert film(lamp, 3000, codes.PERIOD_MS) == [
        codes.frame(other, PIXELS, ms) for ms in range(0, codes.PERIOD_MS, FRAME_MS)
    ]
    lamp.set(states.CLAIM_OPEN)
    assert lit(lamp.frame(40_000)) == PIXELS


def test_a_trouble_is_shown_when_nothing_else_is_and_seen_at_a_frame_a_second() -> None:
    lamp = Lamp(PIXELS)
    lamp.trouble = states.FAULT
    assert not lamp.moving
    assert sum(lit(lamp.frame(ms)) > 0 for ms in range(0, 8000, 1000)) == 2
    lamp.set(states.CLAIM_OPEN, CODE)
    assert lamp.frame(9000) == codes.frame(CODE, PIXELS, 0)
    lamp.set(states.CLAIMED)
    assert lamp.frame(9050) == [colours.GREEN] * PIXELS
    lamp.frame(13_000)
    assert any(lit(lamp.frame(ms)) for ms in range(13_000, 17_000, FRAME_MS))
    lamp.trouble = None
    assert not any(lit(lamp.frame(ms)) for ms in range(17_000, 21_000, FRAME_MS))


def test_idle_again_and_again_does_not_hold_up_a_trouble() -> None:
    lamp = Lamp(PIXELS)
    lamp.trouble = states.FAULT
    seen = 0
    for ms in range(0, 8000, 500):
        lamp.set(states.IDLE)
        seen += lit(lamp.frame(ms)) > 0
    assert seen == 4


@pytest.mark.parametrize("pixels", [1, 8, 12, 16, 24, 60])
def test_no_frame_takes_more_than_the_supply_gives(pixels: int) -> None:
    most = 0
    for state in (*states.STATES, states.FAULT):
        lamp = Lamp(pixels)
        if state == states.FAULT:
            lamp.trouble = state
        else:
            lamp.set(states.CLAIM_OPEN)
            lamp.set(state)
        most = max(most, *(colours.milliampere(frame) for frame in film(lamp, 0, 4000)))
    lamp = Lamp(pixels)
    lamp.set(states.CLAIM_OPEN, CODE)
    most = max(most, *(colours.milliampere(frame) for frame in film(lamp, 0, codes.PERIOD_MS)))
    assert 0 < most <= min(colours.LIMIT_MA, colours.LED_MA * pixels)


def test_an_unknown_state_is_an_error() -> None:
    for wrong in ("party", states.FAULT):
        with pytest.raises(ValueError, match="no state"):
            Lamp(PIXELS).set(wrong)


def test_the_ring_is_written_when_its_frame_changes() -> None:
    lamp, pixels = Lamp(PIXELS), Ws2812Model()
    ring = Ring(pixels, lamp)
    for ms in range(0, 2000, FRAME_MS):
        ring.step(ms)
    assert pixels.written == 1 and pixels.frames[-1][1] == [colours.DARK] * PIXELS
    lamp.set(states.WEIGHING)
    for ms in range(2000, 2000 + states.TURN_MS, FRAME_MS):
        ring.step(ms)
    assert pixels.written == 1 + PIXELS
    for ms in range(4000, 4000 + 100 * FRAME_MS, FRAME_MS):
        ring.step(ms)
    assert len(pixels.frames) <= Ws2812Model.KEPT


def test_an_hour_of_an_open_offer_leaves_the_heap_as_it_was(micropython: MicroPython) -> None:
    source = """
    import gc
    from civicroot_device.lamp import states
    from civicroot_device.lamp.lamp import Lamp
    from civicroot_device.lamp.ring import Ring
    from civicroot_simulator.ws2812 import Ws2812Model

    lamp = Lamp(12)
    ring = Ring(Ws2812Model(), lamp)
    lamp.set(states.CLAIM_OPEN, code)
    used = []
    for minute in range(60):
        for ms in range(minute * 60000, (minute + 1) * 60000, 400):
            ring.step(ms)
        gc.collect()
        used.append(gc.mem_alloc())
    result = max(used[30:]) - max(used[:30])
    """
    assert micropython.run(source, code=CODE) <= 2048
