"""A folder in which a simulated bin meets people: what it shows lies there, and what they do with it is said there.

    e-paper.pbm   the panel's picture after each refresh; its comment counts them since the start: "# page 3"
    lamp.jsonl    a line for each new frame: [milliseconds, [[red, green, blue], …]]; begun anew when
                  it has MAX_FRAMES
    hand.json     what somebody does, in the place of the made-up street; each key may be left out:
                  {"lid": true, "grams": 1250, "card": "text before the scanner"}

Whoever writes hand.json writes another file and renames it: it is read ten times a second.
"""

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from civicroot_device.lamp.colours import Frame
    from civicroot_device.simulation.world import World

    from civicroot_simulator.ssd1681 import Ssd1681Model

PICTURE, LAMP, HAND = "e-paper.pbm", "lamp.jsonl", "hand.json"
MAX_FRAMES = 8192  # 2 MB; an offer has at most 1,800


class Stage:
    """The street of `world` with what people in `folder` do. `ticks_ms` stamps the frames. Raises OSError."""

    def __init__(self, world: "World", folder: str, ticks_ms: "Callable[[], int]") -> None:
        self._world = world
        self._folder = folder
        self._ticks_ms = ticks_ms
        self._frames = MAX_FRAMES

    def true(self, name: str, seconds: int) -> float:
        """What there is to measure."""
        hand = self._hand()
        if name == "lid" and "lid" in hand:
            return float(hand["lid"])
        if name == "weight" and "grams" in hand:
            return float(hand["grams"] / 1000)
        return self._world.true(name, seconds)

    def broken(self, name: str, seconds: int) -> bool:
        """Whether a sensor is out of order: while somebody has a hand in it, none is."""
        return not self._hand() and self._world.broken(name, seconds)

    def card(self, seconds: int) -> "bytes | None":
        """The code before the scanner."""
        hand = self._hand()
        if not hand:
            return self._world.card(seconds)
        return str(hand["card"]).encode() if "card" in hand else None

    def page(self, panel: "Ssd1681Model") -> None:
        """The panel was refreshed."""
        new = self._folder + "/" + PICTURE + ".new"
        panel.write_pbm(new, "page %d" % panel.refreshes)
        os.rename(new, self._folder + "/" + PICTURE)

    def frame(self, colours: "Frame") -> None:
        """The lamp shows something else."""
        anew = self._frames >= MAX_FRAMES
        self._frames = 1 if anew else self._frames + 1
        with open(self._folder + "/" + LAMP, "w" if anew else "a") as file:
            file.write(json.dumps([self._ticks_ms(), colours]) + "\n")

    def _hand(self) -> "dict[str, Any]":
        try:
            with open(self._folder + "/" + HAND) as file:
                found: "dict[str, Any]" = json.load(file)
        except OSError:
            return {}  # nobody has a hand in it
        return found
