"""The code that the ring blinks is read back from samples at 20 Hz: by colour in four visions, and by shape alone."""

import itertools
import random

import pytest
from civicroot_device.lamp import code as codes
from civicroot_device.lamp import colours
from civicroot_device.lamp.lamp import FRAME_MS, Lamp
from civicroot_device.lamp.states import CLAIM_OPEN

from tests.firmware.lamp import observer
from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython

PIXELS = 12
SAMPLE_MS = 50  # 20 pictures a second
JITTER_MS = 12  # of a picture's time
SEEDS = range(fuzz_examples(8))
FAR_APART = 50  # CIELAB; 2 is the least that is seen, 10 is seen at a glance


def watched(code: bytes, noise: random.Random, pixels: int = PIXELS) -> list[tuple[float, observer.Frame]]:
    """Two and a half periods as a camera samples them, from anywhere in the offer; the ring moves every FRAME_MS."""
    lamp = Lamp(pixels)
    lamp.set(CLAIM_OPEN, code)
    lamp.frame(0)
    begin, exposure = noise.uniform(0, codes.PERIOD_MS), noise.uniform(0.5, 1.0)
    samples = []
    for number in range(int(2.5 * codes.PERIOD_MS / SAMPLE_MS)):
        at = begin + number * SAMPLE_MS + noise.uniform(-JITTER_MS, JITTER_MS)
        shown = lamp.frame(max(0, int(at) // FRAME_MS * FRAME_MS))
        seen = [tuple(round(part * exposure * noise.uniform(0.9, 1.1)) for part in colour) for colour in shown]
        samples.append((at, seen))
    return samples


def code_of(noise: random.Random) -> bytes:
    return bytes(noise.randrange(4) for _ in range(codes.SYMBOLS))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("vision", observer.VISIONS)
def test_the_code_is_read_by_its_colours(vision: str, seed: int) -> None:
    noise = random.Random(f"{vision} {seed}")
    code = code_of(noise)
    assert observer.by_colour(watched(code, noise), vision) == code


@pytest.mark.parametrize("seed", SEEDS)
def test_the_code_is_read_by_its_shapes_alone(seed: int) -> None:
    noise = random.Random(f"shape {seed}")
    code = code_of(noise)
    grey = [(at, [(sum(c),) * 3 for c in frame]) for at, frame in watched(code, noise)]
    assert observer.by_shape(grey) == code


@pytest.mark.parametrize("symbol", range(4))
def test_the_same_symbol_six_times_is_six_symbols(symbol: int) -> None:
    code = bytes([symbol] * 6)
    samples = watched(code, random.Random(symbol))
    assert observer.by_shape(samples) == observer.by_colour(samples, "full") == code


@pytest.mark.parametrize("pixels", [2, 7, 8, 16, 24])
def test_other_rings_are_read_as_well(pixels: int) -> None:
    code = bytes((0, 1, 2, 3, 1, 0))
    samples = watched(code, random.Random(pixels), pixels)
    assert observer.by_shape(samples) == code
    assert observer.by_colour(samples, "full") == code


@pytest.mark.parametrize("vision", observer.VISIONS)
def test_colours_are_far_apart_in_every_vision(vision: str) -> None:
    for one, other in itertools.combinations(codes.COLOURS, 2):
        assert observer.apart(one, other, vision) >= FAR_APART


def test_red_instead_of_pink_would_not_do() -> None:
    """What the usual red, yellow, green and blue look like to one man in a hundred."""
    assert observer.apart((255, 0, 0), colours.YELLOW, "deuteranopia") < FAR_APART / 2


def test_never_more_than_three_flashes_in_a_second() -> None:
    for code in itertools.product(range(4), repeat=2):
        frames = [any(codes.frame(bytes(code) * 3, 1, ms)[0]) for ms in range(0, codes.PERIOD_MS + 1000, 50)]
        begins = [at for at in range(1, len(frames)) if frames[at] and not frames[at - 1]]
        for begin in begins:
            assert sum(begin <= at < begin + 20 for at in begins) <= 3


def test_an_offer_of_90_seconds_shows_the_code_six_times() -> None:
    assert 90_000 // codes.PERIOD_MS == 6


@pytest.mark.parametrize("code", [b"", bytes(5), bytes(7), bytes((0, 1, 2, 3, 4, 0))])
def test_what_is_no_code_is_refused(code: bytes) -> None:
    with pytest.raises(ValueError, match="six numbers"):
        Lamp(PIXELS).set(CLAIM_OPEN, code)


def test_micropython_blinks_what_cpython_blinks(micropython: MicroPython) -> None:
    code = bytes((3, 1, 0, 2, 2, 1))
    source = """
    from civicroot_device.lamp import code as codes
    result = [[tuple(c) for c in codes.frame(code, 12, ms)] for ms in range(0, codes.PERIOD_MS, 50)]
    """
    ours = [codes.frame(code, 12, ms) for ms in range(0, codes.PERIOD_MS, 50)]
    assert micropython.run(source, code=code) == ours
