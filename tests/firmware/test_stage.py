"""A fast street whose people take their time, and the folder in which they meet a simulated bin."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from civicroot_device.simulation.world import World
from civicroot_simulator import stage
from civicroot_simulator.ssd1681 import Ssd1681Model
from civicroot_simulator.stage import Stage

HOUR_S = 3600
SEED, SPEED = 7919, 30  # the demo's bin


def spans(flags: list[bool]) -> list[int]:
    """How long each stretch of true values is that begins and ends within."""
    edges = [at for at, (before, after) in enumerate(pairwise(flags), 1) if before != after]
    return [end - begin for begin, end in pairwise(edges) if flags[begin]]


@pytest.mark.parametrize("speed", [1, SPEED, 100_000])
def test_people_are_as_slow_as_ever_and_go_before_the_next_one_comes(speed: int) -> None:
    world = World(SEED, 8, speed)
    day = range(24 * HOUR_S)
    lids = [bool(world.true("lid", second)) for second in day]
    cards = [world.card(second) is not None for second in day]
    assert len(spans(lids)) >= 20
    if speed <= SPEED:
        assert {round(each / speed) for each in spans(lids)} == {8}
        assert {round(each / speed) for each in spans(cards)} == {15}
    assert 2 <= len(spans(cards)) < len(spans(lids))
    assert not any(lid and card for lid, card in zip(lids, cards, strict=True))


def test_what_somebody_does_takes_the_streets_place(tmp_path: Path) -> None:
    world = World(SEED, 8, ailing=True)
    played = Stage(world, str(tmp_path), lambda: 0)
    assert any(played.broken("weight", hour * HOUR_S) for hour in range(1000))
    assert played.true("weight", 0) == world.true("weight", 0)
    (tmp_path / stage.HAND).write_text(json.dumps({"lid": True, "grams": 1250}))
    assert (played.true("lid", 0), played.true("weight", 0), played.card(0)) == (1.0, 1.25, None)
    assert played.true("temp", 0) == world.true("temp", 0)
    assert not any(played.broken("weight", hour * HOUR_S) for hour in range(1000))
    (tmp_path / stage.HAND).write_text(json.dumps({"card": "a card's text"}))
    assert played.card(0) == b"a card's text"


def test_what_display_and_lamp_show_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played = Stage(World(SEED, 8), str(tmp_path), lambda: 17)
    panel = Ssd1681Model()
    panel.refreshes = 3
    played.page(panel)
    assert (tmp_path / stage.PICTURE).read_bytes() == b"P4\n# page 3\n200 200\n" + b"\xff" * 5000
    monkeypatch.setattr(stage, "MAX_FRAMES", 3)
    begun = Stage(World(SEED, 8), str(tmp_path), lambda: 17)
    for red in range(5):
        begun.frame([(red, 0, 0)])
    lines = (tmp_path / stage.LAMP).read_text().splitlines()
    assert [json.loads(line) for line in lines] == [[17, [[3, 0, 0]]], [17, [[4, 0, 0]]]], "begun anew"
